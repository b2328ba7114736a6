import { writeFile } from 'node:fs/promises';
import type { Command } from 'commander';
import { compileRules, ownRules } from '../../../engine/detect/index.js';
import { coverageOf, navigatorLayer } from '../../../engine/detect/rulesets/coverage.js';
import { describe } from '../../../engine/detect/rulesets/describe.js';
import { runExamples } from '../../../engine/detect/rulesets/examples.js';
import { type RuleFiles, readRuleFiles } from '../../../engine/detect/rulesets/files.js';
import { lintRules } from '../../../engine/detect/rulesets/lint.js';
import { activeFiles } from '../../../engine/detect/rulesets/sets.js';
import { MdrError } from '../../../engine/errors.js';
import { loadFormats } from '../../../engine/ingest/formats/index.js';
import { knownLogSources } from '../../../engine/ingest/formats/shared/taxonomy.js';
import { say, withRuntime } from '../runtime.js';
import { EXIT } from '../types.js';
import { table } from './table.js';

const MAX_SHOWN = 200;

async function readAll(paths: readonly string[]): Promise<RuleFiles> {
  const all: RuleFiles = { files: [], problems: [] };
  for (const path of paths) {
    const { files, problems } = await readRuleFiles(path);
    all.files.push(...files);
    all.problems.push(...problems);
  }
  return all;
}

/** `mdr rules check | test | coverage`: nothing of it needs a service, but for `coverage --tenant`. */
export function addChecking(group: Command): void {
  group
    .command('check <paths...>')
    .description(
      'check Sigma rules: what cannot run, and what a rule writer should know; exit code 1 when there is something',
    )
    .option('--json', 'findings as NDJSON')
    .option('--errors', 'only what keeps a rule from running')
    .action(async (paths: string[], options: { json?: boolean; errors?: boolean }) => {
      const { files, problems } = await readAll(paths);
      // Formats say which kinds of event there are.
      await loadFormats();
      const report = lintRules(files, problems, knownLogSources());
      const findings = report.findings.filter(({ severity }) => !options.errors || severity === 'error');
      if (options.json) for (const finding of findings) console.log(JSON.stringify(finding));
      else
        for (const { file, line, severity, check, message, rule } of findings)
          console.log(`${file}:${line}: ${severity} [${check}] ${message}${rule ? ` (${rule})` : ''}`);
      const errors = findings.filter(({ severity }) => severity === 'error').length;
      say(`${files.length} files, ${report.rules} rules run, ${errors} errors, ${findings.length - errors} warnings`);
      if (files.length === 0 || findings.length > 0) process.exitCode = EXIT.failed;
    });

  group
    .command('test [paths...]')
    .description(
      'run the examples of rules (mdr.examples); exit code 1 when one does not behave (default: our own pack)',
    )
    .option('--json', 'results as NDJSON')
    .action(async (paths: string[], options: { json?: boolean }) => {
      const { files } = await readAll(paths.length > 0 ? paths : [ownRules]);
      const report = await runExamples(files, compileRules(files), await loadFormats());
      const failed = report.results.filter(({ passed }) => !passed);
      if (options.json) for (const result of report.results) console.log(JSON.stringify(result));
      else
        for (const { file, kind, number, text } of failed) console.log(`${file}: ${kind} example ${number}: ${text}`);
      say(
        `${report.results.length - failed.length} of ${report.results.length} examples behave, in ${files.length} files; ${report.without.length} without examples`,
      );
      if (failed.length > 0 || report.results.length === 0) process.exitCode = EXIT.failed;
    });

  group
    .command('coverage [paths...]')
    .description('ATT&CK techniques that rules look for: a table by tactic, and a layer for the ATT&CK Navigator')
    .option('--out <json>', 'write the layer here')
    .option(
      '--tenant <id>',
      'what runs for this tenant: our pack, MDR_RULES, active rule sets, without what it disabled',
    )
    .action(async (paths: string[], options: { out?: string; tenant?: string }) => {
      const given = paths.length > 0 ? paths : [ownRules];
      const { files, disabled, name } = options.tenant
        ? await ofTenant(options.tenant, paths)
        : { files: (await readAll(given)).files, disabled: new Set<string>(), name: 'Detection rules' };
      const { problems } = compileRules(files);
      const coverage = coverageOf(
        files.flatMap(({ file, content }) => describe(file, content, problems)),
        disabled,
      );
      if (options.out) {
        const layer = navigatorLayer(
          coverage,
          name,
          `Techniques by how many rules look for them, of ${files.length} rule files.`,
        );
        await writeFile(options.out, `${JSON.stringify(layer, null, 2)}\n`).catch((cause) => {
          throw new MdrError(
            'MDR_FILE_UNREADABLE',
            `cannot write "${options.out}".`,
            'Name a file in a folder that exists.',
            { cause },
          );
        });
      }
      const rows = coverage.tactics.map(({ tactic, techniques, rules }) => [tactic, String(techniques), String(rules)]);
      for (const line of table(['Tactic', 'Techniques', 'Rules'], rows).slice(0, MAX_SHOWN)) console.log(line);
      const off = disabled.size > 0 ? `, ${disabled.size} disabled` : '';
      say(
        `${coverage.techniques.size} techniques, ${coverage.untagged} rules without one${off}${options.out ? `; layer in ${options.out}` : ''}`,
      );
    });
}

/** What runs for a tenant, and what of it the tenant has switched off. */
async function ofTenant(id: string, paths: readonly string[]) {
  return withRuntime(async ({ store, config }) => {
    const scope = await store.forTenant(id);
    const { files } = await readAll(paths.length > 0 ? paths : [ownRules, ...config.MDR_RULES]);
    const off = await scope.ruleTunings.find({ disabled: true }, { limit: 20_000 });
    return {
      files: paths.length > 0 ? files : [...files, ...(await activeFiles(store))],
      disabled: new Set(off.map(({ rule }) => rule)),
      name: `Detection rules of ${scope.tenant.name}`,
    };
  });
}

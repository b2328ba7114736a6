import { userInfo } from 'node:os';
import { basename, resolve } from 'node:path';
import type { Command } from 'commander';
import { systemClock } from '../../../engine/clock.js';
import { compileRules } from '../../../engine/detect/index.js';
import { diffRules, type RuleDiff } from '../../../engine/detect/rulesets/diff.js';
import { DryRunner } from '../../../engine/detect/rulesets/dryrun.js';
import { readRuleFiles } from '../../../engine/detect/rulesets/files.js';
import { fetchGit, isGitUrl } from '../../../engine/detect/rulesets/git.js';
import { workersOf } from '../../../engine/detect/rulesets/live.js';
import { activate, filesOf, importVersion, rollback, setOf, versionOf } from '../../../engine/detect/rulesets/sets.js';
import { LEVELS } from '../../../engine/detect/types.js';
import { MdrError } from '../../../engine/errors.js';
import { loadFormats } from '../../../engine/ingest/formats/index.js';
import type { Store } from '../../../engine/store/index.js';
import type { Ruleset, RulesetVersion } from '../../../engine/store/rulesets.js';
import { type Runtime, say, withRuntime } from '../runtime.js';
import { shown, table } from './table.js';

const MAX_SHOWN = 30;

const partsOf = ({ store, queues }: Runtime) => ({
  sets: store,
  redis: queues.redis,
  prefix: queues.prefix,
  clock: systemClock,
});
const actor = (): string => `${userInfo().username} (terminal)`.slice(0, 100);

/** @throws MdrError MDR_RULESET_UNKNOWN */
function versionNumber(text: string | undefined): number | undefined {
  if (text === undefined) return undefined;
  const number = Number(text.replace(/^v/, ''));
  if (Number.isInteger(number) && number > 0) return number;
  throw new MdrError('MDR_RULESET_UNKNOWN', `"${text.slice(0, 40)}" is no version.`, 'Versions are numbers: 1, 2, 3.');
}

interface DryOptions {
  tenant?: string;
  log?: string[];
}

/** `mdr rules import | diff | dryrun | activate | deactivate | rollback | versions`. */
export function addSets(group: Command): void {
  group
    .command('import <source>')
    .description('keep rules from a folder or a git repository (https, ssh, file) as a new version of a rule set')
    .option('--name <name>', 'name of the set (default: from the source)')
    .option('--path <folder>', 'folder in the repository that has the rules')
    .option('--branch <name>', 'branch or tag of the repository')
    .option('--activate', 'let it run at once')
    .option('--no-dry-run', 'do not try it on recent events')
    .option('--log <file...>', 'try it on these log files too')
    .option('--tenant <id>', 'try it on the events of this tenant only')
    .action(async (source: string, options: DryOptions & Record<string, unknown>) => {
      const { name, path, branch } = options as { name?: string; path?: string; branch?: string };
      await withRuntime(async (runtime) => {
        const fetched = isGitUrl(source) ? await fetchGit(source, { branch, path }) : null;
        try {
          const read = await readRuleFiles(fetched?.folder ?? source);
          const from = { source: fetched?.shown ?? resolve(source), commit: fetched?.commit ?? null, actor: actor() };
          const set = name ?? nameFrom(fetched?.shown ?? source);
          const before = await runtime.store.rulesets.findById(set).lean<Ruleset>();
          const { version, isNew } = await importVersion(runtime.store, set, read, from, systemClock);
          console.log(
            `${set} version ${version.version}${isNew ? '' : ' (nothing has changed since)'}: ${version.rules} rules, ${version.problemCount} left out`,
          );
          for (const problem of version.problems.slice(0, MAX_SHOWN))
            console.log(`  ${shown(problem.file)}:${problem.line} ${problem.code} ${shown(problem.reason, 200)}`);
          const old = before?.active ?? (before && before.latest !== version.version ? before.latest : null);
          const oldFiles = old && old !== version.version ? await filesOf(runtime.store, set, old).catch(() => []) : [];
          const diff = diffRules(oldFiles, read.files);
          if (oldFiles.length > 0) printDiff(diff, old!, version.version);
          if (options.dryRun !== false)
            await printDryRun(runtime.store, read.files, oldFiles.length > 0 ? diff : null, options);
          if (options.activate) await activateAndSay(runtime, set, version.version);
          else if (before?.active !== version.version)
            console.log(`not active yet: mdr rules activate ${set} ${version.version}`);
        } finally {
          await fetched?.remove();
        }
      });
    });

  group
    .command('diff <name> [from] [to]')
    .description('rules added, changed and removed between two versions (default: from the active one to the latest)')
    .action(async (name: string, from: string | undefined, to: string | undefined) => {
      await withRuntime(async ({ store }) => {
        const set = await setOf(store, name);
        const old = versionNumber(from) ?? set.active ?? Math.max(1, set.latest - 1);
        const now = versionNumber(to) ?? (await versionOf(store, name)).version;
        printDiff(diffRules(await filesOf(store, name, old), await filesOf(store, name, now)), old, now);
      });
    });

  group
    .command('dryrun <name> [version]')
    .description(
      'what a version would find in recent events (those of stored detections) and in log files, storing nothing',
    )
    .option('--log <file...>', 'log files to try it on too')
    .option('--tenant <id>', 'events of this tenant only')
    .action(async (name: string, version: string | undefined, options: DryOptions) => {
      await withRuntime(async ({ store }) => {
        const chosen = await versionOf(store, name, versionNumber(version));
        const files = await filesOf(store, name, chosen.version);
        console.log(`${name} version ${chosen.version}`);
        await printDryRun(store, files, null, options);
      });
    });

  group
    .command('activate <name> [version]')
    .description('let a version run on all workers, for every tenant, within seconds (default: the latest)')
    .action(async (name: string, version: string | undefined) => {
      await withRuntime(async (runtime) => {
        const chosen = await versionOf(runtime.store, name, versionNumber(version));
        await activateAndSay(runtime, name, chosen.version);
      });
    });

  group
    .command('deactivate <name>')
    .description('let no version of a set run any more')
    .action(async (name: string) => {
      await withRuntime(async (runtime) => {
        await activate(partsOf(runtime), name, null, actor());
        console.log(`${name} does not run any more`);
      });
    });

  group
    .command('rollback <name> [version]')
    .description('go back to the version that was active before, or to the one named')
    .action(async (name: string, version: string | undefined) => {
      await withRuntime(async (runtime) => {
        const set = await rollback(partsOf(runtime), name, versionNumber(version), actor());
        console.log(`${name} version ${set.active} is active again`);
      });
    });

  group
    .command('versions [name]')
    .description('rule sets, their versions, and what the workers run')
    .action(async (name: string | undefined) => {
      await withRuntime((runtime) => printVersions(runtime, name));
    });
}

/** `https://example.org/sigma/rules.git` is `rules`. */
function nameFrom(source: string): string {
  const last = basename(source.replace(/\/+$/, '')).replace(/\.git$/i, '');
  return last
    .toLowerCase()
    .replace(/[^a-z0-9]+/g, '-')
    .replace(/^-+|-+$/g, '')
    .slice(0, 40);
}

async function activateAndSay(runtime: Runtime, name: string, version: number): Promise<void> {
  const set = await activate(partsOf(runtime), name, version, actor());
  console.log(
    `${name} version ${set.active} is active: workers take it up within seconds (mdr rules versions shows them)`,
  );
}

function printDiff(diff: RuleDiff, from: number, to: number): void {
  const { added, changed, removed, same } = diff;
  console.log(
    `version ${from} → ${to}: ${added.length} added, ${changed.length} changed, ${removed.length} removed, ${same} as before`,
  );
  const lines = [
    ...added.map(({ title, level, id }) => `  + ${shown(title)} (${level}) ${shown(id, 40)}`),
    ...changed.map(({ title, id, what }) => `  ~ ${shown(title)} ${shown(id, 40)}: ${what.join(', ')}`),
    ...removed.map(({ title, level, id }) => `  - ${shown(title)} (${level}) ${shown(id, 40)}`),
  ];
  for (const line of lines.slice(0, MAX_SHOWN)) console.log(line);
  if (lines.length > MAX_SHOWN) console.log(`  and ${lines.length - MAX_SHOWN} more`);
}

async function printDryRun(
  store: Store,
  files: { file: string; content: string }[],
  diff: RuleDiff | null,
  { tenant, log = [] }: DryOptions,
): Promise<void> {
  const { matcher } = compileRules(files);
  const only = diff ? new Set([...diff.added, ...diff.changed].map(({ id }) => id)) : null;
  const runner = new DryRunner(matcher, await loadFormats(), only);
  await runner.stored(store, tenant ?? null);
  for (const file of log) await runner.logged(file, systemClock());
  const { events, refused, more, days, rules } = runner.result();
  const what = only ? 'added and changed rules' : 'rules';
  if (events === 0) {
    say('dry run: there are no recent events to try it on (name log files with --log)');
    return;
  }
  console.log(
    `dry run of the ${what} on ${events} events over ${days.toFixed(1)} days${more ? ' (there are more)' : ''}${refused ? `, ${refused} unreadable` : ''}: ${rules.length} rules find something`,
  );
  if (rules.length === 0) return;
  const grave = rules.filter(({ rule }) => LEVELS.indexOf(rule.level) >= LEVELS.indexOf('medium'));
  for (const line of table(
    ['Level', 'Detections', 'A day', 'Alerts', 'Rule'],
    rules
      .slice(0, MAX_SHOWN)
      .map(({ rule, detections, perDay, alerts }) => [
        rule.level,
        String(detections),
        perDay.toFixed(1),
        String(alerts),
        shown(rule.title),
      ]),
  ))
    console.log(`  ${line}`);
  if (rules.length > MAX_SHOWN) console.log(`  and ${rules.length - MAX_SHOWN} more`);
  const total = grave.reduce((sum, { alerts }) => sum + alerts, 0);
  console.log(
    `  of medium level or graver: ${grave.length} rules, about ${(total / days).toFixed(1)} alerts a day at most`,
  );
}

async function printVersions({ store, queues }: Runtime, name: string | undefined): Promise<void> {
  const sets = name
    ? [await setOf(store, name)]
    : await store.rulesets.find().sort({ _id: 1 }).limit(MAX_SHOWN).lean<Ruleset[]>();
  if (sets.length === 0) say('no rule sets yet: mdr rules import <folder or git address>');
  for (const set of sets) {
    console.log(`${set._id}: ${set.active === null ? 'not active' : `version ${set.active} is active`}`);
    const versions = await store.rulesetVersions
      .find({ set: set._id })
      .sort({ version: -1 })
      .limit(MAX_SHOWN)
      .lean<RulesetVersion[]>();
    for (const { version, created, rules, problemCount, source, commit } of versions)
      console.log(
        `  ${version === set.active ? '*' : ' '} ${version}  ${new Date(created).toISOString().slice(0, 16)}  ${rules} rules, ${problemCount} left out  ${shown(source)}${commit ? ` ${commit.slice(0, 10)}` : ''}`,
      );
    if (name)
      for (const { at, actor: who, kind, version, text } of set.log.slice(-MAX_SHOWN))
        console.log(
          `    ${new Date(at).toISOString().slice(0, 16)}  ${shown(who, 40)}  ${kind} ${version ?? ''}  ${shown(text)}`,
        );
  }
  for (const { worker, rules, leftOut, sets: running, fault } of await workersOf(
    queues.redis,
    queues.prefix,
    systemClock(),
  )) {
    const said = Object.entries(running).map(([set, version]) => `${set}@${version}`);
    console.log(
      `worker ${shown(worker, 60)}: ${rules} rules, ${leftOut} left out, sets: ${said.join(' ') || 'none'}${fault ? `, FAULT: ${shown(fault, 300)}` : ''}`,
    );
  }
}

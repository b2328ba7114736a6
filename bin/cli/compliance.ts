import { writeFile } from 'node:fs/promises';
import type { Command } from 'commander';
import { systemClock } from '../../engine/clock.js';
import { toHtml } from '../../engine/compliance/html.js';
import { frameworkCalled, loadFrameworks } from '../../engine/compliance/index.js';
import { toMarkdown } from '../../engine/compliance/markdown.js';
import { readPeriod } from '../../engine/compliance/period.js';
import { makeReport } from '../../engine/compliance/report.js';
import { loadCoveringRules } from '../../engine/compliance/rules.js';
import { ownRules } from '../../engine/detect/index.js';
import { MdrError } from '../../engine/errors.js';
import { say, withRuntime } from './runtime.js';

/** `mdr compliance`: the assessor's report as Markdown or as HTML that prints well. */
export default function compliance(program: Command): void {
  program
    .command('compliance [tenant] [framework] [period...]')
    .description("an assessor's report on a framework, such as pci-dss, for a period (default: last 30d)")
    .option('--out <file>', 'write it there: .html for a page that prints well, anything else for Markdown')
    .action(async (tenant: string | undefined, id: string | undefined, words: string[], { out }: { out?: string }) => {
      if (!tenant || !id) {
        for (const { id: name, name: title, version } of await loadFrameworks())
          console.log(`${name}\t${title} ${version}`);
        return;
      }
      const framework = await frameworkCalled(id);
      const period = readPeriod(words, systemClock());
      await withRuntime(async ({ config, store, queues }) => {
        const scope = await store.forTenant(tenant);
        const rules = await loadCoveringRules([ownRules, ...config.MDR_RULES]);
        const report = await makeReport({ tenant: scope, queues, clock: systemClock, rules }, framework, period);
        const text = out?.toLowerCase().match(/\.html?$/) ? toHtml(report) : toMarkdown(report);
        if (!out) return void process.stdout.write(text);
        await writeFile(out, text).catch((cause) => {
          throw new MdrError(
            'MDR_FILE_UNREADABLE',
            `cannot write "${out}".`,
            'Name a file in a folder that is there.',
            {
              cause,
            },
          );
        });
        say(`${framework.name} for ${scope.tenant.name}, ${period.text}: ${out}`);
      });
    });
}

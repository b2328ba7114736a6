import type { Command } from 'commander';
import { renderText } from '../../bot/cards/text.js';
import { numbersCard } from '../../commands/cards/numbers.js';
import { systemClock } from '../../engine/clock.js';
import { readPeriod } from '../../engine/compliance/period.js';
import { caseCsv } from '../../engine/respond/numbers/csv.js';
import { caseNumbersOf } from '../../engine/respond/numbers/index.js';
import { numbersOf } from '../../engine/triage/numbers/index.js';
import { withRuntime } from './runtime.js';

/** `mdr numbers`: how long it took to detect, acknowledge and resolve alerts, as text or as JSON. */
export default function numbers(program: Command): void {
  program
    .command('numbers <tenant> [period...]')
    .description('MTTD, MTTA and MTTR of a period (default: last 30d), by severity, week and rule, with what is open')
    .option('--json', 'everything as JSON; times in ms')
    .option('--csv', 'the numbers of cases as CSV, a line for each severity; times in seconds')
    .action(async (id: string, words: string[], { json, csv }: { json?: boolean; csv?: boolean }) => {
      const period = readPeriod(words, systemClock());
      await withRuntime(async ({ store }) => {
        if (csv) {
          process.stdout.write(caseCsv([await caseNumbersOf(await store.forTenant(id), period)]));
          return;
        }
        const found = await numbersOf(await store.forTenant(id), period);
        console.log(json ? JSON.stringify(found, null, 2) : renderText(numbersCard(found)));
      });
    });
}

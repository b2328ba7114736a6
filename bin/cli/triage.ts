import type { Command } from 'commander';
import { safe } from '../../bot/cards/safe.js';
import { systemClock } from '../../engine/clock.js';
import { readPeriod } from '../../engine/compliance/period.js';
import { LEVELS } from '../../engine/detect/types.js';
import { MdrError } from '../../engine/errors.js';
import { addTo, openRescore, type Rescored, rescored, type Shift } from '../../engine/triage/rescore.js';
import { confidence, verdictsOf } from '../../engine/triage/trust.js';
import { readWeights, WEIGHTS } from '../../engine/triage/weights.js';
import { withRuntime } from './runtime.js';

const MOST_SHOWN = 50;
const MAX_TITLE = 100;

/** `mdr triage`: what a score is made of, and what other weights would have done. */
export default function triage(program: Command): void {
  const group = program.command('triage').description('what alerts score and why, and what other weights would do');
  const weightsOf = (path: string | undefined) => (path === undefined ? WEIGHTS : readWeights(path));

  group
    .command('explain <tenant> <alert>')
    .description('each part of an alert’s score with its points, and what verdicts say of its rules')
    .option('--weights <file>', 'with these weights instead of engine/triage/weights.yaml')
    .action(async (id: string, typed: string, options: { weights?: string }) => {
      const weights = weightsOf(options.weights);
      await withRuntime(async ({ store }) => {
        const tenant = await store.forTenant(id);
        const number = /^#?([1-9]\d{0,8})$/.exec(typed)?.[1];
        const alert = number === undefined ? null : await tenant.alerts.findOne({ number: Number(number) });
        if (!alert)
          throw new MdrError(
            'MDR_ALERT_UNKNOWN',
            `there is no alert ${typed} of ${tenant.tenant.name}.`,
            'See `/mdr alerts`.',
          );
        const { after } = (await openRescore(tenant, weights))(alert);
        console.log(`Alert ${alert.number} of ${id}: ${line(alert.title)}`);
        console.log(`${after.score} of 100, ${after.level}${then(alert, after)}\n`);
        for (const { points, text } of after.reasons) console.log(`${signed(points).padStart(5)}  ${line(text)}`);
        const sum = after.reasons.reduce((total, { points }) => total + points, 0);
        console.log(`${String(after.score).padStart(5)}  in all${sum > after.score ? `, ${sum} cut at 100` : ''}\n`);
        const verdicts = await verdictsOf(tenant);
        for (const rule of alert.rules) {
          const seen = verdicts.get(rule.id);
          const said = seen
            ? `${seen.real} real, ${seen.benign} benign, ${seen.false} false positive`
            : 'no verdict on its alerts yet';
          console.log(
            `${percent(confidence(seen, weights)).padStart(5)}  ${line(rule.title)} (${rule.level}): ${said}`,
          );
        }
      });
    });

  group
    .command('replay <tenant> [period...]')
    .description(
      'score the alerts of a period again (default: last 30d): what would be another level; nothing is changed',
    )
    .option('--weights <file>', 'with these weights instead of engine/triage/weights.yaml')
    .action(async (id: string, words: string[], options: { weights?: string }) => {
      const weights = weightsOf(options.weights);
      const period = readPeriod(words, systemClock());
      await withRuntime(async ({ store }) => {
        const tenant = await store.forTenant(id);
        const sums = new Map<string, Shift>();
        const moved: Rescored[] = [];
        let count = 0;
        let changed = 0;
        for await (const each of rescored(tenant, period, weights)) {
          count += 1;
          addTo(sums, each);
          if (each.after.level === each.alert.level) continue;
          changed += 1;
          moved.push(each);
          if (moved.length > MOST_SHOWN * 4) keepLargest(moved);
        }
        console.log(`${count} alerts of ${id}, ${period.text}: ${changed} would be of another level.\n`);
        for (const [outcome, { before, after }] of [...sums].sort())
          console.log(`${outcome.padEnd(15)} ${spread(before)}  ->  ${spread(after)}`);
        keepLargest(moved);
        if (moved.length > 0) console.log('');
        for (const { alert, after } of moved)
          console.log(
            `alert ${alert.number}  ${alert.level} ${alert.score} -> ${after.level} ${after.score}  ${line(alert.title)}`,
          );
        if (changed > moved.length) console.log(`and ${changed - moved.length} more`);
      });
    });
}

function keepLargest(moved: Rescored[]): void {
  const by = ({ alert, after }: Rescored) => Math.abs(after.score - alert.score);
  moved.sort((a, b) => by(b) - by(a) || a.alert.number - b.alert.number);
  moved.length = Math.min(moved.length, MOST_SHOWN);
}

const then = (alert: Rescored['alert'], after: Rescored['after']): string =>
  alert.score === after.score ? '' : ` (when it last changed: ${alert.score}, ${alert.level})`;
const signed = (points: number): string => (points < 0 ? String(points) : `+${points}`);
const percent = (share: number): string => `${Math.round(share * 100)} %`;
/** Titles come from rules and logs: nothing in them reaches the terminal as more than text. */
const line = (text: string): string => safe(text, MAX_TITLE, true);
const spread = (counts: Shift['before']): string =>
  [...LEVELS]
    .reverse()
    .flatMap((level) => (counts[level] ? [`${counts[level]} ${level}`] : []))
    .join(', ') || 'none';

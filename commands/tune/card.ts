import type { Condition, Exception } from '../../engine/store/exceptions.js';
import { conditionText } from '../../engine/triage/tune/conditions.js';
import type { Effect } from '../../engine/triage/tune/effect.js';
import type { Action, Block, Inline } from '../cards/card.js';
import { counted } from '../cards/labels.js';
import { clip } from '../words/arguments.js';

const MAX_RULES = 5;
const MAX_CONDITION = 400;
const MAX_DAYS_SHOWN = 7;

export const STATE_NAMES: Record<Exception['state'], string> = {
  proposed: 'Proposed: it does nothing yet',
  monitor: 'Monitor: it counts what it would hide',
  active: 'Active: it hides',
  expired: 'Expired: its time is over',
  revoked: 'Revoked',
};

/** What it is for and on what conditions. */
export function scopeBlocks({ rules, conditions }: Pick<Exception, 'rules' | 'conditions'>): Block[] {
  const left = rules.length - MAX_RULES;
  return [
    { kind: 'text', text: [{ bold: rules.length === 1 ? 'For the rule' : 'For the rules' }] },
    {
      kind: 'list',
      items: [
        ...rules.slice(0, MAX_RULES).map(({ title, level }): Inline => `${clip(title, 150)} (${level})`),
        ...(left > 0 ? [`and ${left} more`] : []),
      ],
    },
    { kind: 'text', text: [{ bold: 'When all of this holds' }] },
    { kind: 'list', items: conditions.map(conditionLine) },
  ];
}

const conditionLine = (condition: Condition): Inline => [{ code: clip(conditionText(condition), MAX_CONDITION) }];

/** What it would have hidden, in plain words, with a warning that cannot be overlooked. */
export function effectBlocks(effect: Effect, broad: readonly string[]): Block[] {
  const { looked, covered, days, truePositives, unreadable, more, alerts } = effect;
  const lines: Inline[] = [
    `${covered.toLocaleString('en-US')} of ${counted(looked, 'detection')} of ${more ? 'the newest of ' : ''}the last ${days} days`,
    ...(effect.perDay.length > 0
      ? [
          `by day: ${effect.perDay
            .slice(-MAX_DAYS_SHOWN)
            .map(({ day, count }) => `${day} ${count}`)
            .join(', ')}`,
        ]
      : []),
    ...(alerts.harmless.length > 0 ? [`in alerts closed as harmless: ${numbers(alerts.harmless)}`] : []),
    ...(alerts.open.length > 0 ? [`in alerts that are still open: ${numbers(alerts.open)}`] : []),
    ...(unreadable > 0 ? [`${counted(unreadable, 'detection')} could not be looked at: the record was cut off`] : []),
  ];
  return [
    ...(truePositives.detections > 0
      ? [
          {
            kind: 'text' as const,
            text: [
              {
                bold: `Careful: it would have hidden ${counted(truePositives.detections, 'detection')} of real attacks`,
              },
              ` (${truePositives.alerts.length === 1 ? 'alert' : 'alerts'} ${numbers(truePositives.alerts)}, closed as true_positive). It is not accepted like this.`,
            ] satisfies Inline,
          },
        ]
      : []),
    { kind: 'text', text: [{ bold: 'It would have hidden' }] },
    { kind: 'list', items: lines },
    ...(broad.length > 0
      ? [{ kind: 'text' as const, text: [{ bold: 'It needs a second person to hide: ' }, `${broad.join('; ')}.`] }]
      : []),
  ];
}

const numbers = (list: readonly number[]): string =>
  list.slice(0, 10).join(', ') + (list.length > 10 ? ` and ${list.length - 10} more` : '');

/** Only what the present state and the person's role allow. */
export function exceptionActions({ number, state }: Exception, tenant: string, mayHide: boolean): Action[] {
  const action = (id: string, label: string): Action => ({
    id: `E${number}-${id}`,
    label,
    command: 'tune',
    tenant,
    record: `E${number}`,
  });
  const over = state === 'expired' || state === 'revoked';
  const choices = [
    ...(over || state === 'monitor' ? [] : [{ value: 'monitor', label: 'Count only (monitor)' }]),
    ...(over || state === 'active' || !mayHide ? [] : [{ value: 'active', label: 'Hide (active)' }]),
  ];
  return [
    ...(choices.length > 0 ? [{ ...action('accept', `Accept E${number} as…`), choices }] : []),
    action('show', `Show E${number}`),
  ];
}

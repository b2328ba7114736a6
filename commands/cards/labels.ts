import { LEVELS, type Level } from '../../engine/detect/types.js';
import type { Alert, CloseReason } from '../../engine/store/alerts.js';
import type { Inline, Tone } from './card.js';

export const LEVEL_NAMES: Record<Level, string> = {
  informational: 'Informational',
  low: 'Low',
  medium: 'Medium',
  high: 'High',
  critical: 'Critical',
};

export const REASON_NAMES: Record<CloseReason, string> = {
  true_positive: 'True positive: it was an attack',
  benign: 'Benign: it happened, and it is allowed',
  false_positive: 'False positive: the rule was wrong',
  duplicate: 'Duplicate of another alert',
  test: 'Test or exercise',
};

export function toneOf(alert: Pick<Alert, 'level' | 'state'>): Tone {
  if (alert.state === 'closed') return 'ok';
  return alert.level === 'informational' ? 'neutral' : alert.level;
}

/** `New`, `Acknowledged`, `Closed as benign`. */
export function stateName(alert: Pick<Alert, 'state' | 'reason'>): string {
  if (alert.state === 'closed') return alert.reason ? `Closed as ${alert.reason}` : 'Closed';
  return alert.state === 'new' ? 'New' : 'Acknowledged';
}

/** `1 rule`, `3 rules`. */
export function counted(count: number, one: string, many = `${one}s`): string {
  return `${count.toLocaleString('en-US')} ${count === 1 ? one : many}`;
}

/** A span of time; one moment is shown once. */
export function period(first: number, last: number): Exclude<Inline, string> {
  return first === last ? ['at ', { time: first }] : ['from ', { time: first }, ' to ', { time: last }];
}

/** `2 high, 5 low`, the gravest first. */
export function countsLine(counts: Partial<Record<Level, number>>): string {
  return [...LEVELS]
    .reverse()
    .flatMap((level) => (counts[level] ? [`${counts[level]} ${LEVEL_NAMES[level].toLowerCase()}`] : []))
    .join(', ');
}

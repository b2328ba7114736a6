import { type Activity, DAY_MS } from '../activity.js';
import type { CoveringRule, Period, Selector } from './types.js';

/** A log source as it was in the period. */
export interface Coverage {
  /** `windows/security`, or `:antivirus` for what has a category only. */
  name: string;
  /** Sources as senders named them. */
  from: string[];
  events: number;
  /** Days of the period with at least one event. */
  days: number;
  /** Days of the period without any, in runs: `2026-11-03 to 2026-11-05`. */
  gaps: string[];
  /** How many days that is. */
  silent: number;
}

const MAX_GAPS = 12;
const MAX_NAMES = 10;

/** `windows/security`, `azure/*`, `gcp/google_workspace.*` for services that begin so, or `:antivirus` for a category. */
export function readSelector(text: string): Selector {
  if (text.startsWith(':')) return { product: null, service: null, category: text.slice(1) };
  const [product = '', service = '*'] = text.split('/');
  return { product: product || null, service: service === '*' ? null : service, category: null };
}

/** Back from what `readSelector` reads. */
export function selectorText({ product, service, category }: Selector): string {
  const place = product === null && service === null ? '' : `${product ?? '*'}/${service ?? '*'}`;
  return `${place}${category === null ? '' : `:${category}`}` || 'any';
}

export function selects(
  { product, service, category }: Selector,
  seen: Pick<Activity, 'product' | 'service' | 'categories'>,
): boolean {
  return (
    (product === null || product === seen.product) &&
    (service === null || isService(service, seen.service)) &&
    (category === null || seen.categories.includes(category))
  );
}

const isService = (wanted: string, seen: string): boolean =>
  wanted.endsWith('*') ? seen.startsWith(wanted.slice(0, -1)) : wanted === seen;

/** Whether anything that the rule reads arrived. A rule over several sources needs all of them. */
export function isHeard(rule: Pick<CoveringRule, 'reads'>, activity: readonly Activity[]): boolean {
  return rule.reads.every((selector) => activity.some((seen) => selects(selector, seen)));
}

/**
 * The log sources among the activity, each with its events and its days without any. Days are those of the events, UTC;
 * of a period that is not over, the days so far.
 */
export function coverageOf(activity: readonly Activity[], period: Period): Coverage[] {
  const kinds = new Map<string, Activity[]>();
  for (const seen of activity) {
    const name = seen.product || seen.service ? `${seen.product}/${seen.service}` : `:${seen.categories.join(',')}`;
    kinds.set(name, [...(kinds.get(name) ?? []), seen]);
  }
  const days = daysOf(period);
  return [...kinds]
    .map(([name, seen]) => {
      const present = new Set(seen.map(({ day }) => day));
      const missing = days.map((day) => !present.has(day));
      const runs = runsOf(days, missing);
      return {
        name: name === ':' ? 'not recognised' : name,
        from: [...new Set(seen.map(({ source }) => source))].sort().slice(0, MAX_NAMES),
        events: seen.reduce((sum, { events }) => sum + events, 0),
        days: days.length - missing.filter(Boolean).length,
        gaps: runs.length > MAX_GAPS ? [...runs.slice(0, MAX_GAPS), `${runs.length - MAX_GAPS} more`] : runs,
        silent: missing.filter(Boolean).length,
      };
    })
    .sort((a, b) => (a.name < b.name ? -1 : 1));
}

export const dayOf = (time: number): string => new Date(time).toISOString().slice(0, 10);

function daysOf({ from, until }: Period): string[] {
  const count = Math.ceil(until / DAY_MS) - Math.floor(from / DAY_MS);
  return Array.from({ length: Math.max(0, count) }, (_, i) => dayOf(from + i * DAY_MS));
}

function runsOf(days: readonly string[], missing: readonly boolean[]): string[] {
  const runs: string[] = [];
  for (let i = 0; i < days.length; i++) {
    if (!missing[i]) continue;
    const start = i;
    while (missing[i + 1]) i++;
    runs.push(start === i ? days[i]! : `${days[start]} to ${days[i]}`);
  }
  return runs;
}

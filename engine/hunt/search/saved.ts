import { DateTime } from 'luxon';
import type { HuntRun } from '../../store/huntruns.js';
import { readPeriod } from '../ask/time.js';
import { paramsOf, type SavedHunt } from '../saved/index.js';
import type { WantedRun } from './runs.js';

const DAY_MS = 86_400_000;

/**
 * A saved hunt as a run.
 * @param words of a period; none: the hunt's own
 * @throws MdrError MDR_HUNT_BAD
 */
export function savedRun(
  hunt: SavedHunt,
  said: Readonly<Record<string, string>>,
  { words, zone, now }: { words: readonly string[]; zone: string; now: number },
  by: HuntRun['by'],
): WantedRun {
  const { from, until, text } = readPeriod(words.length > 0 ? words : hunt.period.split(' '), zone, now);
  const params = paramsOf(hunt, said, from);
  const named = Object.entries(said).map(([name, value]) => `${name}=${value.slice(0, 40)}`);
  return {
    title: named.length > 0 ? `${hunt.title} (${named.join(', ')})` : hunt.title,
    request: {
      ...{ kind: 'saved', name: hunt.id, sql: hunt.query, params, datasets: [...hunt.data] },
      ...(hunt.chart && { chart: hunt.chart }),
    },
    techniques: hunt.techniques,
    from: hunt.baseline ? from - hunt.baseline * DAY_MS : from,
    ...{
      until,
      period: hunt.baseline ? `${text}, compared with the ${hunt.baseline} days before` : text,
      by,
      hunt: null,
    },
  };
}

/** When a plan runs next: at three in the morning by the tenant's clock, weekly ones on Mondays. @returns epoch ms */
export function nextDue(every: 'daily' | 'weekly', zone: string, now: number): number {
  const here = DateTime.fromMillis(now, { zone });
  let next = here.set({ hour: 3, minute: 0, second: 0, millisecond: 0 });
  while (next <= here || (every === 'weekly' && next.weekday !== 1)) next = next.plus({ days: 1 }).set({ hour: 3 });
  return next.toMillis();
}

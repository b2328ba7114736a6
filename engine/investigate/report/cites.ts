import { MdrError } from '../../errors.js';
import type { EventRef, Investigation } from '../types.js';
import { eventIds } from './bounds.js';
import type { Cites } from './document.js';

/** The events of a report and their numbers. */
export interface Evidence {
  events: EventRef[];
  /** @throws MdrError MDR_REPORT_BAD when nothing, or an event that is not there, is to show it */
  cite(ids: readonly string[], what: string): Cites;
  /** The same for what is no claim: those that are there, maybe none. */
  mention(ids: readonly string[]): number[];
}

/** Number every event that something rests on: in the order of time, then of ids. */
export function evidenceOf(of: Investigation): Evidence {
  const events: EventRef[] = [];
  for (const id of eventIds(of)) if (Object.hasOwn(of.events, id)) events.push({ ...of.events[id]!, id });
  events.sort((a, b) => a.time - b.time || (a.id < b.id ? -1 : 1));
  const numbers = new Map(events.map(({ id }, i) => [id, i + 1]));
  const sorted = (found: number[]) => [...new Set(found)].sort((a, b) => a - b);
  return {
    events,
    cite(ids, what) {
      const found = ids.map((id) => {
        const number = numbers.get(id);
        if (number === undefined) throw unbacked(`${what} names an event that the investigation does not hold.`);
        return number;
      });
      const [first, ...rest] = sorted(found);
      if (first === undefined) throw unbacked(`${what} has no event that shows it.`);
      return [first, ...rest];
    },
    mention: (ids) => sorted(ids.flatMap((id) => numbers.get(id) ?? [])),
  };
}

const unbacked = (text: string) =>
  new MdrError('MDR_REPORT_BAD', text, 'Investigate the alert again; if that does not help, tell an administrator.');

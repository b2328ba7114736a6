import type { Entity } from '../plain/types.js';

/** A time that was said, as the words of a period (engine/compliance/period.ts): a whole month, so many days, or from one day to another. */
export function periodWords(said: readonly Entity[]): string[] {
  const days = said[0]?.days;
  if (!days) return [];
  if (days.span !== undefined) return ['last', `${days.span}d`];
  const month = days.first.slice(0, 7);
  const next = new Date(Date.parse(`${days.last}T00:00:00Z`) + 86_400_000).toISOString();
  if (days.first.endsWith('-01') && days.last.startsWith(month) && next.slice(8, 10) === '01') return [month];
  return [`${days.first}..${days.last}`];
}

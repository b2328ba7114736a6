import type { Above, Entry } from './types.js';

type Packed = [string, number, string | number | null, string, string, string, 0 | 1, Above[]?];

/**
 * An entry as a member of its window's sorted set: the same entry gives the same text; its class comes first, up to `|`.
 * The time is part of it: a detection of a correlation below counts at each time that it fires.
 */
export function packEntry(entry: Entry, classOf: (entry: Entry) => string): string {
  const { time, unit, rule, value, host, user, ip, simulated, up } = entry;
  const packed: Packed = [unit, rule, value, host, user, ip, simulated ? 1 : 0];
  if (up.length > 0) packed.push(up);
  return `${classOf(entry).replaceAll('|', '\u0001')}|${time.toString(36)}${JSON.stringify(packed)}`;
}

export function unpackEntry(member: string, time: number): Entry {
  const [unit, rule, value, host, user, ip, simulated, up = []] = JSON.parse(
    member.slice(member.indexOf('[', member.indexOf('|'))),
  ) as Packed;
  return { time, unit, rule, value, host, user, ip, simulated: simulated === 1, up };
}

/** By time, and of the same time in an order that does not depend on how they came. */
export const byTime = (a: [string, number], b: [string, number]): number => a[1] - b[1] || (a[0] < b[0] ? -1 : 1);

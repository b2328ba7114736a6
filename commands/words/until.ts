import { DateTime } from 'luxon';
import type { Command } from '../types.js';
import { clip, wrongUsage } from './arguments.js';

const MINUTE_MS = 60_000;
const UNITS: Record<string, number> = { m: MINUTE_MS, h: 60 * MINUTE_MS, d: 24 * 60 * MINUTE_MS };
const LEAST_MS = 5 * MINUTE_MS;
const MOST_MS = 14 * UNITS.d!;

/**
 * `4h`, `for 30m`, `until 18:00`, `until 2026-11-25T08:00`, `until 2026-11-25 08:00`.
 * @param zone whose clock is meant; where a time of day comes twice in a day, the first
 * @param now epoch ms
 * @returns epoch ms, five minutes to 14 days from now
 * @throws MdrError MDR_COMMAND_USAGE
 */
export function readUntil(
  command: Pick<Command, 'usage' | 'examples'>,
  words: readonly string[],
  zone: string,
  now: number,
): number {
  const said = words.filter((word) => !/^(for|until|till)$/i.test(word)).join(' ');
  if (said === '') throw wrongUsage(command, 'for how long? As in 4h, or until 18:00.');
  const until = momentOf(said, zone, now);
  if (until === null)
    throw wrongUsage(command, `"${clip(said, 40)}" is no length and no time: write 4h, or until 18:00.`);
  if (until - now < LEAST_MS || until - now > MOST_MS)
    throw wrongUsage(command, `"${clip(said, 40)}" is not between five minutes and 14 days from now.`);
  return until;
}

function momentOf(said: string, zone: string, now: number): number | null {
  const length = /^(\d{1,4})\s?([mhd])$/i.exec(said);
  if (length) return now + Number(length[1]) * UNITS[length[2]!.toLowerCase()]!;
  const here = DateTime.fromMillis(now, { zone });
  const clock = /^(\d{1,2}):(\d\d)$/.exec(said);
  if (clock) {
    const time = { hour: Number(clock[1]), minute: Number(clock[2]), second: 0, millisecond: 0 };
    if (time.hour > 23 || time.minute > 59) return null;
    const today = here.set(time).toMillis();
    return today > now ? today : here.plus({ days: 1 }).set(time).toMillis();
  }
  const day = /^(\d{4}-\d\d-\d\d)[T ](\d\d:\d\d)$/i.exec(said);
  const moment = day ? DateTime.fromISO(`${day[1]}T${day[2]}`, { zone }) : null;
  return moment?.isValid ? moment.toMillis() : null;
}

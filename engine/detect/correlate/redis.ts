import type { Redis } from 'ioredis';
import { idOf } from '../../ids.js';
import { byTime, packEntry, unpackEntry } from './member.js';
import { ADD, CLOSE } from './scripts.js';
import type { Cell, Correlation, Entry, Held, State } from './types.js';

const DAY = 86_400_000;
/** Entries that a cell holds before it is thinned, unless its condition needs more. */
const MIN_CAP = 1000;

export interface Bounds {
  /** Entries of one correlation and tenant: beyond, the groups that were left alone longest go. Measured: 220 bytes each, 1.3 kB when each is a group. */
  entries: number;
  /** Windows of one correlation and tenant that wait to be judged. */
  waiting: number;
}
const BOUNDS: Bounds = { entries: 100_000, waiting: 100_000 };

type Answer = [late: number, thinned: number, cut: number, ...lists: string[][]];
interface Scripts {
  mdrCorrelate(...args: (string | number)[]): Promise<Answer>;
  mdrCorrelateClose(...args: (string | number)[]): Promise<string[][]>;
}

/**
 * Windows in Redis. A cell is a sorted set that lives for its timespan (and some) after its last event came in, by our
 * clock: times that a log makes up neither keep nor empty the windows of others. Keys are hash-tagged by tenant.
 */
export function redisState(redis: Redis, prefix: string, given: Partial<Bounds> = {}): State {
  const bounds = { ...BOUNDS, ...given };
  redis.defineCommand('mdrCorrelate', { lua: ADD, numberOfKeys: 7 });
  redis.defineCommand('mdrCorrelateClose', { lua: CLOSE, numberOfKeys: 4 });
  const scripts = redis as unknown as Scripts;

  const baseOf = (tenant: string, { version }: Correlation) => `${prefix}:{${tenant}}:cor:${version}:`;
  const nameOf = (group: string, bucket: number) => `${bucket}:${idOf(group).slice(0, 20)}`;

  function keysOf(tenant: string, { correlation, group, bucket }: Cell) {
    const base = baseOf(tenant, correlation);
    const name = nameOf(group, bucket);
    return {
      base,
      name,
      cells: [-1, 0, 1].map((step) => base + nameOf(group, bucket + step)),
      judged: `${base}judged:${name}`,
    };
  }

  /** When a deferred cell can be judged: what its windows reach has had time to come, however late it began to. */
  const dueAt = ({ correlation: { timespan, delay }, bucket }: Cell, now: number) =>
    Math.max(now, bucket * timespan) + delay;

  function lifeOf(cell: Cell, now: number): number {
    const { judge, timespan, delay, lateness } = cell.correlation;
    if (judge.deferred) return dueAt(cell, now) - now + timespan * 2 + lateness;
    // Firings of deferred correlations below come after their events: those of clocks that run ahead, later still.
    const early = delay > 0 ? Math.min(DAY, Math.max(0, (cell.bucket + 1) * timespan - now)) : 0;
    return timespan + delay + lateness + early;
  }

  return {
    async add(tenant, additions, now) {
      const pipeline = redis.pipeline() as unknown as Scripts & { exec(): Promise<[Error | null, Answer][]> };
      const answered: Held[] = [];
      const asked: number[] = [];
      for (const [index, { cell, entries }] of additions.entries()) {
        const { group, bucket } = cell;
        const { judge } = cell.correlation;
        // A window that waits for a time far ahead would have to be kept until then.
        const within = judge.deferred ? entries.filter(({ time }) => time <= now + DAY) : entries;
        answered.push({ entries: [], late: entries.length - within.length, cut: 0 });
        if (within.length === 0) continue;
        asked.push(index);
        const { base, name, cells, judged } = keysOf(tenant, cell);
        pipeline.mdrCorrelate(
          ...cells,
          `${base}used`,
          `${base}sizes`,
          `${base}due`,
          judged,
          now,
          lifeOf(cell, now),
          name,
          Math.max(MIN_CAP, judge.keep * 3),
          judge.keep,
          bounds.entries,
          judge.least,
          judge.deferred ? dueAt(cell, now) : '',
          `${bucket}:${group}`,
          base,
          bounds.waiting,
          ...within.flatMap((entry) => [entry.time, packEntry(entry, judge.classOf)]),
        );
      }
      const answers = await pipeline.exec();
      for (const [place, [error, answer]] of answers.entries()) {
        if (error) throw error;
        const [late, thinned, cut, ...lists] = answer;
        const index = asked[place]!;
        const held = answered[index]!;
        held.entries = entriesOf(lists);
        held.late += late;
        held.cut = cut + (additions[index]!.cell.correlation.judge.exact ? 0 : thinned);
      }
      return answered;
    },
    async due(tenant, correlations, now, limit) {
      const pipeline = redis.pipeline();
      for (const correlation of correlations)
        pipeline.zrangebyscore(`${baseOf(tenant, correlation)}due`, '-inf', now, 'LIMIT', 0, limit);
      const answers = (await pipeline.exec()) ?? [];
      const cells: Cell[] = [];
      for (const [index, [error, members]] of answers.entries()) {
        if (error) throw error;
        for (const member of members as string[]) {
          const colon = member.indexOf(':');
          const bucket = Number(member.slice(0, colon));
          if (cells.length < limit)
            cells.push({ correlation: correlations[index]!, bucket, group: member.slice(colon + 1) });
        }
      }
      return cells;
    },
    async close(tenant, cell) {
      const { cells, judged } = keysOf(tenant, cell);
      const lists = await scripts.mdrCorrelateClose(
        ...cells,
        judged,
        lifeOf(cell, cell.bucket * cell.correlation.timespan),
      );
      return { entries: entriesOf(lists), late: 0, cut: 0 };
    },
    async done(tenant, { correlation, group, bucket }) {
      await redis.zrem(`${baseOf(tenant, correlation)}due`, `${bucket}:${group}`);
    },
  };
}

function entriesOf(lists: readonly string[][]): Entry[] {
  const members: [string, number][] = [];
  for (const list of lists)
    for (let index = 0; index + 1 < list.length; index += 2) members.push([list[index]!, Number(list[index + 1])]);
  return members.sort(byTime).map(([member, time]) => unpackEntry(member, time));
}

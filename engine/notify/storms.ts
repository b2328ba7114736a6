import type { Redis } from 'ioredis';
import { LEVELS, type Level } from '../detect/types.js';
import { idOf } from '../ids.js';
import type { Alert } from '../store/alerts.js';
import type { TenantStore } from '../store/index.js';
import type { Storm } from '../store/storms.js';
import { channelKey } from './channels.js';
import { policyOf } from './policy.js';
import { isCalm } from './storm.js';

const ATTEMPTS = 5;
const MAX_OPEN = 100;
const TOP = 5;

/** The storm of a channel that goes on now; begins one when there is none. @param now epoch ms */
export async function stormFor(
  store: TenantStore,
  at: { surface: string; channel: string },
  now: number,
): Promise<Storm> {
  for (let attempt = 0; attempt < ATTEMPTS; attempt++) {
    const [last] = await store.storms.find({ ...at }, { sort: { turn: -1 }, limit: 1 });
    if (last && last.ended === null) return last;
    const turn = (last?.turn ?? 0) + 1;
    const _id = idOf('storm', store.id, channelKey(at), String(turn));
    const number = await store.nextNumber('storm');
    // Where another process was faster, its storm is found by the next look.
    await store.storms.insert({ _id, number, ...at, turn, began: now, ended: null });
  }
  throw new Error(`the storm in ${channelKey(at)} cannot be written down; it will be tried again`);
}

/**
 * End the storms of channels that are calm again.
 * @param now epoch ms
 * @returns numbers of the storms that ended
 */
export async function endStorms(store: TenantStore, redis: Redis, prefix: string, now: number): Promise<number[]> {
  const open = await store.storms.find({ ended: null }, { limit: MAX_OPEN });
  const { storm: bound } = policyOf(store.tenant);
  const over: number[] = [];
  for (const { _id, number, surface, channel } of open) {
    const at = { tenant: store.id, channel: channelKey({ surface, channel }), now };
    if (bound && !(await isCalm(redis, prefix, bound, at))) continue;
    if (await store.storms.update({ _id, ended: null }, { $set: { ended: now } })) over.push(number);
  }
  return over;
}

/** How many alerts a storm has held back. */
export const heldBy = (store: TenantStore, storm: number): Promise<number> =>
  store.notifications.count({ 'storm.number': storm, how: 'storm' });

/** What a storm held back, counted; the same records give the same facts. */
export interface StormFacts {
  count: number;
  levels: Partial<Record<Level, number>>;
  /** The most frequent ones. */
  rules: { name: string; count: number }[];
  entities: { name: string; count: number }[];
  /** How many different ones there are in all. */
  of: { rules: number; entities: number };
  /** The gravest. */
  top: Pick<Alert, 'number' | 'title' | 'level' | 'score'>[];
}

export async function stormFacts(store: TenantStore, storm: number): Promise<StormFacts> {
  const held = { 'storm.number': storm, how: 'storm' } as const;
  const by = (field: string) =>
    store.notifications.aggregate<{ _id: string; count: number }>([
      { $match: held },
      { $group: { _id: `$${field}`, count: { $sum: 1 } } },
      { $sort: { count: -1, _id: 1 } },
    ]);
  const [levels, rules, entities, gravest] = await Promise.all([
    by('level'),
    by('storm.rule'),
    by('storm.entity'),
    store.notifications.find(held, { sort: { score: -1, number: 1 }, limit: TOP }),
  ]);
  const numbers = [...new Set(gravest.map(({ number }) => number))];
  const alerts = await store.alerts.find({ number: { $in: numbers } }, { limit: TOP });
  const named = (groups: typeof rules) => groups.slice(0, TOP).map(({ _id: name, count }) => ({ name, count }));
  return {
    count: levels.reduce((sum, { count }) => sum + count, 0),
    levels: Object.fromEntries(
      LEVELS.flatMap((level) => {
        const count = levels.find(({ _id }) => _id === level)?.count;
        return count ? [[level, count]] : [];
      }),
    ),
    rules: named(rules),
    entities: named(entities),
    of: { rules: rules.length, entities: entities.length },
    top: numbers.flatMap((number) => {
      const alert = alerts.find((one) => one.number === number);
      return alert ? [{ number, title: alert.title, level: alert.level, score: alert.score }] : [];
    }),
  };
}

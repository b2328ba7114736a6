import { latenessCard } from '../../commands/cards/lateness.js';
import type { Clock } from '../../engine/clock.js';
import type { Late, Lateness } from '../../engine/lateness.js';
import { LockBusyError, withLock } from '../../engine/lock.js';
import type { Log } from '../../engine/log.js';
import { consoleChannel } from '../../engine/notify/channels.js';
import type { Queues } from '../../engine/queues.js';
import type { Store, TenantStore } from '../../engine/store/index.js';
import type { Surface } from '../surfaces/types.js';
import { lockKey, noticeKey } from './keys.js';
import { Later, openHold } from './later.js';
import { keepEdited, postOnce } from './thread.js';

/** Behind by less than this is nothing to tell people of. */
const NOTICE_MS = 3 * 60_000;
/** Least time between two edits of a notice. */
const EDIT_MS = 60_000;
const EPISODE_S = 7 * 24 * 3600;

interface Options {
  late: Lateness;
  store: Store;
  surfaces: ReadonlyMap<string, Surface>;
  queues: Queues;
  clock: Clock;
  log: Log;
}

/**
 * Tell people in the console, which is ours and not late, that a chat is behind: one message for each time that it is, edited as it
 * goes on, and when it is over.
 */
export async function tellLateness(options: Options): Promise<void> {
  const { late, store, queues, clock } = options;
  for (const id of await late.tenants()) {
    const tenant = await store.forTenant(id).catch(() => null);
    if (!tenant) {
      await late.settle(id);
      continue;
    }
    const now = clock();
    const found = await late.read(id, now);
    const episodes = `${queues.prefix}:{${id}}:outbox:late:episodes`;
    const open = await queues.redis.hgetall(episodes);
    const behind = new Map<string, Late[]>();
    for (const one of found)
      if (one.surface !== consoleChannel(id).surface && now - one.since >= NOTICE_MS)
        behind.set(one.surface, [...(behind.get(one.surface) ?? []), one]);
    for (const surface of new Set([...behind.keys(), ...Object.keys(open)])) {
      const mine = behind.get(surface) ?? [];
      // It is over when nothing at all waits, not as soon as the wait is short.
      if (mine.length === 0 && found.some((one) => one.surface === surface)) continue;
      const start = open[surface] ?? String(mine[0]!.since);
      await queues.redis.hset(episodes, surface, start);
      await queues.redis.expire(episodes, EPISODE_S);
      const isTold = await tell(options, tenant, surface, start, mine);
      if (isTold && mine.length === 0) await queues.redis.hdel(episodes, surface);
    }
    if (found.length === 0 && behind.size === 0) await late.settle(id);
  }
}

/** @returns whether the notice shows this now */
async function tell(
  { surfaces, queues, clock, log }: Options,
  store: TenantStore,
  about: string,
  start: string,
  late: readonly Late[],
): Promise<boolean> {
  const { surface: name, channel } = consoleChannel(store.id);
  const surface = surfaces.get(name);
  if (!surface) return true;
  const thread = { tenant: store.id, surface: name, channel, number: 0 };
  const hold = openHold(queues.redis, queues.prefix, thread);
  try {
    return await withLock(queues.redis, lockKey(queues.prefix, thread), 0, async (held) => {
      const debounceMs = late.length === 0 ? 0 : EDIT_MS;
      const delivery = { store, surface, thread, hold, held, clock, log, debounceMs };
      const card = latenessCard({ surface: about, start: Number(start), late, now: clock() }, store.tenant);
      const post = await postOnce(delivery, noticeKey(thread, about, start), card, null);
      await keepEdited(delivery, post, card);
      return true;
    });
  } catch (error) {
    if (error instanceof Later || error instanceof LockBusyError) return false;
    throw error;
  }
}

import { LEVELS } from '../detect/types.js';
import { idOf } from '../ids.js';
import type { Alert } from '../store/alerts.js';
import type { Digest, Dispatch } from '../store/dispatches.js';
import type { TenantStore } from '../store/index.js';
import type { Notification } from '../store/notifications.js';

const MAX_HELD = 5000;
const CHUNK = 500;
const TOP = 10;
const MAX_REPEATS = 5;
const MAX_TITLE = 200;
const MAX_PARTS = 50;

/**
 * Make the digests that are due: one for each channel and time. A digest is fixed when it is made; what is found to belong to it
 * later goes into another of the same time.
 * @returns ids of the dispatches that are to be posted
 */
export async function makeDigests(store: TenantStore, now: number): Promise<string[]> {
  const held = await store.notifications.find(
    { told: null, how: 'digest', due: { $ne: null, $lte: now } },
    { sort: { due: 1, number: 1 }, limit: MAX_HELD },
  );
  const groups = new Map<string, Notification[]>();
  for (const one of held) {
    const key = JSON.stringify([one.surface, one.channel, one.due]);
    groups.set(key, [...(groups.get(key) ?? []), one]);
  }
  const made: string[] = [];
  for (const group of groups.values()) made.push(...(await makeDigest(store, group, now)));
  return made;
}

async function makeDigest(store: TenantStore, group: readonly Notification[], now: number): Promise<string[]> {
  const { surface, channel, due } = group[0]!;
  const made: string[] = [];
  let rest = [...group];
  for (let part = 1; rest.length > 0 && part <= MAX_PARTS; part++) {
    const _id = idOf('digest', store.id, surface, channel, String(due), String(part));
    let dispatch = await store.dispatches.findOne({ _id });
    if (!dispatch) {
      const record: Omit<Dispatch, 'tenant'> = {
        _id,
        to: { kind: 'channel', surface, channel },
        content: { kind: 'digest', digest: await digestOf(store, rest, due!) },
        state: 'due',
        attempts: 0,
        due: now,
        created: now,
        ended: null,
        error: '',
      };
      await store.dispatches.insert(record);
      // Another process may have been faster: what it wrote is what will be posted.
      dispatch = await store.dispatches.findOne({ _id });
    }
    const told = dispatch?.content.kind === 'digest' ? new Set(dispatch.content.digest.numbers) : new Set<number>();
    const ids = rest.filter(({ number }) => told.has(number)).map((one) => one._id);
    for (let at = 0; at < ids.length; at += CHUNK)
      await store.notifications.updateMany(
        { _id: { $in: ids.slice(at, at + CHUNK) }, how: 'digest', due },
        { $set: { told: _id } },
      );
    if (ids.length > 0) made.push(_id);
    rest = rest.filter(({ number }) => !told.has(number));
  }
  return made;
}

async function digestOf(store: TenantStore, group: readonly Notification[], due: number): Promise<Digest> {
  const numbers = [...new Set(group.map(({ number }) => number))];
  const alerts: Alert[] = [];
  for (let at = 0; at < numbers.length; at += CHUNK)
    alerts.push(...(await store.alerts.find({ number: { $in: numbers.slice(at, at + CHUNK) } }, { limit: CHUNK })));
  const open = alerts.filter(({ state }) => state !== 'closed');
  const byGravity = [...open].sort(
    (a, b) => LEVELS.indexOf(b.level) - LEVELS.indexOf(a.level) || b.score - a.score || a.number - b.number,
  );
  const counts: Digest['counts'] = {};
  for (const { level } of open) counts[level] = (counts[level] ?? 0) + 1;
  const titles = new Map(alerts.map((alert) => [alert.number, alert.title.slice(0, MAX_TITLE)]));
  const repeats = new Map<number, { of: number; count: number; title: string }>();
  for (const { of, number } of group) {
    if (of === null) continue;
    const count = (repeats.get(of)?.count ?? 0) + 1;
    repeats.set(of, { of, count, title: titles.get(number) ?? '' });
  }
  return {
    from: Math.min(...group.map(({ at }) => at)),
    due,
    counts,
    top: byGravity.slice(0, TOP).map(({ number, title, level, score, entity, state }) => ({
      number,
      title: title.slice(0, MAX_TITLE),
      level,
      score,
      entity: entity.value.slice(0, MAX_TITLE),
      state: state === 'new' ? 'new' : 'acknowledged',
    })),
    closed: alerts.length - open.length,
    repeats: [...repeats.values()].sort((a, b) => b.count - a.count).slice(0, MAX_REPEATS),
    numbers,
  };
}

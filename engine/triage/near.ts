import type { Alert } from '../store/alerts.js';
import type { Detection } from '../store/detections.js';
import type { TenantStore } from '../store/index.js';
import type { Quiet } from '../store/quiets.js';
import type { Group } from './arrange.js';
import { type Commonness, NOTHING_COMMON } from './commonness.js';
import { keysOf, MAX_RECENT } from './compose.js';
import { type Strand, WINDOW_MS } from './strands.js';

/** A record that new strands may belong to. */
export type Near = { kind: 'alert'; record: Alert } | { kind: 'quiet'; record: Quiet };

const MAX_NEAR = 400;
const MAX_KEYS = 4000;
/** Alerts come before quiet groups, whatever their numbers. */
const AFTER_ALERTS = Number.MAX_SAFE_INTEGER;

/**
 * Everything that these strands could reach by their keys, closed alerts too: they may hold some of them already.
 * @param again quiet groups of at least this score since then (epoch ms), to be judged again
 */
export async function findNear(
  scope: TenantStore,
  strands: readonly Strand[],
  { hostOf }: Pick<Commonness, 'hostOf'>,
  again: { quietFrom?: number; since?: number },
): Promise<Near[]> {
  const found = new Map<string, Near>();
  if (strands.length > 0) {
    const filter = {
      // Time first: a server without an index looks for keys only where that fits.
      last: { $gte: Math.min(...strands.map(({ first }) => first)) - WINDOW_MS },
      first: { $lte: Math.max(...strands.map(({ last }) => last)) + WINDOW_MS },
      keys: { $in: keysOf(strands, { ...NOTHING_COMMON, hostOf }, MAX_KEYS) },
    };
    const page = { sort: { last: -1 as const }, limit: MAX_NEAR };
    for (const record of await scope.alerts.find(filter, page)) found.set(record._id, { kind: 'alert', record });
    for (const record of await scope.quiets.find(filter, page)) found.set(record._id, { kind: 'quiet', record });
  }
  if (again.quietFrom !== undefined)
    for (const record of await scope.quiets.find(
      { score: { $gte: again.quietFrom }, last: { $gte: again.since ?? 0 } },
      { sort: { score: -1 }, limit: MAX_NEAR },
    ))
      found.set(record._id, { kind: 'quiet', record });
  return [...found.values()];
}

/**
 * Finish what a crash left half done: detections that a record holds without their knowing it, and records that an alert has taken in.
 * The latter are taken out of `near`.
 * @returns the numbers of the alerts that were finished
 */
export async function finish(scope: TenantStore, near: Near[], fresh: readonly Detection[]): Promise<number[]> {
  const numbers = new Set<number>();
  const ids = new Set(fresh.map(({ _id }) => _id));
  for (const { kind, record } of near) {
    const held = record.recent.filter((id) => ids.has(id));
    if (held.length === 0) continue;
    const set = kind === 'alert' ? { alert: record.number } : { alert: 0, quiet: record._id };
    await scope.detections.updateMany({ _id: { $in: held }, alert: null }, { $set: set });
    if (kind === 'alert') numbers.add(record.number);
  }
  const takers = near.flatMap(({ kind, record }) => (kind === 'alert' && record.took?.length ? [record] : []));
  for (let i = near.length - 1; i >= 0; i--) {
    const each = near[i]!;
    const taker = takers.find(({ took }) => took!.includes(each.record._id));
    if (!taker) continue;
    near.splice(i, 1);
    numbers.add(taker.number);
    if (each.kind === 'quiet') await takeQuiets(scope, [each.record], taker.number);
    else await moveDetections(scope, each.record, taker.number);
  }
  return [...numbers];
}

/**
 * Finds the detections that a record holds: by their ids where it knows all of them, since not every server has an index for anything
 * else.
 */
const heldBy = (record: Pick<Alert, 'recent'>, else_: { quiet: string } | { alert: number }) =>
  record.recent.length < MAX_RECENT ? { _id: { $in: record.recent } } : else_;

/** The detections of quiet groups are the alert's now, and the groups are gone. */
export async function takeQuiets(scope: TenantStore, quiets: readonly Quiet[], number: number): Promise<void> {
  if (quiets.length === 0) return;
  for (const quiet of quiets)
    await scope.detections.updateMany(heldBy(quiet, { quiet: quiet._id }), {
      $set: { alert: number },
      $unset: { quiet: 1 },
    });
  await scope.quiets.deleteMany({ _id: { $in: quiets.map(({ _id }) => _id) } });
}

/** The detections of quiet groups are another's now; the groups are the caller's to take away. */
export async function moveQuiets(scope: TenantStore, moves: readonly { from: Quiet; to: string }[]): Promise<void> {
  await scope.detections.updateEach(
    moves.map(({ from, to }) => ({ filter: heldBy(from, { quiet: from._id }), change: { $set: { quiet: to } } })),
  );
}

/** The detections of one alert are another's now. */
export async function moveDetections(scope: TenantStore, from: Alert, to: number): Promise<void> {
  await scope.detections.updateMany(heldBy(from, { alert: from.number }), { $set: { alert: to } });
}

/** Those that take something in: what is closed stays as it is. */
export function groupsOf(near: readonly Near[]): Group[] {
  return near.flatMap(({ kind, record }): Group[] => {
    if (kind === 'quiet') return [{ id: record._id, strands: record.strands, rank: AFTER_ALERTS, isTouched: false }];
    if (record.state === 'closed' || record.mergedInto !== undefined || !record.strands) return [];
    return [{ id: record._id, strands: record.strands, rank: record.number, isTouched: isTouched(record) }];
  });
}

/** Whether people have done anything with it. */
const isTouched = ({ state, published, log }: Alert): boolean =>
  state !== 'new' || published !== undefined || log.some(({ actor }) => actor !== 'mdr');

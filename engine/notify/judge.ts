import type { Redis } from 'ioredis';
import type { Clock } from '../clock.js';
import { idOf } from '../ids.js';
import type { Alert } from '../store/alerts.js';
import type { TenantStore } from '../store/index.js';
import type { Notification } from '../store/notifications.js';
import type { BoundChannel } from '../store/tenants.js';
import { bySeverity } from '../triage/order.js';
import { channelKey, channelsNamed } from './channels.js';
import { type Decision, decide, isGraver } from './decide.js';
import { syncChain } from './escalation.js';
import { likenessOf } from './likeness.js';
import { policyOf, zoneOf } from './policy.js';
import { tellRepeat } from './repeats.js';
import { admit } from './storm.js';
import { stormFor } from './storms.js';
import { nextDigest } from './times.js';

const MAX_REPEATS_LOOKED_AT = 500;
const MAX_WORDS = 200;

export interface JudgeParts {
  store: TenantStore;
  redis: Redis;
  prefix: string;
  clock: Clock;
}

/** What a judgement goes by. */
export type Judged = Pick<Alert, 'number' | 'level' | 'score' | 'state' | 'entity' | 'title' | 'rules'>;

export interface Judgement {
  notifications: Notification[];
  /** Numbers of other alerts whose log this added to. */
  touched: number[];
}

export const notificationId = (tenant: string, number: number, channel: string): string =>
  idOf('notification', tenant, String(number), channel);

/**
 * Decide where an alert is told, and keep the decision; begin, stop or follow its escalation. Safe to call again and by several
 * processes at once: each decision has a key of its own, and what was decided stays, unless the alert has become graver.
 */
export async function judge(parts: JudgeParts, alert: Judged): Promise<Judgement> {
  const { store, clock } = parts;
  const tenant = store.tenant;
  const now = clock();
  const decision = decide(policyOf(tenant), zoneOf(tenant), alert, now);
  const records = new Map((await store.notifications.find({ number: alert.number })).map((n) => [n._id, n]));
  const wanted: Notification[] = [];
  for (const bound of channelsNamed(tenant, decision.rule.to)) {
    const _id = notificationId(store.id, alert.number, channelKey(bound));
    const known = records.get(_id);
    if (known && (known.how === 'now' || !hasRisen(alert, known, decision))) continue;
    wanted.push({ _id, tenant: store.id, ...(await judgeChannel(parts, alert, decision, bound, !known, now)) });
  }
  // The chain first: a crash between the two leaves an alert that escalates, never one that is shown and forgotten.
  const isNow = [...records.values(), ...wanted].some(({ how }) => how === 'now');
  await syncChain(store, alert, decision.how === 'now' && isNow ? (decision.rule.escalate ?? null) : null, now);
  for (const record of wanted) {
    const known = records.get(record._id);
    const { _id, tenant: _, ...rest } = record;
    const written = known
      ? await store.notifications.update({ _id, level: known.level, score: known.score }, { $set: rest })
      : await store.notifications.insert(record);
    // Where another process was faster, what it decided holds.
    const holds = written ? record : await store.notifications.findOne({ _id });
    if (holds) records.set(_id, holds);
  }
  const notifications = [...records.values()];
  const repeated = new Set(notifications.flatMap(({ how, of }) => (how === 'repeat' ? [of!] : [])));
  const touched: number[] = [];
  for (const of of repeated) if (await tellRepeat(store, alert, of, now)) touched.push(of);
  return { notifications, touched };
}

/** Whether an alert is graver than when it was judged: a higher level, or a score that a rule asks for. */
const hasRisen = (alert: Judged, known: Notification, { rule }: Decision): boolean =>
  isGraver(alert.level, known.level) || (rule.score !== undefined && known.score < rule.score);

async function judgeChannel(
  { store, redis, prefix }: JudgeParts,
  alert: Judged,
  decision: Decision,
  { surface, channel }: BoundChannel,
  isNew: boolean,
  now: number,
): Promise<Omit<Notification, '_id' | 'tenant'>> {
  const { storm } = policyOf(store.tenant);
  const base = {
    number: alert.number,
    surface,
    channel,
    due: null,
    told: null,
    likeness: likenessOf(alert),
    of: null,
    level: alert.level,
    score: alert.score,
    at: now,
  };
  if (decision.how === 'never') return { ...base, how: 'never', why: 'rule' };
  if (decision.how === 'digest') return { ...base, how: 'digest', why: decision.why, due: decision.due };
  // An alert that became graver is news, whatever was told before.
  const repeat = isNew ? await repeatOf(store, alert, base, now) : null;
  if (repeat) return { ...base, ...repeat };
  const bounded = storm && !storm.through.includes(alert.level);
  const at = { tenant: store.id, channel: channelKey({ surface, channel }), number: alert.number, now };
  if (bounded && !(await admit(redis, prefix, storm, at))) {
    const { number } = await stormFor(store, { surface, channel }, now);
    const rule = bySeverity(alert.rules)[0]?.title ?? alert.title;
    const held = { number, rule: rule.slice(0, MAX_WORDS), entity: alert.entity.value.slice(0, MAX_WORDS) };
    return { ...base, how: 'storm', why: 'storm', storm: held };
  }
  return { ...base, how: 'now', why: 'rule' };
}

type Repeat = Pick<Notification, 'how' | 'why' | 'of' | 'due'>;

/** How a repeat is told, when the alert is one: an earlier alert like it has a thread in this channel, and was as grave. */
async function repeatOf(
  store: TenantStore,
  alert: Judged,
  { surface, channel, likeness }: Pick<Notification, 'surface' | 'channel' | 'likeness'>,
  now: number,
): Promise<Repeat | null> {
  const { repeats } = policyOf(store.tenant);
  if (!repeats || isGraver(alert.level, repeats.upTo)) return null;
  const since = now - repeats.hours * 3_600_000;
  const like = await store.notifications.find(
    { likeness, surface, channel, how: 'now', number: { $ne: alert.number }, at: { $gte: since } },
    { sort: { at: -1 }, limit: MAX_REPEATS_LOOKED_AT },
  );
  const first = like.find((n) => !isGraver(alert.level, n.level));
  if (!first) return null;
  if (repeats.into === 'thread') return { how: 'repeat', why: 'repeat', of: first.number, due: null };
  return { how: 'digest', why: 'repeat', of: first.number, due: nextDigest(repeats.digest, zoneOf(store.tenant), now) };
}

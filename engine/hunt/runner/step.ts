import type { Clock } from '../../clock.js';
import type { Found } from '../../detect/found.js';
import type { Formats } from '../../ingest/formats/index.js';
import type { Lake, TenantLake } from '../../lake/index.js';
import type { Log } from '../../log.js';
import type { Queues } from '../../queues.js';
import type { Store, TenantStore } from '../../store/index.js';
import type { LiveVerdicts } from '../../triage/trust.js';
import type { Tunings } from '../../triage/tune/live.js';
import type { Tuning } from '../../triage/tune/tuning.js';
import type { Model, Seen } from '../models/types.js';
import { detectionOf, evidenceFor, ruleIdOf } from './found.js';
import { horizonOf, LATE_MS } from './horizon.js';
import { type Kept, kept, packState } from './keep.js';
import { countLate } from './late.js';
import { GRID, gridOf, Running } from './one.js';
import { firstFrom, type Place, readPage, UNREADABLE } from './source.js';
import { lowestReal, tuned } from './threshold.js';
import { type ModelRecord, newRecord, type TenantRecord } from './types.js';

const DAY = 86_400_000;
/** How far back a new model learns from what is in the lake already. */
const BACK_MS = 35 * DAY;
/** Events of one step; it goes on to the end of a quarter of an hour. */
const STEP_EVENTS = 50_000;
/** It ends there as well when it has taken so long. */
const STEP_MS = 60_000;
/** A model that is further behind is asked once an hour only. */
const BEHIND_MS = 2 * DAY;
/** What history shows is told, but opens no alert by itself. */
const OLD_MS = 7 * DAY;
/** A model that failed so often in a row begins with an empty state: what it had may be of an older version. */
const MOST_FAULTS = 3;
const TRIAGE_BATCH = 500;

export interface HuntParts {
  store: Store;
  queues: Queues;
  lake: Lake;
  formats: Formats;
  models: readonly Model[];
  tunings: Tunings;
  verdicts: LiveVerdicts;
  clock: Clock;
  log: Log;
  /** Leave what is in hand undone. */
  signal?: AbortSignal;
}

/** What a step has at hand. */
interface Hand {
  parts: HuntParts;
  scope: TenantStore;
  lake: TenantLake;
  own: Kept;
  tuning: Tuning;
  now: number;
}

/**
 * Take the next stretch of a tenant's events into its models, and hand on what they find. Models that stand at the same time are read
 * for together, those that are furthest on first: one that learns from the beginning, or cannot be read for, does not hold up the
 * others. Done again after a crash it finds the same, under the same ids.
 * @returns whether there is more to do at once
 */
export async function step(parts: HuntParts, tenant: string): Promise<boolean> {
  const { store, lake: lakes, models, queues, clock, log } = parts;
  const [scope, lake, now] = [await store.forTenant(tenant), lakes.forTenant(tenant), clock()];
  const own = kept(queues.redis, queues.prefix, tenant);
  const { models: records, tenant: about } = await own.records();
  for (const name of await own.asked()) {
    await own.drop(name);
    await own.begun(name);
    records.delete(name);
  }
  const usual = gridOf(now - LATE_MS);
  if (models.every(({ name }) => (records.get(name)?.position ?? 0) >= usual)) return false;
  const horizon = await horizonOf(lake, queues, now);
  if (models.some(({ name }) => !records.has(name))) {
    const begin = await firstFrom(lake, now - BACK_MS, horizon);
    if (begin === null) return false;
    for (const { name } of models) if (!records.has(name)) records.set(name, newRecord(gridOf(begin)));
  }
  const positions = [...new Set(models.map(({ name }) => records.get(name)!.position))].sort((a, b) => b - a);
  if (positions.at(-1)! >= horizon) return false;

  const hand: Hand = { parts, scope, lake, own, now, tuning: await parts.tunings.forTenant(scope) };
  const faults: Error[] = [];
  let more = false;
  for (const [at, from] of positions.entries()) {
    const until = Math.min(horizon, positions[at - 1] ?? horizon);
    if (from >= until) continue;
    const group = models.filter(({ name }) => records.get(name)!.position === from);
    try {
      more = (await advance(hand, group, records, about, from, until)) < horizon || more;
    } catch (error) {
      parts.signal?.throwIfAborted();
      faults.push(error as Error);
      log.warn({ tenant, models: group.length, from, error: (error as Error).message }, 'models could not go on');
    }
  }
  if (faults.length > 0) throw faults[0]!;
  await countLate(lake, about, now).catch((error: Error) => log.warn({ tenant, error: error.message }, 'models'));
  await own.saveTenant(about);
  return more;
}

/** Models that stand at the same time, one stretch on. @returns where they stand then */
async function advance(
  hand: Hand,
  group: readonly Model[],
  records: ReadonlyMap<string, ModelRecord>,
  about: TenantRecord,
  from: number,
  until: number,
): Promise<number> {
  const running: Running[] = [];
  for (const model of group) {
    const started = await start(hand, model, records.get(model.name)!);
    if (started) running.push(started);
  }
  if (running.length === 0) return from;
  const counted = structuredClone(about);
  const position = await readInto(hand, running, counted, from, until);
  await handOn(hand, running);
  for (const each of running) await save(hand, each, position);
  counted.frontier = Math.max(counted.frontier, position);
  Object.assign(about, counted);
  await hand.own.saveTenant(about);
  return position;
}

/** A model with its state as it was kept, and the threshold that it has now; null: its state is lost, and it begins anew next time. */
async function start({ parts, scope, own, tuning, now }: Hand, model: Model, record: ModelRecord) {
  const rule = ruleIdOf(model.name);
  const verdicts = (await parts.verdicts.forTenant(scope)).get(rule);
  record.threshold = tuned(model.speaks, verdicts, verdicts?.real ? await lowestReal(scope, rule) : null);
  let state = await own.state(model.name);
  if (state === null && record.bytes > 0) {
    parts.log.warn({ tenant: scope.id, model: model.name }, 'the state of a hunting model is lost: it learns anew');
    await own.drop(model.name);
    return null;
  }
  state ??= model.start();
  const every = Math.max(GRID, model.every ?? 0, now - record.position > BEHIND_MS ? 4 * GRID : 0);
  const off = tuning.judge({ id: rule }, {})?.disabled === true;
  return new Running(model, record, state, { known: { floor: record.threshold.floor }, off, every });
}

/** @returns the time before which all events are taken in */
async function readInto(
  { parts, lake }: Hand,
  running: readonly Running[],
  about: TenantRecord,
  from: number,
  until: number,
): Promise<number> {
  let at: Place = { time: from, id: '' };
  let slot = from;
  let taken = 0;
  const began = performance.now();
  let waiting: Seen[] = [];
  const fold = () => {
    for (const each of running) each.take(waiting);
    taken += waiting.length;
    for (const { time, ecs } of waiting) {
      if (time < about.frontier) continue;
      const day = Math.floor(time / DAY);
      about.read[day] = (about.read[day] ?? 0) + 1;
      if (ecs === UNREADABLE) about.unreadable++;
    }
    waiting = [];
  };
  while (true) {
    parts.signal?.throwIfAborted();
    const { events, next } = await readPage(lake, parts.formats, at, until);
    for (const event of events) {
      const its = gridOf(event.time);
      if (its !== slot) {
        fold();
        for (const each of running) each.reach(its);
        slot = its;
        if (taken >= STEP_EVENTS || performance.now() - began > STEP_MS) return its;
      }
      waiting.push(event);
    }
    fold();
    if (!next) break;
    at = next;
  }
  for (const each of running) each.reach(until);
  return until;
}

/** Store what was found, and tell triage. Before states are kept: killed between, it is found and told again. */
async function handOn({ parts, scope, lake, tuning, now }: Hand, running: readonly Running[]): Promise<void> {
  const all = running.flatMap(({ model, fresh, low }) =>
    fresh.map((finding) => ({ model, finding, isLow: low.has(finding) })),
  );
  if (all.length === 0) return;
  const evidence = await evidenceFor(
    lake,
    all.map(({ finding }) => finding),
  );
  const found: Found[] = all.map(({ model, finding, isLow }) =>
    detectionOf(scope.id, model, finding, evidence, isLow || finding.to < now - OLD_MS ? 'low' : null),
  );
  const detections = tuning.siftFound(found);
  await scope.detections.insertNew(detections.map((detection) => ({ ...detection, created: now })));
  const ids = detections.filter((each) => !('suppressed' in each && each.suppressed)).map(({ _id }) => _id);
  for (let at = 0; at < ids.length; at += TRIAGE_BATCH)
    await parts.queues.add('detections', { tenant: scope.id, ids: ids.slice(at, at + TRIAGE_BATCH) });
}

async function save({ parts, scope, own, now }: Hand, each: Running, position: number): Promise<void> {
  const { model, record, fault } = each;
  const again = record.failed !== null && record.failed.at === record.at;
  Object.assign(record, { at: now, ms: Math.round(each.ms), taken: each.taken });
  if (!fault) return own.save(model.name, record, await each.pack(position));
  parts.log.error({ tenant: scope.id, model: model.name, error: fault.message }, 'a hunting model failed');
  const times = again ? record.failed!.times + 1 : 1;
  record.failed = { at: now, why: fault.message.slice(0, 300), times };
  Object.assign(record, { position, pending: 0 });
  // It goes on behind what it could not take, with the state that it had before; when that does not help, the state is the fault.
  const before = times < MOST_FAULTS ? await own.state(model.name) : null;
  await own.save(model.name, record, await packState(before ?? model.start()));
}

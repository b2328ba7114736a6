import { DateTime } from 'luxon';
import { idOf } from '../ids.js';
import type { Dispatch } from '../store/dispatches.js';
import type { Store, TenantStore } from '../store/index.js';
import type { Person } from '../store/people.js';
import type { Schedule, ScheduleKind } from '../store/schedules.js';
import { providerChannels } from './channels.js';
import { workBegins } from './hours.js';
import { zoneOf } from './policy.js';
import { makeReport } from './report.js';
import { wallTime } from './times.js';

const DAY_MS = 24 * 3_600_000;
/** Later than this is said to be late. */
const LATE_MS = 10 * 60_000;
/** A report looks back this far when there was none before it. */
const SPANS: Record<ScheduleKind, number> = { daily: DAY_MS, handover: DAY_MS / 3, weekly: 7 * DAY_MS };
/** More missed times than this are not counted one by one. */
const MAX_MISSED = 5000;
const MAX_PEOPLE = 500;

type Times = Pick<Schedule, 'times' | 'days'>;

/** Epoch ms of the first time after `after`, by the zone's own clock, also when it changes. */
export function nextTime({ times, days }: Times, zone: string, after: number): number {
  const today = DateTime.fromMillis(after, { zone });
  const found = Array.from({ length: 9 }, (_, i) => today.plus({ days: i }))
    .filter(({ weekday }) => days.length === 0 || days.includes(weekday))
    .flatMap((day) => times.map((time) => wallTime(day, time).toMillis()))
    .filter((instant) => instant > after);
  return Math.min(...found);
}

const scheduleId = (tenant: string, kind: ScheduleKind): string => idOf('schedule', tenant, kind);

/** Set when a kind of post comes, or switch it off. @param times null: off @param now epoch ms */
export async function setSchedule(
  store: TenantStore,
  kind: ScheduleKind,
  times: Times | null,
  by: string,
  now: number,
): Promise<void> {
  const _id = scheduleId(store.id, kind);
  const zone = zoneOf(store.tenant);
  const next = times === null ? null : nextTime(times, zone, now);
  await store.schedules.upsert(
    { _id },
    { $set: { ...(times ?? {}), kind, zone, next, changed: { at: now, by } }, $setOnInsert: { last: null } },
  );
}

/**
 * Make the posts that are due: one for each channel of the provider's lane. After a pause the latest of the missed ones is made, once,
 * and says that it is late. Each has a key of its own and the schedule moves on last: stopped anywhere, nothing is made twice.
 * @returns ids of the dispatches that are to be posted
 */
export async function makeScheduled(all: Pick<Store, 'people'>, store: TenantStore, now: number): Promise<string[]> {
  const zone = zoneOf(store.tenant);
  const made: string[] = [];
  const schedules = await store.schedules.find({}, { limit: 10 });
  if (!schedules.some(({ kind }) => kind === 'weekly')) await beginWeekly(store, zone, now);
  for (const schedule of schedules) {
    const { _id, next } = schedule;
    if (next === null) continue;
    if (next > now) {
      // The tenant moved: the same time of day is another moment.
      if (schedule.zone !== zone)
        await store.schedules.update({ _id, next }, { $set: { zone, next: nextTime(schedule, zone, now) } });
      continue;
    }
    const due = latest(schedule, next, now);
    made.push(...(await makePosts(all, store, schedule, due, now)));
    await store.schedules.update({ _id, next }, { $set: { zone, last: due, next: nextTime(schedule, zone, now) } });
  }
  return made;
}

/**
 * The numbers of the week come without being asked for, once there was an alert, at the beginning of the tenant's working week. Whoever
 * sets another time or switches them off has the last word.
 */
async function beginWeekly(store: TenantStore, zone: string, now: number): Promise<void> {
  const some = await store.alerts.aggregate<{ number: number }>([{ $limit: 1 }, { $project: { number: 1 } }]);
  if (some.length === 0) return;
  const { day, time } = workBegins(store.tenant.profile);
  const times = { times: [time], days: [day] };
  const next = nextTime(times, zone, now);
  await store.schedules.insert({
    _id: scheduleId(store.id, 'weekly'),
    ...{ kind: 'weekly', ...times, zone, next, last: null, changed: { at: now, by: 'mdr' } },
  });
}

/** The last of the times that have come. */
function latest(schedule: Schedule, next: number, now: number): number {
  let due = next;
  for (let missed = 0; missed < MAX_MISSED; missed++) {
    const after = nextTime(schedule, schedule.zone, due);
    if (after > now) break;
    due = after;
  }
  return due;
}

async function makePosts(
  all: Pick<Store, 'people'>,
  store: TenantStore,
  { kind, last }: Schedule,
  due: number,
  now: number,
): Promise<string[]> {
  // The weekly numbers are of one week, whatever was missed; the others go on where the last one ended.
  const from = kind === 'weekly' || last === null ? due - SPANS[kind] : last;
  const people = () => all.people.find({ 'grants.tenant': store.id }).limit(MAX_PEOPLE).lean<Person[]>();
  const report = await makeReport(people, store, kind, { from, due, now, late: now - due > LATE_MS });
  const records = providerChannels(store.tenant).map(
    ({ surface, channel }): Omit<Dispatch, 'tenant'> => ({
      _id: idOf('report', store.id, kind, surface, channel, String(due)),
      to: { kind: 'channel', surface, channel },
      content: { kind: 'report', report },
      state: 'due',
      attempts: 0,
      due: now,
      created: now,
      ended: null,
      error: '',
    }),
  );
  await store.dispatches.insertNew(records);
  return records.map(({ _id }) => _id);
}

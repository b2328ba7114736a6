import { LEVELS } from '../detect/types.js';
import { log } from '../log.js';
import type { Alert, CloseReason } from '../store/alerts.js';
import type { DigestItem, Report } from '../store/dispatches.js';
import type { TenantStore } from '../store/index.js';
import type { Person } from '../store/people.js';
import type { ScheduleKind } from '../store/schedules.js';
import { refreshProposals } from '../triage/tune/proposals.js';
import { knownFormats } from '../triage/tune/reread.js';
import { daysOf, numbersOf, weeksOf } from './numbers.js';
import { zoneOf } from './policy.js';

const TOP = 10;
const MAX_OPEN = 2000;
const MAX_TITLE = 200;
const MAX_SOON = 20;
const MAX_PROPOSALS = 5;
/** How far a hand-over looks ahead. */
const AHEAD_MS = 12 * 3_600_000;

/** What a report of this kind says at this moment. @param people those with a role for the tenant @param from epoch ms that it begins at @param due epoch ms that it is for */
export async function makeReport(
  people: () => Promise<readonly Person[]>,
  store: TenantStore,
  kind: ScheduleKind,
  at: { from: number; due: number; now: number; late: boolean },
): Promise<Report> {
  const { from, due, now, late } = at;
  const open = await store.alerts.find(
    { state: { $ne: 'closed' } },
    { sort: { score: -1, number: 1 }, limit: MAX_OPEN },
  );
  // What is given to the customer's people waits for the customer.
  const given = kind === 'handover' ? (await people()).filter(({ side }) => side === 'customer') : [];
  const customers = new Set(given.map(({ _id }) => _id));
  const within = { $gte: from, $lt: due };
  const [closed, acknowledged] = await Promise.all([
    store.alerts.aggregate<{ _id: CloseReason; count: number }>([
      { $match: { closed: within } },
      { $group: { _id: '$reason', count: { $sum: 1 } } },
    ]),
    store.alerts.count({ acknowledged: within }),
  ]);
  const weekly = kind === 'weekly';
  return {
    kind,
    from,
    due,
    late,
    opened: countsOf(await store.alerts.find({ created: within }, { limit: MAX_OPEN })),
    acknowledged,
    closed: Object.fromEntries(closed.map(({ _id, count }) => [_id, count])),
    open: countsOf(open),
    unacknowledged: open.filter(({ state }) => state === 'new').length,
    top: open.slice(0, TOP).map(itemOf),
    waiting: open
      .filter(({ assignee }) => assignee && customers.has(assignee.id))
      .slice(0, TOP)
      .map(itemOf),
    soon: kind === 'handover' ? await soonOf(store, now) : [],
    numbers: weekly ? await numbersOf(store, from, due) : null,
    before: weekly ? await numbersOf(store, from - (due - from), from) : null,
    days: weekly ? await daysOf(store, zoneOf(store.tenant), from, due) : [],
    ...(weekly && { ...(await weeksOf(store, due)), proposals: await proposalsOf(store, now) }),
  };
}

/** What verdicts suggest to tune. The numbers of the week come also when that cannot be found out. */
async function proposalsOf(store: TenantStore, now: number): Promise<NonNullable<Report['proposals']> | null> {
  try {
    const open = await refreshProposals(store, await knownFormats(), now);
    return open.slice(0, MAX_PROPOSALS).map(({ number, rule, change, seen, would }) => ({
      ...{ number, change, seen, would },
      rule: { ...rule, title: rule.title.slice(0, MAX_TITLE) },
    }));
  } catch (error) {
    log.warn(
      { tenant: store.id, error: String(error).slice(0, 300) },
      'digest: proposals for tuning could not be made',
    );
    return null;
  }
}

function countsOf(alerts: readonly Pick<Alert, 'level'>[]): Report['open'] {
  const counts: Report['open'] = {};
  for (const level of LEVELS) {
    const count = alerts.filter((alert) => alert.level === level).length;
    if (count > 0) counts[level] = count;
  }
  return counts;
}

const itemOf = ({ number, title, level, score, entity, state }: Alert): DigestItem => ({
  number,
  title: title.slice(0, MAX_TITLE),
  level,
  score,
  entity: entity.value.slice(0, MAX_TITLE),
  state: state === 'new' ? 'new' : 'acknowledged',
});

/** What comes by itself in the next hours: calls of escalations, and reminders. */
async function soonOf(store: TenantStore, now: number): Promise<Report['soon']> {
  const soon = { $lte: now + AHEAD_MS };
  const [reminders, escalations] = await Promise.all([
    store.reminders.find({ state: 'waiting', due: soon }, { sort: { due: 1 }, limit: MAX_SOON }),
    store.escalations.find({ state: 'running', due: soon }, { sort: { due: 1 }, limit: MAX_SOON }),
  ]);
  return [
    ...reminders.map(({ due, alert, person, text }) => ({
      at: due,
      text: `Alert ${alert}: reminder for ${person.name}${text ? `: ${text.slice(0, MAX_TITLE)}` : ''}`,
    })),
    ...escalations.flatMap(({ due, number, chain }) =>
      due === null ? [] : [{ at: due, text: `Alert ${number}: next call of ${chain}` }],
    ),
  ]
    .sort((a, b) => a.at - b.at)
    .slice(0, MAX_SOON);
}

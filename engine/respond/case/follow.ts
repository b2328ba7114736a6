import type { Clock } from '../../clock.js';
import { codeOf } from '../../errors.js';
import type { Log } from '../../log.js';
import { ruleFor } from '../../notify/decide.js';
import { addPages } from '../../notify/pages.js';
import { type Chain, ON_CALL, policyOf } from '../../notify/policy.js';
import { dutyNow, peopleCalled } from '../../notify/steps.js';
import type { Case, ClockKind, Severity } from '../../store/cases.js';
import type { Page } from '../../store/dispatches.js';
import type { Store, TenantStore } from '../../store/index.js';
import type { Person } from '../../store/people.js';
import { leadOf } from './changes/people.js';
import { type DueCall, dueCalls, dueTasks } from './due.js';
import { CaseStateError } from './error.js';
import { finishMove } from './join.js';
import { linkAlert, openFromAlert } from './open.js';
import { type Asking, changeCase } from './save.js';

const MOST_CASES = 500;
const MOST_ALERTS = 200;
/** Whoever is at it gets so long to finish it themselves, and is looked after for so long. */
const GRACE_MS = 10_000;
const LOOK_BACK_MS = 15 * 60_000;

const BY_US = { id: 'mdr', name: 'mdr' };
/** A score stands for a severity where a policy goes by scores. */
const SCORES: Readonly<Record<Severity, number>> = { low: 20, medium: 50, high: 75, critical: 95 };
const DONE: Readonly<Record<ClockKind, string>> = {
  acknowledge: 'acknowledged',
  contain: 'contained',
  resolve: 'resolved',
};

type Timed = Pick<
  Case,
  '_id' | 'number' | 'title' | 'severity' | 'people' | 'clocks' | 'tasks' | 'simulated' | 'observables'
>;
const FIELDS = Object.fromEntries(
  ['number', 'title', 'severity', 'people', 'clocks', 'tasks', 'simulated', 'observables'].map((name) => [
    name,
    1 as const,
  ]),
);

/**
 * What cases need without anybody asking: calls about clocks and tasks, and whatever somebody who died had begun to carry from one
 * record to another. Each call is counted in the case together with its entry: stopped anywhere, nobody is called twice. What fails of
 * one case, as one that is full, is logged and keeps nothing else waiting.
 * @returns numbers of the cases and alerts that this changed
 */
export async function followCases(
  all: Store,
  store: TenantStore,
  clock: Clock,
  log: Log,
): Promise<{ cases: number[]; alerts: number[] }> {
  const now = clock();
  const cases: number[] = [];
  const attempt = async (what: { case: number; [name: string]: unknown }, work: () => Promise<number[]>) => {
    try {
      cases.push(...(await work()));
    } catch (error) {
      log.warn({ tenant: store.id, ...what, error: (error as Error).message }, 'a case could not be followed');
    }
  };
  const open = (await store.cases.find(
    { state: { $ne: 'closed' } },
    { fields: FIELDS, sort: { updated: -1 }, limit: MOST_CASES },
  )) as Timed[];
  for (const record of open) {
    const { number } = record;
    await attempt({ case: number }, async () => {
      const chain = chainFor(store, record.severity);
      for (const call of dueCalls(record, chain, now))
        await attempt({ case: number, clock: call.clock.kind }, async () =>
          (await callOne(all, store, record, call, chain, clock)) ? [number] : [],
        );
      for (const task of dueTasks(record, now))
        await attempt({ case: number, task: task.id }, async () => {
          const ids = [task.owner?.id ?? leadOf(record)?.id ?? ''];
          const calls = callsOf(await peopleCalled(all, store.id, ids));
          const text = `${task.id} is due: ${task.title}`;
          const change = { kind: 'call-task', task: task.id, due: task.due!, text, calls } as const;
          const request = asking(clock, 'task', task.id, String(task.due));
          return (await changeCase(store, number, request, change)).changed ? [number] : [];
        });
      return [];
    });
  }
  const unfinished = await store.cases.find({
    'moves.0': { $exists: true },
    updated: { $lt: now - GRACE_MS },
  } as never);
  for (const record of unfinished)
    for (const move of record.moves)
      await attempt({ case: record.number, move: move.id, to: move.to }, () =>
        finishMove(store, record, move, { clock }),
      );
  const alerts = await followAlerts(store, clock, log);
  return { cases: [...cases, ...alerts.cases], alerts: alerts.numbers };
}

const asking = (clock: Clock, ...parts: string[]): Asking => ({ by: BY_US, clock, request: parts.join(':') });
export const callsOf = (people: readonly Person[]) =>
  people.slice(0, 10).map(({ name, identities }) => ({ name, identities: identities.slice(0, 10) }));

/** The chain that the policy names for alerts as grave as this. */
export function chainFor({ tenant }: TenantStore, severity: Severity): Chain | null {
  const policy = policyOf(tenant);
  const { escalate } = ruleFor(policy, { level: severity, score: SCORES[severity] });
  return escalate === undefined ? null : (policy.chains[escalate] ?? null);
}

async function callOne(
  all: Store,
  store: TenantStore,
  record: Timed,
  { clock: of, stage, step, told }: DueCall,
  chain: Chain | null,
  clock: Clock,
): Promise<boolean> {
  const now = clock();
  const { people: named = [], page = [] } = step === null ? {} : (chain?.steps[step] ?? {});
  const lead = leadOf(record);
  // Who leads it is called first; when it is over, whoever is on duty too.
  const isDuty = stage === 'over' || named.includes(ON_CALL) || !lead;
  const duty = isDuty ? await dutyNow(all, store, now) : null;
  const ids = [...(lead ? [lead.id] : []), ...(duty?.ids ?? []), ...named.filter((id) => id !== ON_CALL)];
  const calls = callsOf(await peopleCalled(all, store.id, [...new Set(ids)]));
  const what = `Case ${record.number} has to be ${DONE[of.kind]} by ${new Date(of.due).toISOString()}`;
  const minutes = Math.round(Math.abs(now - of.due) / 60_000);
  const text = [
    stage === 'remind' ? `${what}: ${minutes} minutes are left.` : `${what}: that is over for ${minutes} minutes.`,
    ...(duty && stage !== 'remind' ? [duty.text] : []),
    ...(page.length > 0 ? [`Paged: ${page.join(', ')}.`] : []),
  ].join(' ');
  const request = asking(clock, 'clock', of.kind, String(of.run), String(of.due), String(told));
  const change = { kind: 'call-clock', clock: of.kind, due: of.due, told, text, calls } as const;
  const addTheirs = async () => {
    const key = `${request.request}:${record.number}`;
    if (page.length > 0) await addPages(store, page, pageOf(record, of.due, text), key, now);
  };
  try {
    const { changed } = await changeCase(store, record.number, request, change);
    // Also when it was written before: whoever wrote it may have died before paging.
    await addTheirs();
    return changed;
  } catch (error) {
    // A case that is full cannot say so, and is as urgent; the same page is added once.
    if (error instanceof CaseStateError && error.record.state !== 'closed') await addTheirs();
    throw error;
  }
}

export function pageOf(
  record: Pick<Case, 'number' | 'title' | 'severity' | 'simulated' | 'observables'>,
  at: number,
  reason: string,
): Page {
  const { number, title, severity, simulated, observables } = record;
  const [first] = observables;
  return {
    ...{ action: 'trigger', case: number, number: 0, run: 1, title: title.slice(0, 300), level: severity, simulated },
    ...{ score: SCORES[severity], at, reason },
    entity: first ? { kind: first.kind, value: first.value } : { kind: 'case', value: `case ${number}` },
  };
}

/** Alerts that say they are part of a case which does not know it, and those whose alert went into another one. */
async function followAlerts(
  store: TenantStore,
  clock: Clock,
  log: Log,
): Promise<{ cases: number[]; numbers: number[] }> {
  const now = clock();
  const cases: number[] = [];
  const numbers: number[] = [];
  const found = await store.alerts.find(
    { case: { $exists: true }, updated: { $gte: now - LOOK_BACK_MS, $lt: now - GRACE_MS } },
    { fields: { number: 1, case: 1, mergedInto: 1 }, sort: { updated: 1 }, limit: MOST_ALERTS },
  );
  if (found.length === 0) return { cases, numbers };
  const wanted = [...new Set(found.map((alert) => alert.case!))];
  const known = await store.cases.find(
    { number: { $in: wanted } },
    { fields: { number: 1, alerts: 1, state: 1 }, limit: wanted.length },
  );
  for (const { number, case: of, mergedInto } of found) {
    const record = known.find((one) => one.number === of);
    if (record?.state === 'closed') continue;
    const request = asking(clock, 'follow', String(of), String(number));
    try {
      if (!record) await openFromAlert(store, request, number);
      else if (!record.alerts.includes(number)) await linkAlert(store, request, of!, number);
      else {
        const heir = mergedInto === undefined ? null : await store.alerts.findOne({ number: mergedInto });
        if (!heir || heir.case !== undefined || heir.mergedInto !== undefined) continue;
        await linkAlert(store, { ...request, request: `${request.request}:${heir.number}` }, of!, heir.number);
        numbers.push(heir.number);
      }
      cases.push(of!);
    } catch (error) {
      // Full, closed or merged meanwhile: people see it on the alert.
      if (codeOf(error) === 'MDR_INTERNAL')
        log.warn(
          { tenant: store.id, case: of, alert: number, error: (error as Error).message },
          'an alert could not be followed',
        );
    }
  }
  return { cases, numbers };
}

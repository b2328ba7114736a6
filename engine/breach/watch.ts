import type { Clock } from '../clock.js';
import { idOf } from '../ids.js';
import type { Log } from '../log.js';
import { addPages } from '../notify/pages.js';
import { type Chain, ON_CALL } from '../notify/policy.js';
import { dutyNow, peopleCalled } from '../notify/steps.js';
import { leadOf } from '../respond/case/changes/people.js';
import { callsOf, chainFor, pageOf } from '../respond/case/follow.js';
import { changeCase } from '../respond/case/save.js';
import { minute } from '../say.js';
import type { Breach } from '../store/breaches.js';
import type { Case } from '../store/cases.js';
import type { Store, TenantStore } from '../store/index.js';
import type { Law } from './duties.js';
import { everyBreach } from './every.js';
import { GONE, goneUntold } from './gone.js';
import { dutiesOfBreach, summaryOf } from './save.js';
import { COUNSEL, type Duties, type Duty } from './types.js';

/** Shares of the time after which people are reminded. */
export const REMIND_AT = [0.5, 0.8, 0.95] as const;
/** The stage of what is over; those after it are steps of the chain. */
export const OVER = REMIND_AT.length + 1;
const MINUTE_MS = 60_000;

/** A call that is due about a duty. `stage`: 1 to 3 are the reminders, 4 that it is over, more the chain's steps. */
export interface DutyCall {
  duty: Duty;
  /** Epoch ms: what is due, or our own aim. */
  end: number;
  stage: number;
}

/**
 * The calls that are due: after half of the time, four fifths and 95 %, when it is over, and then the steps of the chain, counted from
 * there. Of several that are due for one duty, the last before its end, or the next one after it. A duty whose time moved begins anew.
 * Of candidates, which may come to nothing, people are reminded, but nothing is escalated.
 */
export function callsDue(duties: readonly Duty[], told: Breach['told'], chain: Chain | null, now: number): DutyCall[] {
  return duties.flatMap((duty): DutyCall[] => {
    const { anchor, due, target, state, relief } = duty;
    const aim = due ?? target;
    if (!anchor || aim === null || !['running', 'missed', 'candidate'].includes(state)) return [];
    const before = told.find((one) => one.duty === duty.id && one.end === aim)?.stage ?? 0;
    const over = Math.max(aim, relief ?? aim);
    if (now <= over) {
      const share = (now - anchor.at) / (aim - anchor.at);
      const stage = REMIND_AT.filter((at) => share >= at).length;
      return stage > before ? [{ duty, end: aim, stage }] : [];
    }
    if (before < OVER) return [{ duty, end: aim, stage: OVER }];
    const step = state === 'candidate' ? undefined : chain?.steps[before - OVER];
    return step && now >= over + step.after * MINUTE_MS ? [{ duty, end: aim, stage: before + 1 }] : [];
  });
}

/**
 * Calls about the duties of every breach, and their cases' status cards. Each call is written into its case by an id of its own before
 * it is counted in the breach: stopped anywhere, nobody is called twice, and nobody is forgotten.
 * @returns numbers of the cases that this changed
 */
export async function followBreaches(
  all: Store,
  store: TenantStore,
  law: () => Law,
  clock: Clock,
  log: Log,
): Promise<number[]> {
  const changed = new Set<number>();
  for await (const records of everyBreach(store))
    for (const breach of records)
      try {
        const record = await store.cases.findOne({ number: breach.case });
        if (!record) continue;
        const now = clock();
        const found = dutiesOfBreach(store, law(), breach, now);
        const chain = chainFor(store, record.severity);
        const calls = callsDue(found.duties, breach.told, chain, now);
        for (const call of calls)
          if (await callOne(all, store, record, found, call, chain, clock)) changed.add(breach.case);
        for (const duty of goneUntold(breach, found.duties))
          if (await callGone(all, store, record, found, duty, breach.told, clock)) changed.add(breach.case);
      } catch (error) {
        log.warn(
          { tenant: store.id, case: breach.case, error: (error as Error).message },
          'a breach could not be followed',
        );
      }
  return [...changed];
}

async function callOne(
  all: Store,
  store: TenantStore,
  record: Case,
  { duties }: Duties,
  { duty, end, stage }: DutyCall,
  chain: Chain | null,
  clock: Clock,
): Promise<boolean> {
  const now = clock();
  const step = stage > OVER ? chain?.steps[stage - OVER - 1] : undefined;
  const lead = leadOf(record);
  const isOver = stage >= OVER;
  const onDuty = isOver || !lead || step?.people?.includes(ON_CALL) ? await dutyNow(all, store, now) : null;
  const named = (step?.people ?? []).filter((id) => id !== ON_CALL);
  const ids = [...new Set([...(lead ? [lead.id] : []), ...(onDuty?.ids ?? []), ...named])];
  const calls = callsOf(await peopleCalled(all, store.id, ids));
  const what = `${duty.owes === 'provider' ? 'The provider' : 'The customer'}: ${duty.title} (${duty.id}, ${duty.to})`;
  const kind = duty.due === null ? 'our aim' : 'due';
  const percent = isOver ? null : REMIND_AT[stage - 1]! * 100;
  const text = [
    isOver
      ? `${what}: ${kind} ${minute(end)} is over.`
      : `${what}: ${percent} % of the time is gone, ${kind} ${minute(end)}.`,
    ...(duty.state === 'candidate' ? [`Not decided yet: it depends on ${duty.decides.join(', ')}.`] : []),
    ...(isOver && duty.whenLate ? [duty.whenLate] : []),
    ...(onDuty && isOver ? [onDuty.text] : []),
    COUNSEL,
  ].join(' ');
  const request = `breach-call:${idOf(duty.id, String(end), String(stage))}`;
  const asking = { by: { id: 'mdr', name: 'mdr' }, clock, request };
  const change = { kind: 'breach', text, breach: summaryOf(duties), reason: '', calls } as const;
  const { changed } = await changeCase(store, record.number, asking, change);
  // Also when it was written before: whoever wrote it may have died before paging.
  const pages = step?.page ?? [];
  if (pages.length > 0) await addPages(store, pages, pageOf(record, end, text), `${request}:${record.number}`, now);
  await counted(store, record.number, duty.id, end, stage);
  return changed;
}

/** A duty that ran and that another profile or other rules took away: told once, since nobody decided it. */
async function callGone(
  all: Store,
  store: TenantStore,
  record: Case,
  { duties }: Duties,
  duty: string,
  told: Breach['told'],
  clock: Clock,
): Promise<boolean> {
  const lead = leadOf(record);
  const ids = lead ? [lead.id] : (await dutyNow(all, store, clock())).ids;
  const calls = callsOf(await peopleCalled(all, store.id, ids));
  const text = `${duty} is no longer computed: the profile or the rules have changed; a second person has to confirm that. ${COUNSEL}`;
  const before = told.find((one) => one.duty === duty);
  const request = `breach-gone:${idOf(duty, String(before?.end), String(before?.stage))}`;
  const asking = { by: { id: 'mdr', name: 'mdr' }, clock, request };
  const change = { kind: 'breach', text, breach: summaryOf(duties), reason: '', calls } as const;
  const { changed } = await changeCase(store, record.number, asking, change);
  await counted(store, record.number, duty, GONE, OVER);
  return changed;
}

/** Only what it tells of itself: `told` is changed by nobody else, and one engine at a time follows a tenant. */
async function counted(store: TenantStore, number: number, duty: string, end: number, stage: number): Promise<void> {
  const breach = await store.breaches.findOne({ case: number });
  if (!breach) return;
  const told = [...breach.told.filter((one) => one.duty !== duty), { duty, end, stage }];
  await store.breaches.update({ case: number }, { $set: { told } });
}

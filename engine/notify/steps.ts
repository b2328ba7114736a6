import { codeOf } from '../errors.js';
import { onCall, rotasFor } from '../oncall/duty.js';
import type { AlertEntry } from '../store/alerts.js';
import type { Escalation } from '../store/escalations.js';
import type { Store, TenantStore } from '../store/index.js';
import { type Person, roleOf } from '../store/people.js';
import { advance, dueAt } from './chain.js';
import { change, syncChain } from './escalation.js';
import { addPages, pageOf } from './pages.js';
import { ON_CALL, policyOf } from './policy.js';
import { addEntry, BY_US } from './record.js';

const MAX_AT_ONCE = 200;

/**
 * Take every step that is due, one for each alert. Each effect has a key of its own, and the place moves on last: stopped anywhere,
 * the next call goes on from there, and nothing happens twice.
 * @returns numbers of the alerts whose log this added to
 */
export async function takeSteps(all: Store, store: TenantStore, now: number): Promise<number[]> {
  const due = await store.escalations.find(
    { state: 'running', due: { $lte: now } },
    { sort: { due: 1 }, limit: MAX_AT_ONCE },
  );
  const touched: number[] = [];
  for (const escalation of due) if (await takeStep(all, store, escalation, now)) touched.push(escalation.number);
  return touched;
}

async function takeStep(all: Store, store: TenantStore, escalation: Escalation, now: number): Promise<boolean> {
  const { number, run, round, step } = escalation;
  const chain = policyOf(store.tenant).chains[escalation.chain];
  if (!chain) {
    await change(store, escalation, { state: 'dropped', due: null });
    return false;
  }
  const due = dueAt(chain, escalation);
  // The policy may have changed since this was written down.
  if (due === null || due > now) {
    await change(store, escalation, due === null ? { state: 'finished', due: null } : { due });
    return false;
  }
  const { people: named, page } = chain.steps[step]!;
  const duty = named.includes(ON_CALL) ? await dutyNow(all, store, now) : null;
  const people = [...new Set(named.flatMap((id) => (id === ON_CALL ? (duty?.ids ?? []) : [id])))];
  const called = await peopleCalled(all, store.id, people);
  const missing = people.filter((id) => !called.some((person) => person._id === id));
  const minutes = Math.round((due - escalation.start) / 60_000);
  const reason = `${minutes} minutes without an acknowledgement`;
  const entry: AlertEntry = {
    id: `escalated-${run}-${round}-${step}`,
    at: now,
    ...BY_US,
    kind: 'escalated',
    text: [
      `${reason} (${escalation.chain}, step ${step + 1} of ${chain.steps.length}${round > 0 ? `, repeat ${round}` : ''}).`,
      ...(duty ? [duty.text] : []),
      ...(page.length ? [`Paged: ${page.join(', ')}.`] : []),
      ...(missing.length ? [`Without a role here, so not called: ${missing.join(', ')}.`] : []),
    ].join(' '),
    calls: called.map(({ name, identities }) => ({ name, identities: identities.slice(0, 10) })),
  };
  const alert = await addEntry(store, number, entry, 'new');
  if (!alert) {
    // Somebody acknowledged or closed it, or it is gone.
    const present = await store.alerts.findOne({ number });
    if (present && present.state !== 'new') await syncChain(store, present, null, now);
    else await change(store, escalation, { state: 'dropped', due: null });
    return false;
  }
  // Whoever is called needs a thread to come to.
  await store.notifications.updateMany(
    { number, how: { $in: ['digest', 'storm'] }, told: null },
    { $set: { how: 'now', due: null } },
  );
  await addPages(store, page, pageOf(alert, run, 'trigger', now, reason), `${round}-${step}`, now);
  const next = advance(chain, escalation);
  const nextDue = dueAt(chain, next);
  await change(store, escalation, {
    round: next.round,
    step: next.step,
    due: nextDue,
    ...(nextDue === null ? { state: 'finished' as const } : {}),
  });
  return true;
}

/** Whoever is on call at this moment. A rota that cannot be read must not stop the others from being called. */
export async function dutyNow(all: Store, store: TenantStore, now: number): Promise<{ ids: string[]; text: string }> {
  try {
    const people = await all.people.find({ 'grants.tenant': { $in: [store.id, '*'] } }).lean<Person[]>();
    const { now: duty } = onCall(await rotasFor(store), people, now);
    if (duty?.person) return { ids: [duty.person], text: `On call: ${duty.name}.` };
    const who = duty ? `${duty.name.slice(0, 80)}, who is not known here` : 'nobody';
    return { ids: [], text: `On call: ${who}. Somebody has to step in.` };
  } catch (error) {
    if (codeOf(error) !== 'MDR_ROTA') throw error;
    return { ids: [], text: 'The rota cannot be read, so nobody was called by it. Somebody has to step in.' };
  }
}

/** Those of them who may still see this tenant's alerts, in the order of the policy. */
export async function peopleCalled(all: Store, tenant: string, ids: readonly string[]): Promise<Person[]> {
  if (ids.length === 0) return [];
  const found = await all.people.find({ _id: { $in: [...ids] } }).lean<Person[]>();
  return ids.flatMap((id) => found.filter((person) => person._id === id && roleOf(person, tenant) !== null));
}

import { dutyNow, peopleCalled } from '../../notify/steps.js';
import type { ActionRecord } from '../../store/actions.js';
import type { Store, TenantStore } from '../../store/index.js';
import { mayApprove } from './needs.js';
import { isHeld } from './requests.js';
import { changeAction, US } from './save.js';

/** How long a request waits until those who may agree are reminded: once for each. */
const AFTER_MS = [15, 60, 240].map((minutes) => minutes * 60_000);
export const FIRST_MS = AFTER_MS[0]!;
const MOST_CALLED = 10;

/**
 * Remind those who may agree to a request that still waits: the people of its case, or whoever is on call. Each reminder is counted in the
 * record together with its words, which the case's timeline is told: stopped anywhere, nobody is reminded twice.
 */
export async function remind(all: Store, store: TenantStore, record: ActionRecord, now: number): Promise<void> {
  const due = AFTER_MS.filter((ms) => now - record.created >= ms).length;
  if (record.case === null || (record.reminded ?? 0) >= due || now >= record.approveBy) return;
  if (await isHeld(store, record)) return;
  const calls = (await whoMay(all, store, record, now)).map(({ name, identities }) => ({
    ...{ name, identities: identities.slice(0, 10) },
  }));
  const minutes = Math.max(1, Math.round((record.approveBy - now) / 60_000));
  const text = `still waits for approval, and lapses in ${minutes} min`;
  await changeAction(store, record.number, { by: US, now, request: `remind:${due}` }, (present) =>
    present.state === 'proposed' ? { set: { reminded: due }, text, calls } : null,
  );
}

async function whoMay(all: Store, store: TenantStore, record: ActionRecord, now: number) {
  const { by, approvals, needs } = record;
  const has = new Set([by.id, ...approvals.map(({ id }) => id)]);
  const people = (await store.cases.findOne({ number: record.case! }))?.people ?? [];
  const able = async (ids: readonly string[]) =>
    (await peopleCalled(all, store.id, [...new Set(ids)]))
      .filter((one) => !has.has(one._id) && mayApprove(one, store.id) && (one.side === 'provider' || needs.customer))
      .slice(0, MOST_CALLED);
  const own = await able(people.map(({ id }) => id));
  return own.length > 0 ? own : able((await dutyNow(all, store, now)).ids);
}

import { idOf } from '../ids.js';
import type { Alert } from '../store/alerts.js';
import type { Escalation } from '../store/escalations.js';
import type { TenantStore } from '../store/index.js';
import { dueAt } from './chain.js';
import { followPages } from './pages.js';
import { policyOf } from './policy.js';

export const escalationId = (tenant: string, number: number): string => idOf('escalation', tenant, String(number));

/**
 * Bring an alert's escalation in line with the alert: begin it, stop it when somebody acknowledged or closed, begin it again when the
 * alert was reopened before anybody had acknowledged it. Safe to call again.
 * @param wanted the chain that the policy wants for it at this moment; null for none
 */
export async function syncChain(
  store: TenantStore,
  alert: Pick<Alert, 'number' | 'state'>,
  wanted: string | null,
  now: number,
): Promise<void> {
  const known = await store.escalations.findOne({ number: alert.number });
  if (!known) {
    if (wanted === null || alert.state !== 'new') return;
    const _id = escalationId(store.id, alert.number);
    await store.escalations.insert({
      _id,
      number: alert.number,
      run: 1,
      revision: 1,
      ...beginning(store, wanted, now),
    });
    return;
  }
  if (alert.state === 'new') {
    const isOver = known.state !== 'running' && known.state !== 'finished';
    if (wanted === null || !(isOver || known.chain !== wanted)) return;
    await change(store, known, { run: known.run + 1, ...beginning(store, wanted, now) });
    return;
  }
  if (alert.state === known.state) return;
  const isReopened = known.state === 'closed';
  if (!isReopened) {
    // Before the change: after a crash in between, it is done again under the same keys.
    const action = alert.state === 'closed' ? 'resolve' : 'acknowledge';
    await followPages(store, alert.number, known.run, action, now);
  }
  await change(store, known, { state: alert.state, due: null, run: known.run + (isReopened ? 1 : 0) });
}

function beginning(store: TenantStore, name: string, now: number) {
  const place = { start: now, round: 0, step: 0 };
  const chain = policyOf(store.tenant).chains[name];
  return { chain: name, state: 'running' as const, ...place, due: chain ? dueAt(chain, place) : now };
}

/** @returns false when somebody else changed it in the meantime: then nothing was written, and the next look decides anew */
export function change(
  store: TenantStore,
  { _id, revision }: Escalation,
  set: Partial<Omit<Escalation, '_id' | 'tenant' | 'number' | 'revision'>>,
): Promise<boolean> {
  return store.escalations.update({ _id, revision }, { $set: set, $inc: { revision: 1 } });
}

import type { Clock } from '../clock.js';
import type { Store } from '../store/index.js';
import { PROVIDER } from '../store/indicators.js';
import { append } from './chain.js';

/** Name of the chain. */
export const AUDIT = 'audit';
/** A change is written down before it is made; one that changed nothing is taken back within this time. */
const SETTLED_MS = 10_000;
const AT_ONCE = 200;
const MOST_ROUNDS = 50;

/** The chains of one tenant; of `*`, of what is no tenant's: people, rule sets. @throws MdrError MDR_TENANT_UNKNOWN */
export const chainsOf = async (store: Store, tenant: string) =>
  tenant === PROVIDER ? store.provider : await store.forTenant(tenant);

/**
 * Take the changes that wait into the audit log of a tenant, in the order in which they came, each once: one that was taken in by a process
 * that died before it could say so is found by its id.
 * @returns how many
 */
export async function sealAudit(store: Store, tenant: string, clock: Clock, settledMs = SETTLED_MS): Promise<number> {
  const chains = await chainsOf(store, tenant);
  let taken = 0;
  for (let round = 0; round < MOST_ROUNDS; round++) {
    const waiting = await store.auditSpool
      .find({ tenant, at: { $lte: clock() - settledMs } })
      .sort({ _id: 1 })
      .limit(AT_ONCE)
      .lean();
    if (waiting.length === 0) break;
    await append(
      chains,
      AUDIT,
      waiting.map(({ _id, at, body }) => ({ key: _id, at, body })),
    );
    for (const { _id } of waiting) await store.auditSpool.collection.deleteOne({ _id } as never);
    taken += waiting.length;
  }
  return taken;
}

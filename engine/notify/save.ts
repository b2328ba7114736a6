import type { Clock } from '../clock.js';
import { MdrError } from '../errors.js';
import type { TenantStore } from '../store/index.js';
import type { PolicyVersion, Tenant } from '../store/tenants.js';
import type { Policy } from './policy.js';

const MAX_PAST = 20;

/** Every version that is known, oldest first, the present one last. */
export function versionsOf({ notify }: Pick<Tenant, 'notify'>): PolicyVersion[] {
  if (!notify) return [];
  const { past = [], policy, changed, by } = notify;
  return [...past, { policy, changed, by }];
}

/**
 * Make a policy the tenant's own; what runs follows it from the next step on.
 * @param store as it was read when the change was thought out
 * @param policy null: the default again
 * @param by name of whoever changes it
 * @throws MdrError MDR_CONFLICT when somebody else changed it in the meantime
 */
export async function savePolicy(store: TenantStore, policy: Policy | null, by: string, clock: Clock): Promise<void> {
  const now = clock();
  // Two changes in one millisecond would pass for one.
  const changed = Math.max(now, (store.tenant.notify?.changed ?? 0) + 1);
  // What is left out must not be stored as null.
  const written: Policy | null = JSON.parse(JSON.stringify(policy));
  if (!(await store.setNotify({ policy: written, changed, by, past: versionsOf(store.tenant).slice(-MAX_PAST) })))
    throw new MdrError(
      'MDR_CONFLICT',
      'the policy was changed by somebody else at the same moment.',
      'Look at it with /mdr notify, then try again.',
    );
  // Their next steps may have moved: the scheduler looks at each of them anew.
  await store.escalations.updateMany({ state: 'running' }, { $set: { due: now } });
}

import { codeOf, type MdrError } from '../errors.js';
import type { TenantStore } from '../store/index.js';
import { checkUrl } from './address.js';
import { policyOf } from './policy.js';
import type { Secrets } from './secrets.js';

/**
 * Whether the ways of a tenant's policy could be used, without sending anything.
 * @param allowed see `checkUrl`
 * @returns what is wrong, by the name of the way; empty when all is well
 */
export async function troublesOfWays(
  store: TenantStore,
  secrets: Secrets,
  allowed: readonly string[],
): Promise<{ way: string; trouble: MdrError }[]> {
  const found: { way: string; trouble: MdrError }[] = [];
  for (const [way, { url, secret }] of Object.entries(policyOf(store.tenant).ways)) {
    try {
      checkUrl(url, allowed);
      await secrets.read(store, secret);
    } catch (error) {
      if (codeOf(error) === 'MDR_INTERNAL') throw error;
      found.push({ way, trouble: error as MdrError });
    }
  }
  return found;
}

import type { ActionNeeds, ActionRecord } from '../../store/actions.js';
import type { TenantStore } from '../../store/index.js';
import { isAtLeast, type Person, type Role, roleOf } from '../../store/people.js';
import type { Profile } from '../../store/tenants.js';
import { specOf } from './args.js';

/** Least role of whoever approves, by side. */
export const APPROVER: Readonly<Record<Person['side'], Role>> = { provider: 'analyst', customer: 'responder' };
const DAY_MS = 86_400_000;

type Asked = Pick<ActionRecord, 'action' | 'args' | 'forced'>;

/**
 * Who must agree. Dangerous: one more person. Two: what overrules a warning, or hits what the tenant's profile calls a crown jewel or
 * a privileged account. One of the customer's people where the contract says so.
 */
export function needsOf({ action, args, forced }: Asked, profile: Profile): ActionNeeds {
  const { isDangerous } = specOf(action);
  const hit = isDangerous ? hits(args, profile) : null;
  const quorum = !isDangerous ? (forced ? 1 : 0) : forced || hit ? 2 : 1;
  const agreed = profile.response?.customerApproves ?? [];
  const customer = agreed.includes(action) || (isDangerous && agreed.includes('*'));
  const why = [
    ...(forced ? ['a warning is overruled'] : []),
    ...(hit ? [hit] : []),
    ...(isDangerous && !forced && !hit ? ['it is dangerous'] : []),
    ...(customer ? ["the contract asks for one of the customer's people"] : []),
  ].join('; ');
  return { quorum: customer ? Math.max(1, quorum) : quorum, customer, why };
}

function hits(args: Readonly<Record<string, string>>, profile: Profile): string | null {
  const same = (name: string, value: string | undefined) => {
    const short = (text: string) => text.toLowerCase().replace(/^.*\\/, '');
    return value !== undefined && (name.toLowerCase() === value.toLowerCase() || short(name) === short(value));
  };
  const jewel = profile.crownJewels.find(({ name }) => same(name, args.host) || same(name, args.user));
  if (jewel) return `${jewel.name} is a crown jewel`;
  const account = (profile.privileged ?? []).find(({ name }) => same(name, args.user));
  return account ? `${account.name} is a privileged account` : null;
}

/** Whether it was agreed to beforehand: named in the profile, not more often than said there, and nothing that two must approve. */
export async function isPreapproved(
  store: TenantStore,
  asked: Asked,
  needs: ActionNeeds,
  now: number,
): Promise<boolean> {
  if (needs.quorum !== 1 || needs.customer || asked.forced) return false;
  const agreed = store.tenant.profile.response?.preapproved.find(({ action }) => action === asked.action);
  if (!agreed) return false;
  const today = { action: asked.action, preapproved: true, created: { $gt: now - DAY_MS } };
  return (await store.actions.count(today)) < agreed.perDay;
}

/** Approvals that count: of other people than whoever asked, of exactly this, by people who may still give them. */
export async function counting(
  store: TenantStore,
  { by, approvals, digest }: Pick<ActionRecord, 'by' | 'approvals' | 'digest'>,
): Promise<ActionRecord['approvals']> {
  const seen = new Set<string>();
  const valid: ActionRecord['approvals'] = [];
  for (const approval of approvals) {
    if (approval.id === by.id || seen.has(approval.id) || approval.digest !== digest) continue;
    const person = await store.people.get(approval.id);
    if (!person || person.side !== approval.side || !mayApprove(person, store.id)) continue;
    seen.add(approval.id);
    valid.push(approval);
  }
  return valid;
}

export function mayApprove(person: Person, tenant: string): boolean {
  const role = roleOf(person, tenant);
  return role !== null && isAtLeast(role, APPROVER[person.side]);
}

/** Whether these approvals are enough. A customer's approval counts where the contract asks for one, and nowhere else. */
export function areEnough({ quorum, customer }: ActionNeeds, approvals: ActionRecord['approvals']): boolean {
  const counted = customer ? approvals : approvals.filter(({ side }) => side === 'provider');
  return counted.length >= quorum && (!customer || counted.some(({ side }) => side === 'customer'));
}

import { randomUUID } from 'node:crypto';
import { parseIPv4 } from '../../detect/indicators/value/address.js';
import { idOf } from '../../ids.js';
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
 * @param wanted whether whoever asks wants one of the customer's people to agree in any case
 */
export function needsOf({ action, args, forced }: Asked, profile: Profile, wanted = false): ActionNeeds {
  const { isDangerous } = specOf(action);
  const hit = isDangerous ? hits(args, profile) : null;
  const quorum = !isDangerous ? (forced ? 1 : 0) : forced || hit ? 2 : 1;
  const agreed = profile.response?.customerApproves ?? [];
  const isAgreed = agreed.includes(action) || (isDangerous && agreed.includes('*'));
  const customer = isAgreed || wanted;
  const why = [
    ...(forced ? ['a warning is overruled'] : []),
    ...(hit ? [hit] : []),
    ...(isDangerous && !forced && !hit ? ['it is dangerous'] : []),
    ...(isAgreed ? ["the contract asks for one of the customer's people"] : []),
    ...(wanted && !isAgreed ? ["the playbook asks for one of the customer's people"] : []),
  ].join('; ');
  return { quorum: customer ? Math.max(1, quorum) : quorum, customer, why };
}

/** `ACME\jane`, `jane@acme.example` and `Jane <jane@acme.example>` are `jane`; `DC01$` is a machine's own account. */
const accountOf = (text: string): string => {
  const name = folded(/<([^<>]+)>\s*$/.exec(text)?.[1] ?? text).replace(/^.*[\\/]/, '');
  return name.replace(/@.*$/, '').replace(/\$$/, '');
};
/** `dc01.corp.example` and `CORP\dc01$` are `dc01`; an address stays whole. */
const hostOf = (text: string): string => {
  const name = accountOf(text);
  return parseIPv4(name) >= 0 || name.includes(':') ? name : name.replace(/\..*$/, '');
};
const folded = (text: string): string => text.normalize('NFKC').trim().toLowerCase();

/**
 * What it hits, however that is spelled. One name too many costs a second approval, one too few lets a single person cut off what the
 * tenant lives on: so the short names are compared, whatever domain stands beside them.
 */
function hits({ host, ...args }: Readonly<Record<string, string>>, profile: Profile): string | null {
  const accounts = [args.user, args.group, args.mailbox].filter((value) => value !== undefined);
  const isHit = (name: string) =>
    accounts.some((value) => accountOf(value) === accountOf(name) || folded(value) === folded(name)) ||
    (host !== undefined && hostOf(host) === hostOf(name)) ||
    // A machine's account, named as the machine is: `dc01.corp.example` by `DC01$`.
    accounts.some((value) => value.endsWith('$') && hostOf(value) === hostOf(name));
  const jewel = profile.crownJewels.find(({ name }) => isHit(name));
  if (jewel) return `${jewel.name} is a crown jewel`;
  const account = (profile.privileged ?? []).find(({ name }) => isHit(name));
  return account ? `${account.name} is a privileged account` : null;
}

/**
 * Take one of the day's places of what was agreed to beforehand: named in the profile, and nothing that two must approve. Each place is a
 * record of its own that one request gets, so that any number of requests at once get no more than were agreed.
 * @returns what gives the place back; null: it was not agreed to, or all are taken
 */
export async function takePreapproved(
  store: TenantStore,
  asked: Asked,
  needs: ActionNeeds,
  now: number,
): Promise<(() => Promise<void>) | null> {
  if (needs.quorum !== 1 || needs.customer || asked.forced) return null;
  const agreed = store.tenant.profile.response?.preapproved.find(({ action }) => action === asked.action);
  const token = randomUUID();
  for (let place = 0; place < (agreed?.perDay ?? 0); place++) {
    const _id = idOf('place', store.id, asked.action, String(place));
    const isMine =
      (await store.actionPlaces.insert({ _id, action: asked.action, at: now, token })) ||
      (await store.actionPlaces.update({ _id, at: { $lte: now - DAY_MS } }, { $set: { at: now, token } }));
    if (isMine)
      return async () => {
        await store.actionPlaces.deleteMany({ _id, token });
      };
  }
  return null;
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

import { MdrError } from '../errors.js';
import { type Person, roleOf } from '../store/people.js';
import type { Tenant } from '../store/tenants.js';
import { checkUrl } from './address.js';
import { CONSOLE, channelKey, channelsOf } from './channels.js';
import { ON_CALL, type Policy, policySchema } from './policy.js';

const MAX_FAULTS = 10;

/** What a policy may name. */
export interface Known {
  tenant: Tenant;
  /** Everybody with a role for the tenant. */
  people: readonly Person[];
  /** Names of its secrets. */
  secrets: readonly string[];
  /** See `checkUrl`; null when the addresses were checked before and cannot have changed. */
  allowed: readonly string[] | null;
}

/** @throws MdrError MDR_POLICY naming each place that is wrong, and what would be right */
export function readPolicy(content: unknown, known: Known): Policy {
  const parsed = policySchema.safeParse(content);
  const faults = parsed.success
    ? faultsOf(parsed.data, known)
    : parsed.error.issues.map(({ path, message }) => `${pathOf(path)}${message}`);
  if (parsed.success && faults.length === 0) return parsed.data;
  const shown = faults.slice(0, MAX_FAULTS).join('; ');
  const more = faults.length > MAX_FAULTS ? `; and ${faults.length - MAX_FAULTS} more` : '';
  throw new MdrError('MDR_POLICY', `the policy is not right: ${shown}${more}.`, 'See docs/notification.md.');
}

function faultsOf(policy: Policy, { tenant, people, secrets, allowed }: Known): string[] {
  const channels = new Map(channelsOf(tenant).map((bound) => [channelKey(bound), bound.lane]));
  const faults: string[] = [];
  policy.rules.forEach((rule, i) => {
    for (const to of rule.to) {
      if (to === 'provider' || to === CONSOLE) continue;
      const lane = channels.get(to);
      if (lane === 'customer')
        faults.push(`rules[${i}].to: ${to} is the customer's channel; untriaged alerts stay with the provider`);
      else if (!lane)
        faults.push(`rules[${i}].to: ${to} is not bound; bind it with: mdr tenant bind ${tenant._id} ${to}`);
    }
  });
  const able = new Set(people.filter((person) => roleOf(person, tenant._id) !== null).map(({ _id }) => _id));
  for (const [name, { steps }] of Object.entries(policy.chains))
    steps.forEach((step, i) => {
      for (const id of step.people)
        if (id !== ON_CALL && !able.has(id))
          faults.push(`chains.${name}.steps[${i}].people: ${id} is nobody with a role for this tenant`);
    });
  for (const [name, way] of Object.entries(policy.ways)) {
    if (!secrets.includes(way.secret))
      faults.push(
        `ways.${name}.secret: there is no secret "${way.secret}"; give it with: mdr notify secret ${tenant._id} ${way.secret}`,
      );
    try {
      if (allowed) checkUrl(way.url, allowed);
    } catch (error) {
      faults.push(`ways.${name}.url: ${(error as MdrError).message.replace(/\.$/, '')}`);
    }
  }
  return faults;
}

/** `rules[1].digest[0]: `, or nothing for the whole. */
function pathOf(path: readonly PropertyKey[]): string {
  const text = path.map((key) => (typeof key === 'number' ? `[${key}]` : `.${String(key)}`)).join('');
  return text === '' ? '' : `${text.replace(/^\./, '')}: `;
}

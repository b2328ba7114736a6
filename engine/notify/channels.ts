import type { BoundChannel, Tenant } from '../store/tenants.js';

export const CONSOLE = 'console';

/** The console's channel of a tenant in one of the lanes. Both exist without being configured. */
export function consoleChannel(tenant: string, lane: BoundChannel['lane'] = 'provider'): BoundChannel {
  return { surface: CONSOLE, channel: `${tenant}/${lane === 'provider' ? 'alerts' : 'shared'}`, lane };
}

/** The channels on which a tenant's records are shown: those bound to it, and the console's, which need no binding. */
export function channelsOf(tenant: Tenant): BoundChannel[] {
  const own = [consoleChannel(tenant._id), consoleChannel(tenant._id, 'customer')];
  return [...own, ...tenant.channels.filter(({ surface }) => surface !== CONSOLE)];
}

/** `slack:C0123456789`, as people and policies write it. */
export const channelKey = ({ surface, channel }: Pick<BoundChannel, 'surface' | 'channel'>): string =>
  `${surface}:${channel}`;

/** Where untriaged alerts may be posted: the provider's lane only; what a customer sees is published on purpose. */
export function providerChannels(tenant: Tenant): BoundChannel[] {
  const read = new Set(customerChannels(tenant).map(channelKey));
  // A channel bound both ways is one that the customer reads.
  return channelsOf(tenant).filter((bound) => bound.lane === 'provider' && !read.has(channelKey(bound)));
}

/** Where the customer reads: published alerts, and nothing else. */
export const customerChannels = (tenant: Tenant): BoundChannel[] =>
  channelsOf(tenant).filter(({ lane }) => lane === 'customer');

/**
 * The channels that a rule of the policy means. A channel that is not bound any more would swallow its alerts: when none of those
 * named is left, the whole provider's lane takes them.
 */
export function channelsNamed(tenant: Tenant, to: readonly string[]): BoundChannel[] {
  const all = providerChannels(tenant);
  const named = all.filter(
    (bound) =>
      to.includes('provider') || to.includes(channelKey(bound)) || (bound.surface === CONSOLE && to.includes(CONSOLE)),
  );
  return named.length > 0 ? named : all;
}

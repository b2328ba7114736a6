import type { BoundChannel, Tenant } from '../store/tenants.js';

export const CONSOLE = 'console';

/** The console's one channel of a tenant. It exists without being configured, in the provider's lane. */
export function consoleChannel(tenant: string): BoundChannel {
  return { surface: CONSOLE, channel: `${tenant}/alerts`, lane: 'provider' };
}

/** The channels on which a tenant's records are shown: those bound to it, and the console's, which needs no binding. */
export function channelsOf(tenant: Tenant): BoundChannel[] {
  return [consoleChannel(tenant._id), ...tenant.channels.filter(({ surface }) => surface !== CONSOLE)];
}

/** `slack:C0123456789`, as people and policies write it. */
export const channelKey = ({ surface, channel }: Pick<BoundChannel, 'surface' | 'channel'>): string =>
  `${surface}:${channel}`;

/** Where untriaged alerts may be posted: the provider's lane only; what a customer sees is published on purpose. */
export const providerChannels = (tenant: Tenant): BoundChannel[] =>
  channelsOf(tenant).filter(({ lane }) => lane === 'provider');

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

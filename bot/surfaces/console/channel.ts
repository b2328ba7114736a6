import type { BoundChannel, Tenant } from '../../../engine/store/tenants.js';

export const CONSOLE = 'console';
/** Who the bot's own messages are from. */
export const BOT = { id: 'mdr', name: 'mdr' } as const;

/** The console's one channel of a tenant. It exists without being configured, in the provider's lane. */
export function consoleChannel(tenant: string): BoundChannel {
  return { surface: CONSOLE, channel: `${tenant}/alerts`, lane: 'provider' };
}

/** @returns the tenant id that a console channel belongs to, or null when it is not one of ours */
export function tenantOfChannel(channel: string): Tenant['_id'] | null {
  return /^([a-z0-9-]{1,32})\/alerts$/.exec(channel)?.[1] ?? null;
}

import type { Tenant } from '../../../engine/store/tenants.js';

export { CONSOLE, consoleChannel } from '../../../engine/notify/channels.js';
/** Who the bot's own messages are from. */
export const BOT = { id: 'mdr', name: 'mdr' } as const;

/** @returns the tenant id that a console channel belongs to, or null when it is not one of ours */
export function tenantOfChannel(channel: string): Tenant['_id'] | null {
  return /^([a-z0-9-]{1,32})\/alerts$/.exec(channel)?.[1] ?? null;
}

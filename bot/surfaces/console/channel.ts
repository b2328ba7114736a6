import { consoleChannel } from '../../../engine/notify/channels.js';
import { type Person, type Role, roleOf } from '../../../engine/store/people.js';
import type { BoundChannel } from '../../../engine/store/tenants.js';

export { CONSOLE, consoleChannel } from '../../../engine/notify/channels.js';
/** Who the bot's own messages are from. */
export const BOT = { id: 'mdr', name: 'mdr' } as const;

/** A channel of the console: `acme/alerts` in the provider's lane, `acme/shared` in the customer's. */
export interface Room {
  tenant: string;
  channel: string;
  lane: BoundChannel['lane'];
}

const LANES = ['provider', 'customer'] as const;

/** The channels of one tenant, the provider's first. */
export const roomsOf = (tenant: string): Room[] =>
  LANES.map((lane) => ({ tenant, lane, channel: consoleChannel(tenant, lane).channel }));

/** @returns null when the channel is not one of the console's */
export function roomOf(channel: string): Room | null {
  const tenant = /^([a-z0-9-]{1,32})\//.exec(channel)?.[1];
  return tenant === undefined ? null : (roomsOf(tenant).find((room) => room.channel === channel) ?? null);
}

/** The role with which a person may read a room, or null. The provider's lane is closed to every customer, whatever their role. */
export function roleIn(person: Person, { tenant, lane }: Pick<Room, 'tenant' | 'lane'>): Role | null {
  return person.side === 'provider' || lane === 'customer' ? roleOf(person, tenant) : null;
}

/** Where a person's own asking about a tenant is at home: a provider's in the provider's lane, a customer's in theirs. */
export function homeOf(person: Person, tenant: string): Room {
  return { tenant, lane: person.side, channel: consoleChannel(tenant, person.side).channel };
}

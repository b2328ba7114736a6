import type { Context } from '../../../commands/types.js';
import { type Role, roleOf } from '../../../engine/store/people.js';
import type { Tenant } from '../../../engine/store/tenants.js';
import type { Ask } from '../types.js';
import { CONSOLE, homeOf, type Room, roleIn, roomsOf } from './channel.js';
import type { ServerParts } from './types.js';
import type { Viewer } from './viewers.js';

const MOST_TENANTS = 1000;

/** A tenant as one of its people sees it. */
export interface OwnTenant {
  id: string;
  name: string;
  role: Role;
  /** The rooms that they may read, the one where they are at home first. */
  rooms: Pick<Room, 'channel' | 'lane'>[];
}

/** Whoever looks at the console, with what they may reach from there: what pages read goes through here. */
export interface Desk {
  viewer: Viewer;
  /** By name, at most 1,000. */
  tenants(): Promise<OwnTenant[]>;
  /** What a command of theirs would get. @throws MdrError MDR_FORBIDDEN */
  at(tenant: string): Promise<Context>;
}

export function openDesk({ store, contextOf }: Pick<ServerParts, 'store' | 'contextOf'>, viewer: Viewer): Desk {
  const { person } = viewer;
  return {
    viewer,
    async tenants() {
      const everywhere = person.side === 'provider' && roleOf(person, '*') !== null;
      const filter = everywhere ? {} : { _id: { $in: person.grants.map(({ tenant }) => tenant) } };
      const found = await store.tenants.find(filter).sort({ name: 1 }).limit(MOST_TENANTS).lean<Tenant[]>();
      return found.flatMap(({ _id, name }) => {
        const role = roleOf(person, _id);
        const rooms = roomsOf(_id)
          .filter((room) => roleIn(person, room) !== null)
          .map(({ channel, lane }) => ({ channel, lane }));
        return role === null ? [] : [{ id: _id, name, role, rooms }];
      });
    },
    at: (tenant) => contextOf(person, askOf(viewer, homeOf(person, tenant), null, '')),
  };
}

/** What somebody says in a room, for `bot/answer.ts`. */
export function askOf({ user, identity }: Viewer, room: Room, thread: string | null, text: string): Ask {
  return { surface: CONSOLE, user, identity, channel: room.channel, thread, text, tenant: room.tenant };
}

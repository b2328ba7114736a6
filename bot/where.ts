import { MdrError } from '../engine/errors.js';
import type { Store, TenantStore } from '../engine/store/index.js';
import { type Person, roleOf } from '../engine/store/people.js';
import type { BoundChannel, Tenant } from '../engine/store/tenants.js';
import { CONSOLE, roomOf } from './surfaces/console/channel.js';
import type { Ask } from './surfaces/types.js';

/** Which tenant an ask is about, and who else reads the answer. */
export interface Place {
  tenant: string;
  /** The channel's lane; null when it is not a tenant's channel but a conversation with the bot alone. */
  lane: BoundChannel['lane'] | null;
}

/**
 * A bound channel shows its own tenant and no other. Elsewhere, in a conversation with the bot alone, it is the tenant that was named,
 * or the only one this person has.
 * @param named the tenant that a button or `--tenant` named
 * @throws MdrError MDR_FORBIDDEN, MDR_CHANNEL_UNBOUND, MDR_TENANT_NEEDED
 */
export async function placeOf(store: Store, ask: Ask, person: Person, named: string | null): Promise<Place> {
  const bound = await bindingOf(store, ask);
  if (bound) {
    if (named !== null && named !== bound.tenant)
      throw new MdrError(
        'MDR_FORBIDDEN',
        'this channel belongs to another tenant than the one you named.',
        "Ask in that tenant's own channel, or in a direct message.",
      );
    return bound;
  }
  if (!(ask.direct ?? ask.surface === 'terminal'))
    throw new MdrError(
      'MDR_CHANNEL_UNBOUND',
      'this channel is not bound to a tenant.',
      `Ask in a tenant's channel or in a direct message, or have an administrator bind this one: ${ask.surface} ${ask.channel.slice(0, 80)}.`,
    );
  if (named !== null) return { tenant: named, lane: null };
  return { tenant: await onlyTenant(store, person), lane: null };
}

/** The tenant that a channel belongs to, and its lane; null when nobody has bound it. @throws MdrError MDR_FORBIDDEN when two have */
export async function bindingOf(store: Store, ask: Pick<Ask, 'surface' | 'channel'>): Promise<Place | null> {
  if (ask.surface === CONSOLE) {
    const room = roomOf(ask.channel);
    return room && { tenant: room.tenant, lane: room.lane };
  }
  const tenants = await store.tenants
    .find({ channels: { $elemMatch: { surface: ask.surface, channel: ask.channel } } })
    .limit(2)
    .lean<Tenant[]>();
  const [tenant, another] = tenants;
  if (!tenant) {
    // The room of a case is the provider's.
    const owner = await store.tenantOfRoom(ask.surface, ask.channel);
    return owner === null ? null : { tenant: owner, lane: 'provider' };
  }
  // Whatever is said there would reach the other tenant's people too.
  if (another)
    throw new MdrError(
      'MDR_FORBIDDEN',
      'this channel is bound to more than one tenant.',
      'Have an administrator bind it to one only.',
    );
  const bound = tenant.channels.filter(({ surface, channel }) => surface === ask.surface && channel === ask.channel);
  return { tenant: tenant._id, lane: bound.some(({ lane }) => lane === 'customer') ? 'customer' : 'provider' };
}

async function onlyTenant(store: Store, person: Person): Promise<string> {
  const everywhere = person.side === 'provider' && roleOf(person, '*') !== null;
  const own = everywhere
    ? (await store.tenants.find().sort({ _id: 1 }).limit(20).lean<Tenant[]>()).map(({ _id }) => _id)
    : [...new Set(person.grants.map(({ tenant }) => tenant))].filter((id) => id !== '*' && roleOf(person, id) !== null);
  if (own.length === 1) return own[0]!;
  if (own.length === 0)
    throw new MdrError('MDR_FORBIDDEN', 'you have no tenant yet.', 'Ask an administrator of this service for a role.');
  const some = own.slice(0, 10).join(', ');
  throw new MdrError(
    'MDR_TENANT_NEEDED',
    'which tenant?',
    `Add --tenant <id>. Yours are ${some}${own.length > 10 ? ' and others' : ''}.`,
  );
}

type InThread = Pick<Ask, 'surface' | 'channel' | 'thread'>;

/** The number of the alert in whose thread something was said; null when it is no alert's thread. */
export const alertOfThread = (tenant: TenantStore, ask: InThread): Promise<number | null> =>
  recordOfThread(tenant, ask, /:alert:(\d+):root$/);

/** The same for a case, which may also have a room of its own. */
export async function caseOfPlace(tenant: TenantStore, ask: InThread): Promise<number | null> {
  const number = await recordOfThread(tenant, ask, /:case:(\d+):root$/);
  if (number !== null || ask.surface === CONSOLE) return number;
  const here = { 'room.surface': ask.surface, 'room.channel': ask.channel, 'room.closed': null };
  return (await tenant.cases.findOne(here))?.number ?? null;
}

async function recordOfThread(tenant: TenantStore, ask: InThread, pattern: RegExp): Promise<number | null> {
  if (ask.thread === null) return null;
  const root = await tenant.posts.findOne({
    surface: ask.surface,
    channel: ask.channel,
    message: ask.thread,
    thread: null,
  });
  const digits = root && pattern.exec(root._id)?.[1];
  return digits ? Number(digits) : null;
}

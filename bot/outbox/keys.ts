import { idOf } from '../../engine/ids.js';
import { customerChannels, providerChannels } from '../../engine/notify/channels.js';
import type { BoundChannel, Tenant } from '../../engine/store/tenants.js';
import type { Surface } from '../surfaces/types.js';

/** One thread: an alert or a case of a tenant in a channel of a surface; or the one message of a storm. */
export interface ThreadId {
  tenant: string;
  surface: string;
  channel: string;
  /** `alert` when left out. */
  kind?: 'alert' | 'storm' | 'case';
  /** The alert's, the storm's or the case's number; 0 for what is neither's: digests and tests. */
  number: number;
}

/** Key of a thread's first message. Its end is what `alertOfThread` reads. */
export const rootKey = (thread: ThreadId): string => `${stem(thread)}:root`;
/** Key of the reply that shows one entry of the alert's log. */
export const entryKey = (thread: ThreadId, entry: string): string => `${stem(thread)}:${entry}`;
/** Key of the message that says that a surface is behind, since `start`. */
export const noticeKey = ({ tenant, surface, channel }: ThreadId, about: string, start: string): string =>
  `${tenant}:${surface}:${channel}:late:${about}:${start}`;
/** Key of a digest or a test message. */
export const dispatchKey = ({ tenant, surface, channel }: ThreadId, id: string): string =>
  `${tenant}:${surface}:${channel}:dispatch:${id}`;
const stem = ({ tenant, surface, channel, kind = 'alert', number }: ThreadId): string =>
  `${tenant}:${surface}:${channel}:${kind}:${number}`;

/** Redis keys, hash-tagged by tenant. */
export const lockKey = (prefix: string, { tenant, surface, channel, kind = 'alert', number }: ThreadId): string =>
  `${prefix}:{${tenant}}:outbox:lock:${idOf(surface, channel, kind, String(number))}`;
export const holdKey = (prefix: string, { tenant, surface, channel }: ThreadId): string =>
  `${prefix}:{${tenant}}:outbox:hold:${idOf(surface, channel)}`;

/** Where a tenant's alerts may have threads: the provider's lane, and for those that were published on purpose the customer's. */
export function targetsOf(tenant: Tenant, surfaces: ReadonlyMap<string, Surface>): BoundChannel[] {
  return [...providerChannels(tenant), ...customerChannels(tenant)].filter(({ surface }) => surfaces.has(surface));
}

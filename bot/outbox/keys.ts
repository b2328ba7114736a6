import { idOf } from '../../engine/ids.js';
import { providerChannels } from '../../engine/notify/channels.js';
import type { BoundChannel, Tenant } from '../../engine/store/tenants.js';
import type { Surface } from '../surfaces/types.js';

/** One thread: an alert of a tenant in a channel of a surface. */
export interface ThreadId {
  tenant: string;
  surface: string;
  channel: string;
  /** The alert's number; 0 for what is no alert's: digests and tests. */
  number: number;
}

/** Key of a thread's first message. Its end is what `alertOfThread` reads. */
export const rootKey = (thread: ThreadId): string => `${stem(thread)}:root`;
/** Key of the reply that shows one entry of the alert's log. */
export const entryKey = (thread: ThreadId, entry: string): string => `${stem(thread)}:${entry}`;
/** Key of a digest or a test message. */
export const dispatchKey = ({ tenant, surface, channel }: ThreadId, id: string): string =>
  `${tenant}:${surface}:${channel}:dispatch:${id}`;
const stem = ({ tenant, surface, channel, number }: ThreadId): string =>
  `${tenant}:${surface}:${channel}:alert:${number}`;

/** Redis keys, hash-tagged by tenant. */
export const lockKey = (prefix: string, { tenant, surface, channel, number }: ThreadId): string =>
  `${prefix}:{${tenant}}:outbox:lock:${idOf(surface, channel, String(number))}`;
export const holdKey = (prefix: string, { tenant, surface, channel }: ThreadId): string =>
  `${prefix}:{${tenant}}:outbox:hold:${idOf(surface, channel)}`;

/** Where a tenant's alerts are posted by themselves: the provider's lane only; what a customer sees is published on purpose. */
export function targetsOf(tenant: Tenant, surfaces: ReadonlyMap<string, Surface>): BoundChannel[] {
  return providerChannels(tenant).filter(({ surface }) => surfaces.has(surface));
}

import { idOf } from '../../engine/ids.js';
import {
  CONSOLE,
  channelKey,
  consoleChannel,
  customerChannels,
  providerChannels,
} from '../../engine/notify/channels.js';
import type { Dispatch } from '../../engine/store/dispatches.js';
import { isAtLeast, roleOf } from '../../engine/store/people.js';
import type { Delivery } from './attempt.js';

/** Whether a channel is none that the customer reads. */
export const isInternal = ({ store, thread }: Delivery): boolean =>
  !customerChannels(store.tenant).some((bound) => channelKey(bound) === channelKey(thread));

/**
 * Whether the result of a hunt may go where it was asked for, by what is so now: the channel may have been bound to another tenant or
 * lane since, and the person who is alone there may have left.
 */
export async function mayTakeHunt({ store, thread }: Delivery, alone: string | undefined): Promise<boolean> {
  const { surface, channel } = thread;
  if (surface === CONSOLE && channel.includes('/')) return channel === consoleChannel(store.id).channel;
  const bound = await store.boundTo(surface, channel);
  if (bound.length > 0) return bound.every(({ tenant, lane }) => tenant === store.id && lane === 'provider');
  // The room of a case is the provider's.
  const room = { 'room.surface': surface, 'room.channel': channel, 'room.closed': null };
  if ((await store.cases.findOne(room)) !== null) return true;
  const person = alone === undefined ? null : await store.people.get(alone);
  const role = person?.side === 'provider' ? roleOf(person, store.id) : null;
  return role !== null && isAtLeast(role, 'analyst');
}

/** What a schedule found is wanted all the same: it goes to the provider's channels instead, once. The sweep hands it on. */
export async function moveHunt({ store, clock }: Delivery, { _id, content }: Dispatch): Promise<void> {
  if (content.kind !== 'hunt' || !content.run.scheduled || content.isMoved) return;
  const { alone: _alone, ...rest } = content;
  const now = clock();
  for (const { surface, channel } of providerChannels(store.tenant))
    await store.dispatches.insert({
      ...{ _id: idOf('hunt-moved', _id, surface, channel), to: { kind: 'channel', surface, channel } },
      ...{ content: { ...rest, isMoved: true }, state: 'due', attempts: 0, due: now, created: now },
      ...{ ended: null, error: '' },
    });
}

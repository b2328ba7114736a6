import { briefCard } from '../../commands/brief.js';
import type { Card } from '../../commands/cards/card.js';
import { caseStateName } from '../../commands/cards/case.js';
import { idOf } from '../../engine/ids.js';
import { providerChannels } from '../../engine/notify/channels.js';
import { leadOf } from '../../engine/respond/case/changes/people.js';
import { changeCase } from '../../engine/respond/case/save.js';
import type { Case } from '../../engine/store/cases.js';
import { roleOf } from '../../engine/store/people.js';
import type { Delivery } from './attempt.js';
import { entryKey, rootKey } from './keys.js';
import { postOnce } from './thread.js';

const BY_US = { id: 'mdr', name: 'mdr' };

/** Stands for the channel of a room that is still to be made. */
export const roomToBe = (number: number): string => `room:${number}`;

/**
 * Make the room that the record asks for. Its name is the record's: made twice, it is the same.
 * @returns its channel; null when none is asked for any more
 * @throws DeliveryError
 */
export async function openRoom(delivery: Delivery, { number, room }: Case): Promise<string | null> {
  const { store, surface, clock } = delivery;
  if (!surface.room || !room || room.closed !== null) return null;
  if (room.channel !== '') return room.channel;
  const near = providerChannels(store.tenant).find((bound) => bound.surface === surface.name);
  const channel = await surface.room.open(room.name, near?.channel ?? '', (found) => isFree(delivery, number, found));
  const asking = { by: BY_US, clock, request: `room-made:${room.name}` };
  const { record } = await changeCase(store, number, asking, { kind: 'room-made', channel });
  return record.room?.channel ?? null;
}

/** Whether that channel is no room of another case, and no tenant's own. */
async function isFree({ store, surface, tenantOfRoom }: Delivery, number: number, channel: string): Promise<boolean> {
  if (store.tenant.channels.some((bound) => bound.channel === channel)) return false;
  const tenant = await tenantOfRoom?.(surface.name, channel);
  if (tenant && tenant !== store.id) return false;
  return (await store.cases.findOne({ 'room.channel': channel, number: { $ne: number } } as never)) === null;
}

/**
 * What a room has besides its thread: the status card pinned, a topic, and the case's people. When it is closed: a summary, and then
 * nobody writes there any more. Each is done when it says something else than before.
 * @throws DeliveryError, Later
 */
export async function keepRoom(delivery: Delivery, record: Case): Promise<void> {
  const { store, surface, thread, clock } = delivery;
  const { channel } = thread;
  const root = await store.posts.findOne({ _id: rootKey(thread) });
  if (!surface.room || !root?.message || root.state === 'gone') return;
  if (record.room?.closed !== null) {
    await postOnce(delivery, entryKey(thread, 'closing'), await closingCard(delivery, record), null);
    await surface.room.close(channel);
    await store.posts.update({ _id: root._id }, { $set: { state: 'gone' } });
    return;
  }
  const users = await usersOf(delivery, record);
  const topic = topicOf(record);
  const digest = idOf('room', topic, ...users);
  const _id = entryKey(thread, 'room');
  const before = await store.posts.findOne({ _id });
  if (before?.digest === digest) return;
  if (!before) await surface.room.pin({ channel, message: root.message });
  // Only whom we let in: whoever people brought themselves stays.
  const leave = (before?.users ?? []).filter((user) => !users.includes(user));
  if (leave.length > 0) await surface.room.remove(channel, leave);
  if (users.length > 0) await surface.room.invite(channel, users);
  await surface.room.topic(channel, topic);
  // Said last: stopped before, all of it is done again, which changes nothing.
  const done = { surface: surface.name, channel, thread: root.message, message: null, state: 'sent', revision: 0 };
  await store.posts.upsert({ _id }, { $set: { ...done, digest, users, updated: clock() } } as never);
}

/** Only words of ours and names of people: the title may be an attacker's. */
function topicOf(record: Case): string {
  const lead = leadOf(record)?.name ?? 'nobody';
  return `Case ${record.number} · ${record.severity}, ${record.priority} · ${caseStateName(record)} · lead: ${lead}`;
}

/** The provider's people of the case who have a role for this tenant, by their ids on this surface. */
async function usersOf({ store, surface }: Delivery, { people }: Case): Promise<string[]> {
  const users = new Set<string>();
  for (const id of new Set(people.map((one) => one.id))) {
    const person = await store.people.get(id);
    if (person?.side !== 'provider' || roleOf(person, store.id) === null) continue;
    for (const identity of person.identities)
      if (identity.startsWith(`${surface.name}:`)) users.add(identity.slice(surface.name.length + 1));
  }
  return [...users].sort();
}

async function closingCard({ store, clock }: Delivery, record: Case): Promise<Card> {
  const card = await briefCard({ tenant: store, internal: true, clock }, record);
  return {
    ...card,
    title: `This room is closed. Case ${record.number} in short`,
    blocks: [
      ...card.blocks.slice(0, -1),
      {
        kind: 'note',
        text: [{ time: record.room?.closed ?? record.updated }, ' · Next: go on in the thread of the case.'],
      },
    ],
  };
}

import type { Clock } from '../engine/clock.js';
import { idOf } from '../engine/ids.js';
import type { Log } from '../engine/log.js';
import { addEntry } from '../engine/notify/record.js';
import type { Queues } from '../engine/queues.js';
import type { Store } from '../engine/store/index.js';
import { type Person, roleOf } from '../engine/store/people.js';
import { MAX_TEXT } from '../engine/triage/work.js';
import { alertOfThread, bindingOf } from './where.js';

/** A message that somebody wrote in a channel, not to the bot. */
export interface Said {
  surface: string;
  /** The surface's own id of the person. */
  user: string;
  /** How the person is known, where it is not as `<surface>:<user>`. */
  identity?: string;
  channel: string;
  /** Message id of the thread it was written in; null in the channel itself. */
  thread: string | null;
  /** The surface's own id of the message: the same message is taken once. */
  message: string;
  text: string;
}

/** Takes what was said; never throws. @returns whether it was passed on to the provider */
export type Hear = (said: Said) => Promise<boolean>;

/** A customer can fill no alert's log, so that the provider could write nothing more into it. */
const MAX_REPLIES = 200;

/**
 * What the customer's people write in an alert's thread in their lane reaches the provider's thread, marked as theirs.
 * Whoever is not registered is named by their chat identity. Everything else that is said is none of ours and is not kept.
 */
export function makeHear({
  store,
  queues,
  clock,
  log,
}: {
  store: Store;
  queues: Queues;
  clock: Clock;
  log: Log;
}): Hear {
  async function hear(said: Said): Promise<boolean> {
    const text = said.text.trim();
    if (said.thread === null || text === '') return false;
    const place = await bindingOf(store, said);
    if (place?.lane !== 'customer') return false;
    const tenant = await store.forTenant(place.tenant);
    const number = await alertOfThread(tenant, said);
    if (number === null) return false;
    const identity = said.identity ?? `${said.surface}:${said.user}`;
    const person = await store.people.findOne({ identities: identity }).lean<Person>();
    const isKnown = person !== null && roleOf(person, tenant.id) !== null;
    if (isKnown && person.side === 'provider') return false;
    const alert = await tenant.alerts.findOne({ number });
    const replies = alert?.log.filter(({ kind }) => kind === 'replied') ?? [];
    if (replies.length >= MAX_REPLIES) {
      log.warn({ tenant: tenant.id, number }, 'a customer wrote more in one thread than is passed on');
      return false;
    }
    const entry = await addEntry(tenant, number, {
      id: idOf('replied', said.surface, said.channel, said.message),
      at: clock(),
      // Somebody of another tenant is nobody here.
      actor: isKnown ? person._id : identity,
      actorName: isKnown ? person.name : `somebody not registered (${identity.slice(0, 80)})`,
      kind: 'replied',
      text: text.length > MAX_TEXT ? `${text.slice(0, MAX_TEXT - 1)}…` : text,
    });
    if (!entry) return false;
    await queues.add('changes', { tenant: tenant.id, kind: 'alert', number });
    return true;
  }

  return async (said) => {
    try {
      return await hear(said);
    } catch (error) {
      log.error({ err: error, surface: said.surface, channel: said.channel }, "a customer's message was not passed on");
      return false;
    }
  };
}

import { type Card, plain } from '../../commands/cards/card.js';
import { clip } from '../../commands/words/arguments.js';
import type { Clock } from '../../engine/clock.js';
import type { Log } from '../../engine/log.js';
import type { TenantStore } from '../../engine/store/index.js';
import { clean } from '../cards/text.js';
import { DeliveryError, type Surface } from '../surfaces/types.js';
import type { ThreadId } from './keys.js';
import { type Hold, Later } from './later.js';

/** What it takes to deliver to one thread. */
export interface Delivery {
  store: TenantStore;
  surface: Surface;
  thread: ThreadId;
  hold: Hold;
  /** Id of the tenant that has this channel as a room; null for none. There where rooms are opened. */
  tenantOfRoom?(surface: string, channel: string): Promise<string | null>;
  /** Whether this is still the only one at work on the thread. */
  held(): Promise<boolean>;
  clock: Clock;
  log: Log;
  /** Least time between two deliveries of the same message, in ms. */
  debounceMs: number;
}

/** How long to stay away when another is at work on the thread, in ms. */
export const BUSY_MS = 250;

/**
 * Send a card; when the surface refuses it, send its plain form once.
 * @returns what became of it, when that is final
 * @throws Later, DeliveryError `unavailable` (both: not stored) or `unknown`, or what the surface threw (as `unknown`)
 */
export async function attempt(
  delivery: Delivery,
  card: Card,
  send: (card: Card) => Promise<void>,
): Promise<'sent' | 'refused' | 'gone'> {
  const first = await once(delivery, card, send);
  return first === 'refused' ? once(delivery, plainForm(card, delivery.thread), send) : first;
}

/** Whether a failed attempt certainly left nothing on the surface. */
export function wasNotStored(error: unknown): boolean {
  return error instanceof Later || (error instanceof DeliveryError && error.kind === 'unavailable');
}

async function once({ hold, held, log, thread }: Delivery, card: Card, send: (card: Card) => Promise<void>) {
  await hold.check();
  if (!(await held())) throw new Later(BUSY_MS);
  try {
    await send(card);
    return 'sent';
  } catch (error) {
    if (!(error instanceof DeliveryError)) throw error;
    if (error.kind === 'rate-limited') return hold.set(error.retryAfterMs);
    if (error.kind !== 'gone' && error.kind !== 'refused') throw error;
    log.warn({ ...thread, kind: error.kind, error: error.message }, 'a message could not be delivered');
    return error.kind;
  }
}

/** As little as a card can be: one line of words, and how to see the rest. */
function plainForm(card: Card, { kind = 'alert', number }: ThreadId): Card {
  const see = kind === 'case' ? `/mdr case show ${number} shows the case` : `/mdr alert ${number} shows the alert`;
  return {
    title: clip(clean(plain(card.title)), 150),
    tone: card.tone,
    blocks: [
      {
        kind: 'text',
        text: `This message cannot be shown in full here. Next: ${number > 0 ? see : '/mdr alerts shows what is open'}.`,
      },
    ],
  };
}

import type { Card } from '../../commands/cards/card.js';

/** Where a message is. */
export interface MessageRef {
  channel: string;
  /** The surface's own id (Slack: `ts`). */
  message: string;
}

/** A place where people talk to us, as the outbox sees it. */
export interface Surface {
  /** `slack`, `console` … as in a tenant's bound channels. */
  readonly name: string;
  /**
   * Post a card; into the thread of `thread` when given.
   * @param key unique key, stored with the message where the surface can, so that `find` can see it
   * @throws DeliveryError
   */
  post(channel: string, card: Card, key: string, thread: string | null): Promise<MessageRef>;
  /** Replace a message's card. @throws DeliveryError */
  edit(ref: MessageRef, card: Card): Promise<void>;
  /** After an attempt whose outcome is unknown: is a message with this key there already? */
  find(channel: string, key: string, thread: string | null): Promise<MessageRef | null>;
  start(): Promise<void>;
  /** Stop taking, finish what is in hand, close. */
  stop(): Promise<void>;
}

/**
 * Why a delivery did not succeed, and so what to do:
 * `rate-limited`: wait `retryAfterMs`; `unknown`: it may have been stored: look before posting again;
 * `unavailable`: it was not stored: try again; `gone`: channel or message does not exist any more; `refused`: never going to work as it is.
 */
export class DeliveryError extends Error {
  override readonly name = 'DeliveryError';
  constructor(
    readonly kind: 'rate-limited' | 'unknown' | 'unavailable' | 'gone' | 'refused',
    message: string,
    readonly retryAfterMs = 0,
    options?: ErrorOptions,
  ) {
    super(message, options);
  }
}

/** What a person typed or clicked, once the surface has acknowledged it. */
export interface Ask {
  surface: string;
  /** The surface's own id of the person. */
  user: string;
  channel: string;
  /** Message id of the thread it was said in, when it was. */
  thread: string | null;
  /** A conversation with the bot alone (a direct message): nobody else reads the answer. */
  direct?: boolean;
  /** Command line without `/mdr`. */
  text: string;
  /** Tenant named by a button or by `--tenant`; otherwise the channel decides. */
  tenant: string | null;
}

/** Answers an ask with a card; never throws: failures are error cards. Implemented in `bot/answer.ts`. */
export type Answer = (ask: Ask) => Promise<Card>;

import type { Card } from '../../commands/cards/card.js';
import type { Said } from '../../engine/store/alerts.js';

/** Where a message is, as `post` gave it. */
export interface MessageRef {
  /** Where the message itself is: on a surface whose threads are channels (Discord), a reply's is its thread. */
  channel: string;
  /** The surface's own id (Slack: `ts`). */
  message: string;
}

/**
 * What a surface may be able to do or not. Each says plainly what it can (`supports`); for the rest `degrade.ts` has the next best.
 * `thread`: replies stand under their first message; `edit`: what was shown can be replaced; `once`: the same key posted twice is one
 * message without a look by `find`; `ephemeral`: an ask is answered for one person's eyes; `whisper`: a card for one person unasked;
 * `modal`: a form asks for free text; `upload`: takes files; `link`: messages have an address; `react`: emoji on messages;
 * `person`: tells a person's name; `direct`: can write to one person alone; `room`: opens channels for a few people.
 */
export const FEATURES = [
  'thread',
  'edit',
  'once',
  'ephemeral',
  'whisper',
  'modal',
  'upload',
  'link',
  'react',
  'person',
  'direct',
  'room',
] as const;
export type Feature = (typeof FEATURES)[number];

/** A file to be put where people talk. Name and content are hostile. */
export interface UploadFile {
  name: string;
  /** Media type, `text/csv`. */
  type: string;
  data: Uint8Array;
}

/** Channels that the bot makes for a few people. Each of these done again changes nothing. */
export interface Rooms {
  /**
   * Open a channel that only those see who are invited.
   * @param name one of this name that the bot itself has opened before is that channel, if it is free; otherwise the name gets an ending
   * @param near a channel of the same workspace
   * @param isFree whether nothing else has this channel
   * @returns the channel's id @throws DeliveryError
   */
  open(name: string, near: string, isFree: (channel: string) => Promise<boolean>): Promise<string>;
  /** @param users the surface's own ids; whom it does not know is left out @throws DeliveryError */
  invite(channel: string, users: readonly string[]): Promise<void>;
  /** Whoever is not there, or cannot be taken out, is left. @throws DeliveryError */
  remove(channel: string, users: readonly string[]): Promise<void>;
  /** The line that stands above the channel. Plain words. @throws DeliveryError */
  topic(channel: string, text: string): Promise<void>;
  /** Keep a message at hand. @throws DeliveryError */
  pin(ref: MessageRef): Promise<void>;
  /** Nobody writes there any more; it can still be read. @throws DeliveryError */
  close(channel: string): Promise<void>;
}

/** A place where people talk to us, as the outbox sees it. */
export interface Surface {
  /** `slack`, `console` … as in a tenant's bound channels. */
  readonly name: string;
  /** What it can do. The optional methods are there exactly when their feature is. */
  readonly supports: ReadonlySet<Feature>;
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
  /**
   * Put a file into a channel, or into the thread of `thread`. The message that holds it can be found by `key`.
   * @throws DeliveryError; `refused` for a file that is too large
   */
  upload?(channel: string, file: UploadFile, key: string, thread: string | null): Promise<MessageRef>;
  /** Address at which a person sees the message. @throws DeliveryError */
  link?(ref: MessageRef): Promise<string>;
  /** Show a card to one person only, though they asked nothing. @throws DeliveryError */
  whisper?(channel: string, user: string, card: Card, thread: string | null): Promise<void>;
  /** Put an emoji of ours on a message; there already is fine. @param emoji the character itself: `👀` @throws DeliveryError */
  react?(ref: MessageRef, emoji: string): Promise<void>;
  /** Name of whom the surface's own id stands for; null when it knows nobody of that id. @throws DeliveryError */
  person?(user: string): Promise<string | null>;
  /** Channel of the conversation with one person, whom nobody there overhears. @throws DeliveryError; `gone` when there is nobody of that id */
  direct?(user: string): Promise<string>;
  /** There exactly when its feature is. */
  readonly room?: Rooms;
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
  /** How the person is known, where it is not as `<surface>:<user>`: who signed in to the console with an account of elsewhere. */
  identity?: string;
  channel: string;
  /** Message id of the thread it was said in, when it was. */
  thread: string | null;
  /** A conversation with the bot alone (a direct message): nobody else reads the answer. */
  direct?: boolean;
  /** What the surface calls this ask: when it is delivered twice, both have the same. */
  request?: string;
  /** Command line without `/mdr`. */
  text: string;
  /** Tenant named by a button or by `--tenant`; otherwise the channel decides. */
  tenant: string | null;
  /** What was filled into the form of the command that `text` names (`Command.form`), by field name: taken as it is, never split. */
  values?: Readonly<Record<string, string>>;
  /** The message that it is about, when it was given for one. Whether it is internal is decided where the lane is known. */
  message?: Omit<Said, 'internal'>;
}

/** Answers an ask with a card; never throws: failures are error cards. Implemented in `bot/answer.ts`. */
export type Answer = (ask: Ask) => Promise<Card>;

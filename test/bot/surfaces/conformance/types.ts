import type { Answer, Ask, MessageRef, Surface } from '../../../../bot/surfaces/types.js';

/** A message as a person would find it. */
export interface Seen {
  /** Every word of it. */
  text: string;
  thread: string | null;
  edits: number;
  /** What of its text would act instead of being shown: a mention, a link, formatting, a control character. */
  acting: string[];
  /** What the server of the surface would refuse about it. */
  invalid: string | null;
  file: { name: string; data: Buffer } | null;
}

/** How an attempt goes wrong. `lost`: it was stored, but the answer never came. */
export type Trouble = 'rate-limited' | 'lost' | 'not stored' | 'refused';
/** How long the server says to wait. */
export const RATE_LIMIT_MS = 7000;

/** One surface, started, with what a test can do to it and see of it. */
export interface Kit {
  surface: Surface;
  channel: string;
  /** A channel that is not there. */
  noChannel: string;
  /** A message that is not there, in a channel that is. */
  noMessage: MessageRef;
  /** Somebody who is there: the surface's own id, and a name. */
  person: { id: string; name: string };
  /** Make the next post, or edit, go wrong; null where nothing stands between the surface and its messages. */
  trouble: ((operation: 'post' | 'edit', how: Trouble) => void) | null;
  see(ref: MessageRef): Promise<Seen | null>;
  /** Messages in the channel and all of its threads. */
  count(): Promise<number>;
  asks: Ask[];
  answerWith(answer: Answer): void;
  /** Somebody gives a command; null where there are no people to do so. */
  type(text: string): Promise<void>;
  /** Somebody clicks the one button or chooses from the one select of a message; null where there are none. */
  click: ((ref: MessageRef, choice?: string) => Promise<void>) | null;
  /** The last command arrives once more; null where nothing comes twice. */
  again: (() => Promise<void>) | null;
  /** Every answer so far: its words, and whom it was shown to (null: everybody there). */
  answers(): Promise<{ text: string; user: string | null }[]>;
  stop(): Promise<void>;
}

import type { Said } from './said.js';

/** What can be recognised in plain words. */
export type EntityKind =
  | 'alert'
  | 'case'
  | 'exception'
  | 'rule'
  | 'technique'
  | 'code'
  | 'host'
  | 'user'
  | 'ip'
  | 'domain'
  | 'hash'
  | 'file'
  | 'person'
  | 'tenant'
  | 'reason'
  | 'level'
  | 'period'
  | 'framework'
  | 'text';

export interface Entity {
  readonly kind: EntityKind;
  /** As a command takes it: a person's id, an address without brackets, a close reason. */
  readonly value: string;
  /** Of a period. */
  readonly until?: string | undefined;
  /** Of a period: its first and last day, `2026-11-23`, and of a plain span how many days. */
  readonly days?: { first: string; last: string; span?: number } | undefined;
  /** Its first and the word after its last, as positions in the sentence. */
  readonly from: number;
  readonly to: number;
}

/** Why words that mean a command do not make one yet. */
export interface Missing {
  /** A question, as `Which alert?`. */
  readonly missing: string;
  /** Answers to choose from; what is chosen is added to `args`. */
  readonly args?: readonly string[];
  readonly choices?: readonly { value: string; label: string }[];
}

/**
 * One thing that a command does, as people say it in plain words. It stands in the command's own file: a new command is understood
 * without a change elsewhere.
 */
export interface Plain {
  /**
   * What people say, 12 to 25 varied phrases. What differs from one time to the next stands as a slot: `close {alert} as {reason}`.
   * Slots are the kinds of entities.
   */
  readonly phrases: readonly string[];
  /** Words of its own by what they are: `{ reason: { fp: 'false_positive' } }`; up to three words each. */
  readonly terms?: Partial<Record<EntityKind, Readonly<Record<string, string>>>>;
  /** Whether it only shows something: then clear words run it at once. Everything else is asked about first. */
  readonly reads?: true;
  /**
   * The command's arguments. What was recognised and is not taken from `said` stays unexplained, and then nothing is run:
   * "close 14 and 15" takes one alert, and two were named.
   */
  args(said: Said): readonly string[] | Missing;
  /** The button that runs it: `Close alert 14 as false positive`. Without it, the command line. */
  label?(args: readonly string[]): string;
}

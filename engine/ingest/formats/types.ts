import type { Fields, Parsed } from '../../event.js';

/** A log format: one file. `index.ts` finds it and asks `accepts` when the sender did not name a format. */
export interface Format {
  /** Short stable name, used in `?format=` and in records: `windows`, `linux`, `cloudtrail` … */
  readonly name: string;
  readonly summary: string;
  /** `json`: records are JSON objects. `line`: records are lines of text. */
  readonly kind: 'json' | 'line';
  /** Higher is asked first; the catch-all has 0. */
  readonly priority: number;
  /**
   * Names of which a JSON record has at least one at its top level, or it is not of this format: the recogniser asks only formats
   * that may accept. Without them the format is always asked.
   */
  readonly keys?: readonly string[];
  /** Whether this record is of this format. Cheap: a few key look-ups. Never throws. */
  accepts(record: Fields | string): boolean;
  /**
   * @param received epoch ms when the door took it: the year of syslog lines without one, the time of records that have none and may lack it
   * @throws MdrError MDR_LINE_TIME when the record has a time that cannot be read
   */
  parse(record: Fields | string, received: number): Parsed;
  /** Real-looking lines of this format with what they must become; exercised by the conformance suite. */
  readonly samples: readonly Sample[];
}

export interface Sample {
  /** The line as it arrives. */
  line: string;
  logsource: { product: string; service?: string; category?: string };
  /** A part of `ecs()` that must be equal. `@timestamp` is always checked. */
  ecs: Record<string, unknown>;
  /** A part of `fields` that must be equal. */
  fields?: Record<string, unknown>;
}

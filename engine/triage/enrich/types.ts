import type { Fact } from '../../investigate/types.js';
import type { TenantLake } from '../../lake/index.js';
import type { TenantStore } from '../../store/index.js';

export type { Fact };

/** What is asked about: an observable, or a technique or vulnerability by its id. */
export type Subject = Fact['observable'];

/** What an enricher may look into: one tenant's records and events. */
export interface EnrichContext {
  store: TenantStore;
  lake: TenantLake | null;
  /** Epoch ms: the time of the question, and the first event of what is asked about. */
  now: number;
  first: number;
  /** Numbers of the alerts that are asked about: they are not earlier ones. */
  alerts: readonly number[];
  /** The operator's own files; absent: none. */
  files?: EnrichFiles;
}

/** Paths of files that an operator gives: databases of addresses, and a catalogue of exploited vulnerabilities. */
export interface EnrichFiles {
  mmdb: readonly string[];
  kev: string | null;
}

/** One thing that can be known of observables. */
export interface Enricher {
  name: string;
  /** For the note that it failed: `indicators`, `where they were seen`. */
  what: string;
  kinds: readonly Subject['kind'][];
  /** Which facts come first where not all fit: the lowest. */
  rank: number;
  /** How long it may take; how long what it told holds (0: it is asked each time). */
  timeoutMs: number;
  ttlMs: number;
  /** A fact of it is news by itself: it makes a new version of an investigation that says the same otherwise. */
  isNews?: boolean;
  /**
   * Tell what is known, the most telling first. All at once, because a question to the lake costs a process however much is asked.
   * @param subjects of its kinds, each once; at most 250, their values written by whoever wrote the logs
   * @param signal aborted when its time is over: what it returns then is not used
   */
  enrich(subjects: readonly Subject[], context: EnrichContext, signal: AbortSignal): Promise<Fact[]>;
}

/** An account in a column of the lake as `accountName` spells it: lower case, without its domain. */
export const accountSql = (column: string): string => `split_part(split_part(lower(${column}), '\\', -1), '@', 1)`;

import type { Threshold } from './threshold.js';

/** Scores from 0 to 1 in this many bins. */
export const BINS = 10;
/** Days of which figures are kept. */
export const DAYS_KEPT = 42;

/** What one model did with one day's events. */
export interface DayFigures {
  /** Days since the epoch, by event time. */
  day: number;
  /** Events with all fields that the model needs. */
  events: number;
  findings: number;
  /** Findings beyond the most of a day that were kept as low; nothing: none. */
  low?: number;
  /** How many things it looked at had which score, asked at the end of the day without a floor; null: not asked. */
  scores: number[] | null;
}

/** How one model stands at one tenant; written together with its state. */
export interface ModelRecord {
  /** Events before this time are taken in, epoch ms. */
  position: number;
  /** Time of the last event that was taken in since it was last asked; 0: none. */
  pending: number;
  /** Times of the first and last event with all fields that it needs; 0: none came. */
  first: number;
  last: number;
  /** Such events altogether, and how many of all had each field. */
  events: number;
  fields: Record<string, number>;
  /** Newest last, at most `DAYS_KEPT`. */
  days: DayFigures[];
  /** Keys of findings that were handed on, with their times. */
  said: Record<string, number>;
  findings: number;
  /** Findings beyond the most of a day: kept as low, or not at all. */
  held: number;
  /** By the clock: when it last ran, how long that took for how many events. */
  at: number;
  ms: number;
  taken: number;
  /** Bytes of its state, compressed; rows that were given up because it was too large. */
  bytes: number;
  shrunk: number;
  /** What went wrong the last time something did, and how often in a row. */
  failed: { at: number; why: string; times: number } | null;
  threshold: Threshold | null;
}

export const newRecord = (position: number): ModelRecord => ({
  position,
  pending: 0,
  first: 0,
  last: 0,
  events: 0,
  fields: {},
  days: [],
  said: {},
  findings: 0,
  held: 0,
  at: 0,
  ms: 0,
  taken: 0,
  bytes: 0,
  shrunk: 0,
  failed: null,
  threshold: null,
});

/** How the runner stands at one tenant. */
export interface TenantRecord {
  /** Up to which event time counts of events were read, epoch ms. */
  frontier: number;
  /** Events that were read for the models, by day since the epoch. */
  read: Record<string, number>;
  /** Records that their format does not read again. */
  unreadable: number;
  /** Events of the last days that came after their time was read; when that was counted. */
  late: number;
  counted: number;
}

export const newTenantRecord = (): TenantRecord => ({ frontier: 0, read: {}, unreadable: 0, late: 0, counted: 0 });

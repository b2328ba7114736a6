import type { Level } from '../../detect/types.js';
import type { Editable } from './document.js';

/** What a report can be had as. */
export const FORMATS = ['pdf', 'html', 'markdown', 'stix'] as const;
export type Format = (typeof FORMATS)[number];

/** A report in a few lines, as a card shows it. Fixed when it is made. */
export interface Brief {
  alert: number;
  alerts: number[];
  version: number;
  made: number;
  title: string;
  level: Level;
  score: number;
  /** One sentence each, with its events; '' where nothing is known. */
  who: string;
  what: string;
  when: string;
  how: string;
  counts: { steps: number; hosts: number; events: number; observables: number; touched: number; reachable: number };
  /** Stretches in which nothing was seen; what was left out. */
  gaps: number;
  cut: number;
  /** What to do first; '' when there is nothing. */
  now: string;
  /** Who changed which section last. */
  edited: { section: Editable; by: string; at: number }[];
  simulated: boolean;
}

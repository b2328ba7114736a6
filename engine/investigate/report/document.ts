import type { Level } from '../../detect/types.js';
import type { EventRef } from '../types.js';

/** Numbers of the events that show something, `E1` is 1: never none. */
export type Cites = readonly [number, ...number[]];

/** One sentence of the investigation, and what shows it. There is no way to write one without. */
export interface Claim {
  text: string;
  cites: Cites;
}

/** `code`: a value to be read letter by letter, written by an attacker. All other text may hold such values too. */
export type Cell = string | { code: string };

/**
 * A piece of a section. What is claimed of the attack is in `claims` and in tables of `events`; the other tables are no claims:
 * `score` is how the score was reached, `absence` what no event was found for, `advice` what to do (with the events that call for it).
 * `said` is what a person wrote in its place.
 */
export type Part =
  | { kind: 'claims'; claims: Claim[] }
  | { kind: 'table'; proof: 'events'; caption: string; columns: string[]; rows: { cells: Cell[]; cites: Cites }[] }
  | {
      kind: 'table';
      proof: 'score' | 'absence' | 'advice';
      caption: string;
      columns: string[];
      rows: { cells: Cell[]; cites: readonly number[] }[];
    }
  | { kind: 'said'; paragraphs: string[]; by: string; at: number }
  /** The chain as a picture, whose words are those of the table of the chain. */
  | { kind: 'picture' }
  /** Our own words about the report. */
  | { kind: 'note'; text: string };

export const SECTIONS = {
  summary: 'Summary',
  severity: 'Reasons for the severity',
  chain: 'Attack chain',
  timeline: 'Timeline',
  who: 'Who',
  what: 'What',
  when: 'When',
  how: 'How',
  blast: 'Blast radius',
  impact: 'Potential impact',
  mitigation: 'Mitigation',
  observables: 'Observables',
  gaps: 'Gaps and limits',
  remarks: 'Remarks',
} as const;
export type SectionId = keyof typeof SECTIONS;

/** What a person may write anew; tables of what was seen stay as they were seen. */
export const EDITABLE = [
  'title',
  'summary',
  'who',
  'what',
  'when',
  'how',
  'impact',
  'mitigation',
  'gaps',
  'remarks',
] as const;
export type Editable = (typeof EDITABLE)[number];

export interface Section {
  id: SectionId;
  title: string;
  parts: Part[];
}

/** The report, free of any format. Its strings are plain text, bounded, without characters that draw nothing; each format escapes them. */
export interface Document {
  title: string;
  /** Who wrote the title, when a person did. */
  titleBy: string | null;
  /** What it is about, and how it was made. */
  facts: { name: string; value: string }[];
  sections: Section[];
  /** Every event that is cited, in the order of time: the first is E1. */
  evidence: EventRef[];
  /** Epoch ms. */
  made: number;
}

/** What a person changed. */
export interface Edit {
  section: Editable;
  /** Its text until then. */
  before: string;
  /** Paragraphs in lines; null: back to what the investigation says. */
  after: string | null;
  by: { id: string; name: string };
  /** Epoch ms. */
  at: number;
}

/** `E1, E4`. */
export const citeWords = (cites: readonly number[]): string => cites.map((number) => `E${number}`).join(', ');

export const cellText = (cell: Cell): string => (typeof cell === 'string' ? cell : cell.code);

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

import type { Lane } from '../../store/cases.js';
import type { Program, RunState } from '../playbook/run/types.js';

/** A run as it stands, and what its record and the case's know of it. Plain data. */
export interface RunFacts {
  program: Program;
  state: RunState;
  /** Epoch ms at which steps ended, by path; of a step that is not in it nobody knows. */
  ended: Readonly<Record<string, number>>;
  /** Ids of the case's tasks that the run made, by path of the step. */
  tasks: Readonly<Record<string, string>>;
}

/** How long it took from the opening of the case, in ms; null: it has not come to that, or there was nothing of the kind to do. */
export interface Times {
  /** From the first event of its alerts to the case; null where no alert tells. */
  detect: number | null;
  acknowledge: number | null;
  contain: number | null;
  eradicate: number | null;
  recover: number | null;
  close: number | null;
}

export const FINDINGS = ['skipped', 'not-reached', 'failed', 'retried', 'late', 'clock', 'added', 'order'] as const;
export type FindingKind = (typeof FINDINGS)[number];

/** One way in which it went otherwise than it was written, and the parts of the record that say so: `step look`, `T3`, `#7`. */
export interface Finding {
  kind: FindingKind;
  text: string;
  from: string[];
  /** Path of the step in the run. */
  step?: string;
  /** In a person's words; text of people. */
  why?: string;
  /** ms that it took, and that it had. */
  took?: number;
  limit?: number;
  /** How often it was tried. */
  tries?: number;
  /** The task of the case, and when it was made, epoch ms. */
  task?: string;
  at?: number;
  lane?: Lane;
}

export interface Review {
  /** Number of the case. */
  case: number;
  /** What it was run by; null: nothing. */
  playbook: { id: string; name: string; version: string; outcome: string } | null;
  times: Times;
  findings: Finding[];
  /** Of the run: steps that are over, those of them that were done. */
  steps: { over: number; done: number };
}

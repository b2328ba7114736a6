import type { Value } from '../expression.js';
import type { Kind, Lane, Playbook, Role } from '../types.js';

/** A playbook with all its parts, pinned: what a run goes by until it ends, whatever becomes of the files. */
export interface Program {
  root: string;
  /** SHA-256 over the playbook and its parts. */
  version: string;
  playbooks: Readonly<Record<string, Playbook>>;
}

export type Values = Record<string, Value>;

/**
 * `approval`: an action waits to be approved. `running`: somebody or something is at it. `retry`: it is tried again at `due`. `failed`: a
 * person must say how to go on. `given-up`: it failed and the run went on. The last three are final.
 */
export type StepStatus = 'approval' | 'running' | 'retry' | 'failed' | 'given-up' | 'skipped' | 'done';
export const isOver = (step: StepState | undefined): boolean =>
  step !== undefined && (step.status === 'done' || step.status === 'skipped' || step.status === 'given-up');

export interface StepState {
  status: StepStatus;
  /** 1 for the first try; part of the key of its effects. */
  attempt: number;
  /** When it began, epoch ms. */
  since: number;
  /** When its time is over, or it is tried again. */
  due?: number;
  /** Whom it is for now: who made it begin. Somebody else must approve. */
  requestedBy?: string;
  approvedBy?: string;
  /** Who ended it: a person, or `mdr`. */
  by?: string;
  why?: string;
  /** Arguments of an action, as they are approved and run. */
  args?: Values;
  /** SHA-256 of action and arguments: an approval names it. */
  digest?: string;
  /** Items of a loop; inputs of a part. */
  items?: Value[];
  inputs?: Values;
  answers?: Values;
  /** How many steps were over before it: roll-back goes the other way. */
  order?: number;
  /** A try timed out: whether it took effect is not known. */
  isUnknown?: boolean;
}

export type RunStatus = 'running' | 'paused' | 'ended';
export type Outcome = 'completed' | 'stopped' | 'failed' | 'rolled-back';

/** All there is to know of a run; plain JSON. */
export interface RunState {
  run: string;
  version: string;
  status: RunStatus;
  /** Set from the moment that it goes back. */
  rollback?: { why: string; by: string };
  outcome?: Outcome;
  why?: string;
  inputs: Values;
  /** By path: `contain-each[1]/isolate`; what takes an action back has the path of the action and `~undo`. */
  steps: Record<string, StepState>;
  /** Playbooks that a finish step has ended, by the path of the part (`''` is the playbook itself). */
  finished: Record<string, string>;
  signals: string[];
  /** The latest time that the run has seen, epoch ms; it never goes back. */
  clock: number;
  pausedAt?: number;
  /** Who did last what may lead to a request; leaving something out, a pause and its end ask for nothing. */
  lastBy: string;
  /** Who began it, with its inputs: approves nothing of it but what is taken back. Absent in runs that began before it was kept. */
  begunBy?: string;
  /** Steps that are over. */
  count: number;
}

export type RunEvent =
  /** Time has passed. */
  | { type: 'tick' }
  /** A manual step was done. */
  | { type: 'done'; step: string; by: string; answers?: Values }
  | { type: 'chosen'; step: string; choice: string; by: string }
  | { type: 'approved' | 'refused'; step: string; attempt: number; digest: string; by: string; why?: string }
  /** What became of an action. */
  | {
      type: 'result';
      step: string;
      attempt: number;
      ok: boolean;
      answers?: Values;
      why?: string;
      /** Trying again would not help: nobody can do it as it was asked for. */
      final?: boolean;
    }
  /** Something happened that a wait step waits for. */
  | { type: 'signal'; name: string }
  /** A failed step is tried again, or left. */
  | { type: 'resolve'; step: string; how: 'retry' | 'skip'; by: string }
  /** A task, a wait, or an action that is not approved yet or waits to be tried again, is left out. */
  | { type: 'skip'; step: string; by: string; why: string }
  | { type: 'pause' | 'resume'; by: string }
  | { type: 'stop'; by: string; why: string; rollback: boolean };

interface EffectBase {
  /** The same for the same try of the same step: do what has this key once. */
  key: string;
  step: string;
  title: string;
}

/** What the world must do now. Each is carried out at least once and is known by its key. */
export type Effect =
  | (EffectBase & {
      kind: 'task';
      role: Role;
      lane: Lane;
      text: string;
      doneWhen?: string;
      answers?: Record<string, { kind: Kind; about: string }>;
      choices?: { id: string; label: string }[];
      due?: number;
    })
  | (EffectBase & {
      kind: 'approve';
      attempt: number;
      approver: Role;
      /** Who may not approve it; nor may whoever began the run, but for what is taken back. */
      requestedBy: string;
      text: string;
      action?: string;
      args?: Values;
      digest: string;
      /** What else it does to people. */
      effect?: string;
      due?: number;
    })
  | (EffectBase & { kind: 'act'; attempt: number; action: string; args: Values; undoes?: string })
  /** A step failed and a person says how to go on: the event `resolve` or `stop`. */
  | (EffectBase & { kind: 'stuck'; attempt: number; why: string })
  | (EffectBase & { kind: 'ended'; outcome: Outcome; why: string; notUndone: string[] });

export interface Turn {
  state: RunState;
  effects: Effect[];
  /** Why the event changed nothing: it came twice, too late, too early, or from who may not. */
  ignored?: string;
}

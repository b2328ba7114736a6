import type { CloseReason, Observable } from '../../store/alerts.js';
import type {
  Case,
  CaseEntry,
  CaseRole,
  CaseRoom,
  CaseState,
  CaseTask,
  CaseType,
  ClockKind,
  Lane,
  Priority,
  Severity,
  TaskState,
} from '../../store/cases.js';
import type { By } from '../../triage/work.js';
import type { Contract } from './contract.js';

/** What an alert gives to a case. */
export interface AlertShare {
  number: number;
  title: string;
  observables: readonly Observable[];
  rules: readonly string[];
  techniques: readonly string[];
  simulated: boolean;
}

/** What can be done to a case. Text in it is as people wrote it: it is bounded where it is taken. */
export type Change =
  | { kind: 'state'; to: Exclude<CaseState, 'closed'>; reason: string }
  | { kind: 'close'; outcome: CloseReason; reason: string }
  | { kind: 'reopen'; reason: string }
  | { kind: 'severity'; to: Severity; reason: string }
  | { kind: 'priority'; to: Priority; reason: string }
  | { kind: 'title'; to: string; reason: string }
  | { kind: 'type'; to: CaseType; reason: string }
  /** `lead` and `customer-lead` have one holder, who is replaced; the others any number. */
  | { kind: 'person'; role: CaseRole; person: By; take?: boolean; reason: string }
  | { kind: 'handover'; person: By; calls?: CaseEntry['calls']; reason: string }
  | {
      kind: 'task-add';
      title: string;
      lane: Lane;
      owner: By | null;
      due: number | null;
      after: string[];
      checklist: string[];
      how?: CaseTask['how'];
    }
  | { kind: 'task-state'; task: string; to: TaskState; reason: string }
  | { kind: 'task-owner'; task: string; owner: By | null; reason: string }
  | { kind: 'task-due'; task: string; due: number | null; reason: string }
  | { kind: 'task-after'; task: string; after: string[]; reason: string }
  | { kind: 'task-check'; task: string; item: number; done: boolean; text?: string }
  /** `theirs`: the customer wrote it. */
  | { kind: 'note'; text: string; lane: Lane; theirs?: boolean }
  | { kind: 'pin'; text: string; when: number; lane: Lane }
  | { kind: 'correct'; entry: string; text: string; reason: string }
  | { kind: 'alert'; alert: AlertShare; take?: boolean; reason: string }
  | { kind: 'observable'; observable: Observable; reason: string }
  | { kind: 'relate'; to: number; take?: boolean; reason: string }
  | { kind: 'merge-into'; to: number; reason: string }
  | {
      kind: 'take-in';
      from: Pick<Case, 'number' | 'observables' | 'people' | 'tasks' | 'published'>;
      alerts: readonly AlertShare[];
      reason: string;
    }
  | { kind: 'split-off'; to: number; title: string; alerts: number[]; reason: string }
  | { kind: 'moved'; move: string }
  | { kind: 'publish' }
  | { kind: 'unpublish' }
  | { kind: 'room'; room: CaseRoom | null }
  /** It is there: the surface has said how it calls it. */
  | { kind: 'room-made'; channel: string }
  /** Something became of an action; `at`: when. */
  | {
      kind: 'action';
      action: number;
      text: string;
      at: number;
      lane: Lane;
      reason: string;
      calls?: CaseEntry['calls'];
    }
  /** Something became of a run of a playbook. */
  | { kind: 'playbook'; run: number; text: string; at: number; lane: Lane; reason: string }
  /** A file was kept, or looked into. */
  | { kind: 'file'; entry: 'evidence' | 'examined'; evidence: string; text: string }
  /** Something became of its breach; `calls`: a duty's time comes near or is over. */
  | { kind: 'breach'; text: string; breach: NonNullable<Case['breach']>; reason: string; calls?: CaseEntry['calls'] }
  /** By ourselves: a clock, a task's due time. */
  | {
      kind: 'call-clock';
      clock: ClockKind;
      due: number;
      told: number;
      text: string;
      calls: NonNullable<CaseEntry['calls']>;
    }
  | { kind: 'call-task'; task: string; due: number; text: string; calls: NonNullable<CaseEntry['calls']> };

/** Where a change comes from. */
export interface Cause {
  by: By;
  /** Epoch ms. */
  now: number;
  /** What the entry's id is made of: the same request again changes nothing. */
  request: string;
  contract: Contract;
}

/** An entry without what is the same for all of a change. */
export type Said = Omit<CaseEntry, 'id' | 'at' | 'actor' | 'actorName' | 'lane' | 'reason'> &
  Partial<Pick<CaseEntry, 'lane' | 'reason'>>;

/** What a change does; null: it is like that already. */
export type Effect = {
  set: Partial<Case>;
  said: Said[] /** The same in one entry, for a log that is nearly full. */;
  short?: Said;
} | null;

/** One kind of change as a pure function. @throws CaseStateError, MdrError MDR_CASE_BAD */
export type Apply<K extends Change['kind']> = (
  record: Case,
  change: Extract<Change, { kind: K }>,
  cause: Cause,
) => Effect;

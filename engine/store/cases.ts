import { type Connection, Schema } from 'mongoose';
import type { CloseReason, Observable } from './alerts.js';

/** How far an incident is, in the order of NIST SP 800-61; which moves are legal stands in engine/respond/case/states.ts. */
export const CASE_STATES = ['new', 'triage', 'contain', 'eradicate', 'recover', 'review', 'closed'] as const;
export type CaseState = (typeof CASE_STATES)[number];

/** How bad it is. */
export const SEVERITIES = ['low', 'medium', 'high', 'critical'] as const;
export type Severity = (typeof SEVERITIES)[number];

/** How soon it is worked on, whatever its severity. */
export const PRIORITIES = ['P1', 'P2', 'P3', 'P4'] as const;
export type Priority = (typeof PRIORITIES)[number];

export const CASE_TYPES = [
  'malware',
  'ransomware',
  'phishing',
  'account-compromise',
  'data-leak',
  'intrusion',
  'denial-of-service',
  'insider',
  'policy',
  'other',
] as const;
export type CaseType = (typeof CASE_TYPES)[number];

export const CASE_ROLES = ['lead', 'analyst', 'customer-lead', 'communications', 'legal'] as const;
export type CaseRole = (typeof CASE_ROLES)[number];

/** Whose it is: `provider` is internal, `customer` is shown to the customer once the case is published. */
export type Lane = 'provider' | 'customer';

export interface CasePerson {
  role: CaseRole;
  id: string;
  name: string;
}

export const TASK_STATES = ['open', 'done', 'dropped'] as const;
export type TaskState = (typeof TASK_STATES)[number];

export interface CaseTask {
  /** What people call it: T1, T2 … within the case. */
  id: string;
  title: string;
  state: TaskState;
  /** Who does it: the provider's people, or the customer's. */
  lane: Lane;
  owner: { id: string; name: string } | null;
  /** Epoch ms; null: whenever. */
  due: number | null;
  /** Ids of tasks that have to be done before. */
  after: string[];
  checklist: { text: string; done: boolean }[];
  /** Of a step of a playbook: what to do, and how to know that it is done. */
  how?: { run: number; key: string; do: string; doneWhen: string };
  /** For which due time its owner was called. */
  told?: number;
}

/** A value worth remembering, and where the case has it from. */
export interface CaseObservable extends Observable {
  /** `host:ws01`, lower case: by what other cases find it. */
  key: string;
  /** Number of the alert that it came with; null: a person said so. */
  alert: number | null;
}

/** A time that the tenant's contract gives. */
export interface CaseClock {
  kind: ClockKind;
  /** 1; one more for each time that the case was opened again. */
  run: number;
  /** Epoch ms. */
  started: number;
  due: number;
  met: number | null;
  /** How often people were called about it since it was last set. */
  told: number;
}
export const CLOCKS = ['acknowledge', 'contain', 'resolve'] as const;
export type ClockKind = (typeof CLOCKS)[number];

/** What happened: every change is one, and none is ever changed or taken out. */
export interface CaseEntry {
  /** Unique within the case; made of the request that it came with. */
  id: string;
  /** Epoch ms when it was recorded. */
  at: number;
  /** Person id, or `mdr`. */
  actor: string;
  actorName: string;
  kind: CaseEntryKind;
  lane: Lane;
  text: string;
  /** Why, in the person's own words; empty where none were given. */
  reason: string;
  /** What it changed, `state`, `task:T1.owner`; with the value before and after, null for none. */
  field?: string;
  before?: unknown;
  after?: unknown;
  /** Fields that it sets besides, where there was no room for an entry each: `alert:12`, `task:T3`. */
  also?: string[];
  /** Of what was put on the timeline: epoch ms when it happened. */
  when?: number;
  /** Of a file: its evidence id. */
  evidence?: string;
  /** Of a correction: the entry whose words it replaces. */
  of?: string;
  /** People to be called by their chat identities. */
  calls?: { name: string; identities: string[] }[];
}

export const CASE_ENTRY_KINDS = [
  'opened',
  'state',
  'closed',
  'reopened',
  'severity',
  'priority',
  'title',
  'type',
  'person',
  'handover',
  'task',
  'alert',
  'observable',
  'related',
  'note',
  /** On the timeline by a person, with a time of its own. */
  'pinned',
  'corrected',
  /** Another case was taken in, or this one went into another. */
  'merged',
  'split',
  'published',
  'unpublished',
  /** A time of the contract comes near or is over. */
  'clock',
  'reminded',
  /** The room of its own: opened, closed. */
  'room',
  /** Something became of an action that belongs to it. */
  'action',
  /** Something became of its breach, or a duty's time comes near. */
  'breach',
  /** Something became of a playbook run on it. */
  'playbook',
  /** A file was kept; it was looked into. */
  'evidence',
  'examined',
] as const;
export type CaseEntryKind = (typeof CASE_ENTRY_KINDS)[number];

/** What has still to be carried to another case: written with the change that decided it, gone when it is done. */
export interface CaseMove {
  /** Id of the entry that decided it. */
  id: string;
  kind: 'merge' | 'split';
  /** Number of the other case. */
  to: number;
  title: string;
  alerts: number[];
  by: { id: string; name: string };
  at: number;
  reason: string;
}

/** A channel of its own, on a surface that has some. */
export interface CaseRoom {
  surface: string;
  /** The surface's own id; empty until it is made. */
  channel: string;
  name: string;
  opened: number;
  closed: number | null;
}

export interface Case {
  /** Hash of tenant and number. */
  _id: string;
  tenant: string;
  /** What people call it: 1, 2, 3 … per tenant. */
  number: number;
  title: string;
  type: CaseType;
  severity: Severity;
  priority: Priority;
  state: CaseState;
  people: CasePerson[];
  tasks: CaseTask[];
  observables: CaseObservable[];
  /** Numbers of its alerts. */
  alerts: number[];
  /** Ids of the rules, and the ATT&CK techniques, of its alerts: what cases are alike by. */
  rules: string[];
  techniques: string[];
  /** Numbers of cases that people say belong to it. */
  related: number[];
  clocks: CaseClock[];
  /** What it was; there while it is closed. */
  outcome?: CloseReason;
  closed?: number;
  /** Number of the case that it went into. */
  mergedInto?: number;
  /** Numbers of the cases that went into it. */
  took: number[];
  /** Number of the case that it was split from. */
  splitFrom?: number;
  /** Since when and by whom the customer is shown it; absent while it is the provider's alone. */
  published?: { at: number; by: { id: string; name: string } };
  room?: CaseRoom;
  /** Of its breach, where one is declared: what its status card shows (engine/breach). */
  breach?: {
    open: number;
    missed: number;
    candidates: number;
    next: { duty: string; title: string; at: number; isAim: boolean; isMissed: boolean }[];
  };
  moves: CaseMove[];
  log: CaseEntry[];
  /** Epoch ms. */
  created: number;
  updated: number;
  /** Whether any of its alerts is a simulation's. */
  simulated: boolean;
  /** Raised by one with each change: the optimistic lock, and what the outbox compares. */
  revision: number;
}

const mixed = { type: [Schema.Types.Mixed], default: [] } as never;
const schema = new Schema<Case>(
  {
    _id: { type: String, required: true },
    tenant: { type: String, required: true },
    number: { type: Number, required: true },
    title: { type: String, required: true },
    type: { type: String, required: true },
    severity: { type: String, required: true },
    priority: { type: String, required: true },
    state: { type: String, required: true },
    people: mixed,
    tasks: mixed,
    observables: mixed,
    alerts: { type: [Number], default: [] },
    rules: { type: [String], default: [] },
    techniques: { type: [String], default: [] },
    related: { type: [Number], default: [] },
    clocks: mixed,
    outcome: String,
    closed: Number,
    mergedInto: Number,
    took: { type: [Number], default: [] },
    splitFrom: Number,
    published: Schema.Types.Mixed,
    room: Schema.Types.Mixed,
    breach: Schema.Types.Mixed,
    moves: mixed,
    log: mixed,
    created: { type: Number, required: true },
    updated: { type: Number, required: true },
    simulated: { type: Boolean, default: false },
    revision: { type: Number, required: true },
  },
  { versionKey: false, minimize: false },
);
schema.index({ tenant: 1, number: 1 }, { unique: true });
schema.index({ tenant: 1, state: 1, updated: -1 });
schema.index({ tenant: 1, updated: -1 });
schema.index({ tenant: 1, 'observables.key': 1 });
schema.index({ 'room.channel': 1 });

export const caseModel = (connection: Connection) => connection.model<Case>('Case', schema, 'cases');

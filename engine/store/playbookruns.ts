import { type Connection, Schema } from 'mongoose';

/** A playbook with its parts as it was when a run began: kept once for each version, so that a run needs no file. */
export interface PlaybookProgram {
  /** Hash of tenant and version. */
  _id: string;
  tenant: string;
  /** SHA-256 of the playbook and its parts. */
  version: string;
  /** JSON of engine/respond/playbook/run `Program`. */
  program: string;
  /** Epoch ms. */
  created: number;
}

/** What stands in the world for one try of a step. */
export interface RunLink {
  /** Path of the step, with its try: `each[0]/isolate:1`. */
  key: string;
  /** Task of the case. */
  task?: string;
  /** Number of the action that was asked for; of a roll-back, of the one that is taken back. */
  action?: number;
  /** Nothing more is to be done about it: the step is over, and what stands for it too. */
  closed: boolean;
}

/** What happened to a run; in the case's timeline as well. */
export interface RunEntry {
  id: string;
  /** Epoch ms. */
  at: number;
  /** Person id, or `mdr`. */
  actor: string;
  actorName: string;
  lane: 'provider' | 'customer';
  text: string;
  reason: string;
}

/** A playbook that is gone through on a case. */
export interface PlaybookRun {
  /** Hash of tenant and the request that it came with; part of every key. */
  _id: string;
  tenant: string;
  /** 1, 2, 3 … per tenant. */
  number: number;
  case: number;
  playbook: string;
  name: string;
  version: string;
  /** Hash of what it began with. */
  inputs: string;
  by: { id: string; name: string };
  status: 'running' | 'paused' | 'ended';
  outcome: 'completed' | 'stopped' | 'failed' | 'rolled-back' | null;
  /** JSON of engine/respond/playbook/run `RunState`: what the world must do follows from it, so both are one write. */
  state: string;
  /** Epoch ms when its time goes on by itself; null: it waits for people and actions. */
  wake: number | null;
  links: RunLink[];
  log: RunEntry[];
  /** How many entries of the log the case has been told. */
  told: number;
  /** Of which revision the surfaces have been told. */
  shown: number;
  /** Whether something is still to be done after its end: tasks to be closed, words to be said. */
  settled: boolean;
  /** Epoch ms: when a worker looked at it last. */
  looked: number;
  created: number;
  updated: number;
  /** Raised by one with each change: the optimistic lock. */
  revision: number;
}

const programs = new Schema<PlaybookProgram>(
  {
    _id: { type: String, required: true },
    tenant: { type: String, required: true },
    version: { type: String, required: true },
    program: { type: String, required: true },
    created: { type: Number, required: true },
  },
  { versionKey: false },
);
export const playbookProgramModel = (connection: Connection) =>
  connection.model<PlaybookProgram>('PlaybookProgram', programs, 'playbookprograms');

const list = { type: [Schema.Types.Mixed], default: [] } as never;
const schema = new Schema<PlaybookRun>(
  {
    _id: { type: String, required: true },
    tenant: { type: String, required: true },
    number: { type: Number, required: true },
    case: { type: Number, required: true },
    playbook: { type: String, required: true },
    name: { type: String, required: true },
    version: { type: String, required: true },
    inputs: { type: String, required: true },
    by: { type: Schema.Types.Mixed, required: true },
    status: { type: String, required: true },
    outcome: { type: String, default: null },
    state: { type: String, required: true },
    wake: { type: Number, default: null },
    links: list,
    log: list,
    told: { type: Number, default: 0 },
    shown: { type: Number, default: 0 },
    settled: { type: Boolean, default: false },
    looked: { type: Number, default: 0 },
    created: { type: Number, required: true },
    updated: { type: Number, required: true },
    revision: { type: Number, required: true },
  },
  { versionKey: false, minimize: false },
);
schema.index({ tenant: 1, number: 1 }, { unique: true });
schema.index({ tenant: 1, case: 1 });
schema.index({ settled: 1, looked: 1 });

export const playbookRunModel = (connection: Connection) =>
  connection.model<PlaybookRun>('PlaybookRun', schema, 'playbookruns');

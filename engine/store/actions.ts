import { type Connection, Schema } from 'mongoose';

/** How far a request for an action is. `undoing` is `running` on the way back. */
export const ACTION_STATES = [
  'proposed',
  'approved',
  'running',
  'done',
  'failed',
  'refused',
  'expired',
  'undoing',
  'undone',
] as const;
export type ActionState = (typeof ACTION_STATES)[number];

/** Who must agree before it runs. */
export interface ActionNeeds {
  /** How many people besides whoever asked. */
  quorum: number;
  /** Whether one of them must be of the customer's side. */
  customer: boolean;
  /** Why, in words. */
  why: string;
}

/** Somebody agreed, to exactly these arguments. */
export interface ActionApproval {
  id: string;
  name: string;
  side: 'provider' | 'customer';
  /** Epoch ms. */
  at: number;
  digest: string;
}

/** What happened: every change is one, and none is ever changed or taken out. */
export interface ActionEntry {
  /** Unique within the record; made of the request that it came with. */
  id: string;
  /** Epoch ms. */
  at: number;
  /** Person id, or `mdr`. */
  actor: string;
  actorName: string;
  text: string;
  reason: string;
  /** People to be called by their chat identities. */
  calls?: { name: string; identities: string[] }[];
}

/** Whoever works on it now. What is written about the work is written only by the holder of the claim. */
export interface ActionClaim {
  token: string;
  at: number;
  /** Epoch ms; beyond, the holder is taken for dead. */
  until: number;
}

/** Whether the world is as the action made it: `unknown` is found out again later. */
export type Effect = 'holds' | 'absent' | 'unknown';

/** A request for one action and what became of it. */
export interface ActionRecord {
  /** Hash of tenant and the request that it came with. */
  _id: string;
  tenant: string;
  /** 1, 2, 3 … per tenant. */
  number: number;
  /** Id in the catalogue: `block-ip`. */
  action: string;
  /** Which connector does it: `lists`, `ldap`, `okta`. */
  via: string;
  args: Record<string, string>;
  /** For how long, in ms; null: until it is taken back. */
  lasts: number | null;
  /** Whether a warning was overruled. */
  forced: boolean;
  /** Of tenant, action, connector, arguments, length and force: what was approved is what runs. */
  digest: string;
  by: { id: string; name: string };
  reason: string;
  /** Number of the case that it belongs to. */
  case: number | null;
  /** Number of the playbook run that asked for it: while that is paused, nobody approves it and nothing begins. */
  run?: number;
  needs: ActionNeeds;
  approvals: ActionApproval[];
  /** Agreed to beforehand, by the tenant's profile. */
  preapproved: boolean;
  state: ActionState;
  created: number;
  /** Epoch ms: without enough approvals, or not begun until then, it lapses. */
  approveBy: number;
  claim: ActionClaim | null;
  attempts: number;
  /** What the connector found before, and needs to take it back. */
  memory: Record<string, unknown>;
  /** It was like that before: then nothing was changed, and nothing is taken back. */
  already: boolean;
  effect: Effect;
  /** What it answered, by name. */
  gives: Record<string, string>;
  error: { code: string; message: string; hint: string } | null;
  started: number | null;
  ended: number | null;
  /** Epoch ms when it is taken back by itself. */
  expires: number | null;
  /** Epoch ms when an effect that is not known is looked for again. */
  recheck: number | null;
  /** Somebody, or the clock, wants it taken back. */
  undo: {
    by: { id: string; name: string };
    reason: string;
    at: number;
    needs: ActionNeeds;
    approvals: ActionApproval[];
    digest: string;
  } | null;
  undoFailures: number;
  /** How often those who may agree were reminded. */
  reminded?: number;
  /** Whether the case's timeline has still to be told of the newest entries. */
  untold: boolean;
  log: ActionEntry[];
  /** Raised by one with each change: the optimistic lock. */
  revision: number;
}

/** One of a day's places of an action that was agreed to beforehand. */
export interface ActionPlace {
  /** Hash of tenant, action and which place it is: so that it is there once. */
  _id: string;
  tenant: string;
  action: string;
  /** Epoch ms when it was taken; a day later it is free. */
  at: number;
  /** Of whoever took it. */
  token: string;
}

const places = new Schema<ActionPlace>(
  {
    _id: { type: String, required: true },
    tenant: { type: String, required: true },
    action: { type: String, required: true },
    at: { type: Number, required: true },
    token: { type: String, required: true },
  },
  { versionKey: false },
);
export const actionPlaceModel = (connection: Connection) =>
  connection.model<ActionPlace>('ActionPlace', places, 'actionplaces');

const object = { type: Schema.Types.Mixed, default: {} } as never;
const list = { type: [Schema.Types.Mixed], default: [] } as never;
const schema = new Schema<ActionRecord>(
  {
    _id: { type: String, required: true },
    tenant: { type: String, required: true },
    number: { type: Number, required: true },
    action: { type: String, required: true },
    via: { type: String, required: true },
    args: object,
    lasts: { type: Number, default: null },
    forced: { type: Boolean, default: false },
    digest: { type: String, required: true },
    by: { type: Schema.Types.Mixed, required: true },
    reason: { type: String, default: '' },
    case: { type: Number, default: null },
    run: Number,
    needs: { type: Schema.Types.Mixed, required: true },
    approvals: list,
    preapproved: { type: Boolean, default: false },
    state: { type: String, required: true },
    created: { type: Number, required: true },
    approveBy: { type: Number, required: true },
    claim: { type: Schema.Types.Mixed, default: null },
    attempts: { type: Number, default: 0 },
    memory: object,
    already: { type: Boolean, default: false },
    effect: { type: String, required: true },
    gives: object,
    error: { type: Schema.Types.Mixed, default: null },
    started: { type: Number, default: null },
    ended: { type: Number, default: null },
    expires: { type: Number, default: null },
    recheck: { type: Number, default: null },
    undo: { type: Schema.Types.Mixed, default: null },
    undoFailures: { type: Number, default: 0 },
    reminded: Number,
    untold: { type: Boolean, default: false },
    log: list,
    revision: { type: Number, required: true },
  },
  { versionKey: false, minimize: false },
);
schema.index({ tenant: 1, number: 1 }, { unique: true });
schema.index({ tenant: 1, state: 1, created: -1 });
schema.index({ state: 1, expires: 1 });

export const actionModel = (connection: Connection) => connection.model<ActionRecord>('Action', schema, 'actions');

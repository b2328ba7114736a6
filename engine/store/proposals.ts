import { type Connection, Schema } from 'mongoose';
import type { Level } from '../detect/types.js';
import type { Condition } from './exceptions.js';

/** `open`: a person decides. `withdrawn`: its reason has gone before anybody did. */
export type ProposalState = 'open' | 'accepted' | 'dismissed' | 'withdrawn';

/** What is proposed: not to hear of what the false ones share, or to hear of the rule less. */
export type ProposedChange = { kind: 'exception'; conditions: Condition[] } | { kind: 'level'; level: Level };

export interface ProposalEntry {
  /** Epoch ms. */
  at: number;
  /** Person id, or `mdr`. */
  actor: string;
  actorName: string;
  kind: 'proposed' | 'accepted' | 'dismissed' | 'undone' | 'withdrawn';
  text: string;
}

/** What the verdicts on a rule's alerts suggest for one tenant. It does nothing until a person accepts it. */
export interface Proposal {
  /** Hash of tenant and rule: there is one for each rule. */
  _id: string;
  tenant: string;
  /** What people call it: P1, P2 … per tenant. */
  number: number;
  state: ProposalState;
  rule: { id: string; title: string; level: Level };
  change: ProposedChange;
  /** The verdicts that it rests on. */
  seen: { real: number; benign: number; false: number };
  /** The latest of the alerts that were not real. */
  alert: number | null;
  /** What it would have done in the last `days` days: so many of so many, and how many of those were real. */
  would: { days: number; what: 'detections' | 'alerts'; count: number; of: number; real: number };
  /** Epoch ms. */
  created: number;
  updated: number;
  /** Who decided, and what it led to: the number of an exception, or the tenant's own level before (null: the rule's). */
  decided?: { at: number; by: { id: string; name: string }; exception?: number; before?: Level | null };
  log: ProposalEntry[];
  /** Raised by one with each change: the optimistic lock. */
  revision: number;
}

const schema = new Schema<Proposal>(
  {
    _id: { type: String, required: true },
    tenant: { type: String, required: true },
    number: { type: Number, required: true },
    state: { type: String, required: true },
    rule: { type: Schema.Types.Mixed, required: true },
    change: { type: Schema.Types.Mixed, required: true },
    seen: { type: Schema.Types.Mixed, required: true },
    alert: { type: Number, default: null },
    would: { type: Schema.Types.Mixed, required: true },
    created: { type: Number, required: true },
    updated: { type: Number, required: true },
    decided: Schema.Types.Mixed,
    log: { type: [Schema.Types.Mixed], default: [] } as never,
    revision: { type: Number, required: true },
  },
  { versionKey: false, minimize: false },
);
schema.index({ tenant: 1, number: 1 }, { unique: true });
schema.index({ tenant: 1, state: 1 });

export const proposalModel = (connection: Connection) => connection.model<Proposal>('Proposal', schema, 'proposals');

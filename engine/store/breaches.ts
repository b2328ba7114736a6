import { type Connection, Schema } from 'mongoose';
import type { Fact } from '../breach/types.js';

/** Something was done to a breach. None is ever changed or taken out. */
export interface BreachEntry {
  /** Unique within the breach; made of the request that it came with. */
  id: string;
  /** Epoch ms. */
  at: number;
  actor: string;
  actorName: string;
  kind: 'declared' | 'facts' | 'satisfied' | 'asked' | 'not-required' | 'refused' | 'paused' | 'withdrawn';
  text: string;
  reason: string;
  /** Duties that this moved: their state and time before and after; null: not there. */
  moves: { duty: string; before: Standing | null; after: Standing | null }[];
}

export interface Standing {
  state: string;
  /** Epoch ms. */
  due: number | null;
}

/** The breach of a case: what is known, and what was decided. Duties are computed from it, never kept. */
export interface Breach {
  /** Hash of tenant and case. */
  _id: string;
  tenant: string;
  /** Number of its case: one breach each. */
  case: number;
  /** Every answer that was ever given, decisions among them: dated, attributed, corrected by later ones, never erased. */
  facts: Fact[];
  /** Duties that somebody says are not required, until a second person approves or refuses. */
  asked: { duty: string; reason: string; by: { id: string; name: string }; at: number }[];
  /** For which time (`end`, epoch ms) and how far people were called about a duty. `end` 0: that it is no longer computed. */
  told: { duty: string; end: number; stage: number }[];
  log: BreachEntry[];
  /** Epoch ms. */
  created: number;
  updated: number;
  /** Raised by one with each change: the optimistic lock. */
  revision: number;
}

const mixed = { type: [Schema.Types.Mixed], default: [] } as never;
const schema = new Schema<Breach>(
  {
    _id: { type: String, required: true },
    tenant: { type: String, required: true },
    case: { type: Number, required: true },
    facts: mixed,
    asked: mixed,
    told: mixed,
    log: mixed,
    created: { type: Number, required: true },
    updated: { type: Number, required: true },
    revision: { type: Number, required: true },
  },
  { versionKey: false, minimize: false },
);
schema.index({ tenant: 1, case: 1 }, { unique: true });
schema.index({ tenant: 1, updated: -1 });
export const breachModel = (connection: Connection) => connection.model<Breach>('Breach', schema, 'breaches');

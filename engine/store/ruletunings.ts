import { type Connection, Schema } from 'mongoose';
import type { Level } from '../detect/types.js';

/** What was done to a rule for a tenant, in order; entries are never changed. */
export interface RuleTuningEntry {
  /** Epoch ms. */
  at: number;
  actor: string;
  actorName: string;
  kind: 'disabled' | 'enabled' | 'level' | 'asked';
  /** What changed, and the reason that was given. */
  text: string;
}

/** A change that waits for a second person. */
export interface AskedChange {
  disabled: boolean;
  level: Level | null;
  at: number;
  actor: string;
  actorName: string;
}

/** How one tenant runs one rule: whether at all, and at which level. */
export interface RuleTuning {
  /** Hash of tenant and rule id. */
  _id: string;
  tenant: string;
  rule: string;
  title: string;
  disabled: boolean;
  /** The tenant's own level; null: the rule's. */
  level: Level | null;
  asked: AskedChange | null;
  log: RuleTuningEntry[];
  /** Raised by one with each change: the optimistic lock. */
  revision: number;
}

const schema = new Schema<RuleTuning>(
  {
    _id: { type: String, required: true },
    tenant: { type: String, required: true },
    rule: { type: String, required: true },
    title: { type: String, default: '' },
    disabled: { type: Boolean, default: false },
    level: { type: String, default: null },
    asked: { type: Schema.Types.Mixed, default: null },
    log: { type: [Schema.Types.Mixed], default: [] } as never,
    revision: { type: Number, required: true },
  },
  { versionKey: false, minimize: false },
);
schema.index({ tenant: 1, rule: 1 });

export const ruleTuningModel = (connection: Connection) =>
  connection.model<RuleTuning>('RuleTuning', schema, 'ruletunings');

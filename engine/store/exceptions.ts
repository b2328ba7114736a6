import { type Connection, Schema } from 'mongoose';
import type { Level } from '../detect/types.js';

/**
 * `proposed`: nothing happens yet. `monitor`: counts what it would hide. `active`: hides it.
 * `expired` and `revoked` are the two ends: over by itself, or taken back by a person.
 */
export const EXCEPTION_STATES = ['proposed', 'monitor', 'active', 'expired', 'revoked'] as const;
export type ExceptionState = (typeof EXCEPTION_STATES)[number];

/** A Sigma field condition: `Image|endswith` with the values of which one must match. */
export interface Condition {
  key: string;
  values: (string | number | boolean | null)[];
}

/** What happened to an exception, in order; entries are never changed. */
export interface ExceptionEntry {
  /** Epoch ms. */
  at: number;
  /** Person id, or `mdr`. */
  actor: string;
  actorName: string;
  kind: 'proposed' | 'monitor' | 'active' | 'extended' | 'expired' | 'revoked';
  text: string;
}

/** What a tenant does not want to be told of: these rules, on events that meet all of these conditions, until a day. */
export interface Exception {
  /** Hash of tenant, rules and conditions. */
  _id: string;
  tenant: string;
  /** What people call it: E1, E2 … per tenant. */
  number: number;
  state: ExceptionState;
  rules: { id: string; title: string; level: Level }[];
  conditions: Condition[];
  reason: string;
  /** The alert it was proposed from. */
  alert: number | null;
  /** Who proposed it. */
  author: { id: string; name: string };
  /** Epoch ms. */
  created: number;
  updated: number;
  /** Epoch ms; from then on it does nothing. */
  expires: number;
  log: ExceptionEntry[];
  /** Raised by one with each change: the optimistic lock. */
  revision: number;
}

const schema = new Schema<Exception>(
  {
    _id: { type: String, required: true },
    tenant: { type: String, required: true },
    number: { type: Number, required: true },
    state: { type: String, required: true },
    rules: { type: [Schema.Types.Mixed], default: [] } as never,
    conditions: { type: [Schema.Types.Mixed], default: [] } as never,
    reason: { type: String, default: '' },
    alert: { type: Number, default: null },
    author: { type: Schema.Types.Mixed, required: true },
    created: { type: Number, required: true },
    updated: { type: Number, required: true },
    expires: { type: Number, required: true },
    log: { type: [Schema.Types.Mixed], default: [] } as never,
    revision: { type: Number, required: true },
  },
  { versionKey: false, minimize: false },
);
schema.index({ tenant: 1, number: 1 }, { unique: true });
schema.index({ tenant: 1, state: 1, expires: 1 });
schema.index({ tenant: 1, 'rules.id': 1 });

export const exceptionModel = (connection: Connection) =>
  connection.model<Exception>('Exception', schema, 'exceptions');

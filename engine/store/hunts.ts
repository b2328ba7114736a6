import { type Connection, Schema } from 'mongoose';

export const HUNT_OUTCOMES = ['found', 'not-found', 'inconclusive'] as const;
export type HuntOutcome = (typeof HUNT_OUTCOMES)[number];

/** A hunt as it is remembered: what was thought, what was asked, what was found, what could not be seen. */
export interface Hunt {
  /** Hash of tenant and number. */
  _id: string;
  tenant: string;
  /** 1, 2, 3 … per tenant; people write H1. */
  number: number;
  hypothesis: string;
  techniques: string[];
  by: { id: string; name: string };
  created: number;
  updated: number;
  state: 'open' | 'concluded';
  /** Queries that were run for it, oldest first. */
  runs: {
    number: number;
    title: string;
    sql: string;
    from: number;
    until: number;
    ms: number;
    rows: number;
    at: number;
  }[];
  /** What people wrote down, oldest first. */
  notes: { at: number; by: { id: string; name: string }; text: string }[];
  outcome: HuntOutcome | null;
  conclusion: string;
  concluded: { at: number; by: { id: string; name: string } } | null;
  /** Data sets without any event in the time of a query that needed them. */
  gaps: string[];
  /** Raised by one with each change: the optimistic lock. */
  revision: number;
}

const schema = new Schema<Hunt>(
  {
    _id: { type: String, required: true },
    tenant: { type: String, required: true },
    number: { type: Number, required: true },
    hypothesis: { type: String, required: true },
    techniques: { type: [String], default: [] },
    by: { type: Schema.Types.Mixed, required: true },
    created: { type: Number, required: true },
    updated: { type: Number, required: true },
    state: { type: String, required: true },
    runs: { type: [Schema.Types.Mixed], default: [] } as never,
    notes: { type: [Schema.Types.Mixed], default: [] } as never,
    outcome: { type: String, default: null },
    conclusion: { type: String, default: '' },
    concluded: { type: Schema.Types.Mixed, default: null },
    gaps: { type: [String], default: [] },
    revision: { type: Number, required: true },
  },
  { versionKey: false, minimize: false },
);
schema.index({ tenant: 1, number: 1 }, { unique: true });
schema.index({ tenant: 1, state: 1, updated: -1 });

export const huntModel = (connection: Connection) => connection.model<Hunt>('Hunt', schema, 'hunts');

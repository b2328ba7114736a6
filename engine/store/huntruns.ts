import { type Connection, Schema } from 'mongoose';
import type { Cell, Parameter } from '../lake/cells.js';
import type { HuntPlace } from './dispatches.js';

/** What is hunted for. What people wrote has become a query with bound values before it is kept. */
export type HuntRequest =
  | { kind: 'sigma'; rule: string }
  | { kind: 'indicator'; values: { kind: string; value: string }[] }
  | {
      kind: 'sql' | 'ask' | 'saved';
      sql: string;
      params: Record<string, Parameter>;
      /** Data sets without which the answer says nothing; empty: not known. */
      datasets: string[];
      /** Of a saved hunt. */
      name?: string;
      chart?: HuntChartSpec;
    };

/** Columns of the answer that a picture shows. */
export interface HuntChartSpec {
  kind: 'bar' | 'line';
  x: string;
  y: string;
}

/** A picture's numbers, in order. */
export interface HuntChart {
  title: string;
  kind: 'bar' | 'line';
  labels: string[];
  values: number[];
}

/** What was found, bounded: the whole of it is in the file. */
export interface HuntResult {
  /** Names and types as DuckDB has them. */
  columns: { name: string; type: string }[];
  /** The first rows; a list each, because a column's name is no field's name. */
  rows: Cell[][];
  total: number;
  truncated: boolean;
  chart: HuntChart | null;
  /** What is to be known about it, in words. */
  notes: string[];
  /** Data sets that were needed and had no event in the period. */
  gaps: string[];
}

export type HuntRunState = 'waiting' | 'running' | 'done' | 'failed' | 'cancelled';

/** One hunt that somebody, or a schedule, asked for. */
export interface HuntRun {
  /** Hash of tenant and number; of a schedule, of its name and time too. */
  _id: string;
  tenant: string;
  /** 1, 2, 3 … per tenant. */
  number: number;
  /** What it is called: a rule's title, a question. */
  title: string;
  request: HuntRequest;
  techniques: string[];
  /** Epoch ms, and the period in words. */
  from: number;
  until: number;
  period: string;
  by: { id: string; name: string };
  /** Number of the hunt record that it belongs to. */
  hunt: number | null;
  /** Made by a schedule. */
  scheduled: boolean;
  state: HuntRunState;
  /** Part that is done, 0 to 1. */
  progress: number;
  created: number;
  started: number | null;
  ended: number | null;
  /** What was asked of the lake. */
  queries: { sql: string; ms: number; rows: number }[];
  result: HuntResult | null;
  /** Bytes of the file with all rows, while it is kept; null when there is none. */
  file: number | null;
  error: { code: string; message: string; hint: string } | null;
  /** Where the result goes when it is there. */
  post: HuntPlace | null;
  /** Whether its end was written into its hunt and posted. Absent on runs that ended before this was kept. */
  told?: boolean;
}

const schema = new Schema<HuntRun>(
  {
    _id: { type: String, required: true },
    tenant: { type: String, required: true },
    number: { type: Number, required: true },
    title: { type: String, required: true },
    request: { type: Schema.Types.Mixed, required: true } as never,
    techniques: { type: [String], default: [] },
    from: { type: Number, required: true },
    until: { type: Number, required: true },
    period: { type: String, required: true },
    by: { type: Schema.Types.Mixed, required: true },
    hunt: { type: Number, default: null },
    scheduled: { type: Boolean, default: false },
    state: { type: String, required: true },
    progress: { type: Number, default: 0 },
    created: { type: Number, required: true },
    started: { type: Number, default: null },
    ended: { type: Number, default: null },
    queries: { type: [Schema.Types.Mixed], default: [] } as never,
    result: { type: Schema.Types.Mixed, default: null } as never,
    file: { type: Number, default: null },
    error: { type: Schema.Types.Mixed, default: null },
    post: { type: Schema.Types.Mixed, default: null },
    told: { type: Boolean },
  },
  { versionKey: false, minimize: false },
);
schema.index({ tenant: 1, number: 1 }, { unique: true });
schema.index({ tenant: 1, state: 1, created: 1 });
schema.index({ told: 1 });
schema.index({ tenant: 1, 'request.name': 1, created: -1 });

export const huntRunModel = (connection: Connection) => connection.model<HuntRun>('HuntRun', schema, 'huntruns');

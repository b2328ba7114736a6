import { type Connection, Schema } from 'mongoose';
import type { HuntPlace } from './dispatches.js';

/** A saved hunt that runs by itself for one tenant. */
export interface HuntPlan {
  /** Hash of tenant and name. */
  _id: string;
  tenant: string;
  /** Of the saved hunt. */
  name: string;
  params: Record<string, string>;
  every: 'daily' | 'weekly';
  /** Who put it there, and whom its runs are said to be by. */
  owner: { id: string; name: string };
  /** Where results with rows go; null: they are only kept. */
  post: HuntPlace | null;
  /** Epoch ms of the next run. */
  due: number;
  created: number;
  /** Why it could not be started when it was last due; null or absent: it was. */
  error?: { at: number; code: string; message: string } | null;
}

const schema = new Schema<HuntPlan>(
  {
    _id: { type: String, required: true },
    tenant: { type: String, required: true },
    name: { type: String, required: true },
    params: { type: Schema.Types.Mixed, default: {} },
    every: { type: String, required: true },
    owner: { type: Schema.Types.Mixed, required: true },
    post: { type: Schema.Types.Mixed, default: null },
    due: { type: Number, required: true },
    created: { type: Number, required: true },
    error: { type: Schema.Types.Mixed, default: null } as never,
  },
  { versionKey: false, minimize: false },
);
schema.index({ due: 1 });

export const huntPlanModel = (connection: Connection) => connection.model<HuntPlan>('HuntPlan', schema, 'huntplans');

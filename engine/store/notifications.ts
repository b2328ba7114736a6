import { type Connection, Schema } from 'mongoose';
import type { Level } from '../detect/types.js';

/** What the policy decided for one alert in one channel. Written once; only a graver level changes it. */
export interface Notification {
  /** Hash of tenant, alert and channel: one decision for each. */
  _id: string;
  tenant: string;
  /** The alert's number. */
  number: number;
  surface: string;
  channel: string;
  /**
   * `now`: it has a thread of its own. `digest`: it is told in the digest of `due`. `repeat`: it is told in the thread of `of`.
   * `storm`: it is told in the one message of a storm.
   */
  how: 'now' | 'digest' | 'repeat' | 'storm' | 'never';
  why: 'rule' | 'quiet' | 'storm' | 'repeat';
  /** Epoch ms of the digest; null unless `digest`. */
  due: number | null;
  /** Id of the dispatch that told it; null while it waits. */
  told: string | null;
  /** Entity and gravest rule: alerts with the same one are repeats of each other. */
  likeness: string;
  /** Number of the alert that this one repeats. */
  of: number | null;
  /** The storm that held it back, and what that counts it under: gravest rule and entity. */
  storm?: { number: number; rule: string; entity: string };
  /** The alert's level and score when this was decided. */
  level: Level;
  score: number;
  /** Epoch ms of the decision. */
  at: number;
}

const schema = new Schema<Notification>(
  {
    _id: { type: String, required: true },
    tenant: { type: String, required: true },
    number: { type: Number, required: true },
    surface: { type: String, required: true },
    channel: { type: String, required: true },
    how: { type: String, required: true },
    why: { type: String, required: true },
    due: { type: Number, default: null },
    told: { type: String, default: null },
    likeness: { type: String, required: true },
    of: { type: Number, default: null },
    storm: Schema.Types.Mixed,
    level: { type: String, required: true },
    score: { type: Number, required: true },
    at: { type: Number, required: true },
  },
  { versionKey: false },
);
schema.index({ tenant: 1, number: 1 });
schema.index({ tenant: 1, told: 1, due: 1 });
schema.index({ tenant: 1, likeness: 1, at: -1 });
schema.index({ tenant: 1, of: 1, number: 1 });
schema.index({ tenant: 1, 'storm.number': 1, score: -1 });
export const notificationModel = (connection: Connection) =>
  connection.model<Notification>('Notification', schema, 'notifications');

import { type Connection, Schema } from 'mongoose';

export const SCHEDULES = ['daily', 'handover', 'weekly'] as const;
export type ScheduleKind = (typeof SCHEDULES)[number];

/** When a tenant's regular posts come, by its own clock. */
export interface Schedule {
  /** Hash of tenant and kind: one of each. */
  _id: string;
  tenant: string;
  kind: ScheduleKind;
  /** `08:30`. */
  times: string[];
  /** Days of the week, 1 (Monday) to 7; every day when empty. */
  days: number[];
  /** The zone that `next` was counted in. */
  zone: string;
  /** Epoch ms of the next post; null: switched off. */
  next: number | null;
  /** Epoch ms that the last post was for; the next one goes on from there. */
  last: number | null;
  changed: { at: number; by: string };
}

const schema = new Schema<Schedule>(
  {
    _id: { type: String, required: true },
    tenant: { type: String, required: true },
    kind: { type: String, required: true },
    times: { type: [String], default: [] },
    days: { type: [Number], default: [] },
    zone: { type: String, required: true },
    next: { type: Number, default: null },
    last: { type: Number, default: null },
    changed: { type: Schema.Types.Mixed, required: true },
  },
  { versionKey: false },
);
schema.index({ tenant: 1, next: 1 });
export const scheduleModel = (connection: Connection) => connection.model<Schedule>('Schedule', schema, 'schedules');

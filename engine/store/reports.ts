import { type Connection, Schema } from 'mongoose';
import type { Edit } from '../investigate/report/document.js';
import type { EventRef, Investigation } from '../investigate/types.js';

/** An investigation as it is kept: ids of events may hold what a field's name must not, so the events are a list. */
export type KeptInvestigation = Omit<Investigation, 'events'> & { events: EventRef[] };

/** One version of the report on an alert or a campaign. The investigation never changes; what people wrote is kept beside it. */
export interface ReportRecord {
  /** Hash of tenant, alert and version. */
  _id: string;
  tenant: string;
  /** Number of the alert, or of the first alert of the campaign. */
  alert: number;
  /** All alerts that it is about. */
  alerts: number[];
  /** 1, 2, 3 … per alert. */
  version: number;
  /** Epoch ms of the investigation. */
  made: number;
  /** Who asked for it; `mdr` when nobody did. */
  by: { id: string; name: string };
  investigation: KeptInvestigation;
  /** What people changed, oldest first; never taken out. */
  edits: Edit[];
  /** Since when the customer may have it, and how many of the edits are in what was published. */
  published?: { at: number; by: { id: string; name: string }; edits: number };
  /** Raised by one with each change: the optimistic lock. */
  revision: number;
}

const schema = new Schema<ReportRecord>(
  {
    _id: { type: String, required: true },
    tenant: { type: String, required: true },
    alert: { type: Number, required: true },
    alerts: { type: [Number], default: [] },
    version: { type: Number, required: true },
    made: { type: Number, required: true },
    by: { type: Schema.Types.Mixed, required: true },
    investigation: { type: Schema.Types.Mixed, required: true } as never,
    edits: { type: [Schema.Types.Mixed], default: [] } as never,
    published: Schema.Types.Mixed,
    revision: { type: Number, required: true },
  },
  { versionKey: false, minimize: false },
);
schema.index({ tenant: 1, alert: 1, version: 1 }, { unique: true });
schema.index({ tenant: 1, alerts: 1, made: -1 });

export const reportModel = (connection: Connection) => connection.model<ReportRecord>('Report', schema, 'reports');

import { type Connection, Schema } from 'mongoose';
import type { RuleInfo } from '../detect/types.js';
import type { Ecs } from '../event.js';
import type { Observable } from './alerts.js';

/** One rule that fired on one event. */
export interface Detection {
  /** Hash of tenant, event id and rule id. */
  _id: string;
  tenant: string;
  rule: Pick<RuleInfo, 'id' | 'title' | 'level' | 'techniques' | 'tactics' | 'falsepositives'>;
  event: { id: string; time: number; source: string; format: string; ecs: Ecs; original: string };
  observables: Observable[];
  /** Epoch ms when it was stored. */
  created: number;
  /** Number of the alert that it joined; null until triage has seen it. */
  alert: number | null;
  simulated: boolean;
  /** Id of the active exception that hides it: it is never handed to triage. */
  suppressed?: string;
  /** Ids of the exceptions in monitor mode that would have hidden it. */
  monitored?: string[];
}

const schema = new Schema<Detection>(
  {
    _id: { type: String, required: true },
    tenant: { type: String, required: true },
    rule: { type: Schema.Types.Mixed, required: true },
    event: { type: Schema.Types.Mixed, required: true },
    observables: { type: [Schema.Types.Mixed], default: [] } as never,
    created: { type: Number, required: true },
    alert: { type: Number, default: null },
    simulated: { type: Boolean, default: false },
    suppressed: String,
    monitored: { type: [String], default: undefined } as never,
  },
  { versionKey: false, minimize: false },
);
schema.index({ tenant: 1, alert: 1, created: 1 });
// How often a rule fires, and what of it an exception hides.
schema.index({ tenant: 1, 'rule.id': 1, created: -1 });
schema.index({ suppressed: 1, created: -1 }, { sparse: true });
schema.index({ monitored: 1, created: -1 }, { sparse: true });

export const detectionModel = (connection: Connection) =>
  connection.model<Detection>('Detection', schema, 'detections');

import { type Connection, Schema } from 'mongoose';
import type { RuleInfo } from '../detect/types.js';
import type { Ecs } from '../event.js';
import type { Observable } from './alerts.js';

/** What a correlation counted, or a model saw. */
export interface Correlated {
  /** `5 events in 10 min by TargetUserName bob`. */
  text: string;
  group: { field: string; value: string }[];
  /** Events (or detections of correlations below) within its windows. */
  count: number;
  /** Times of the first and last of them, epoch ms. */
  first: number;
  last: number;
  /** The first of them, bounded. */
  events: {
    id: string;
    time: number;
    /** Id of the rule that it matched. */
    rule: string;
    value?: string | number;
    host?: string;
    user?: string;
    ip?: string;
  }[];
}

/** One rule that fired on one event, or one correlation on several. */
export interface Detection {
  /** Hash of tenant, event id and rule id. */
  _id: string;
  tenant: string;
  rule: Pick<RuleInfo, 'id' | 'title' | 'level' | 'techniques' | 'tactics' | 'falsepositives' | 'cves'> & {
    /** Of an indicator: how sure its source is that it is bad, 0 to 100. */
    confidence?: number;
  };
  event: { id: string; time: number; source: string; format: string; ecs: Ecs; original: string };
  observables: Observable[];
  /** Only of a correlation or a hunting model; `event` stands for its events then. */
  correlated?: Correlated;
  /** Only of a hunting model: which, what its finding is called, and its score. */
  finding?: { model: string; key: string; score: number };
  /** Epoch ms when it was stored. */
  created: number;
  /** Number of the alert that it joined; null until triage has seen it; 0 when it is in none. */
  alert: number | null;
  /** Id of the quiet group that it is in, while that is no alert. */
  quiet?: string;
  simulated: boolean;
  /** Made by hand of what was said in the provider's own lane: its words are not shown to the customer. */
  internal?: boolean;
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
    correlated: Schema.Types.Mixed,
    finding: Schema.Types.Mixed,
    created: { type: Number, required: true },
    alert: { type: Number, default: null },
    quiet: String,
    simulated: { type: Boolean, default: false },
    internal: Boolean,
    suppressed: String,
    monitored: { type: [String], default: undefined } as never,
  },
  { versionKey: false, minimize: false },
);
schema.index({ tenant: 1, alert: 1, created: 1 });
schema.index({ quiet: 1 }, { sparse: true });
// How often a rule fires, and what of it an exception hides.
schema.index({ tenant: 1, 'rule.id': 1, created: -1 });
// Alone, because together with a field that all have, sparse would leave nothing out.
schema.index({ suppressed: 1 }, { sparse: true });
schema.index({ monitored: 1 }, { sparse: true });

export const detectionModel = (connection: Connection) =>
  connection.model<Detection>('Detection', schema, 'detections');

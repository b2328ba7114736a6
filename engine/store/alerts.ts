import { type Connection, Schema } from 'mongoose';
import type { Level } from '../detect/types.js';
import type { AlertAnswer } from './answers.js';

export type AlertState = 'new' | 'acknowledged' | 'closed';
export const CLOSE_REASONS = ['true_positive', 'benign', 'false_positive', 'duplicate', 'test'] as const;
export type CloseReason = (typeof CLOSE_REASONS)[number];

/** A value worth remembering. */
export interface Observable {
  kind: 'host' | 'user' | 'ip' | 'domain' | 'hash' | 'file' | 'process';
  value: string;
}

/** One rule's share of an alert. */
export interface AlertRule {
  id: string;
  title: string;
  level: Level;
  techniques: string[];
  tactics: string[];
  count: number;
  /** Epoch ms of the first and last event. */
  first: number;
  last: number;
  /** Id of the detection shown as the example. */
  example: string;
  /** Of an indicator: how sure its source is that it is bad, 0 to 100. */
  confidence?: number;
  /** Of a correlation: what it counted last, `5 events in 10 min by TargetUserName bob`. */
  text?: string;
  /** How much its firing says here, 0 to 1, by how common it is; absent: all. */
  rarity?: number;
  /** Why less than all: `fires on 211 of 430 hosts`. */
  common?: string;
}

/** Something that two detections may share, so that they belong together. */
export interface Link {
  kind: 'host' | 'user' | 'ip' | 'domain' | 'hash' | 'process';
  value: string;
}

/**
 * The detections of one rule that share all their links, without a gap longer than the window. However many there are, they are one
 * strand: alerts are made of strands, so that their size follows what happened and not how often.
 */
export interface Strand extends AlertRule {
  links: Link[];
  /** While strands are put together: those of one group that must stay together. */
  glue?: string;
}

/** A message that somebody wrote in chat. */
export interface Said {
  surface: string;
  channel: string;
  /** The surface's own id of the message. */
  message: string;
  /** Epoch ms: when it was said. */
  at: number;
  /** Who said it: a person's id, or the chat identity of somebody who is not registered. */
  author: string;
  authorName: string;
  text: string;
  /** Address of the message in the surface, or empty. */
  link: string;
  /** Said where the customer does not read along: it is never shown there. */
  internal: boolean;
}

/** What happened to an alert, in order; entries are posted into its thread and never changed. */
export interface AlertEntry {
  /** Unique within the alert. */
  id: string;
  /** Epoch ms. */
  at: number;
  /** Person id, or `mdr`. */
  actor: string;
  actorName: string;
  kind:
    | 'opened'
    | 'grew'
    /** It took another alert in, or was taken in by another. */
    | 'merged'
    /** Another alert belongs to the same campaign. */
    | 'related'
    /** What it was has been found out: an investigation, by its version. */
    | 'investigated'
    | 'acknowledged'
    | 'assigned'
    | 'closed'
    | 'reopened'
    | 'note'
    | 'pinned'
    | 'unpinned'
    | 'evidence'
    /** A file was looked into. */
    | 'examined'
    | 'escalated'
    | 'repeated'
    | 'reminded'
    /** Shown to the customer from here on; not any more. */
    | 'published'
    | 'unpublished'
    /** What one of the customer's people wrote in the customer's lane. */
    | 'replied'
    /** One of the customer's people was asked about it; what they said; that they said nothing. */
    | 'asked'
    | 'answered'
    | 'unanswered'
    /** It became part of a case. */
    | 'handed';
  text: string;
  /** People to be called by their chat identities, where the thread's surface is theirs. */
  calls?: { name: string; identities: string[] }[];
  /** Of a pin, its withdrawal or a file: the message. */
  said?: Said;
  /** Of a pin or its withdrawal: epoch ms when the surface says that it happened, to tell old news. */
  marked?: number;
  /** Of a file: its evidence id. */
  evidence?: string;
  /** Number of the reminder that this is the call of. */
  reminder?: number;
  /** Number of the question that this is about. */
  question?: number;
}

export interface ScoreReason {
  points: number;
  text: string;
  /** The provider's own: not shown to the customer. */
  internal?: true;
}

export interface Alert {
  /** Hash of tenant and the detection that it was opened by. */
  _id: string;
  tenant: string;
  /** What people call it: 1, 2, 3 … per tenant. */
  number: number;
  title: string;
  /** The entity that its detections share. */
  entity: Observable;
  state: AlertState;
  level: Level;
  /** 0–100, the sum of `reasons`, capped. */
  score: number;
  reasons: ScoreReason[];
  rules: AlertRule[];
  /** What it is made of. */
  strands?: Strand[];
  /** By what further strands find it. */
  keys?: string[];
  /** Why its parts belong together, in the order of time (bounded). */
  ties?: string[];
  /** Ids of alerts and quiet groups that it has taken in (bounded). */
  took?: string[];
  /** Number of the alert that has taken it in. */
  mergedInto?: number;
  /** Number of the case that it was handed over to. */
  case?: number;
  /** Number of the first alert of the campaign that it is part of. */
  campaign?: number;
  /** Detections in it, all told. */
  detections: number;
  /** Ids of the latest detections (bounded), to know them again after a crash. */
  recent: string[];
  observables: Observable[];
  /** Event times, epoch ms. */
  first: number;
  last: number;
  /** Record times, epoch ms. */
  created: number;
  updated: number;
  acknowledged?: number;
  closed?: number;
  assignee?: { id: string; name: string };
  reason?: CloseReason;
  /** What people said who were asked about it, oldest first (bounded). */
  answers?: AlertAnswer[];
  /** Since when and by whom the customer is shown it; absent while it is the provider's alone. */
  published?: { at: number; by: { id: string; name: string } };
  log: AlertEntry[];
  /** Whether any of its events is part of a simulation (the demo says so). */
  simulated: boolean;
  /** Raised by one with each change: the optimistic lock, and what the outbox compares. */
  revision: number;
}

const schema = new Schema<Alert>(
  {
    _id: { type: String, required: true },
    tenant: { type: String, required: true },
    number: { type: Number, required: true },
    title: { type: String, required: true },
    entity: { type: Schema.Types.Mixed, required: true },
    state: { type: String, required: true },
    level: { type: String, required: true },
    score: { type: Number, required: true },
    reasons: { type: [Schema.Types.Mixed], default: [] } as never,
    rules: { type: [Schema.Types.Mixed], default: [] } as never,
    strands: { type: [Schema.Types.Mixed], default: undefined } as never,
    keys: { type: [String], default: undefined } as never,
    ties: { type: [String], default: undefined } as never,
    took: { type: [String], default: undefined } as never,
    mergedInto: Number,
    campaign: Number,
    case: Number,
    detections: { type: Number, required: true },
    recent: { type: [String], default: [] },
    observables: { type: [Schema.Types.Mixed], default: [] } as never,
    first: { type: Number, required: true },
    last: { type: Number, required: true },
    created: { type: Number, required: true },
    updated: { type: Number, required: true },
    acknowledged: Number,
    closed: Number,
    assignee: Schema.Types.Mixed,
    reason: String,
    answers: { type: [Schema.Types.Mixed], default: undefined } as never,
    published: Schema.Types.Mixed,
    log: { type: [Schema.Types.Mixed], default: [] } as never,
    simulated: { type: Boolean, default: false },
    revision: { type: Number, required: true },
  },
  { versionKey: false, minimize: false },
);
schema.index({ tenant: 1, number: 1 }, { unique: true });
schema.index({ tenant: 1, state: 1, updated: -1 });
schema.index({ tenant: 1, updated: -1 });
schema.index({ tenant: 1, last: -1 });
schema.index({ tenant: 1, case: 1 });
schema.index({ tenant: 1, 'entity.value': 1, last: -1 });

export const alertModel = (connection: Connection) => connection.model<Alert>('Alert', schema, 'alerts');

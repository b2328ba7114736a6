import { type Connection, Schema } from 'mongoose';
import type { Level } from '../detect/types.js';

/** An alert as a digest shows it. */
export interface DigestItem {
  number: number;
  title: string;
  level: Level;
  score: number;
  entity: string;
  state: 'new' | 'acknowledged';
}

/** What a digest says. Fixed when it is made, so that a second attempt sends the same. */
export interface Digest {
  /** Epoch ms of the first decision in it, and of the digest itself. */
  from: number;
  due: number;
  /** Open alerts by level. */
  counts: Partial<Record<Level, number>>;
  /** The gravest open ones. */
  top: DigestItem[];
  /** Alerts that were closed before the digest. */
  closed: number;
  /** How many were held back because the channel had too many. */
  storm: number;
  /** Repeats: how often which earlier alert came again. */
  repeats: { of: number; count: number; title: string }[];
  /** Every alert in it. */
  numbers: number[];
}

/** What a page says. `trigger` opens, the others follow what people did. */
export interface Page {
  action: 'trigger' | 'acknowledge' | 'resolve';
  number: number;
  run: number;
  title: string;
  level: Level;
  score: number;
  entity: { kind: string; value: string };
  /** Epoch ms: what it is about happened then. */
  at: number;
  /** Why it is sent, in words. */
  reason: string;
  simulated: boolean;
}

/** `due`: to be sent, or to be tried again. `failed`: refused, or tried often enough. `dropped`: nobody needs it any more. */
export type DispatchState = 'due' | 'sent' | 'failed' | 'dropped';

/** One thing that leaves the house by itself, other than an alert's thread: a digest, a page, a test of a way. */
export interface Dispatch {
  /** Hash of what it is: unique, so nothing is sent twice. */
  _id: string;
  tenant: string;
  /** The bot sends what goes to a channel, the engine what goes to a way of the policy. */
  to: { kind: 'channel'; surface: string; channel: string } | { kind: 'way'; name: string };
  content: { kind: 'digest'; digest: Digest } | { kind: 'page'; page: Page } | { kind: 'test'; by: string };
  state: DispatchState;
  attempts: number;
  /** Epoch ms of the next attempt. */
  due: number;
  /** Epoch ms. */
  created: number;
  /** Epoch ms of its end, whichever it was. */
  ended: number | null;
  /** Why the last attempt failed; never holds a secret. */
  error: string;
}

const schema = new Schema<Dispatch>(
  {
    _id: { type: String, required: true },
    tenant: { type: String, required: true },
    to: { type: Schema.Types.Mixed, required: true },
    content: { type: Schema.Types.Mixed, required: true },
    state: { type: String, required: true },
    attempts: { type: Number, required: true },
    due: { type: Number, required: true },
    created: { type: Number, required: true },
    ended: { type: Number, default: null },
    error: { type: String, default: '' },
  },
  { versionKey: false, minimize: false },
);
schema.index({ tenant: 1, state: 1, 'to.kind': 1, due: 1 });
schema.index({ tenant: 1, 'content.page.number': 1 });
schema.index({ tenant: 1, created: -1 });
export const dispatchModel = (connection: Connection) => connection.model<Dispatch>('Dispatch', schema, 'dispatches');

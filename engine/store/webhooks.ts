import { type Connection, Schema } from 'mongoose';

/** Somebody who is told of what happens: a subscription of one tenant. */
export interface Webhook {
  /** Hash of tenant and name. */
  _id: string;
  tenant: string;
  name: string;
  url: string;
  /** `case.*`, `alert.closed`, `*`. */
  events: string[];
  /** `customer`: only what the customer is shown. */
  lane: 'provider' | 'customer';
  /** Name of its secret (engine/notify/secrets.ts); and the one before, which signs too until then. */
  secret: string;
  before: { secret: string; until: number } | null;
  isOn: boolean;
  /** Epoch ms: up to when changes have been looked through. */
  seen: number;
  created: number;
}

/** One event on its way to one webhook. */
export interface WebhookDelivery {
  /** Hash of webhook, record and entry: the same event is delivered under the same id, however often it is sent. */
  _id: string;
  tenant: string;
  webhook: string;
  type: string;
  /** What is sent, letter by letter: fixed when it is made. */
  body: string;
  state: 'due' | 'sent' | 'dead';
  attempts: number;
  /** Epoch ms. */
  due: number;
  created: number;
  ended: number | null;
  error: string;
}

const hooks = new Schema<Webhook>(
  {
    _id: { type: String, required: true },
    tenant: { type: String, required: true },
    name: { type: String, required: true },
    url: { type: String, required: true },
    events: { type: [String], required: true },
    lane: { type: String, required: true },
    secret: { type: String, required: true },
    before: { type: Schema.Types.Mixed, default: null },
    isOn: { type: Boolean, required: true },
    seen: { type: Number, required: true },
    created: { type: Number, required: true },
  },
  { versionKey: false, minimize: false },
);
hooks.index({ tenant: 1, name: 1 }, { unique: true });
export const webhookModel = (connection: Connection) => connection.model<Webhook>('Webhook', hooks, 'webhooks');

const deliveries = new Schema<WebhookDelivery>(
  {
    _id: { type: String, required: true },
    tenant: { type: String, required: true },
    webhook: { type: String, required: true },
    type: { type: String, required: true },
    body: { type: String, required: true },
    state: { type: String, required: true },
    attempts: { type: Number, required: true },
    due: { type: Number, required: true },
    created: { type: Number, required: true },
    ended: { type: Number, default: null },
    error: { type: String, default: '' },
  },
  { versionKey: false },
);
deliveries.index({ tenant: 1, state: 1, due: 1 });
deliveries.index({ tenant: 1, webhook: 1, created: -1 });
export const webhookDeliveryModel = (connection: Connection) =>
  connection.model<WebhookDelivery>('WebhookDelivery', deliveries, 'webhookdeliveries');

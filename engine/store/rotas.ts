import { type Connection, Schema } from 'mongoose';
import type { Plan } from '../oncall/plan.js';

/** Somebody has the duty from one moment to another, whatever the rota says. */
export interface Override {
  person: { id: string; name: string };
  /** Epoch ms. */
  from: number;
  until: number;
  /** Who said so, and when. */
  by: { id: string; name: string };
  at: number;
}

/** Who is on call, for one tenant (`_id` and `tenant` are its id) or for every tenant that has no rota of its own (`*`). */
export interface Rota {
  _id: string;
  tenant: string;
  /** Where it comes from, for people: a file's name or an address without its query. */
  source: string;
  /** A rota of our own kind, from YAML; null when it is a calendar, or there are only overrides. */
  plan: Plan | null;
  /** iCalendar text as it was last read; null when it is none. */
  calendar: string | null;
  /** IANA zone of times in a calendar that name none. */
  zone: string;
  /** Where the calendar is read again and again; null for a file. */
  url: string | null;
  /** Epoch ms: when it was read, and when reading was last tried. */
  read: number;
  tried: number;
  /** Why the last reading failed; empty when it did not. */
  error: string;
  overrides: Override[];
  /** Raised by one with each change: the optimistic lock. */
  revision: number;
}

const schema = new Schema<Rota>(
  {
    _id: { type: String, required: true },
    tenant: { type: String, required: true },
    source: { type: String, default: '' },
    plan: { type: Schema.Types.Mixed, default: null },
    calendar: { type: String, default: null },
    zone: { type: String, required: true },
    url: { type: String, default: null },
    read: { type: Number, default: 0 },
    tried: { type: Number, default: 0 },
    error: { type: String, default: '' },
    overrides: { type: [Schema.Types.Mixed], default: [] } as never,
    revision: { type: Number, required: true },
  },
  { versionKey: false, minimize: false },
);
export const rotaModel = (connection: Connection) => connection.model<Rota>('Rota', schema, 'rotas');

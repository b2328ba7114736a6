import { type Connection, Schema } from 'mongoose';

/** `waiting`: until `due`. `told`: the person was called and has not answered. `done`: nobody needs it any more. */
export type ReminderState = 'waiting' | 'told' | 'done';

/** Somebody wants to be called about an alert at a time. */
export interface Reminder {
  _id: string;
  tenant: string;
  /** What people call it: 1, 2, 3 … per tenant. */
  number: number;
  /** The alert's number. */
  alert: number;
  person: { id: string; name: string };
  text: string;
  /** Epoch ms. */
  due: number;
  state: ReminderState;
  /** How often the person was called. */
  told: number;
  /** Epoch ms. */
  created: number;
  /** The last change of it that a person made. */
  changed: { at: number; id: string; name: string };
}

const schema = new Schema<Reminder>(
  {
    _id: { type: String, required: true },
    tenant: { type: String, required: true },
    number: { type: Number, required: true },
    alert: { type: Number, required: true },
    person: { type: Schema.Types.Mixed, required: true },
    text: { type: String, default: '' },
    due: { type: Number, required: true },
    state: { type: String, required: true },
    told: { type: Number, default: 0 },
    created: { type: Number, required: true },
    changed: { type: Schema.Types.Mixed, required: true },
  },
  { versionKey: false },
);
schema.index({ tenant: 1, number: 1 }, { unique: true });
schema.index({ tenant: 1, state: 1, due: 1 });
schema.index({ tenant: 1, 'person.id': 1, state: 1 });
export const reminderModel = (connection: Connection) => connection.model<Reminder>('Reminder', schema, 'reminders');

import { type Connection, Schema } from 'mongoose';

/**
 * `running`: steps are to come. `finished`: every step was taken, and nobody acknowledged. `acknowledged`, `closed`: somebody did.
 * `dropped`: the policy has no such chain any more.
 */
export type EscalationState = 'running' | 'finished' | 'acknowledged' | 'closed' | 'dropped';

/** How far an alert's chain of people and pages has come. One for each alert that escalates. */
export interface Escalation {
  /** Hash of tenant and alert. */
  _id: string;
  tenant: string;
  /** The alert's number. */
  number: number;
  /** Name of the chain in the policy; what its steps are is read from the policy at each step. */
  chain: string;
  state: EscalationState;
  /** Raised when the alert is reopened and the chain begins again: keeps the ids of its steps apart. */
  run: number;
  /** Epoch ms when this run began. */
  start: number;
  round: number;
  step: number;
  /** Epoch ms of the next step; null when there is none. */
  due: number | null;
  /** Raised by one with each change: the optimistic lock. */
  revision: number;
}

const schema = new Schema<Escalation>(
  {
    _id: { type: String, required: true },
    tenant: { type: String, required: true },
    number: { type: Number, required: true },
    chain: { type: String, required: true },
    state: { type: String, required: true },
    run: { type: Number, required: true },
    start: { type: Number, required: true },
    round: { type: Number, required: true },
    step: { type: Number, required: true },
    due: { type: Number, default: null },
    revision: { type: Number, required: true },
  },
  { versionKey: false },
);
schema.index({ tenant: 1, number: 1 });
schema.index({ tenant: 1, state: 1, due: 1 });
export const escalationModel = (connection: Connection) =>
  connection.model<Escalation>('Escalation', schema, 'escalations');

import { type Connection, Schema } from 'mongoose';

export type LessonState = 'open' | 'accepted' | 'refused';

/** What a case suggests to write into a playbook. Nothing is written by itself: a person decides, and the operator applies it. */
export interface Lesson {
  /** Hash of tenant, case, playbook and the text after it: the same is proposed once. */
  _id: string;
  tenant: string;
  /** What people call it: L1, L2 … per tenant. */
  number: number;
  case: number;
  /** Id of the playbook whose file it is about. */
  playbook: string;
  /** Hash of what the file said when it was made; null: there is none, it is a new one. */
  version: string | null;
  /** The whole file after it, and the way there as a unified diff. */
  after: string;
  diff: string;
  reasons: { text: string; from: string[] }[];
  /** Found too, and not put into the text. */
  left: { text: string; from: string[] }[];
  state: LessonState;
  by: { id: string; name: string };
  /** Who decided, and why. */
  decided?: { at: number; by: { id: string; name: string }; reason: string };
  /** Since when its text stands in the file of an installation, and who put it there. */
  applied?: { at: number; by: string };
  /** Epoch ms. */
  created: number;
  /** Raised by one with each change: the optimistic lock. */
  revision: number;
}

const mixed = { type: [Schema.Types.Mixed], default: [] } as never;
const schema = new Schema<Lesson>(
  {
    _id: { type: String, required: true },
    tenant: { type: String, required: true },
    number: { type: Number, required: true },
    case: { type: Number, required: true },
    playbook: { type: String, required: true },
    version: { type: String, default: null },
    after: { type: String, required: true },
    diff: { type: String, required: true },
    reasons: mixed,
    left: mixed,
    state: { type: String, required: true },
    by: { type: Schema.Types.Mixed, required: true } as never,
    decided: Schema.Types.Mixed,
    applied: Schema.Types.Mixed,
    created: { type: Number, required: true },
    revision: { type: Number, required: true },
  },
  { versionKey: false, minimize: false },
);
schema.index({ tenant: 1, number: 1 }, { unique: true });
schema.index({ tenant: 1, case: 1 });

export const lessonModel = (connection: Connection) => connection.model<Lesson>('Lesson', schema, 'lessons');

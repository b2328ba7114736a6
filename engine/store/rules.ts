import { type Connection, Schema } from 'mongoose';
import type { Level } from '../detect/types.js';

/** A rule as people look it up. Workers publish those that they run; nothing is detected from here. */
export interface CatalogRule {
  /** Hash of pack and rule id. */
  _id: string;
  /** `mdr` (our own), `local` (the folders of MDR_RULES) or the name of a rule set. */
  pack: string;
  /** Hash of the pack's content: rows of another digest are left-overs. */
  digest: string;
  /** The rule's own id. */
  id: string;
  title: string;
  level: Level;
  kind: 'detection' | 'correlation' | 'filter';
  description: string;
  /** `product/category/service`, `*` for what the rule leaves open. */
  logsource: string;
  techniques: string[];
  tactics: string[];
  tags: string[];
  file: string;
  falsepositives: string[];
  /** What to look at when it fires. */
  triage: string[];
  /** Playbook that answers it. */
  response: string;
  /** What it looks for, in plain words, a line each. */
  looksFor: string[];
  /** Why it does not run; empty when it does. */
  problem: string;
  /** Title, description, tags and log source in lower case: what a search looks through. */
  text: string;
}

const schema = new Schema<CatalogRule>(
  {
    _id: { type: String, required: true },
    pack: { type: String, required: true },
    digest: { type: String, required: true },
    id: { type: String, required: true },
    title: { type: String, required: true },
    level: { type: String, required: true },
    kind: { type: String, required: true },
    description: { type: String, default: '' },
    logsource: { type: String, default: '' },
    techniques: { type: [String], default: [] },
    tactics: { type: [String], default: [] },
    tags: { type: [String], default: [] },
    file: { type: String, default: '' },
    falsepositives: { type: [String], default: [] },
    triage: { type: [String], default: [] },
    response: { type: String, default: '' },
    looksFor: { type: [String], default: [] },
    problem: { type: String, default: '' },
    text: { type: String, default: '' },
  },
  { versionKey: false },
);
schema.index({ pack: 1, digest: 1 });
schema.index({ id: 1 });

export const catalogModel = (connection: Connection) => connection.model<CatalogRule>('CatalogRule', schema, 'rules');

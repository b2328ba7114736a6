import { type Connection, Schema } from 'mongoose';

export const RULESET_NAME = /^[a-z0-9](?:[a-z0-9-]{0,38}[a-z0-9])?$/;

/** What happened to a rule set, in order. */
export interface RulesetEntry {
  /** Epoch ms. */
  at: number;
  actor: string;
  kind: 'imported' | 'activated' | 'deactivated' | 'rolled back';
  version: number | null;
  text: string;
}

/** Rules from elsewhere, under one name, in versions. One of them may be active: that one runs, for every tenant. */
export interface Ruleset {
  /** Its name. */
  _id: string;
  active: number | null;
  /** The version that was active before; what `rollback` goes to. */
  previous: number | null;
  latest: number;
  log: RulesetEntry[];
  revision: number;
}

/** One import of a rule set. Never changed. */
export interface RulesetVersion {
  /** `<name>@<version>`. */
  _id: string;
  set: string;
  version: number;
  /** Where it came from, without credentials; `commit` for git. */
  source: string;
  commit: string | null;
  created: number;
  actor: string;
  /** SHA-256 of the files' names and contents. */
  digest: string;
  files: number;
  rules: number;
  /** Rules left out when it was read; the first ones. */
  problems: { file: string; line: number; rule: string; code: string; reason: string }[];
  /** All rules left out. */
  problemCount: number;
  /** How many parts hold its content. */
  parts: number;
}

/** A piece of a version's files: gzip of JSON, cut to stay below MongoDB's 16 MiB. */
export interface RulesetPart {
  /** `<name>@<version>#<n>`, from 0. */
  _id: string;
  set: string;
  version: number;
  data: Buffer;
}

const setSchema = new Schema<Ruleset>(
  {
    _id: { type: String, required: true },
    active: { type: Number, default: null },
    previous: { type: Number, default: null },
    latest: { type: Number, required: true },
    log: { type: [Schema.Types.Mixed], default: [] } as never,
    revision: { type: Number, required: true },
  },
  { versionKey: false, minimize: false },
);
const versionSchema = new Schema<RulesetVersion>(
  {
    _id: { type: String, required: true },
    set: { type: String, required: true },
    version: { type: Number, required: true },
    source: { type: String, required: true },
    commit: { type: String, default: null },
    created: { type: Number, required: true },
    actor: { type: String, required: true },
    digest: { type: String, required: true },
    files: { type: Number, required: true },
    rules: { type: Number, required: true },
    problems: { type: [Schema.Types.Mixed], default: [] } as never,
    problemCount: { type: Number, default: 0 },
    parts: { type: Number, required: true },
  },
  { versionKey: false, minimize: false },
);
versionSchema.index({ set: 1, version: -1 });
const partSchema = new Schema<RulesetPart>(
  {
    _id: { type: String, required: true },
    set: { type: String, required: true },
    version: { type: Number, required: true },
    data: { type: Buffer, required: true } as never,
  },
  { versionKey: false },
);
partSchema.index({ set: 1, version: 1 });

export const rulesetModel = (connection: Connection) => connection.model<Ruleset>('Ruleset', setSchema, 'rulesets');
export const rulesetVersionModel = (connection: Connection) =>
  connection.model<RulesetVersion>('RulesetVersion', versionSchema, 'rulesetversions');
export const rulesetPartModel = (connection: Connection) =>
  connection.model<RulesetPart>('RulesetPart', partSchema, 'rulesetparts');

import { z } from 'zod';
import { readTaxonomy } from '../taxonomy.js';

/** Where a value stands in a record: a name, a path with dots, or the parts of a path whose names hold dots. */
const place = z.union([z.string(), z.array(z.string()).min(2)]);
const places = z.union([z.string().transform((name) => [name]), z.array(place).min(1)]);
const byName = z.record(z.string(), places).default({});

const outcome = z.strictObject({
  names: places,
  success: z.array(z.string()).default([]),
  failure: z.array(z.string()).default([]),
  /** The value is an HTTP status: below 400 is success. */
  http: z.boolean().default(false),
  otherwise: z.enum(['success', 'failure']).optional(),
  absent: z.enum(['success', 'failure']).optional(),
});

const pairs = z.strictObject({
  from: places,
  name: z.string(),
  value: z.array(z.string()).min(1),
  prefix: z.string().default(''),
  case: z.enum(['as-is', 'lower', 'lower-first']).default('as-is'),
  /** The value is JSON text of a text: `"\"No\""`. */
  quoted: z.boolean().default(false),
});

const source = z.strictObject({
  product: z.string().optional(),
  service: z.string().default(''),
  sigma: z.array(z.string()).default([]),
});

const mapping = z.strictObject({
  times: places.optional(),
  fields: byName,
  replace: byName,
  all: byName,
  texts: byName,
  joined: byName,
  pairs: z.array(pairs).default([]),
  constants: z.record(z.string(), z.string()).default({}),
  words: z.record(z.string(), z.record(z.string(), z.string())).default({}),
  ecs: byName,
  outcome: outcome.optional(),
  category: z.string().optional(),
  provider: z.string().optional(),
  /** The record is of a packet or connection: `blocked` follows from `action`. */
  verdict: z.boolean().default(false),
  /** The record is of a web request: its address is taken apart, see `web.ts`. */
  request: z.boolean().default(false),
});

const kind = mapping.extend({
  has: z.array(z.string()).default([]),
  is: z.record(z.string(), z.array(z.string()).min(1)).default({}),
  product: z.string().optional(),
  service: z.string().default(''),
  sigma: z.array(z.string()).default([]),
  also: z.array(source).default([]),
  like: z.string().optional(),
  signs: z.array(z.string()).default([]),
  columns: z
    .string()
    .transform((names) => names.trim().split(/\s+/))
    .optional(),
});

/**
 * A file of `engine/ingest/taxonomy/` that maps one format's records: `taxonomy/README.md` tells what each entry means.
 */
const file = z.strictObject({
  product: z.string().default(''),
  dataset: z.string().optional(),
  common: mapping.prefault({}),
  kinds: z.record(z.string(), kind),
});

export type Place = z.infer<typeof place>;
export type Mapping = z.infer<typeof mapping>;
export type GivenKind = z.infer<typeof kind>;
export type GivenOutcome = z.infer<typeof outcome>;
export type MappingFile = z.infer<typeof file>;

/** @param name of the file, without its ending */
export const readMapping = (name: string): MappingFile => readTaxonomy<MappingFile>(name, file);

import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { parse } from 'yaml';
import { z } from 'zod';
import { projectRoot } from '../../engine/root.js';
import { profileSchema, TENANT_ID } from '../../engine/store/tenants.js';

const vars = z.record(z.string(), z.unknown());
const ruleFiles = z.array(z.string().regex(/^[a-z0-9-]+\.yml$/));

const shape = z.strictObject({
  source: z.string(),
  format: z.string(),
  defaults: vars.default({}),
  /** A JSON record, or a line of text. */
  record: vars.optional(),
  line: z.string().optional(),
});

const record = z.strictObject({
  shape: z.string(),
  /** Seconds after the step. */
  after: z.number().default(0),
  repeat: z.strictObject({ times: z.number().int(), every: z.number() }).default({ times: 1, every: 0 }),
  set: vars.default({}),
});

const step = z.strictObject({
  id: z.string(),
  /** Seconds after the intrusion's beginning. */
  at: z.number(),
  tactic: z.string(),
  technique: z.string(),
  summary: z.string(),
  rules: ruleFiles,
  use: z.array(z.string()).default([]),
  records: z.array(record),
});
export type DemoStep = z.infer<typeof step>;
export type DemoShape = z.infer<typeof shape>;

const template = z.strictObject({
  id: z.string(),
  weight: z.number(),
  shape: z.string(),
  choose: z.array(z.string()).default([]),
  set: vars.default({}),
});

const once = z.strictObject({ id: z.string(), at: z.number(), shape: z.string(), rules: ruleFiles, set: vars });

const shapesSchema = z.record(z.string(), shape);
const intrusionSchema = z.strictObject({ vars: z.record(z.string(), vars), steps: z.array(step) });
const noiseSchema = z.strictObject({
  lists: z.record(z.string(), z.array(vars)),
  templates: z.array(template),
  once: z.array(once),
});
const tenantSchema = z.strictObject({ id: z.string().regex(TENANT_ID), name: z.string(), profile: profileSchema });

function read<T>(name: string, schema: z.ZodType<T>): T {
  const text = readFileSync(join(projectRoot, 'bin/demo', `${name}.yaml`), 'utf8');
  return schema.parse(parse(text, { merge: true }));
}

/** How records look on the wire, by name. */
export const demoShapes = () => read('shapes', shapesSchema);
/** The simulated intrusion: what each step does, why, and the rules that it must match. */
export const demoIntrusion = () => read('intrusion', intrusionSchema);
/** The ordinary activity around it, and the few look-alikes with the rules that they match. */
export const demoNoise = () => read('noise', noiseSchema);
/** The demo's customer. */
export const demoTenant = () => read('tenant', tenantSchema);

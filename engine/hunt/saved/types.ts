import { z } from 'zod';
import { DATASETS } from '../../lake/index.js';

export const AREAS = [
  'windows',
  'active-directory',
  'linux',
  'dns',
  'web',
  'network',
  'cloud',
  'identity',
  'email',
  'any',
] as const;

const parameter = z.strictObject({
  /** `list`: values separated by commas, bound as a list. */
  type: z.enum(['text', 'number', 'list']),
  default: z.union([z.string(), z.number(), z.array(z.string())]),
  why: z.string().min(5),
});

/** Records that a hunt must list, or must not: `{time}`, `{epoch}`, `{n}` and others are filled in (test/hunt/saved/planted.ts). */
const planted = z.strictObject({
  /** What it stands for. */
  what: z.string().min(5),
  /** Rows must (or must not) show this text. */
  shows: z.string().min(1),
  repeat: z.number().int().min(1).max(2000).default(1),
  /** Between two of them, in seconds. */
  step: z.number().min(0).default(60),
  /** Before the end of the period, in hours. */
  ago: z.number().min(0).default(24),
  event: z.union([z.string(), z.record(z.string(), z.unknown())]),
});

/** A saved hunt: one YAML file, named by its id. */
export const savedSchema = z.strictObject({
  id: z.string().regex(/^[a-z0-9][a-z0-9-]{2,60}$/),
  title: z.string().min(10).max(100),
  area: z.enum(AREAS),
  /** What is thought to be so, as a sentence that can be wrong. */
  hypothesis: z.string().min(30).max(1500),
  techniques: z.array(z.string().regex(/^T\d{4}(?:\.\d{3})?$/)).min(1),
  /** Data sets without which it says nothing. */
  data: z.array(z.enum(DATASETS)).min(1),
  /** What must be logged for that. */
  needs: z.string().min(10).max(600),
  parameters: z.record(z.string().regex(/^[a-z][a-z_]{1,30}$/), parameter).default({}),
  /** Over how long it looks when nobody says. */
  period: z.string().default('last 7d'),
  /** Days before the period that it compares with: the query gets `$since`, where the period begins. */
  baseline: z.number().int().min(1).max(90).optional(),
  query: z.string().min(20).max(8000),
  look_for: z.array(z.string().min(10)).min(1),
  benign: z.array(z.string().min(10)).min(1),
  chart: z.strictObject({ kind: z.enum(['bar', 'line']), x: z.string(), y: z.string() }).optional(),
  /** `logsource` and `detection` of a rule that would find the same event by event, where one can. */
  sigma: z
    .strictObject({ logsource: z.record(z.string(), z.string()), detection: z.record(z.string(), z.unknown()) })
    .optional(),
  examples: z.strictObject({ finds: z.array(planted).min(1), ignores: z.array(planted).min(1) }),
});
export type SavedHunt = z.infer<typeof savedSchema>;

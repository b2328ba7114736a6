import { z } from 'zod';
import { type Condition, EVIDENCE, PARTIES, UNITS } from './types.js';

const sentence = z.string().min(1).max(600);
const word = z
  .string()
  .regex(/^[A-Za-z0-9_.:$#@-]+$/)
  .max(120);
const day = z.iso.date();
const clock = z.string().regex(/^(?:[01]\d|2[0-3]):[0-5]\d$/);

const counted = { count: word, in: word.optional() };
const people = z.int().min(0).max(10_000_000_000);

/** A condition on facts (types.ts). */
export const conditionSchema: z.ZodType<Condition> = z.lazy(() =>
  z.union([
    z.strictObject({ all: z.array(conditionSchema).max(20) }),
    z.strictObject({ any: z.array(conditionSchema).min(1).max(20) }),
    z.strictObject({ not: conditionSchema }),
    z.strictObject({ fact: word, is: z.union([z.boolean(), word]) }),
    z.strictObject({ role: word }),
    z.strictObject({ law: word }),
    z.strictObject({ residents: word }),
    z.strictObject({ ...counted, 'more-than': people }),
    z.strictObject({ ...counted, 'at-least': people }),
    z.strictObject({ ...counted, 'fewer-than': people }),
  ]),
);

const names = z.union([word, z.array(word).min(1)]).transform((value) => (typeof value === 'string' ? [value] : value));

const limit = z.strictObject({
  within: z.int().min(0).max(3650),
  unit: z.enum(UNITS),
  from: names,
  unless: z.strictObject({ anchor: word, later: z.int().min(1).max(8760) }).optional(),
  calendar: z.string().optional(),
  zone: z.string().optional(),
  closes: clock.optional(),
  latest: z.boolean().optional(),
  relief: clock.optional(),
});

/** A file of regimes/, without its name. */
export const regimeSchema = z.strictObject({
  title: sentence,
  law: sentence,
  version: z.int().min(1),
  status: z.enum(['in force', 'proposed', 'unverified']),
  evidence: z.enum(EVIDENCE),
  sources: z.array(sentence).min(1),
  verified: z
    .string()
    .regex(/^\d{4}-\d\d(?:-\d\d)?$/)
    .nullable()
    .default(null),
  reviewer: z.string().max(200).nullable().default(null),
  effective: z.strictObject({ from: day.nullable().default(null), to: day.nullable().default(null) }).prefault({}),
  owes: z
    .array(z.strictObject({ party: z.enum(PARTIES), role: word.nullable().default(null) }))
    .min(1)
    .max(6),
  to: sentence,
  when: conditionSchema,
  per: z.union([word, z.array(word).min(1)]).optional(),
  deadline: z.strictObject({
    text: sentence,
    limits: z.array(limit).max(4).default([]),
    target: z.strictObject({ hours: z.int().min(1).max(8760), from: names }).optional(),
  }),
  exceptions: z
    .array(z.strictObject({ id: word, text: sentence, when: conditionSchema.nullable().default(null) }))
    .default([]),
  pause: z.string().max(300).nullable().default(null),
  content: z.array(sentence).min(1),
  late: z.string().max(300).default(''),
  parallel: z.array(word).default([]),
  notes: z.string().max(1200).default(''),
});

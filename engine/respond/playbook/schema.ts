import { z } from 'zod';
import { KINDS, ON_FAIL, PHASES, type Playbook, ROLES, type Step } from './types.js';

/** `constructor` is a name that every object has. */
export const ID = /^(?!constructor$)[a-z][a-z0-9]*(?:-[a-z0-9]+)*$/;
export const DURATION = /^[1-9]\d{0,4}[smhd]$/;
const MOST_STEPS = 60;

const id = z.string().max(60).regex(ID).describe('lower-case words with hyphens');
const line = z.string().min(1).max(200);
const text = z.string().min(1).max(2000);
const guard = z.string().min(1).max(500).describe('a condition: names, "texts", numbers, == != in and or not ( )');
const duration = z.string().regex(DURATION).describe('30s, 15m, 4h, 2d');
const role = z.enum(ROLES);
const values = z.record(id, z.union([z.string().max(2000), z.number(), z.boolean()]));

const base = {
  id,
  title: line.describe('what an analyst reads in the list of steps'),
  phase: z.enum(PHASES).optional(),
  role: role.default('analyst').describe('who does it'),
  lane: z.enum(['provider', 'customer']).default('provider').describe('whose people see it'),
  when: guard.optional(),
  needs: z.array(id).min(1).max(10).optional(),
  timeout: duration.optional(),
  retries: z.strictObject({ times: z.int().min(1).max(10), every: duration }).optional(),
  onFail: z.enum(ON_FAIL).default('ask'),
  tags: z
    .array(z.string().regex(/^(?:[A-Z]{2}\.[A-Z]{2}|RA\d{4}|D3-[A-Z]{1,8})$/))
    .max(10)
    .default([]),
  note: text.optional(),
};

const steps: z.ZodType<Step[]> = z.lazy(() => z.array(step).min(1).max(MOST_STEPS));
const step: z.ZodType<Step> = z.lazy(() =>
  z.discriminatedUnion('type', [
    z.strictObject({
      type: z.literal('manual'),
      ...base,
      do: text,
      doneWhen: text.describe('how to know that it is done'),
      answers: z.record(id, z.strictObject({ kind: z.enum(KINDS), about: line })).optional(),
    }),
    z.strictObject({
      type: z.literal('action'),
      ...base,
      action: id,
      with: values.default({}),
      approver: role.optional(),
    }),
    z.strictObject({
      type: z.literal('decision'),
      ...base,
      ask: text,
      choices: z
        .array(z.strictObject({ id, label: line, when: guard.optional(), steps: stepsOrNone }))
        .min(2)
        .max(8),
    }),
    z.strictObject({
      type: z.literal('parallel'),
      ...base,
      branches: z.array(z.strictObject({ id, steps })).min(2).max(8),
    }),
    z.strictObject({ type: z.literal('wait'), ...base, for: duration.optional(), until: id.optional() }),
    z.strictObject({ type: z.literal('approval'), ...base, ask: text, approver: role }),
    z.strictObject({ type: z.literal('playbook'), ...base, playbook: id, with: values.default({}) }),
    z.strictObject({
      type: z.literal('loop'),
      ...base,
      over: line.describe('{name} of a list'),
      as: id,
      atOnce: z.boolean().default(false).describe('all at once instead of one after the other'),
      steps,
    }),
    z.strictObject({ type: z.literal('finish'), ...base, outcome: line }),
  ]),
);
const stepsOrNone: z.ZodType<Step[]> = z.lazy(() => z.array(step).max(MOST_STEPS));

/** A playbook as it stands in its file; what has a default may be left out. */
export const playbookSchema: z.ZodType<Playbook> = z.strictObject({
  id,
  name: line,
  use: z.enum(['incident', 'part']),
  summary: text,
  for: z
    .strictObject({
      techniques: z
        .array(z.string().regex(/^T\d{4}(?:\.\d{3})?$/))
        .max(100)
        .optional(),
      responses: z.array(id).max(20).optional(),
      tags: z.array(z.string().max(100)).max(50).optional(),
    })
    .optional(),
  inputs: z
    .record(id, z.strictObject({ kind: z.enum(KINDS), about: line, optional: z.boolean().optional() }))
    .default({}),
  outputs: z.record(id, z.strictObject({ from: line, about: line })).default({}),
  questions: z
    .array(z.strictObject({ ask: text, why: text }))
    .max(30)
    .default([]),
  containment: z
    .array(z.strictObject({ option: text, effect: text, choose: text }))
    .max(20)
    .default([]),
  references: z.array(z.url().max(300)).max(20).default([]),
  steps,
});

/** The JSON Schema that editors use: `playbooks/schema.json`. */
export function playbookJsonSchema(): object {
  const schema = z.toJSONSchema(playbookSchema, { io: 'input' });
  return { ...schema, title: 'mdr playbook' };
}

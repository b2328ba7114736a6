import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { parse } from 'yaml';
import { z } from 'zod';
import { LEVELS } from '../detect/types.js';
import { MdrError } from '../errors.js';
import { projectRoot } from '../root.js';

const share = z.number().min(0).max(1);
const points = z.number().min(0).max(100);
const counted = z.strictObject({ confirmed: points, unconfirmed: points });
const names = z.array(z.string().max(200).toLowerCase()).max(200);
const several = z.strictObject({ each: points, most: points });
const schema = z.strictObject({
  levels: z.strictObject({ informational: points, low: points, medium: points, high: points, critical: points }),
  from: z
    .strictObject({ low: points, medium: points, high: points, critical: points })
    .refine(({ low, medium, high, critical }) => low <= medium && medium <= high && high <= critical, {
      message: 'each level begins no lower than the one before it',
    }),
  opens: z.strictObject({
    from: points,
    least: points,
    learning: z.strictObject({ hosts: z.number().int().min(1), days: z.number().int().min(0).max(14), from: points }),
  }),
  rules: several,
  tactics: several,
  // Parts with a default are younger than the others: a copy may have been made before.
  progress: z
    .strictObject({ each: points, from: z.number().int().min(2).max(14), distance: points, most: points })
    .default({ each: 1, from: 3, distance: 8, most: 12 }),
  indicator: z.strictObject({ most: points }).default({ most: 8 }),
  crownJewel: points,
  data: z
    .strictObject({ PCI: points, PHI: points, PII: points, confidential: points, most: points })
    .default({ PCI: 6, PHI: 6, PII: 4, confidential: 3, most: 10 }),
  privileged: z.strictObject({ points, named: points.default(2), accounts: names, groups: names.default([]) }),
  trust: z
    .strictObject({
      real: z.number().positive().max(1000),
      false: z.number().positive().max(1000),
      benign: z.number().min(0).max(1),
      least: z.number().min(0).max(1),
      most: z.number().min(1).max(2),
      always: z.array(z.enum(LEVELS)),
    })
    .describe('see weights.yaml'),
  rarity: z.strictObject({
    hosts: z.number().int().min(1),
    few: z.number().min(1).max(1000),
    fewShare: z.number().min(0).max(1),
    steep: z.number().min(0.1).max(5),
    regular: z.number().min(0).max(1),
    sudden: z.array(z.enum(LEVELS)),
    least: z.strictObject({ informational: share, low: share, medium: share, high: share, critical: share }),
  }),
  answers: z
    .strictObject({
      no: counted,
      unsure: counted,
      yes: counted,
      most: points,
      least: points,
      always: z.array(z.enum(LEVELS)),
    })
    // A copy that was made before there were answers.
    .default({
      ...{ no: { confirmed: 25, unconfirmed: 5 }, unsure: { confirmed: 5, unconfirmed: 0 } },
      ...{ yes: { confirmed: 20, unconfirmed: 0 }, most: 30, least: 20, always: ['critical'] },
    }),
});
/** What each part of a score weighs; `weights.yaml` explains them. */
export type Weights = z.infer<typeof schema>;

const MAX_BYTES = 64 * 1024;

/** @throws MdrError MDR_CONFIG naming what is wrong, MDR_FILE_UNREADABLE */
export function readWeights(path: string): Weights {
  let text: string;
  try {
    text = readFileSync(path, 'utf8');
  } catch (cause) {
    throw new MdrError('MDR_FILE_UNREADABLE', `cannot read "${path}".`, 'Name a copy of engine/triage/weights.yaml.', {
      cause,
    });
  }
  const parsed = schema.safeParse(text.length <= MAX_BYTES ? parsedYaml(text) : null);
  if (parsed.success) return parsed.data;
  const first = parsed.error.issues[0];
  throw new MdrError(
    'MDR_CONFIG',
    `"${path}" holds no weights: ${first?.path.join('.') || 'the file'}: ${first?.message}.`,
    'Compare it with engine/triage/weights.yaml.',
  );
}

function parsedYaml(text: string): unknown {
  try {
    return parse(text, { maxAliasCount: 0 });
  } catch {
    return null;
  }
}

/** Those that count. */
export const WEIGHTS: Weights = readWeights(join(projectRoot, 'engine/triage/weights.yaml'));

import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { parseAllDocuments } from 'yaml';
import { z } from 'zod';
import { ownRules } from '../../engine/detect/index.js';
import { LEVELS } from '../../engine/detect/types.js';

const TAG = /^attack\.(t\d{4}(?:\.\d{3})?|[a-z-]+)$/;
const level = z.enum(LEVELS as [string, ...string[]]);
const day = z
  .string()
  .regex(/^\d{4}-\d{2}-\d{2}$/)
  .refine((text) => new Date(text).toISOString().startsWith(text), 'no such day');
const sentence = z.string().min(20).max(600);
const logsource = z
  .strictObject({ product: z.string().optional(), category: z.string().optional(), service: z.string().optional() })
  .refine(({ category, service }) => category !== undefined || service !== undefined, 'category or service is missing');
const detection = z.record(z.string(), z.unknown());
const correlation = z.strictObject({
  type: z.string(),
  rules: z.array(z.string()).min(1),
  'group-by': z.array(z.string()).min(1),
  timespan: z.string().regex(/^\d+[smhd]$/),
  condition: z.union([z.string(), z.record(z.string(), z.unknown())]).optional(),
});
const about = {
  title: z.string().min(10).max(100),
  id: z.uuid({ version: 'v4' }),
  status: z.enum(['stable', 'test', 'experimental']),
  author: z.literal('mdr'),
  date: day,
};

/** What every rule of ours must hold; stricter than Sigma. */
export const ownRule = z
  .strictObject({
    ...about,
    description: sentence,
    references: z.array(z.string().regex(/^https:\/\/attack\.mitre\.org\/techniques\/T\d{4}\/(?:\d{3}\/)?$/)).min(1),
    tags: z.array(z.string().regex(TAG)).min(2),
    logsource: logsource.optional(),
    detection: detection.optional(),
    correlation: correlation.optional(),
    falsepositives: z.array(z.string().min(10)).min(1),
    level,
    mdr: z.strictObject({
      response: z.string().regex(/^[a-z0-9-]+$/),
      /** Requirements that it covers; test/compliance/ checks that there are such. */
      compliance: z.array(z.string()).min(1).optional(),
      triage: z.array(sentence).min(2).max(4),
      examples: z.strictObject({ positive: z.array(z.unknown()).min(1), negative: z.array(z.unknown()).min(2) }),
    }),
  })
  .refine((rule) => (rule.correlation ? !rule.detection : rule.logsource && rule.detection), 'detect or correlate');
export type OwnRule = z.infer<typeof ownRule>;

/** A rule of which nothing is heard but through the correlation in the same file. */
export const baseRule = z
  .strictObject({
    ...about,
    name: z.string().regex(/^[a-z0-9_]+$/),
    description: sentence,
    falsepositives: z.array(z.string().min(10)).min(1),
    logsource: logsource.optional(),
    detection: detection.optional(),
    correlation: correlation.optional(),
    level: z.literal('informational'),
  })
  .refine((rule) => (rule.correlation ? !rule.detection : rule.logsource && rule.detection), 'detect or correlate');
export type BaseRule = z.infer<typeof baseRule>;

/** One file of the pack: its rule is the last document; those before only feed it. */
export interface PackFile {
  file: string;
  rule: OwnRule;
  bases: BaseRule[];
}

/** Every file of the pack, not yet checked. */
export function packFiles(): PackFile[] {
  return readdirSync(ownRules)
    .filter((name) => name !== 'README.md')
    .sort()
    .map((file) => {
      const documents = parseAllDocuments(readFileSync(join(ownRules, file), 'utf8'));
      const all = ('empty' in documents ? [] : documents).map((each) => each.toJS({ maxAliasCount: 50 }));
      return { file, rule: all.at(-1) as OwnRule, bases: all.slice(0, -1) as BaseRule[] };
    });
}

/** What a file's rule reads. */
export const readsOf = ({ rule, bases }: PackFile) =>
  [rule, ...bases].flatMap(({ logsource: reads }) => (reads ? [reads] : []));

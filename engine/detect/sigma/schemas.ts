import { z } from 'zod';

const text = z.string().max(20_000);
const label = z.union([z.string(), z.number()]).transform(String);
const scalarList = z.array(label).max(500);
const strings = z
  .union([text, scalarList])
  .nullish()
  .transform((value) => (value == null ? [] : typeof value === 'string' ? [value] : value));
const optional = text.nullish().transform((value) => value ?? '');
const logsource = z.object({
  product: text.nullish(),
  category: text.nullish(),
  service: text.nullish(),
});
const conditional = (what: string) => (map: Record<string, unknown>, context: z.RefinementCtx) => {
  if (!('condition' in map)) context.addIssue({ code: 'custom', message: `${what} has no condition` });
};

/** What the three kinds of document share; everything else in a file is left alone. */
const common = {
  title: text.min(1),
  id: label.optional(),
  /** What other documents may call it by. */
  name: optional,
  description: optional,
  level: z.enum(['informational', 'low', 'medium', 'high', 'critical']).catch('medium'),
  tags: strings,
  falsepositives: strings,
};

export const ruleSchema = z.object({
  ...common,
  logsource,
  detection: z.record(z.string(), z.unknown()).superRefine(conditional('detection')),
});

/** Most rules that one correlation or filter may name. */
const MAX_RULES = 500;
const references = z.union([label, z.array(label).max(MAX_RULES)]).transform((v) => (Array.isArray(v) ? v : [v]));

export const correlationSchema = z.object({
  ...common,
  correlation: z.object({
    type: z.string(),
    rules: references.nullish(),
    'group-by': z
      .union([label, z.array(label).max(10)])
      .nullish()
      .transform((v) => (v == null ? [] : Array.isArray(v) ? v : [v])),
    timespan: z.union([z.string(), z.number()]).transform(String),
    aliases: z
      .record(z.string(), z.record(z.string(), z.string()))
      .nullish()
      .transform((v) => v ?? {}),
    condition: z.unknown().optional(),
    generate: z.boolean().optional(),
  }),
  /** Older rules say it beside the correlation. */
  generate: z.boolean().optional(),
});

export const filterSchema = z.object({
  ...common,
  logsource,
  filter: z
    .looseObject({ rules: references })
    .superRefine(conditional('filter'))
    .refine((map) => typeof map.condition === 'string', 'the condition of a filter is one text'),
});

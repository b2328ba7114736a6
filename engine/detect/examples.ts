import { z } from 'zod';
import { MdrError } from '../errors.js';

/** No example needs more; a rule file must not fill the memory. */
const MAX_RECORDS = 2000;
const START = Date.UTC(2026, 10, 20, 8);
const UNITS = { s: 1000, m: 60_000, h: 3_600_000, d: 86_400_000 };

const record = z.union([z.string().min(1), z.record(z.string(), z.unknown())]);
const span = z
  .string()
  .regex(/^\d{1,6}[smhd]$/)
  .transform((text) => Number(text.slice(0, -1)) * UNITS[text.at(-1) as keyof typeof UNITS]);

/** Records over time, as correlation rules need them. */
const sequence = z.strictObject({
  start: z.iso.datetime().transform(Date.parse).default(START),
  sequence: z
    .array(
      z.strictObject({
        record,
        /** How often it comes. */
        times: z.int().min(1).max(1000).default(1),
        /** Between two of them. */
        every: span.default(1000),
        /** Between the step before and the first of these. */
        after: span.default(1000),
        /** `{{name}}` in the record takes these values in turn. */
        values: z.record(z.string(), z.array(z.union([z.string(), z.number()])).min(1)).default({}),
      }),
    )
    .min(1),
});
/** What has a list called `sequence` is meant as one: a fault in it is a fault, not another kind of record. */
const isSequence = (example: unknown): boolean =>
  typeof example === 'object' && example !== null && Array.isArray((example as Raw & object).sequence);
const example = z.unknown().transform((value, context) => {
  const parsed = isSequence(value)
    ? sequence.transform(linesOf).safeParse(value)
    : record.transform((raw) => [line(raw)]).safeParse(value);
  if (parsed.success) return parsed.data;
  for (const { path, message } of parsed.error.issues) context.addIssue({ code: 'custom', path, message });
  return z.NEVER;
});
const schema = z.object({ positive: z.array(example).default([]), negative: z.array(example).default([]) });

/** Each example as the raw records that a door would take, in order: one, or a sequence's many. */
export interface Examples {
  /** The rule must fire at least once. */
  positive: string[][];
  /** The rule must stay silent. */
  negative: string[][];
}

/**
 * The examples of a rule (`mdr.examples`; docs/rule-writing.md has the form).
 * @param examples as the YAML file gives them; undefined or null: none
 * @throws MdrError MDR_RULE_SYNTAX
 */
export function readExamples(examples: unknown): Examples {
  const parsed = schema.safeParse(examples ?? {});
  if (!parsed.success) {
    const first = parsed.error.issues[0];
    throw new MdrError(
      'MDR_RULE_SYNTAX',
      `mdr.examples cannot be read: ${first?.path.join('.')}: ${first?.message}.`,
      'docs/rule-writing.md shows the form of examples.',
    );
  }
  return parsed.data;
}

type Sequence = z.infer<typeof sequence>;
type Raw = z.infer<typeof record>;

function linesOf(example: Sequence): string[] {
  const lines: string[] = [];
  let time = example.start;
  let first = true;
  for (const step of example.sequence) {
    if (!first) time += step.after;
    first = false;
    for (let n = 1; n <= step.times; n++) {
      if (n > 1) time += step.every;
      if (lines.length >= MAX_RECORDS)
        throw new MdrError('MDR_RULE_SYNTAX', `an example has more than ${MAX_RECORDS} records.`, 'Make it shorter.');
      lines.push(line(filled(step.record, wordsAt(time, n, step.values)) as Raw));
    }
  }
  return lines;
}

const line = (raw: Raw): string => (typeof raw === 'string' ? raw : JSON.stringify(raw));

type Words = Record<string, string | number>;

function wordsAt(time: number, n: number, values: Record<string, (string | number)[]>): Words {
  const iso = new Date(time).toISOString();
  const turn = Object.entries(values).map(([name, list]) => [name, list[(n - 1) % list.length]!]);
  return {
    ...Object.fromEntries(turn),
    n,
    iso,
    epoch: time / 1000,
    epochms: time,
    // RFC 3164: `Nov 20 08:00:00`, the day padded with a blank.
    syslog: `${new Date(time).toUTCString().slice(8, 11)} ${String(new Date(time).getUTCDate()).padStart(2)} ${iso.slice(11, 19)}`,
  };
}

/** The record with every `{{name}}` replaced; a string that is nothing but one takes the value's own type. */
function filled(value: unknown, words: Words): unknown {
  if (typeof value === 'string') {
    const whole = /^\{\{(\w+)\}\}$/.exec(value)?.[1];
    if (whole !== undefined && Object.hasOwn(words, whole)) return words[whole];
    return value.replace(/\{\{(\w+)\}\}/g, (text, name) => (Object.hasOwn(words, name) ? String(words[name]) : text));
  }
  if (Array.isArray(value)) return value.map((item) => filled(item, words));
  if (typeof value === 'object' && value !== null)
    return Object.fromEntries(Object.entries(value).map(([key, item]) => [key, filled(item, words)]));
  return value;
}

import { LineCounter, parseAllDocuments } from 'yaml';
import { z } from 'zod';
import type { RuleProblem } from '../types.js';

const MAX_BYTES = 1 << 20;
const MAX_ALIASES = 50;
/** A file holds a rule, or a few that belong together. */
const MAX_DOCUMENTS = 200;

const text = z.string().max(20_000);
const scalarList = z.array(z.union([z.string(), z.number()]).transform(String)).max(500);
const strings = z
  .union([text, scalarList])
  .nullish()
  .transform((value) => (value == null ? [] : typeof value === 'string' ? [value] : value));
const optional = text.nullish().transform((value) => value ?? '');

/** The parts of a Sigma detection rule that the engine reads; everything else in the file is left alone. */
const ruleSchema = z.object({
  title: text.min(1),
  id: z.union([z.string(), z.number()]).transform(String).optional(),
  description: optional,
  level: z.enum(['informational', 'low', 'medium', 'high', 'critical']).catch('medium'),
  tags: strings,
  falsepositives: strings,
  logsource: z.object({
    product: text.nullish(),
    category: text.nullish(),
    service: text.nullish(),
  }),
  detection: z.record(z.string(), z.unknown()).refine((d) => 'condition' in d, 'detection has no condition'),
});

export interface RuleDocument extends z.infer<typeof ruleSchema> {
  id: string;
  file: string;
  /** Line of the rule's first key, 1-based. */
  line: number;
  /** Line of a key inside `detection`, for problems. */
  lineOf(key: string): number;
}

/** Shallow over deep: a later document of a collection wins key by key. */
function merge(base: unknown, over: unknown): unknown {
  if (!isRecord(base) || !isRecord(over)) return over === undefined ? base : over;
  const merged: Record<string, unknown> = { ...base };
  for (const [key, value] of Object.entries(over)) merged[key] = merge(base[key], value);
  return merged;
}

const isRecord = (value: unknown): value is Record<string, unknown> =>
  typeof value === 'object' && value !== null && !Array.isArray(value);

/**
 * Read one rule file: one rule, or a collection (several documents, `action: global | reset | repeat`).
 * What cannot be read becomes a problem with its line; the file's other rules are still returned.
 * @param file name used in results and problems
 */
export function readRuleFile(file: string, content: string): { rules: RuleDocument[]; problems: RuleProblem[] } {
  try {
    return read(file, content);
  } catch (error) {
    // A file made to overflow the stack, say: it is left out, and the others are read.
    const reason = `cannot be read: ${(error as Error).message}`;
    return { rules: [], problems: [{ file, line: 1, rule: '', code: 'MDR_RULE_SYNTAX', reason }] };
  }
}

function read(file: string, content: string): { rules: RuleDocument[]; problems: RuleProblem[] } {
  const rules: RuleDocument[] = [];
  const problems: RuleProblem[] = [];
  const problem = (line: number, rule: string, code: RuleProblem['code'], reason: string) =>
    problems.push({ file, line, rule, code, reason });

  if (Buffer.byteLength(content) > MAX_BYTES) {
    problem(1, '', 'MDR_RULE_SYNTAX', `the file is larger than ${MAX_BYTES >> 20} MiB`);
    return { rules, problems };
  }
  const lines = new LineCounter();
  let global: unknown = {};
  let previous: unknown = {};
  let count = 0;
  for (const document of parseAllDocuments(content, { lineCounter: lines, prettyErrors: false, logLevel: 'silent' })) {
    if (!('contents' in document)) continue;
    if (++count > MAX_DOCUMENTS) {
      problem(1, '', 'MDR_RULE_SYNTAX', `the file holds more than ${MAX_DOCUMENTS} documents`);
      break;
    }
    const start = lines.linePos(document.contents?.range?.[0] ?? 0).line;
    const fault = document.errors[0];
    if (fault) {
      problem(lines.linePos(fault.pos[0]).line, '', 'MDR_RULE_SYNTAX', `not valid YAML: ${fault.message}`);
      continue;
    }
    let raw: unknown;
    try {
      raw = document.toJS({ maxAliasCount: MAX_ALIASES });
    } catch (error) {
      problem(start, '', 'MDR_RULE_SYNTAX', `not valid YAML: ${(error as Error).message}`);
      continue;
    }
    if (raw == null) continue;
    if (!isRecord(raw)) {
      problem(start, '', 'MDR_RULE_SYNTAX', 'a rule is a mapping of keys, this is not');
      continue;
    }
    const { action, ...own } = raw;
    if (action === 'global') {
      global = merge(global, own);
      continue;
    }
    if (action === 'reset') global = {};
    const whole = action === 'repeat' ? merge(previous, own) : merge(global, own);
    previous = whole;
    const source = whole as Record<string, unknown>;
    const title = typeof source.title === 'string' ? source.title : '';
    if ('correlation' in source || 'filter' in source) {
      const kind = 'correlation' in source ? 'correlation rules' : 'filter rules';
      problem(start, title, 'MDR_RULE_UNSUPPORTED', `${kind} are not run by this version of the engine`);
      continue;
    }
    const parsed = ruleSchema.safeParse(source);
    if (!parsed.success) {
      const first = parsed.error.issues[0];
      const where = first?.path.join('.') || 'rule';
      problem(start, title, 'MDR_RULE_SYNTAX', `not a Sigma rule: ${where}: ${first?.message ?? 'malformed'}`);
      continue;
    }
    const detectionNode = (key: string) => document.getIn(['detection', key], true);
    rules.push({
      ...parsed.data,
      id: parsed.data.id ?? `${file}#${rules.length + 1}`,
      file,
      line: start,
      lineOf(key) {
        const node = detectionNode(key) as { range?: [number, number, number] } | undefined;
        return node?.range ? lines.linePos(node.range[0]).line : start;
      },
    });
  }
  if (rules.length === 0 && problems.length === 0) problem(1, '', 'MDR_RULE_SYNTAX', 'the file holds no rule');
  return { rules, problems };
}

import type { z } from 'zod';
import type { RuleProblem } from '../types.js';
import { correlationSchema, filterSchema, ruleSchema } from './schemas.js';
import { readYaml } from './yaml.js';

/** Where a document stands. */
interface Place {
  id: string;
  file: string;
  /** Line of the document's first key, 1-based. */
  line: number;
  /** Lines of the keys inside `detection`, `correlation` or `filter`, for problems: see `lineOf`. */
  lines: Readonly<Record<string, number>>;
}

type Rule = z.infer<typeof ruleSchema>;
type Correlation = z.infer<typeof correlationSchema>;
type Filter = z.infer<typeof filterSchema>;
export type RuleDocument = Rule & Place;
export type CorrelationDocument = Correlation & Place;
export type FilterDocument = Filter & Place;

/** What a rule file holds, by kind (Sigma specification 2.1: rules, correlation rules, filters). */
export interface RuleFile {
  rules: RuleDocument[];
  correlations: CorrelationDocument[];
  filters: FilterDocument[];
  problems: RuleProblem[];
}

/** What a text says, whichever file it stands in: plain data, the same for the same text. */
export interface RuleText {
  /** In the order of the text. */
  documents: (Pick<Place, 'line' | 'lines'> &
    (
      | { kind: 'detection'; data: Rule }
      | { kind: 'correlation'; data: Correlation }
      | { kind: 'filter'; data: Filter }
    ))[];
  problems: Omit<RuleProblem, 'file'>[];
}

export const SCHEMAS = { detection: ruleSchema, correlation: correlationSchema, filter: filterSchema };

/** Line of a key inside a document's `detection`, `correlation` or `filter`; of the document when it has no such key. */
export const lineOf = ({ line, lines }: Pick<Place, 'line' | 'lines'>, key: string): number =>
  Object.hasOwn(lines, key) ? lines[key]! : line;

/** Shallow over deep: a later document of a collection wins key by key. */
function merge(base: unknown, over: unknown): unknown {
  if (!isRecord(base) || !isRecord(over)) return over === undefined ? base : over;
  const merged = new Map(Object.entries(base));
  for (const [key, value] of Object.entries(over)) merged.set(key, merge(merged.get(key), value));
  // Unlike an assignment, this makes a key of `__proto__` too.
  return Object.fromEntries(merged);
}

const isRecord = (value: unknown): value is Record<string, unknown> =>
  typeof value === 'object' && value !== null && !Array.isArray(value);

/**
 * Read one rule file: one document or several, of any kind, or a collection (`action: global | reset | repeat`).
 * What cannot be read becomes a problem with its line; the file's other documents are still returned.
 * @param file name used in results and problems
 */
export const readRuleFile = (file: string, content: string): RuleFile => placed(file, readRuleText(content));

/** The documents of a text as those of a file. */
export function placed(file: string, { documents, problems }: RuleText): RuleFile {
  const found: RuleFile = {
    rules: [],
    correlations: [],
    filters: [],
    problems: problems.map((problem) => ({ file, ...problem })),
  };
  for (const [n, { kind, data, line, lines }] of documents.entries()) {
    const place: Place = { id: data.id ?? `${file}#${n + 1}`, file, line, lines };
    if (kind === 'correlation') found.correlations.push({ ...data, ...place });
    else if (kind === 'filter') found.filters.push({ ...data, ...place });
    else found.rules.push({ ...data, ...place });
  }
  return found;
}

/** Read a text, as `readRuleFile` does. */
export function readRuleText(content: string): RuleText {
  const found: RuleText = { documents: [], problems: [] };
  try {
    read(content, found);
  } catch (error) {
    // A file made to overflow the stack, say: it is left out, and the others are read.
    const reason = `cannot be read: ${(error as Error).message}`;
    return { documents: [], problems: [{ line: 1, rule: '', code: 'MDR_RULE_SYNTAX', reason }] };
  }
  if (found.documents.length === 0 && found.problems.length === 0)
    found.problems.push({ line: 1, rule: '', code: 'MDR_RULE_SYNTAX', reason: 'the file holds no rule' });
  return found;
}

function read(content: string, { documents, problems }: RuleText): void {
  const problem = (line: number, rule: string, reason: string) =>
    problems.push({ line, rule, code: 'MDR_RULE_SYNTAX', reason });
  let global: unknown = {};
  let previous: unknown = {};
  for (const document of readYaml(content)) {
    const { line, value: raw, fault } = document;
    if (fault) {
      problem(fault.line, '', fault.reason);
      continue;
    }
    if (raw == null) continue;
    if (!isRecord(raw)) {
      problem(line, '', 'a rule is a mapping of keys, this is not');
      continue;
    }
    const { action, ...own } = raw;
    if (action === 'global') {
      global = merge(global, own);
      continue;
    }
    if (action === 'reset') {
      global = {};
      if (Object.keys(own).length === 0) continue;
    }
    const whole = action === 'repeat' ? merge(previous, own) : merge(global, own);
    previous = whole;
    const source: Record<string, unknown> = { ...(whole as Record<string, unknown>) };
    // The documents around a correlation need no title of their own (specification, "Correlation rules").
    if (typeof source.title !== 'string' && typeof source.name === 'string') source.title = source.name;
    const kind = 'correlation' in source ? 'correlation' : 'filter' in source ? 'filter' : 'detection';
    const parsed = SCHEMAS[kind].safeParse(source);
    if (!parsed.success) {
      const first = parsed.error.issues[0];
      const where = first?.path.join('.') || 'rule';
      const title = typeof source.title === 'string' ? source.title : '';
      problem(line, title, `not a Sigma rule: ${where}: ${first?.message ?? 'malformed'}`);
      continue;
    }
    const place = { line, lines: document.lines(kind) };
    documents.push({ kind, data: parsed.data, ...place } as RuleText['documents'][number]);
  }
}

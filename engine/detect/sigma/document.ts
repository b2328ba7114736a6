import { LineCounter, parseAllDocuments } from 'yaml';
import type { z } from 'zod';
import type { RuleProblem } from '../types.js';
import { correlationSchema, filterSchema, ruleSchema } from './schemas.js';

const MAX_BYTES = 1 << 20;
const MAX_ALIASES = 50;
/** A file holds a rule, or a few that belong together. */
const MAX_DOCUMENTS = 200;

/** Where a document stands. */
interface Place {
  id: string;
  file: string;
  /** Line of the document's first key, 1-based. */
  line: number;
  /** Line of a key inside `detection`, `correlation` or `filter`, for problems. */
  lineOf(key: string): number;
}

export type RuleDocument = z.infer<typeof ruleSchema> & Place;
export type CorrelationDocument = z.infer<typeof correlationSchema> & Place;
export type FilterDocument = z.infer<typeof filterSchema> & Place;

/** What a rule file holds, by kind (Sigma specification 2.1: rules, correlation rules, filters). */
export interface RuleFile {
  rules: RuleDocument[];
  correlations: CorrelationDocument[];
  filters: FilterDocument[];
  problems: RuleProblem[];
}

const empty = (): RuleFile => ({ rules: [], correlations: [], filters: [], problems: [] });

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
 * Read one rule file: one document or several, of any kind, or a collection (`action: global | reset | repeat`).
 * What cannot be read becomes a problem with its line; the file's other documents are still returned.
 * @param file name used in results and problems
 */
export function readRuleFile(file: string, content: string): RuleFile {
  try {
    return read(file, content);
  } catch (error) {
    // A file made to overflow the stack, say: it is left out, and the others are read.
    const reason = `cannot be read: ${(error as Error).message}`;
    return { ...empty(), problems: [{ file, line: 1, rule: '', code: 'MDR_RULE_SYNTAX', reason }] };
  }
}

function read(file: string, content: string): RuleFile {
  const found = empty();
  const { problems } = found;
  const problem = (line: number, rule: string, code: RuleProblem['code'], reason: string) =>
    problems.push({ file, line, rule, code, reason });

  if (Buffer.byteLength(content) > MAX_BYTES) {
    problem(1, '', 'MDR_RULE_SYNTAX', `the file is larger than ${MAX_BYTES >> 20} MiB`);
    return found;
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
    const source: Record<string, unknown> = { ...(whole as Record<string, unknown>) };
    // The documents around a correlation need no title of their own (specification, "Correlation rules").
    if (typeof source.title !== 'string' && typeof source.name === 'string') source.title = source.name;
    const title = typeof source.title === 'string' ? source.title : '';
    const kind = 'correlation' in source ? 'correlation' : 'filter' in source ? 'filter' : 'detection';
    const parsed = SCHEMAS[kind].safeParse(source);
    if (!parsed.success) {
      const first = parsed.error.issues[0];
      const where = first?.path.join('.') || 'rule';
      problem(start, title, 'MDR_RULE_SYNTAX', `not a Sigma rule: ${where}: ${first?.message ?? 'malformed'}`);
      continue;
    }
    const place: Place = {
      id: parsed.data.id ?? `${file}#${found.rules.length + found.correlations.length + found.filters.length + 1}`,
      file,
      line: start,
      lineOf(key) {
        const node = document.getIn([kind, key], true) as { range?: [number, number, number] } | undefined;
        return node?.range ? lines.linePos(node.range[0]).line : start;
      },
    };
    if ('correlation' in parsed.data) found.correlations.push({ ...parsed.data, ...place });
    else if ('filter' in parsed.data) found.filters.push({ ...parsed.data, ...place });
    else found.rules.push({ ...parsed.data, ...place });
  }
  const held = found.rules.length + found.correlations.length + found.filters.length;
  if (held === 0 && problems.length === 0) problem(1, '', 'MDR_RULE_SYNTAX', 'the file holds no rule');
  return found;
}

const SCHEMAS = { detection: ruleSchema, correlation: correlationSchema, filter: filterSchema };

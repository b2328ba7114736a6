import type { OneRule } from '../../detect/index.js';
import type { RuleLogSource } from '../../detect/sigma/compile.js';
import { covers } from '../../detect/sigma/matcher.js';
import type { Node } from '../../detect/sigma/node.js';
import type { Atom, Predicate } from '../../detect/sigma/predicates.js';
import type { LogSource } from '../../event.js';
import { knownLogSources } from '../../ingest/formats/shared/taxonomy.js';
import { completedBy } from '../../ingest/formats/windows/kinds.js';
import { TRANSLATING } from '../../ingest/formats/windows.js';

/** A kind of event that a lake holds in some time. */
export interface LakeKind {
  dataset: string;
  format: string;
  product: string;
  service: string;
  /** Sigma's categories, separated by commas. */
  category: string;
  events: number;
}

/** What a lake holds, by kind: asked for once, before a rule's hunt. */
export const KINDS_SQL = `SELECT dataset, format, coalesce(logsource_product, '') AS product, coalesce(logsource_service, '') AS service,
  coalesce(logsource_category, '') AS category, count(*) AS events FROM events GROUP BY ALL ORDER BY ALL`;

const keyOf = (product: string, service: string, category: string): string => `${product}\n${service}\n${category}`;

let known: Map<string, LogSource[]> | undefined;
/** Log sources by the columns that a lake keeps of them: what they also count as, it does not keep. */
function sourcesOf({ product, service, category }: LakeKind): readonly LogSource[] {
  if (!known) {
    known = new Map();
    for (const source of knownLogSources()) {
      const key = keyOf(source.product, source.service, source.categories.join(','));
      known.set(key, [...(known.get(key) ?? []), source]);
    }
  }
  const written = { product, service, categories: category === '' ? [] : category.split(',') };
  return [written, ...(known.get(keyOf(product, service, category)) ?? [])];
}

/** The kinds that a rule looks at. */
export const kindsFor = (rule: RuleLogSource, kinds: readonly LakeKind[]): LakeKind[] =>
  kinds.filter((kind) => sourcesOf(kind).some((source) => covers(rule, source)));

const MIN_NEEDLE = 3;
const MAX_NEEDLES = 300;
const FEW = 4;
const MAX_SQL = 40_000;
const RUN = /[a-z0-9 .:_-]+/g;
/** What a number's text may be: it need not stand in the record like that. */
const NUMERIC = /^[0-9.e+-]*$/;
const quote = (text: string): string => `'${text.replaceAll("'", "''")}'`;

/** The longest part of an atom that a record shows letter by letter; null when there is none worth looking for. */
function needleOf({ text }: Atom): string | null {
  if (NUMERIC.test(text) || '-infinity'.includes(text)) return null;
  let longest = '';
  for (const [run] of text.matchAll(RUN)) if (run.length > longest.length) longest = run;
  return longest.length >= MIN_NEEDLE ? longest : null;
}

/** What must hold for a condition to hold, as SQL over `low` and `plain`; null: nothing that could be asked. */
function needed(node: Node, fieldOf: (predicate: Predicate) => string, budget: { needles: number }): string | null {
  switch (node.kind) {
    case 'const':
      return node.value ? null : 'false';
    case 'not':
      return null;
    case 'test':
      return testSql(node.predicate, fieldOf(node.predicate), budget);
    case 'and': {
      const parts = node.children.map((child) => needed(child, fieldOf, budget)).filter((part) => part !== null);
      return parts.length === 0 ? null : parts.length === 1 ? parts[0]! : `(${parts.join(' AND ')})`;
    }
    case 'or': {
      const parts: string[] = [];
      for (const child of node.children) {
        const part = needed(child, fieldOf, budget);
        if (part === null) return null;
        parts.push(part);
      }
      return `(${[...new Set(parts)].join(' OR ')})`;
    }
  }
}

function testSql({ atoms }: Predicate, field: string, budget: { needles: number }): string | null {
  if (!atoms || atoms.length === 0) return null;
  if (field === 'EventID' && atoms.every(({ kind, text }) => kind === 'equals' && /^\d{1,9}$/.test(text)))
    return `(format <> 'windows' OR event_code IS NULL OR event_code IN (${atoms.map(({ text }) => quote(text)).join(', ')}))`;
  const needles = new Set<string>();
  for (const atom of atoms) {
    const needle = needleOf(atom);
    if (needle === null) return null;
    needles.add(needle);
  }
  budget.needles -= needles.size;
  if (budget.needles < 0) return null;
  const all = [...needles];
  // Many are found in one pass.
  const seen =
    all.length > FEW
      ? `regexp_matches(low, ${quote(all.map((needle) => needle.replace(/[.-]/g, '\\$&')).join('|'))})`
      : all.map((needle) => `contains(low, ${quote(needle)})`).join(' OR ');
  return `(NOT plain OR ${seen})`;
}

/**
 * Records of which the text tells what cannot be in a field (`Parsed.verbatim`): those of Windows, but for the kinds that are completed
 * with words of our own. JSON may write any character as an escape; a record that has one of these is looked at all the same.
 */
function plainSql(): string {
  const completed = completedBy(TRANSLATING).map(({ service, ids }) =>
    ids.length === 0
      ? `logsource_service = ${quote(service)}`
      : `(logsource_service = ${quote(service)} AND event_code IN (${ids.map(quote).join(', ')}))`,
  );
  const conditions = [
    `format = 'windows' AND logsource_product = 'windows'`,
    `coalesce(logsource_service, '') <> '' AND event_code IS NOT NULL`,
    `NOT (${completed.join(' OR ')})`,
    // Winlogbeat's ECS fields are rewritten into Sysmon's words.
    `NOT contains(original, '"process')`,
    ...['\\u00', '\\u01', '\\u21'].map((start) => `NOT contains(original, ${quote(start)})`),
  ];
  return `coalesce(${conditions.join(' AND ')}, false)`;
}

/**
 * A query for every event that a rule may match, and some more: log source and EventID by columns, needed texts by the record itself.
 * What it finds is for the matcher to confirm.
 * @param kinds those that the rule looks at, at least one
 */
export function prefilterSql({ rule, fields }: Pick<OneRule, 'rule' | 'fields'>, kinds: readonly LakeKind[]): string {
  const datasets = [...new Set(kinds.map(({ dataset }) => dataset))].sort();
  const view = datasets.length === 1 ? datasets[0]! : 'events';
  const sources = [...new Set(kinds.map(({ product, service, category }) => keyOf(product, service, category)))];
  const tuples = sources.map((key) => `(${key.split('\n').map(quote).join(', ')})`).join(', ');
  const where = [
    ...(datasets.length > 1 ? [`dataset IN (${datasets.map(quote).join(', ')})`] : []),
    `(coalesce(logsource_product, ''), coalesce(logsource_service, ''), coalesce(logsource_category, '')) IN (${tuples})`,
  ];
  const condition = needed(rule.condition, ({ slot }) => fields[slot]!, { needles: MAX_NEEDLES });
  const sql = (more: string | null): string =>
    more === null
      ? `SELECT id, epoch_ms(time) AS time, format, source, original FROM ${view} WHERE ${where.join(' AND ')}`
      : `SELECT id, epoch_ms(time) AS time, format, source, original FROM (SELECT *, lower(original) AS low, ${plainSql()} AS plain FROM ${view} WHERE ${where.join(' AND ')}) WHERE ${more}`;
  const whole = sql(condition);
  return whole.length > MAX_SQL ? sql(null) : whole;
}

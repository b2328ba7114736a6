import type { Parameter } from '../../lake/cells.js';
import type { HuntChartSpec } from '../../store/huntruns.js';
import { Binder, filterSql } from './filters.js';
import { type Question, readWords } from './read.js';
import { readPeriod } from './time.js';
import { CONCEPTS, type Concept, type Field } from './vocabulary.js';

export { EXAMPLES } from './misread.js';
export type { Question } from './read.js';

/** A question as a query. */
export interface AskedQuery {
  question: Question;
  sql: string;
  params: Record<string, Parameter>;
  datasets: string[];
  from: number;
  until: number;
  period: string;
  chart?: HuntChartSpec;
}

const USUAL = 'last 7d';
const LISTED = 500;
const GROUPS = 1000;
const BY_TIME = new Set(['hour', 'day', 'week', 'minute']);
const OUTSIDE = String.raw`NOT regexp_matches(#, '^(?:10\.|192\.168\.|172\.(?:1[6-9]|2\d|3[01])\.|127\.|169\.254\.|2(?:2[4-9]|3\d)\.|255\.|0\.|fe80:|f[cdf]|::1$|::$)')`;

/** What questions can be about. */
export const conceptLines = (): string[] => CONCEPTS.map(({ name }) => name);

/**
 * A question in plain words as one SELECT with bound values. The same question at the same time gives the same query.
 * @param words as they were typed; what stands in quotes is one
 * @throws MdrError MDR_HUNT_BAD with the word that is not understood, MDR_PERIOD_BAD
 */
export function readQuestion(words: readonly string[], { zone, now }: { zone: string; now: number }): AskedQuery {
  const question = readWords(words, zone, now);
  const { from, until, text } = question.period ?? readPeriod(USUAL.split(' '), zone, now);
  const { view } = question.concept;
  const binder = new Binder();
  const where = [
    ...(question.concept.where ? [question.concept.where] : []),
    ...new Set(question.modifiers.map((modifier) => outside(modifier.where))),
    ...question.filters.map((filter) => filterSql(filter, view, binder)),
  ];
  const condition = where.length > 0 ? ` WHERE ${where.join(' AND ')}` : '';
  const sql = selectOf(question, view, condition, zone, binder);
  const datasets =
    view === 'events'
      ? [...(question.concept.where?.matchAll(/dataset IN \(([^)]+)\)/g) ?? [])]
          .flatMap(([, list]) => list!.replaceAll("'", '').split(', '))
          .slice(0, 1)
      : [view];
  const byTime = question.by.find(({ name }) => BY_TIME.has(name));
  const chart = chartSpec(question, byTime);
  return { question, sql, params: binder.params, datasets, from, until, period: text, ...(chart && { chart }) };
}

const outside = (sql: string): string =>
  sql.replace(
    /outside\((\w+)\)/g,
    (_, column: string) => `(${column} IS NOT NULL AND ${OUTSIDE.replace('#', column)})`,
  );

function chartSpec({ want, by }: Question, byTime: Field | undefined): HuntChartSpec | null {
  if (want !== 'group') return null;
  if (byTime && by.length === 1) return { kind: 'line', x: byTime.name, y: 'events' };
  return by.length === 1 ? { kind: 'bar', x: by[0]!.name, y: 'events' } : null;
}

/** Days and hours are those of the tenant's clock. */
function fieldSql({ name, sql }: Field, { view, user }: Concept, zone: string, binder: Binder): string {
  if (name === 'user' && user) return user;
  const text = typeof sql === 'string' ? sql : (sql[view] ?? sql.other!);
  return BY_TIME.has(name) && zone !== 'UTC'
    ? text.replace('time)', `timezone(${binder.bind(zone)}, time AT TIME ZONE 'UTC'))`)
    : text;
}

function selectOf(question: Question, view: string, condition: string, zone: string, binder: Binder): string {
  const { want, by, order, limit, atLeast, concept } = question;
  if (want === 'count')
    return `SELECT count(DISTINCT id) AS events, min(time) AS first, max(time) AS last FROM ${view}${condition}`;
  if (want === 'distinct')
    return `SELECT count(DISTINCT ${fieldSql(by[0]!, concept, zone, binder)}) AS "${by[0]!.name}s", count(DISTINCT id) AS events FROM ${view}${condition}`;
  if (want === 'group') {
    const names = by.map((field) => `${fieldSql(field, concept, zone, binder)} AS "${field.name}"`);
    const byTime = by.some(({ name }) => BY_TIME.has(name)) && order === null;
    const having = atLeast === null ? '' : ` HAVING count(DISTINCT id) >= ${atLeast}`;
    const positions = by.map((_, i) => i + 1).join(', ');
    const sorted =
      order === 'least'
        ? `events, ${positions}`
        : order === 'first'
          ? `first, ${positions}`
          : order === 'last'
            ? `last DESC, ${positions}`
            : byTime
              ? positions
              : `events DESC, ${positions}`;
    return `SELECT ${names.join(', ')}, count(DISTINCT id) AS events, min(time) AS first, max(time) AS last FROM ${view}${condition} GROUP BY ${positions}${having} ORDER BY ${sorted} LIMIT ${limit ?? GROUPS}`;
  }
  const columns = ['time', ...concept.columns.filter((column) => column !== 'time'), 'id'];
  return `SELECT ${columns.join(', ')} FROM ${view}${condition} ORDER BY time${order === 'first' ? '' : ' DESC'}, id LIMIT ${limit ?? LISTED}`;
}

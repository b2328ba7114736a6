import type { Clock } from '../../clock.js';
import type { RuleBase } from '../../detect/index.js';
import { MdrError } from '../../errors.js';
import type { Formats } from '../../ingest/formats/index.js';
import { sizeOf } from '../../lake/cells.js';
import type { TenantLake } from '../../lake/index.js';
import type { HuntChart, HuntRequest, HuntRun } from '../../store/huntruns.js';
import { indicatorSql } from './indicator.js';
import { chartOf, daysChart, hitsTable, type Table, tableOf } from './result.js';
import { huntSigma, logsourceText } from './sigma.js';
import type { SoughtValue } from './values.js';

const TIMEOUT_MS = 300_000;
const MAX_ROWS = 50_000;
/** Bytes of all rows of several answers together: one answer has a bound of its own. */
const MAX_BYTES = 64 * 1024 * 1024;

export interface ExecuteParts {
  lake: TenantLake;
  formats: Formats;
  rules: { readonly base: RuleBase };
  clock: Clock;
  run: HuntRun;
  signal: AbortSignal;
  progress(part: number): Promise<void>;
}

/** All that a hunt found. */
export interface Outcome {
  table: Table;
  truncated: boolean;
  queries: HuntRun['queries'];
  chart: HuntChart | null;
  notes: string[];
  gaps: string[];
  /** Needed for it. */
  datasets: readonly string[];
}

type Of<K extends HuntRequest['kind']> = Extract<HuntRequest, { kind: K }>;

/** Ask the lake what a hunt asks. @throws MdrError of the lake, MDR_RULE_UNKNOWN */
export function execute(parts: ExecuteParts): Promise<Outcome> {
  const { request } = parts.run;
  if (request.kind === 'sigma') return sigma(parts, request);
  if (request.kind === 'indicator') return indicator(parts, request);
  return query(parts, request);
}

async function sigma(
  { lake, formats, rules, run, signal, progress }: ExecuteParts,
  { rule }: Of<'sigma'>,
): Promise<Outcome> {
  const one = rules.base.one(rule);
  if (!one)
    throw new MdrError(
      'MDR_RULE_UNKNOWN',
      `rule ${rule.slice(0, 60)} does not run here: it is a correlation or a filter, or has a problem.`,
      `See /mdr rules show ${rule.slice(0, 60)}; of a correlation, hunt with the rules that it counts.`,
    );
  const { from, until } = run;
  const found = await huntSigma(lake, one, formats, { from, until, signal, progress });
  const days = new Map<string, number>();
  for (const { time } of found.hits) {
    const day = new Date(time).toISOString().slice(0, 10);
    days.set(day, (days.get(day) ?? 0) + 1);
  }
  const n = (count: number) => count.toLocaleString('en-US');
  return {
    ...{ table: hitsTable(found.hits), truncated: found.truncated, queries: found.queries, chart: daysChart(days) },
    notes: [
      `the rule looks at ${n(found.of)} events of this time; the query left ${n(found.candidates)} of them to its matcher, which confirmed ${n(found.hits.length)}`,
      ...(found.unreadable > 0 ? [`${n(found.unreadable)} records could not be read again`] : []),
      'exceptions of this tenant were not applied',
    ],
    gaps: found.of === 0 ? [logsourceText(one.rule.logsource)] : [],
    datasets: [],
  };
}

async function indicator({ lake, run, signal, progress }: ExecuteParts, { values }: Of<'indicator'>): Promise<Outcome> {
  const { from, until } = run;
  const options = { from, until, signal, timeoutMs: TIMEOUT_MS, maxRows: MAX_ROWS };
  const all: Outcome = {
    ...{ table: { columns: [], rows: [] }, truncated: false, queries: [], chart: null, gaps: [], datasets: [] },
    notes: [],
  };
  const days = new Map<string, number>();
  const never: string[] = [];
  let bytes = 0;
  for (const [at, value] of values.entries()) {
    const sql = indicatorSql(value as SoughtValue);
    const answer = await lake.query(sql.rows, sql.params, options);
    const { columns, rows } = tableOf(answer);
    all.table.columns = columns;
    all.truncated ||= answer.truncated;
    for (const row of rows) {
      if (all.table.rows.length >= MAX_ROWS || bytes >= MAX_BYTES) {
        all.truncated = true;
        break;
      }
      bytes += sizeOf(row);
      all.table.rows.push(row);
    }
    all.queries.push({ sql: sql.rows, ms: answer.ms, rows: rows.length });
    if (rows.length === 0) never.push(value.value);
    else
      for (const row of (await lake.query(sql.days, sql.params, options)).rows)
        days.set(String(row.day), (days.get(String(row.day)) ?? 0) + Number(row.events));
    await progress((at + 1) / values.length);
  }
  all.chart = daysChart(days, 'Events with these values a day (UTC)');
  const met = values.length - never.length;
  all.notes.push(
    `${met} of ${values.length} ${values.length === 1 ? 'value was' : 'values were'} met here`,
    ...(never.length > 0 ? [`never met in this time: ${never.map((value) => value.slice(0, 80)).join(', ')}`] : []),
  );
  return all;
}

async function query(
  { lake, run, signal }: ExecuteParts,
  { sql, params, datasets, chart }: Of<'sql' | 'ask' | 'saved'>,
): Promise<Outcome> {
  const { from, until, title } = run;
  const answer = await lake.query(sql, params, { from, until, signal, timeoutMs: TIMEOUT_MS, maxRows: MAX_ROWS });
  const table = tableOf(answer);
  return {
    ...{ table, truncated: answer.truncated, queries: [{ sql, ms: answer.ms, rows: table.rows.length }] },
    ...{ chart: chart ? chartOf(table, chart, title) : null, notes: [], gaps: [], datasets },
  };
}

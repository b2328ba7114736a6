import type { DuckDBConnection } from '@duckdb/node-api';
import { MdrError } from '../errors.js';
import { DATASETS } from './dataset.js';

/** Longest query, in characters. */
const MAX_SQL = 50_000;

/** What a query may read from, besides views and its own WITH. Everything else (files, settings, logs) is not for queries. */
const TABLE_FUNCTIONS: ReadonlySet<string> = new Set(['unnest', 'generate_series', 'range', 'json_each', 'json_tree']);
/** Kinds of what stands behind FROM. */
const FROM: ReadonlySet<string> = new Set([
  'BASE_TABLE',
  'SUBQUERY',
  'JOIN',
  'TABLE_FUNCTION',
  'EMPTY',
  'EMPTY_FROM',
  'EXPRESSION_LIST',
  'PIVOT',
  'CTE',
]);
/** Functions that do something, tell about the machine, or make much out of little, which no memory limit of DuckDB's stops. */
const REFUSED: ReadonlySet<string> = new Set([
  ...['write_log', 'sleep_ms', 'setseed', 'nextval', 'currval', 'stats', 'query', 'query_table'],
  ...['current_setting', 'getvariable', 'getenv', 'current_query', 'current_query_id', 'current_connection_id'],
  ...['json_serialize_sql', 'json_deserialize_sql', 'json_serialize_plan', 'json_execute_serialized_sql'],
  ...['repeat', 'lpad', 'rpad', 'range', 'generate_series', 'list_resize', 'array_resize', 'printf', 'format', 'bar'],
]);
export const VIEWS: readonly string[] = ['events', ...DATASETS];

const refuse = (what: string, hint: string) => new MdrError('MDR_LAKE_REFUSED', what, hint);

/**
 * Let through one SELECT over the lake's views, and nothing else: judged by DuckDB's own parse tree, not by the text.
 * @returns the views that it reads
 * @throws MdrError MDR_LAKE_QUERY when it is no SQL, MDR_LAKE_REFUSED when it asks for something else
 */
export async function guard(connection: DuckDBConnection, sql: string): Promise<string[]> {
  if (sql.length > MAX_SQL) throw refuse(`The query is longer than ${MAX_SQL} characters.`, 'Ask for less at a time.');
  const answer = await connection.runAndReadAll('SELECT json_serialize_sql(CAST($1 AS VARCHAR)) AS tree', [sql]);
  const tree = JSON.parse(String(answer.getRowObjectsJS()[0]!.tree)) as {
    error: boolean;
    error_type?: string;
    error_message?: string;
    statements?: unknown[];
  };
  if (tree.error && tree.error_type === 'not implemented')
    throw refuse('Only SELECT is allowed here.', 'The lake is read only: write one SELECT statement.');
  if (tree.error)
    throw new MdrError(
      'MDR_LAKE_QUERY',
      `The query is not valid SQL: ${String(tree.error_message).slice(0, 300)}`,
      'The lake speaks the SQL of DuckDB.',
    );
  if (tree.statements?.length !== 1)
    throw refuse('Only one statement at a time is allowed.', 'Leave out everything behind the first ";".');
  const found = { tables: new Set<string>(), own: new Set<string>() };
  walk(tree.statements[0], found);
  const views: string[] = [];
  for (const table of found.tables) {
    if (VIEWS.includes(table)) views.push(table);
    else if (!found.own.has(table))
      throw refuse(`There is no table "${table.slice(0, 64)}" in the lake.`, `There are: ${VIEWS.join(', ')}.`);
  }
  return views;
}

function walk(node: unknown, found: { tables: Set<string>; own: Set<string> }): void {
  // Without recursion: the tree is as deep as its writer wants.
  const waiting: unknown[] = [node];
  while (waiting.length > 0) {
    const each = waiting.pop();
    if (typeof each !== 'object' || each === null) continue;
    if (Array.isArray(each)) {
      waiting.push(...each);
      continue;
    }
    const part = each as Record<string, unknown>;
    if ('sample' in part && 'alias' in part && typeof part.type === 'string') from(part, found);
    if (part.class === 'FUNCTION') {
      const name = String(part.function_name).toLowerCase();
      const schema = String(part.schema ?? '') + String(part.catalog ?? '');
      if (!part.fromTable && (REFUSED.has(name) || (schema !== '' && schema !== 'main')))
        throw refuse(`The function "${name.slice(0, 64)}" is not allowed here.`, 'Leave it out.');
    }
    for (const entry of mapOf(part.cte_map)) found.own.add(entry.toLowerCase());
    waiting.push(...Object.values(part));
  }
}

function from(part: Record<string, unknown>, found: { tables: Set<string> }): void {
  const type = String(part.type);
  if (!FROM.has(type)) throw refuse(`"${type}" cannot be read from.`, `There are: ${VIEWS.join(', ')}.`);
  if (type === 'BASE_TABLE') {
    if (part.schema_name || part.catalog_name)
      throw refuse('Tables of other schemas are not for queries.', `There are: ${VIEWS.join(', ')}.`);
    found.tables.add(String(part.table_name).toLowerCase());
  }
  if (type !== 'TABLE_FUNCTION') return;
  const call = part.function as Record<string, unknown>;
  const name = String(call.function_name ?? '').toLowerCase();
  if (!TABLE_FUNCTIONS.has(name) || call.schema || call.catalog)
    throw refuse(`"${name.slice(0, 64)}" cannot be read from.`, `There are: ${VIEWS.join(', ')}.`);
  // It was judged here; as a value in a row it would be judged otherwise.
  call.fromTable = true;
}

/** Names that a query gives to its WITH parts. */
function mapOf(map: unknown): string[] {
  const list = (map as { map?: { key?: unknown }[] } | undefined)?.map;
  return Array.isArray(list) ? list.flatMap(({ key }) => (typeof key === 'string' ? [key] : [])) : [];
}

import {
  type DuckDBConnection,
  DuckDBInstance,
  type DuckDBPreparedStatement,
  type DuckDBResult,
  JSDuckDBValueConverter,
  StatementType,
} from '@duckdb/node-api';
import { MdrError } from '../errors.js';
import { type Cell, type Parameters, sizeOf, toCell, toDuck, typeOf } from './cells.js';
import { quote } from './duck.js';
import { guard } from './guard.js';

/** One query, with all that it may see. */
export interface Request {
  /** The only folder whose files it can open: of one tenant. */
  folder: string;
  /** For each view a query over that folder's files. */
  views: Readonly<Record<string, string>>;
  sql: string;
  params: Parameters;
  maxRows: number;
  memoryMb: number;
  threads: number;
}

export interface Answer {
  columns: { name: string; type: string }[];
  rows: Record<string, Cell>[];
  /** There were more rows, or they were larger than an answer may be. */
  truncated: boolean;
}

/** Largest answer, in bytes of its values. */
const MAX_BYTES = 32 * 1024 * 1024;

export interface Session {
  run(request: Request): Promise<Answer>;
  /** Stop what runs. */
  interrupt(): void;
}

export interface Locked {
  connection: DuckDBConnection;
  close(): void;
}

/**
 * A DuckDB that opens files of one folder and no others, loads nothing, spills nothing, and whose settings cannot be changed back. It
 * could still write into that folder: `guard` sees to that.
 */
export async function openLocked(folder: string, memoryMb: number, threads: number): Promise<Locked> {
  const instance = await DuckDBInstance.create(':memory:', {
    threads: String(threads),
    memory_limit: `${memoryMb}MB`,
    temp_directory: '',
    max_temp_directory_size: '0B',
    autoinstall_known_extensions: 'false',
    autoload_known_extensions: 'false',
    allow_community_extensions: 'false',
  });
  const connection = await instance.connect();
  await connection.run("SET TimeZone = 'UTC'");
  // A view and the query over it open every file: the second finds what the first has read of it.
  await connection.run('SET parquet_metadata_cache = true');
  await connection.run(`SET allowed_directories = [${quote(`${folder}/`)}]`);
  await connection.run('SET enable_external_access = false');
  await connection.run('SET lock_configuration = true');
  return {
    connection,
    close() {
      connection.closeSync();
      instance.closeSync();
    },
  };
}

/** Runs what people ask, one request at a time, each in a DuckDB of its own. */
export function openSession(): Session {
  let running: DuckDBConnection | null = null;
  return {
    interrupt: () => running?.interrupt(),
    async run({ folder, views, sql, params, maxRows, memoryMb, threads }) {
      const { connection, close } = await openLocked(folder, memoryMb, threads);
      running = connection;
      try {
        const read = await guard(connection, sql);
        for (const view of read) await connection.run(`CREATE TEMP VIEW ${view} AS ${views[view]}`);
        const statement = await connection.prepare(sql);
        // The guard has looked at the text's tree; this is what would run.
        if (statement.statementType !== StatementType.SELECT)
          throw new MdrError('MDR_LAKE_REFUSED', 'Only SELECT is allowed here.', 'The lake is read only.');
        bind(statement, params);
        return await collect(await statement.stream(), maxRows);
      } catch (error) {
        throw asMdrError(error);
      } finally {
        running = null;
        close();
      }
    },
  };
}

function bind(statement: DuckDBPreparedStatement, params: Parameters): void {
  // A list's places are named by their numbers, so that one way serves both.
  const named = Array.isArray(params)
    ? params.map((value, index) => [String(index + 1), value])
    : Object.entries(params);
  statement.bind(
    Object.fromEntries(named.map(([name, value]) => [name, toDuck(value)])),
    Object.fromEntries(named.map(([name, value]) => [name, typeOf(value)])),
  );
}

async function collect(result: DuckDBResult, maxRows: number): Promise<Answer> {
  const names = result.deduplicatedColumnNames();
  const columns = result.columnTypes().map((type, index) => ({ name: names[index]!, type: type.toString() }));
  const rows: Record<string, Cell>[] = [];
  let bytes = 0;
  for (let chunk = await result.fetchChunk(); chunk && chunk.rowCount > 0; chunk = await result.fetchChunk()) {
    for (const values of chunk.convertRows(JSDuckDBValueConverter)) {
      const cells = values.map(toCell);
      for (const cell of cells) bytes += sizeOf(cell);
      if (rows.length >= maxRows || bytes > MAX_BYTES) return { columns, rows, truncated: true };
      rows.push(Object.fromEntries(cells.map((cell, index) => [names[index]!, cell])));
    }
  }
  return { columns, rows, truncated: false };
}

/** DuckDB's words for people: its errors name no values but the query's own. */
function asMdrError(error: unknown): MdrError {
  if (error instanceof MdrError) return error;
  const message = (error as Error).message.split('\n').slice(0, 3).join(' ').slice(0, 400);
  if (/^INTERRUPT/i.test(message))
    return new MdrError('MDR_LAKE_TIMEOUT', 'The query was stopped.', 'Ask for less time or fewer events.');
  if (/out of memory|bad_?alloc|std::length_error/i.test(message))
    return new MdrError(
      'MDR_LAKE_MEMORY',
      'The query needs more memory than it may have.',
      'Ask for less time, fewer columns or fewer groups.',
    );
  if (/^Permission Error/.test(message))
    return new MdrError(
      'MDR_LAKE_REFUSED',
      'The query asks for what is not of the lake.',
      'Read only from the views of the lake.',
    );
  return new MdrError('MDR_LAKE_QUERY', message, 'Column names are those of ECS with "_" for ".": see docs/lake.md.');
}

import { randomUUID } from 'node:crypto';
import { mkdir, stat } from 'node:fs/promises';
import { dirname, join } from 'node:path';
import type { DuckDBConnection } from '@duckdb/node-api';
import { settle } from './disk.js';
import { quote, quoteAll } from './duck.js';
import type { LakeFile } from './journal.js';
import type { Places } from './places.js';
import { COLUMNS, SORT } from './schema.js';

/** Most partitions that one write makes; events of further ones share a file. */
const MAX_PARTITIONS = 256;
/** Days outside are a clock's fault or a forger's, and get no partition of their own. */
const FIRST_DAY = '1990-01-01';
const LAST_DAY = '2100-01-01';

const OPTIONS = 'FORMAT parquet, COMPRESSION zstd, ROW_GROUP_SIZE 122880';
const DAY = `strftime(time, '%Y-%m-%d')`;

interface Group {
  day: string | null;
  dataset: string | null;
  rows: number;
  from: number;
  until: number;
}

/** Folders of files that hold several days and datasets: `recent` ones will be sorted, `various` ones are what sorting left over. */
export type Shared = 'recent' | 'various';

/** Where files go, and when the latest of their events came into the lake. */
export interface Target {
  places: Places;
  /** Epoch ms. */
  landed: number;
}

/**
 * All events of a table in one file.
 * @param source a table, or a query in parentheses
 * @returns the file; nobody sees it before it is in the journal
 */
export async function writeShared(
  connection: DuckDBConnection,
  source: string,
  target: Target,
  folder: Shared,
): Promise<LakeFile> {
  const [group] = await groupsOf(connection, source, 'NULL', 'NULL');
  return write(connection, source, 'true', { ...group!, day: null, dataset: null }, target, folder);
}

/**
 * A table's events in one file for each day and dataset.
 * @param source a table, or a query in parentheses
 * @returns the files; nobody sees them before they are in the journal
 */
export async function writePartitions(
  connection: DuckDBConnection,
  source: string,
  target: Target,
): Promise<LakeFile[]> {
  const groups = await groupsOf(connection, source, DAY, 'dataset');
  const proper = groups.filter(({ day }) => day! >= FIRST_DAY && day! < LAST_DAY && day!.length === 10);
  const own = proper.slice(0, MAX_PARTITIONS);
  const files: LakeFile[] = [];
  for (const group of own) {
    const where = `${DAY} = ${quote(group.day!)} AND dataset = ${quote(group.dataset!)}`;
    files.push(await write(connection, source, where, group, target, `day=${group.day}/dataset=${group.dataset}`));
  }
  const others = groups.filter((group) => !own.includes(group));
  if (others.length > 0) {
    const from = Math.min(...others.map((group) => group.from));
    const until = Math.max(...others.map((group) => group.until));
    const rows = others.reduce((sum, group) => sum + group.rows, 0);
    const mine = own.map(({ day, dataset }) => `(${quote(day!)}, ${quote(dataset!)})`);
    const where = own.length > 0 ? `(${DAY}, dataset) NOT IN (${mine.join(', ')})` : 'true';
    const group = { day: null, dataset: null, rows, from, until };
    files.push(await write(connection, source, where, group, target, 'various'));
  }
  return files;
}

/** A query for the events of some files, with all columns, also those that the files are too old for. */
export function filesSql(places: Places, files: readonly LakeFile[]): string {
  const names = COLUMNS.map(({ name }) => name).join(', ');
  const empty = `SELECT ${COLUMNS.map(({ name, type }) => `NULL::${type} AS ${name}`).join(', ')} WHERE false`;
  if (files.length === 0) return empty;
  const paths = files.map(({ path }) => join(places.events, path));
  return `SELECT ${names} FROM (${empty} UNION ALL BY NAME SELECT * FROM read_parquet(${quoteAll(paths)}, union_by_name = true, hive_partitioning = false))`;
}

async function groupsOf(connection: DuckDBConnection, source: string, day: string, dataset: string): Promise<Group[]> {
  const result = await connection.runAndReadAll(
    `SELECT ${day} AS day, ${dataset} AS dataset, count(*)::DOUBLE AS "rows", epoch_ms(min(time))::DOUBLE AS "from",
       epoch_ms(max(time))::DOUBLE AS until FROM ${source} GROUP BY 1, 2 ORDER BY "rows" DESC, 1, 2`,
  );
  return result.getRowObjectsJS() as unknown as Group[];
}

async function write(
  connection: DuckDBConnection,
  source: string,
  where: string,
  { day, dataset, rows, from, until }: Group,
  { places, landed }: Target,
  folder: string,
): Promise<LakeFile> {
  const path = `${folder}/${randomUUID()}.parquet`;
  const full = join(places.events, path);
  await mkdir(dirname(full), { recursive: true });
  await connection.run(
    `COPY (SELECT * FROM ${source} WHERE ${where} ORDER BY ${SORT.join(', ')}) TO ${quote(full)} (${OPTIONS})`,
  );
  await settle(full);
  return { path, rows, bytes: (await stat(full)).size, from, until, dataset, day, landed };
}

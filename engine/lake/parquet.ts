import { randomUUID } from 'node:crypto';
import { mkdir, stat } from 'node:fs/promises';
import { dirname, join } from 'node:path';
import type { DuckDBConnection } from '@duckdb/node-api';
import { settle } from './disk.js';
import { quote, quoteAll, type Source } from './duck.js';
import type { LakeFile } from './journal.js';
import type { Group } from './pack.js';
import type { Places } from './places.js';
import { COLUMNS, SORT } from './schema.js';

/** Most partitions that one write makes; events of further ones share a file. */
const MAX_PARTITIONS = 256;
/** Days outside are a clock's fault or a forger's, and get no partition of their own. */
const FIRST_DAY = '1990-01-01';
const LAST_DAY = '2100-01-01';

const OPTIONS = 'FORMAT parquet, COMPRESSION zstd, ROW_GROUP_SIZE 122880';
const DAY = `strftime(time, '%Y-%m-%d')`;

/** Folders of files that hold several days and datasets: `recent` ones will be sorted, `various` ones are what sorting left over. */
export type Shared = 'recent' | 'various';

/** Where files go, and when the latest of their events came into the lake. */
export interface Target {
  places: Places;
  /** Epoch ms. */
  landed: number;
}

/**
 * All events of a source in one file, as they come: such files do not stay for long.
 * @returns the file; nobody sees it before it is in the journal
 */
export async function writeShared(
  connection: DuckDBConnection,
  source: Source,
  target: Target,
  folder: Shared,
): Promise<LakeFile> {
  return write(connection, source.select('true'), together(source.groups), target, folder);
}

/**
 * A source's events in one sorted file for each day and dataset.
 * @returns the files; nobody sees them before they are in the journal
 */
export async function writePartitions(
  connection: DuckDBConnection,
  source: Source,
  target: Target,
): Promise<LakeFile[]> {
  const { groups } = source;
  const proper = groups.filter(({ day }) => day! >= FIRST_DAY && day! < LAST_DAY && day!.length === 10);
  const own = proper.slice(0, MAX_PARTITIONS);
  const sorted = (where: string) => `${source.select(where)} ORDER BY ${SORT.join(', ')}`;
  const files: LakeFile[] = [];
  for (const group of own) {
    const where = `${source.day} = ${quote(group.day!)} AND dataset = ${quote(group.dataset!)}`;
    const folder = `day=${group.day}/dataset=${group.dataset}`;
    files.push(await write(connection, sorted(where), group, target, folder));
  }
  const others = groups.filter((group) => !own.includes(group));
  if (others.length > 0) {
    const mine = own.map(({ day, dataset }) => `(${quote(day!)}, ${quote(dataset!)})`);
    const where = own.length > 0 ? `(${source.day}, dataset) NOT IN (${mine.join(', ')})` : 'true';
    files.push(await write(connection, sorted(where), together(others), target, 'various'));
  }
  return files;
}

const together = (groups: readonly Group[]): Group => ({
  day: null,
  dataset: null,
  rows: groups.reduce((sum, { rows }) => sum + rows, 0),
  from: Math.min(...groups.map(({ from }) => from)),
  until: Math.max(...groups.map(({ until }) => until)),
});

/** Files of the lake as a source. */
export async function filesSource(
  connection: DuckDBConnection,
  places: Places,
  files: readonly LakeFile[],
): Promise<Source> {
  const all = filesSql(places, files);
  const result = await connection.runAndReadAll(
    `SELECT ${DAY} AS day, dataset, count(*)::DOUBLE AS "rows", epoch_ms(min(time))::DOUBLE AS "from",
       epoch_ms(max(time))::DOUBLE AS until FROM (${all}) GROUP BY 1, 2 ORDER BY "rows" DESC, 1, 2`,
  );
  const groups = result.getRowObjectsJS() as unknown as Group[];
  return { groups, day: DAY, select: (where) => `SELECT * FROM (${all}) WHERE ${where}` };
}

/** A query for the events of some files, with all columns, also those that the files are too old for. */
export function filesSql(places: Places, files: readonly LakeFile[]): string {
  const names = COLUMNS.map(({ name }) => name).join(', ');
  const empty = `SELECT ${COLUMNS.map(({ name, type }) => `NULL::${type} AS ${name}`).join(', ')} WHERE false`;
  if (files.length === 0) return empty;
  const paths = files.map(({ path }) => join(places.events, path));
  return `SELECT ${names} FROM (${empty} UNION ALL BY NAME SELECT * FROM read_parquet(${quoteAll(paths)}, union_by_name = true, hive_partitioning = false))`;
}

async function write(
  connection: DuckDBConnection,
  select: string,
  { day, dataset, rows, from, until }: Group,
  { places, landed }: Target,
  folder: string,
): Promise<LakeFile> {
  const path = `${folder}/${randomUUID()}.parquet`;
  const full = join(places.events, path);
  await mkdir(dirname(full), { recursive: true });
  await connection.run(`COPY (${select}) TO ${quote(full)} (${OPTIONS})`);
  await settle(full);
  return { path, rows, bytes: (await stat(full)).size, from, until, dataset, day, landed };
}

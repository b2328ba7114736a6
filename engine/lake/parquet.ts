import { randomUUID } from 'node:crypto';
import { mkdir, stat } from 'node:fs/promises';
import { dirname, join } from 'node:path';
import type { DuckDBConnection } from '@duckdb/node-api';
import { dropFile } from './disk.js';
import { quote, quoteAll } from './duck.js';
import type { LakeFile } from './journal.js';
import { type Group, type Pack, Packer } from './pack.js';
import type { Places } from './places.js';
import { writePlain } from './plain.js';
import { COLUMNS, SORT } from './schema.js';

/** Most partitions that one write makes; events of further ones share a file. */
const MAX_PARTITIONS = 256;
/** Days outside are a clock's fault or a forger's, and get no partition of their own. */
const FIRST_DAY = '1990-01-01';
const LAST_DAY = '2100-01-01';

const OPTIONS = 'FORMAT parquet, COMPRESSION zstd, ROW_GROUP_SIZE 61440';
const DAY = `strftime(time, '%Y-%m-%d')`;

/** Folders of files that hold several days and datasets: `recent` ones will be sorted, `various` ones are what sorting left over. */
export type Shared = 'recent' | 'various';

/** Where files go, and when the latest of their events came into the lake. */
export interface Target {
  places: Places;
  /** Epoch ms. */
  landed: number;
}

/** Where events come from: those that have just come in, or files that are in the lake already. */
export type Source = Packer | readonly LakeFile[];

/**
 * All events of a source in one sorted file: such files do not stay for long.
 * @returns the file; nobody sees it before it is in the journal
 */
export async function writeShared(
  connection: DuckDBConnection,
  source: Source,
  target: Target,
  folder: Shared,
): Promise<LakeFile> {
  const { groups, write } = await opened(connection, source, target);
  return write(groups, folder);
}

/**
 * A source's events in one sorted file for each day and dataset.
 * @param least groups of fewer rows than that share a file too
 * @returns the files; nobody sees them before they are in the journal
 */
export async function writePartitions(
  connection: DuckDBConnection,
  source: Source,
  target: Target,
  { least = 0, rest = 'various' }: { least?: number; rest?: Shared } = {},
): Promise<LakeFile[]> {
  const { groups, write } = await opened(connection, source, target);
  const proper = groups.filter(({ day }) => day! >= FIRST_DAY && day! < LAST_DAY && day!.length === 10);
  const own = proper.filter(({ rows }) => rows >= least).slice(0, MAX_PARTITIONS);
  const files: LakeFile[] = [];
  for (const group of own) files.push(await write([group], `day=${group.day}/dataset=${group.dataset}`));
  const others = groups.filter((group) => !own.includes(group));
  if (others.length > 0) files.push(await write(others, rest));
  return files;
}

interface Opened {
  /** How many events of which day and dataset; most first. */
  groups: readonly Group[];
  write(groups: readonly Group[], folder: string): Promise<LakeFile>;
}

async function opened(connection: DuckDBConnection, source: Source, target: Target): Promise<Opened> {
  if (source instanceof Packer) {
    const groups = source.packs();
    return { groups, write: (some, folder) => writePacks(connection, source, some as Pack[], target, folder) };
  }
  await target.places.storage.fetch(
    source.map(({ path, bytes }) => ({ path: join(target.places.events, path), bytes })),
  );
  const files = filesSql(target.places, source);
  const groups = await groupsOf(connection, files);
  return {
    groups,
    write(some, folder) {
      const all = some.length === groups.length;
      // Of many groups, those that are left out are the fewer.
      const few = some.length === 1 ? some : groups.filter((group) => !some.includes(group));
      const where = all ? '' : ` WHERE ${some.length === 1 ? '' : 'NOT '}(${few.map(within).join(' OR ')})`;
      return write(connection, `FROM (${files})${where} ORDER BY ${SORT.join(', ')}`, some, target, folder);
    },
  };
}

/** By time, not by the day's name: of that, files know what they hold. */
const within = ({ day, dataset }: Group): string =>
  `(dataset = ${quote(dataset!)} AND time >= TIMESTAMP ${quote(day!)} AND time < TIMESTAMP ${quote(day!)} + INTERVAL 1 DAY)`;

const together = (groups: readonly Group[]): Group =>
  groups.length === 1
    ? groups[0]!
    : {
        day: null,
        dataset: null,
        rows: groups.reduce((sum, { rows }) => sum + rows, 0),
        from: Math.min(...groups.map(({ from }) => from)),
        until: Math.max(...groups.map(({ until }) => until)),
      };

async function groupsOf(connection: DuckDBConnection, all: string): Promise<Group[]> {
  const result = await connection.runAndReadAll(
    `SELECT ${DAY} AS day, dataset, count(*)::DOUBLE AS "rows", epoch_ms(min(time))::DOUBLE AS "from",
       epoch_ms(max(time))::DOUBLE AS until FROM (${all}) GROUP BY 1, 2 ORDER BY "rows" DESC, 1, 2`,
  );
  return result.getRowObjectsJS() as unknown as Group[];
}

/** They are in order already: DuckDB only packs them. */
async function writePacks(
  connection: DuckDBConnection,
  packer: Packer,
  packs: readonly Pack[],
  target: Target,
  folder: string,
): Promise<LakeFile> {
  const path = join(target.places.aside, `${randomUUID()}.plain`);
  try {
    const order = packs.length === 1 ? packs[0]!.order : packer.together(packs);
    const there = new Set(await writePlain(path, packer, order));
    const columns = COLUMNS.filter(({ name }) => there.has(name)).map(({ name, type }) => {
      if (name === 'time') return 'make_timestamp_ms(time) AS time';
      return type === 'BOOLEAN' ? `${name} = 1 AS ${name}` : name;
    });
    return await write(
      connection,
      `SELECT ${columns.join(', ')} FROM read_parquet(${quote(path)})`,
      packs,
      target,
      folder,
    );
  } finally {
    await dropFile(path);
  }
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
  groups: readonly Group[],
  { places, landed }: Target,
  folder: string,
): Promise<LakeFile> {
  const path = `${folder}/${randomUUID()}.parquet`;
  const full = join(places.events, path);
  await mkdir(dirname(full), { recursive: true });
  await connection.run(`COPY (${select}) TO ${quote(full)} (${OPTIONS})`);
  await places.storage.settle(full);
  const shared = folder === 'recent' || folder === 'various';
  const { day, dataset, rows, from, until } = together(groups);
  const own = shared ? { day: null, dataset: null } : { day, dataset };
  return { path, rows, bytes: (await stat(full)).size, from, until, ...own, landed };
}

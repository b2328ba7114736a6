import { mkdir } from 'node:fs/promises';
import { join } from 'node:path';
import { type DuckDBConnection, DuckDBDataChunk, DuckDBInstance, VARCHAR } from '@duckdb/node-api';
import { type Group, type Packed, unpackSql } from './pack.js';
import type { Places } from './places.js';

/** A text as an SQL literal. */
export const quote = (text: string): string => `'${text.replaceAll("'", "''")}'`;

/** A list of paths as an SQL literal. */
export const quoteAll = (texts: readonly string[]): string => `[${texts.map(quote).join(', ')}]`;

export interface Workshop {
  readonly connection: DuckDBConnection;
  close(): void;
}

/**
 * A DuckDB that writes one tenant's files. Only our own SQL runs in it, so nothing is locked; queries that people write run in another
 * (`session.ts`). What does not fit into memory goes to the tenant's own folder.
 * @param memoryMb most memory it takes
 */
export async function openWorkshop(places: Places, memoryMb = 768, threads = 2): Promise<Workshop> {
  const spill = join(places.aside, 'duckdb');
  await mkdir(spill, { recursive: true });
  const instance = await DuckDBInstance.create(':memory:', {
    threads: String(threads),
    memory_limit: `${memoryMb}MB`,
    temp_directory: spill,
    autoinstall_known_extensions: 'false',
    autoload_known_extensions: 'false',
  });
  const connection = await instance.connect();
  return {
    connection,
    close() {
      connection.closeSync();
      instance.closeSync();
    },
  };
}

/** Most rows of one of DuckDB's chunks. */
const CHUNK = 2048;

/** Where a write takes its events from. */
export interface Source {
  /** How many events of which day and dataset; most first. */
  groups: Group[];
  /** The day of a row (or of what holds rows), for conditions; beside it there is `dataset`. */
  day: string;
  /** A query for the events that fulfil a condition. */
  select(where: string): string;
}

/** Events on their way into a file. */
export class Staging {
  #groups = new Map<string, Group>();
  #rows = 0;

  constructor(private readonly connection: DuckDBConnection) {}

  get rows(): number {
    return this.#rows;
  }

  async add(packs: readonly Packed[]): Promise<void> {
    if (packs.length === 0) return;
    if (this.#rows === 0)
      await this.connection.run(
        'CREATE OR REPLACE TEMP TABLE packed_events (day VARCHAR, dataset VARCHAR, packed VARCHAR, original VARCHAR)',
      );
    const appender = await this.connection.createAppender('packed_events', undefined, 'temp');
    for (const { day, dataset, rows, from, until, values, originals } of packs) {
      for (let at = 0; at < rows; at += CHUNK) {
        const chunk = DuckDBDataChunk.create([VARCHAR, VARCHAR, VARCHAR, VARCHAR], Math.min(CHUNK, rows - at));
        const texts = values.slice(at, at + CHUNK);
        const same = (text: string) => texts.map(() => text);
        chunk.setColumns([same(day), same(dataset), texts, originals.slice(at, at + CHUNK)]);
        appender.appendDataChunk(chunk);
      }
      this.#rows += rows;
      const key = `${day}/${dataset}`;
      const group = this.#groups.get(key) ?? { day, dataset, rows: 0, from, until };
      group.rows += rows;
      group.from = Math.min(group.from, from);
      group.until = Math.max(group.until, until);
      this.#groups.set(key, group);
    }
    appender.closeSync();
  }

  /** All that was added since the last time; it lasts until the next `add`. */
  take(): Source {
    const groups = [...this.#groups.values()].sort((a, b) => b.rows - a.rows);
    this.#groups = new Map();
    this.#rows = 0;
    return {
      groups,
      day: 'day',
      select: (where) => unpackSql(`(SELECT packed, original FROM packed_events WHERE ${where})`),
    };
  }
}

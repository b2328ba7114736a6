import { mkdir } from 'node:fs/promises';
import { join } from 'node:path';
import { type DuckDBConnection, DuckDBDataChunk, DuckDBInstance, VARCHAR } from '@duckdb/node-api';
import { type Packed, unpackSql } from './pack.js';
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

/** Events on their way into a file, as a table of their columns. */
export class Staging {
  #rows = 0;
  #begun = false;

  constructor(private readonly connection: DuckDBConnection) {}

  get rows(): number {
    return this.#rows;
  }

  async add({ rows, values, originals }: Packed): Promise<void> {
    if (rows === 0) return;
    if (!this.#begun)
      await this.connection.run('CREATE OR REPLACE TEMP TABLE packed_events (packed VARCHAR, originals VARCHAR)');
    this.#begun = true;
    const chunk = DuckDBDataChunk.create([VARCHAR, VARCHAR], 1);
    chunk.setColumns([[values], [originals]]);
    const appender = await this.connection.createAppender('packed_events', undefined, 'temp');
    appender.appendDataChunk(chunk);
    appender.closeSync();
    this.#rows += rows;
  }

  /** @returns the name of a table with all that was added, sorted; it lasts until the next one */
  async table(): Promise<string> {
    await this.connection.run(`CREATE OR REPLACE TEMP TABLE staged AS ${unpackSql('packed_events')}`);
    await this.connection.run('DROP TABLE packed_events');
    this.#begun = false;
    this.#rows = 0;
    return 'staged';
  }
}

import { mkdir } from 'node:fs/promises';
import { join } from 'node:path';
import { type DuckDBConnection, DuckDBInstance } from '@duckdb/node-api';
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

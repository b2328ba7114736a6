import { prune, type Table } from '../table.js';

type Rows = Table<{ last: number }>;

/** The tables that a state is made of. */
const tablesIn = (state: unknown): Rows[] =>
  typeof state !== 'object' || state === null
    ? []
    : Object.values(state).filter(
        (part): part is Rows =>
          typeof part === 'object' && part !== null && typeof part.rows === 'object' && typeof part.size === 'number',
      );

/** Forget what was quiet since a time. @returns how many rows that were */
export function forget(state: unknown, before: number): number {
  const tables = tablesIn(state);
  const rows = () => tables.reduce((sum, { size }) => sum + size, 0);
  const had = rows();
  for (const table of tables) prune(table, Number.MAX_SAFE_INTEGER, before);
  return had - rows();
}

/** Give up the quieter half of every table. @returns how many rows that were */
export function shrink(state: unknown): number {
  let gone = 0;
  for (const table of tablesIn(state)) {
    const had = table.size;
    prune(table, Math.floor(had / 2));
    gone += had - table.size;
  }
  return gone;
}

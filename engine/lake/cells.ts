import {
  DuckDBTimestampValue,
  type DuckDBType,
  type DuckDBValue,
  type JS,
  LIST,
  listValue,
  VARCHAR,
} from '@duckdb/node-api';

/** What a query gets for its `$1` or `$name`: a Date is a time, a list of texts is for `= ANY($names)`. */
export type Parameter = string | number | bigint | boolean | Date | null | readonly string[];
export type Parameters = readonly Parameter[] | Readonly<Record<string, Parameter>>;

/** One value of an answer. Times are epoch ms; whole numbers beyond 2^53 are text; lists and structs are as in JSON. */
export type Cell = string | number | boolean | null | Cell[] | { [name: string]: Cell };

export function toDuck(value: Parameter): DuckDBValue {
  if (value instanceof Date) return new DuckDBTimestampValue(BigInt(value.getTime()) * 1000n);
  if (typeof value === 'number' && Number.isInteger(value) && !Number.isSafeInteger(value)) return BigInt(value);
  if (Array.isArray(value)) return listValue(value as string[]);
  return value as DuckDBValue;
}

/** The type to bind a value as, where DuckDB cannot tell (an empty list has none). */
export const typeOf = (value: Parameter): DuckDBType | undefined => (Array.isArray(value) ? LIST(VARCHAR) : undefined);

export function toCell(value: JS): Cell {
  if (value === null || value === undefined) return null;
  switch (typeof value) {
    case 'bigint':
      return Number.isSafeInteger(Number(value)) ? Number(value) : String(value);
    case 'number':
      return Number.isFinite(value) ? value : null;
    case 'string':
    case 'boolean':
      return value;
  }
  if (value instanceof Date) return value.getTime();
  if (value instanceof Uint8Array) return Buffer.from(value).toString('hex');
  if (Array.isArray(value)) return value.map((each) => toCell(each as JS));
  return Object.fromEntries(Object.entries(value).map(([name, each]) => [name, toCell(each as JS)]));
}

/** About how many bytes it takes; for bounds, not exact. */
export function sizeOf(cell: Cell): number {
  if (typeof cell === 'string') return cell.length;
  if (cell === null || typeof cell !== 'object') return 8;
  return Object.values(cell).reduce((sum: number, each) => sum + sizeOf(each as Cell), 16);
}

import type { Parsed } from '../event.js';
import { datasetOf } from './dataset.js';
import { COLUMNS, ECS_COLUMNS } from './schema.js';

/** A normalised event on its way into the lake. */
export interface LakeEvent {
  /** Hash of tenant, source and content: `eventIdOf` of engine/detect/found.ts. */
  id: string;
  source: string;
  format: string;
  simulated: boolean;
  parsed: Parsed;
  original: string;
}

const UNIT = '\x1f';
const RECORD = '\x1e';

/** How many events of a day and dataset there are, and their times (epoch ms). */
export interface Group {
  day: string | null;
  dataset: string | null;
  rows: number;
  from: number;
  until: number;
}

/**
 * Some events of one day and dataset as two texts, which DuckDB takes apart again: handing it every value by itself takes five times
 * as long.
 */
export interface Packed extends Group {
  day: string;
  dataset: string;
  /** Values of all columns but `original`. */
  values: string;
  /** Originals, one a line. */
  originals: string;
}

interface Pack extends Omit<Packed, 'originals'> {
  lines: string[];
}

const DAY_MS = 24 * 3600_000;

// Separators within a value become blanks: the original keeps them.
const clean = (text: string): string =>
  text.includes(UNIT) || text.includes(RECORD) ? text.replaceAll(UNIT, ' ').replaceAll(RECORD, ' ') : text;

export class Packer {
  #rows = 0;
  readonly #packs = new Map<string, Pack>();

  get rows(): number {
    return this.#rows;
  }

  add({ id, source, format, simulated, parsed, original }: LakeEvent): void {
    const ecs = parsed.ecs();
    const { time } = parsed;
    const { product, service, categories } = parsed.logsource;
    const dataset = datasetOf(parsed.logsource, ecs);
    const pack = this.#packFor(time, dataset);
    const category = categories.length === 1 ? categories[0]! : categories.join(',');
    let row = pack.rows === 0 ? '' : RECORD;
    row += `${time}${UNIT}${id}${UNIT}${dataset}${UNIT}${clean(source)}${UNIT}${format}${UNIT}${simulated ? 1 : 0}`;
    row += `${UNIT}${product}${UNIT}${service}${UNIT}${category}`;
    for (const column of ECS_COLUMNS) {
      const value = ecs[column.ecs];
      row += value === undefined ? UNIT : UNIT + (typeof value === 'string' ? clean(value) : value);
    }
    pack.values += row;
    pack.lines.push(original.includes('\n') ? original.replaceAll('\n', ' ') : original);
    pack.rows++;
    if (time < pack.from) pack.from = time;
    if (time > pack.until) pack.until = time;
    this.#rows++;
  }

  #packFor(time: number, dataset: string): Pack {
    const number = Math.floor(time / DAY_MS);
    const key = `${number}${dataset}`;
    let pack = this.#packs.get(key);
    if (!pack) {
      const day = new Date(number * DAY_MS).toISOString().slice(0, 10);
      pack = { day, dataset, rows: 0, from: Infinity, until: -Infinity, values: '', lines: [] };
      this.#packs.set(key, pack);
    }
    return pack;
  }

  /** What was added since the last time. */
  take(): Packed[] {
    const packed = [...this.#packs.values()].map(({ lines, ...pack }) => ({ ...pack, originals: lines.join('\n') }));
    this.#rows = 0;
    this.#packs.clear();
    return packed;
  }
}

/** A query that takes packed texts apart. @param table with the columns `packed` and `originals`, or a query in parentheses */
export function unpackSql(table: string): string {
  const place = new Map<string, number>();
  const names = ['time', 'id', 'dataset', 'source', 'format', 'simulated'];
  names.push('logsource_product', 'logsource_service', 'logsource_category');
  for (const column of ECS_COLUMNS) names.push(column.name);
  for (const [index, name] of names.entries()) place.set(name, index + 1);
  const columns = COLUMNS.map(({ name, type }) => {
    if (name === 'original') return 'original';
    const value = `p[${place.get(name)}]`;
    if (name === 'time') return `make_timestamp_ms(${value}::BIGINT) AS time`;
    if (name === 'simulated') return `${value} = '1' AS simulated`;
    if (type === 'VARCHAR') return `nullif(${value}, '') AS ${name}`;
    return `TRY_CAST(nullif(${value}, '') AS ${type}) AS ${name}`;
  });
  return `SELECT ${columns.join(', ')} FROM (
    SELECT string_split(row, chr(31)) AS p, original FROM (
      SELECT unnest(string_split(packed, chr(30))) AS row, unnest(string_split(originals, chr(10))) AS original FROM ${table}))`;
}

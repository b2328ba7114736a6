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

/** How many events of a day and dataset there are, and their times (epoch ms). */
export interface Group {
  day: string | null;
  dataset: string | null;
  rows: number;
  from: number;
  until: number;
}

/**
 * Some events of one day and dataset: of each the values of all columns but `original` as one text, which DuckDB takes apart again.
 * Handing it every value by itself takes several times as long.
 */
export interface Packed extends Group {
  day: string;
  dataset: string;
  values: string[];
  originals: string[];
}

const DAY_MS = 24 * 3600_000;

// A separator within a value becomes a blank: the original keeps it.
const clean = (text: string): string => (text.includes(UNIT) ? text.replaceAll(UNIT, ' ') : text);

export class Packer {
  #rows = 0;
  #packs = new Map<string, Packed>();

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
    let row = `${time}${UNIT}${id}${UNIT}${dataset}${UNIT}${clean(source)}${UNIT}${format}${UNIT}${simulated ? 1 : 0}`;
    row += `${UNIT}${product}${UNIT}${service}${UNIT}${category}`;
    for (const column of ECS_COLUMNS) {
      const value = ecs[column.ecs];
      row += value === undefined ? UNIT : UNIT + (typeof value === 'string' ? clean(value) : value);
    }
    pack.values.push(row);
    pack.originals.push(original);
    pack.rows++;
    if (time < pack.from) pack.from = time;
    if (time > pack.until) pack.until = time;
    this.#rows++;
  }

  #packFor(time: number, dataset: string): Packed {
    const number = Math.floor(time / DAY_MS);
    const key = `${number}${dataset}`;
    let pack = this.#packs.get(key);
    if (!pack) {
      const day = new Date(number * DAY_MS).toISOString().slice(0, 10);
      pack = { day, dataset, rows: 0, from: Infinity, until: -Infinity, values: [], originals: [] };
      this.#packs.set(key, pack);
    }
    return pack;
  }

  /** What was added since the last time. */
  take(): Packed[] {
    const packed = [...this.#packs.values()];
    this.#packs = new Map();
    this.#rows = 0;
    return packed;
  }
}

/** A query that takes packed events apart. @param table with the columns `packed` and `original`, or a query in parentheses */
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
  return `SELECT ${columns.join(', ')} FROM (SELECT string_split(packed, chr(31)) AS p, original FROM ${table})`;
}

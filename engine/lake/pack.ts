import type { Parsed } from '../event.js';
import { NumberColumn, Texts, WordColumn } from './column.js';
import { datasetOf } from './dataset.js';
import { ECS_COLUMNS, SORT } from './schema.js';

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

/** How many events of a day and dataset there are, and their times (epoch ms). */
export interface Group {
  day: string | null;
  dataset: string | null;
  rows: number;
  from: number;
  until: number;
}

/** Some rows of a packer that belong together. */
export interface Pack extends Group {
  day: string;
  dataset: string;
  order: Uint32Array;
}

const DAY_MS = 24 * 3600_000;
/** As far as a Date goes. */
const MAX_TIME = 8.64e15;
/** More than there are datasets. */
const CODES = 256;

/**
 * Events as columns: of each column only what is there, of texts that repeat only one. It is the form in which Parquet has them too, so
 * that nothing is taken apart again later; giving DuckDB every value by itself takes several times as long.
 */
export class Packer {
  readonly words = new Map<string, WordColumn>();
  readonly numbers = new Map<string, NumberColumn>();
  readonly ids = new Texts();
  readonly originals = new Texts();
  /** Epoch ms, whole. */
  readonly times: number[] = [];
  readonly #fields: Record<string, WordColumn | NumberColumn> = Object.create(null);
  readonly #fixed = {
    dataset: this.#word('dataset'),
    source: this.#word('source'),
    format: this.#word('format'),
    product: this.#word('logsource_product'),
    service: this.#word('logsource_service'),
    category: this.#word('logsource_category'),
  };
  readonly #simulated = new NumberColumn('INTEGER');

  constructor() {
    this.numbers.set('simulated', this.#simulated);
    for (const { name, ecs, type } of ECS_COLUMNS) {
      if (type === 'VARCHAR') this.#fields[ecs] = this.#word(name);
      else {
        const column = new NumberColumn(type);
        this.numbers.set(name, column);
        this.#fields[ecs] = column;
      }
    }
  }

  #word(name: string): WordColumn {
    const column = new WordColumn();
    this.words.set(name, column);
    return column;
  }

  get rows(): number {
    return this.times.length;
  }

  /** Bytes of its texts. */
  get bytes(): number {
    let sum = this.ids.size + this.originals.size;
    for (const { words } of this.words.values()) sum += words.size;
    return sum;
  }

  /** @throws whatever the event's format throws; then nothing was added */
  add(event: LakeEvent): void {
    const row = this.rows;
    try {
      this.#add(row, event);
    } catch (error) {
      this.truncate(row);
      throw error;
    }
  }

  #add(row: number, { id, source, format, simulated, parsed, original }: LakeEvent): void {
    const ecs = parsed.ecs();
    const { time } = parsed;
    if (!(Math.abs(time) <= MAX_TIME)) throw new Error(`an event of the format ${format} has no time`);
    const { product, service, categories } = parsed.logsource;
    const fixed = this.#fixed;
    for (const field in ecs) {
      const column = this.#fields[field];
      const value: unknown = ecs[field as keyof typeof ecs];
      if (column === undefined || value === undefined || value === null || value === '') continue;
      if (column instanceof WordColumn) column.set(row, typeof value === 'string' ? value : String(value));
      else column.set(row, value);
    }
    fixed.dataset.set(row, datasetOf(parsed.logsource, ecs));
    fixed.source.set(row, source);
    fixed.format.set(row, format);
    if (product !== '') fixed.product.set(row, product);
    if (service !== '') fixed.service.set(row, service);
    if (categories.length > 0) fixed.category.set(row, categories.length === 1 ? categories[0]! : categories.join(','));
    this.#simulated.set(row, simulated ? 1 : 0);
    this.ids.add(id);
    this.originals.add(original);
    this.times.push(Math.trunc(time));
  }

  /** Forget the rows from one on. */
  truncate(row: number): void {
    this.times.length = Math.min(row, this.times.length);
    this.ids.truncate(row);
    this.originals.truncate(row);
    for (const column of this.words.values()) column.truncate(row);
    for (const column of this.numbers.values()) column.truncate(row);
  }

  /** The rows by day and dataset, each in the order in which they are kept; most first. */
  packs(): Pack[] {
    const { codes, words } = this.#fixed.dataset;
    const found = new Map<number, Omit<Pack, 'order'> & { members: number[] }>();
    for (let row = 0; row < this.rows; row++) {
      const time = this.times[row]!;
      const number = Math.floor(time / DAY_MS);
      const key = number * CODES + codes[row]!;
      let pack = found.get(key);
      if (!pack) {
        const day = new Date(number * DAY_MS).toISOString().slice(0, 10);
        pack = { day, dataset: words.at(codes[row]! - 1), rows: 0, from: time, until: time, members: [] };
        found.set(key, pack);
      }
      pack.members.push(row);
      pack.rows++;
      if (time < pack.from) pack.from = time;
      if (time > pack.until) pack.until = time;
    }
    const compare = this.#comparison();
    return [...found.values()]
      .map(({ members, ...pack }) => ({ ...pack, order: Uint32Array.from(members).sort(compare) }))
      .sort((a, b) => b.rows - a.rows);
  }

  /** Rows of several packs, in order. */
  together(packs: readonly Pack[]): Uint32Array {
    const all = new Uint32Array(packs.reduce((sum, { rows }) => sum + rows, 0));
    let at = 0;
    for (const { order } of packs) {
      all.set(order, at);
      at += order.length;
    }
    return all.sort(this.#comparison());
  }

  #comparison(): (a: number, b: number) => number {
    const keys = SORT.filter((name) => name !== 'time').map((name) => {
      const column = this.words.get(name)!;
      const ranks = column.ranks();
      return Uint32Array.from({ length: this.rows }, (_, row) => ranks[column.code(row)]!);
    });
    const { times } = this;
    return (a, b) => {
      for (const key of keys) {
        const order = key[a]! - key[b]!;
        if (order !== 0) return order;
      }
      return times[a]! - times[b]!;
    };
  }
}

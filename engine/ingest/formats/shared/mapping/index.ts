import type { Ecs, Fields, LogSource, Parsed } from '../../../../event.js';
import { logSource } from '../taxonomy.js';
import { readTime } from '../time.js';
import { type Fill, makeFill } from './fill.js';
import { type Find, findAt, firstOf, scalarsOf } from './places.js';
import { type GivenKind, type Mapping, type MappingFile, readMapping } from './schema.js';
import { makeView, type View } from './view.js';

/** One kind of record of a format: what it is in Sigma's taxonomy, and how its fields are found. */
export interface Kind {
  readonly name: string;
  readonly logsource: LogSource;
  /** Whether a record is of this kind. */
  fits(record: Fields): boolean;
  /** Epoch ms, NaN when no time can be read. */
  time(record: Fields): number;
  /** Names of the columns, for kinds whose lines are columns. */
  readonly columns: readonly string[];
  /** Words that mark a text as of this kind. */
  readonly signs: readonly string[];
  readonly fill: Fill;
  readonly view: View;
}

export interface Kinds {
  /** Names of which a record has one at its top level, or no kind with `has` fits. */
  readonly keys: readonly string[];
  readonly list: readonly Kind[];
  /** The first that fits. */
  find(record: Fields): Kind | undefined;
  /** @throws Error when the taxonomy has no such kind: a broken installation */
  named(name: string): Kind;
}

/** An event made by a mapping. */
export class MappedEvent implements Parsed {
  readonly logsource: LogSource;
  constructor(
    readonly time: number,
    readonly fields: Fields,
    private readonly kind: Kind,
  ) {
    this.logsource = kind.logsource;
  }
  ecs(): Ecs {
    return this.kind.view(this.fields, this.time);
  }
}

/** Complete the fields, which become the event's, as their kind asks. */
export function mappedEvent(kind: Kind, fields: Fields, time: number): Parsed {
  kind.fill(fields);
  return new MappedEvent(time, fields, kind);
}

/** Entries of the kind go before those that it is like, and these before those of the whole file. */
function merged(...mappings: Mapping[]): Mapping {
  const tables = ['fields', 'replace', 'all', 'texts', 'joined', 'constants', 'words', 'ecs'] as const;
  const first = mappings[0]!;
  const result = { ...first, pairs: mappings.flatMap(({ pairs }) => pairs) };
  for (const table of tables)
    Object.assign(result, { [table]: Object.assign({}, ...mappings.map((mapping) => mapping[table]).reverse()) });
  result.times = mappings.find(({ times }) => times)?.times;
  result.outcome = mappings.find(({ outcome }) => outcome)?.outcome;
  result.category = mappings.find(({ category }) => category)?.category;
  result.verdict = mappings.some(({ verdict }) => verdict);
  result.request = mappings.some(({ request }) => request);
  result.provider = mappings.find(({ provider }) => provider)?.provider;
  return result;
}

function fitting(given: GivenKind): (record: Fields) => boolean {
  const has = given.has.map(findAt);
  const is = Object.entries(given.is).map(
    ([place, words]) => [findAt(place), new Set(words.map((word) => word.toLowerCase()))] as const,
  );
  const isOne = ([find, words]: readonly [Find, ReadonlySet<string>], record: Fields) =>
    scalarsOf(find(record)).some((value) => words.has(String(value).slice(0, 128).toLowerCase()));
  return (record) => {
    for (const find of has) {
      const value = find(record);
      if (value === undefined || value === null) return false;
    }
    for (const each of is) if (!isOne(each, record)) return false;
    return true;
  };
}

function makeKind(name: string, given: GivenKind, file: MappingFile): Kind {
  const like = given.like === undefined ? [] : [file.kinds[given.like]!];
  const mapping = merged(given, ...like, file.common);
  const product = given.product ?? file.product;
  const also = given.also.map((each) => logSource(each.product ?? product, each.service, each.sigma));
  const logsource = logSource(product, given.service, given.sigma, also);
  const finds = (mapping.times ?? []).map(findAt);
  const dataset = [file.dataset ?? product, given.service].filter(Boolean).join('.');
  return {
    name,
    logsource,
    fits: fitting(given),
    time(record) {
      for (const find of finds) {
        const time = firstOf(find(record), (value) => {
          const read = readTime(value);
          return Number.isNaN(read) ? undefined : read;
        });
        if (time !== undefined) return time;
      }
      return Number.NaN;
    },
    columns: given.columns ?? [],
    signs: given.signs,
    fill: makeFill(mapping),
    view: makeView(mapping, dataset || name),
  };
}

/** The kinds of one file of `engine/ingest/taxonomy/`, in its order. */
export function readKinds(taxonomy: string): Kinds {
  const file = readMapping(taxonomy);
  const byName = new Map(Object.entries(file.kinds).map(([name, given]) => [name, makeKind(name, given, file)]));
  const list = [...byName.values()];
  // A path may be written out as one name.
  const firsts = Object.values(file.kinds).flatMap(({ has }) => (has[0] ? [has[0], has[0].split('.', 1)[0]!] : []));
  return {
    list,
    keys: [...new Set(firsts)],
    find(record) {
      for (const kind of list) if (kind.fits(record)) return kind;
      return undefined;
    },
    named(name) {
      const found = byName.get(name);
      if (!found) throw new Error(`taxonomy/${taxonomy}.yaml has no kind "${name}"`);
      return found;
    },
  };
}

import type { Fields } from '../../../event.js';
import type { Format, Sample } from '../types.js';
import { type Kind, type Kinds, mappedEvent, readKinds } from './mapping/index.js';
import { timeError } from './time.js';

interface Given {
  name: string;
  summary: string;
  priority: number;
  samples: readonly Sample[];
  /** Name of the file in `engine/ingest/taxonomy/`; the format's own name unless told. */
  taxonomy?: string;
  /** Names for the recogniser (`Format.keys`), where the taxonomy's `has` do not tell all. */
  keys?: readonly string[];
  /** Take the record out of what a service wraps around it. */
  open?(record: Fields): Fields;
  /** Which kind a record is, when it takes more than `has` and `is` of the taxonomy. */
  kindOf?(record: Fields, kinds: Kinds): Kind | undefined;
  /** Add fields that need code, before the taxonomy's own. May change `fields`, which is the event's own copy. */
  complete?(fields: Fields, kind: Kind): void;
}

const asIs = (record: Fields): Fields => record;

/** A format of JSON records that a taxonomy maps. */
export function mappedFormat(given: Given): Format {
  const kinds = readKinds(given.taxonomy ?? given.name);
  const { open = asIs, complete } = given;
  const kindOf = given.kindOf ?? ((record: Fields) => kinds.find(record));
  return {
    name: given.name,
    summary: given.summary,
    kind: 'json',
    priority: given.priority,
    keys: given.keys ?? kinds.keys,
    accepts: (record) => typeof record !== 'string' && kindOf(open(record), kinds) !== undefined,
    parse(record) {
      const outer = record as Fields;
      const inner = open(outer);
      const kind = kindOf(inner, kinds);
      if (!kind) throw timeError(given.name);
      let time = kind.time(inner);
      if (Number.isNaN(time) && inner !== outer) time = kind.time(outer);
      if (Number.isNaN(time)) throw timeError(given.name);
      // A copy: what is added below must not be taken for the record's own when it is read again.
      const fields = { ...inner };
      complete?.(fields, kind);
      return mappedEvent(kind, fields, time);
    },
    samples: given.samples,
  };
}

import type { Fields } from '../../../event.js';
import type { Format, Sample } from '../types.js';
import { type Kind, type Kinds, mappedEvent, readKinds } from './mapping/index.js';
import { parseSyslog } from './syslog.js';
import { timeError } from './time.js';

/** What a line holds. */
export interface LineContent {
  kind: Kind;
  fields: Fields;
  /** Epoch ms, NaN when no time can be read. */
  time: number;
}

interface Given {
  name: string;
  summary: string;
  priority: number;
  samples: readonly Sample[];
  /** Name of the file in `engine/ingest/taxonomy/`; the format's own name unless told. */
  taxonomy?: string;
  accepts(line: string, kinds: Kinds): boolean;
  /** @returns null when the line is not what it looked like */
  read(line: string, received: number, kinds: Kinds): LineContent | null;
}

/** A format of lines that a taxonomy maps. */
export function lineFormat(given: Given): Format {
  const kinds = readKinds(given.taxonomy ?? given.name);
  return {
    name: given.name,
    summary: given.summary,
    kind: 'line',
    priority: given.priority,
    accepts: (record) => typeof record === 'string' && given.accepts(record, kinds),
    parse(record, received) {
      const content = given.read(record as string, received, kinds);
      if (!content || Number.isNaN(content.time)) throw timeError(given.name);
      return mappedEvent(content.kind, content.fields, content.time);
    },
    samples: given.samples,
  };
}

/** A line behind its syslog header; a line without one is all message. */
export interface OpenedLine {
  /** Epoch ms; NaN: cannot be read; undefined: the line has none. */
  time: number | undefined;
  host: string | undefined;
  program: string;
  message: string;
}

const HEADER = /^(?:<\d{1,3}>|[A-Z][a-z]{2} {1,2}\d|\d{4}-\d\d-\d\d[T ])/;

export function openLine(line: string, received: number): OpenedLine {
  const syslog = HEADER.test(line) ? parseSyslog(line, received) : null;
  if (!syslog) return { time: undefined, host: undefined, program: '', message: line.replace(/^<\d{1,3}>/, '') };
  return { time: syslog.time, host: syslog.host || undefined, program: syslog.program, message: syslog.message };
}

/** Columns by their names; a name `-` is of no use, and so are a value `-` and an empty one. */
export function byColumns(names: readonly string[], values: readonly string[]): Fields {
  const fields: Fields = {};
  for (let i = 0; i < names.length && i < values.length; i++) {
    const value = values[i]!;
    if (names[i] !== '-' && value !== '' && value !== '-') fields[names[i]!] = value;
  }
  return fields;
}

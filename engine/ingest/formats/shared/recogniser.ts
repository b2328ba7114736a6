import { MdrError } from '../../../errors.js';
import type { Fields, Parsed } from '../../../event.js';
import type { Format } from '../types.js';
import { checkLimits } from './limits.js';

/** A record with what its format made of it. */
export interface Recognised {
  format: Format;
  parsed: Parsed;
  record: Fields | string;
}

export interface Recogniser {
  /**
   * One line as it came through a door.
   * @param named the format that the sender named; null: each record is recognised
   * @param received epoch ms when the door took it
   * @throws MdrError MDR_LINE_JSON, MDR_LINE_TOO_DEEP, MDR_FORMAT_UNKNOWN, MDR_LINE_TIME
   */
  read(line: string, named: Format | null, received: number): Recognised;
  /** The same for a record that is parsed already. It may be given further fields: do not parse it again as another format. */
  fromRecord(record: Fields, received: number, named?: Format | null): Recognised;
}

function notOf(named: Format | null): MdrError {
  return named
    ? new MdrError(
        'MDR_FORMAT_UNKNOWN',
        `The record is not of the format "${named.name}".`,
        'Name no format to have it recognised.',
      )
    : new MdrError(
        'MDR_FORMAT_UNKNOWN',
        'No log format recognises this line.',
        'Send it as JSON with a time, or as syslog.',
      );
}

function parseObject(line: string): Fields {
  let value: unknown;
  try {
    value = JSON.parse(line);
  } catch {
    throw new MdrError('MDR_LINE_JSON', 'The line is not valid JSON.', 'Send one whole JSON object a line.');
  }
  if (typeof value !== 'object' || value === null || Array.isArray(value))
    throw new MdrError('MDR_LINE_JSON', 'The line is JSON, but not an object.', 'Send one JSON object a line.');
  return value as Fields;
}

const BLANK_BRACE = /^[\s\uFEFF]{0,64}[{[]/;
/** How lines begin that put a day, a level or an epoch into brackets: `[Wed Mar 04 …`, `[INFO] …`, `[1772611200] …`, `[2026-03-04 …`. */
const BRACKETED = /^\[(?:[A-Z]|\d{9,11}\] |\d{4}-\d\d-\d\d[T ])/;

/** Whether a line means to be JSON. */
function isJson(line: string): boolean {
  const first = line.charCodeAt(0);
  if (first === 123) return true;
  if (first === 91) return !BRACKETED.test(line);
  return first <= 32 || first === 0xfeff ? BLANK_BRACE.test(line) : false;
}

/**
 * Formats are asked in order of priority, every time: remembering the last answer could give another one than asking in order.
 * Formats that name their keys are passed over when the record has none of them: one look at each of its names tells.
 */
function makeFinder(formats: readonly Format[]): (record: Fields) => Format | undefined {
  const byKey = new Map<string, number[]>();
  formats.forEach(({ keys }, index) => {
    for (const key of keys ?? []) byKey.set(key, [...(byKey.get(key) ?? []), index]);
  });
  // The first formats are asked before the names are looked at: most records are theirs.
  const known = formats.findIndex(({ keys }) => keys !== undefined);
  const first = known < 0 ? formats.length : known;
  const seen = new Float64Array(formats.length);
  let generation = 0;
  return (record) => {
    for (let i = 0; i < first; i++) if (formats[i]!.accepts(record)) return formats[i];
    generation++;
    for (const name in record) {
      const indexes = byKey.get(name);
      if (indexes) for (const index of indexes) seen[index] = generation;
    }
    for (let i = first; i < formats.length; i++) {
      const format = formats[i]!;
      if ((format.keys === undefined || seen[i] === generation) && format.accepts(record)) return format;
    }
    return undefined;
  };
}

export function makeRecogniser(list: readonly Format[]): Recogniser {
  const findJson = makeFinder(list.filter((format) => format.kind === 'json'));
  const lines = list.filter((format) => format.kind === 'line');

  function known(found: Format | undefined, record: Fields | string, named: Format | null): Format {
    const format = named?.accepts(record) ? named : found;
    if (format) return format;
    throw notOf(named);
  }

  function fromRecord(record: Fields, received: number, named: Format | null = null): Recognised {
    checkLimits(record);
    const format = known(named ? undefined : findJson(record), record, named);
    return { format, parsed: format.parse(record, received), record };
  }

  return {
    fromRecord,
    read(line, named, received) {
      if (named ? named.kind === 'json' : isJson(line)) {
        const found = fromRecord(parseObject(line.charCodeAt(0) === 0xfeff ? line.slice(1) : line), received, named);
        if (found.parsed.verbatim) found.parsed.text = line;
        return found;
      }
      const found = named ? undefined : lines.find((each) => each.accepts(line));
      const format = known(found, line, named);
      return { format, parsed: format.parse(line, received), record: line };
    },
  };
}

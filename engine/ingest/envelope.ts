import { MdrError } from '../errors.js';
import type { Ecs, Fields, LogSource, Parsed } from '../event.js';
import { carried, retagged } from './carried.js';
import type { Formats, Recognised, Recogniser } from './formats/index.js';
import type { Format } from './formats/types.js';

/** What a shipper says about a record beside the record itself. */
export interface Envelope {
  /** Epoch ms: the event's time when the record names none. */
  time?: number;
  /** The machine that the record comes from, when the record names none. */
  host?: string;
  /** Further fields, for records of no known product. */
  fields?: Fields;
}

/**
 * How the lines of a batch carry their records. `envelope`: an `Envelope` as JSON, a tab, the record. `document`: a shipper's JSON
 * object, which may be a wrapping around a log's own line. Nothing: lines are the records.
 */
export type Carrier = 'envelope' | 'document';

/** A record with its envelope, as one line: JSON never holds a raw tab or line feed. */
export function seal(envelope: Envelope, record: string): string {
  return `${JSON.stringify(envelope)}\t${record}`;
}

/** A batch's line taken apart again. @throws MdrError MDR_LINE_JSON when it was not made by `seal` */
export function unseal(line: string): { envelope: Envelope; record: string } {
  const tab = line.indexOf('\t');
  try {
    return { envelope: JSON.parse(line.slice(0, tab)) as Envelope, record: line.slice(tab + 1) };
  } catch {
    throw new MdrError('MDR_LINE_JSON', 'The line has lost its envelope.', 'Send the event again.');
  }
}

/** What a reader of batches gets for each line. */
export interface Received extends Recognised {
  /**
   * What was read: the record without what carries it, so that its format alone can read it again. Of a record of no known product,
   * with what the shipper says about it.
   */
  readonly original: string;
}

/** Codes of records that cannot stand on their own, but can with what the shipper says. */
const RESCUED = new Set(['MDR_FORMAT_UNKNOWN', 'MDR_LINE_TIME']);

/**
 * Reads the lines of a batch, whatever carries them.
 * @param received epoch ms when the door took the batch
 * @throws MdrError as `Recogniser.read`
 */
export function lineReader(
  formats: Formats,
  batch: { carrier?: Carrier; received: number },
  named: Format | null,
): (line: string) => Received {
  const recogniser = formats.recogniser();
  const { carrier, received } = batch;
  if (carrier === undefined)
    return (line) => {
      const { format, parsed, record } = recogniser.read(line, named, received);
      return { format, parsed, record, original: line };
    };
  const generic = formats.byName('generic');
  return (line) => {
    const { envelope, record } = carrier === 'envelope' ? unseal(line) : { envelope: {}, record: line };
    return readEnveloped(recogniser, generic, named, record, envelope, received);
  };
}

function readEnveloped(
  recogniser: Recogniser,
  generic: Format,
  named: Format | null,
  record: string,
  envelope: Envelope,
  received: number,
): Received {
  const time = envelope.time ?? received;
  const { host } = envelope;
  let found: Recognised;
  let rescued = false;
  try {
    found = recogniser.read(record, named, time);
  } catch (error) {
    if (named || !(error instanceof MdrError) || !RESCUED.has(error.code)) throw error;
    const line = retagged(record, time, host);
    const known = line === null ? null : readKnown(recogniser, line, generic, time);
    if (known) return { ...known, original: line! };
    const fields: Fields = objectIn(record) ?? { message: record };
    fields['@timestamp'] = new Date(time).toISOString();
    found = recogniser.fromRecord(fields, time, generic);
    rescued = true;
  }
  if (found.format !== generic || named) return { ...withHost(found, host), original: record };
  const inner = carried(found.record as Fields, found.parsed.time, host);
  const known = inner && readKnown(recogniser, inner.line, generic, found.parsed.time);
  if (known) return { ...withHost(known, inner.host), original: inner.line };
  // A generic event's fields are its record: what is added here, rules see.
  const filled = fill(found.parsed.fields, envelope);
  if (!filled && !rescued && host === undefined) return { ...found, original: record };
  return new Filled(found, host);
}

/** A record of no known product with what its shipper says about it; written out only when somebody needs it. */
class Filled implements Received {
  readonly format: Format;
  readonly parsed: Parsed;
  readonly record: Fields | string;
  constructor(
    private readonly found: Recognised,
    private readonly host: string | undefined,
  ) {
    this.format = found.format;
    this.record = found.record;
    this.parsed = withHost(found, host).parsed;
  }
  get original(): string {
    const { parsed } = this.found;
    const silent = this.host !== undefined && parsed.ecs()['host.name'] === undefined;
    return JSON.stringify(silent ? { ...parsed.fields, 'host.name': this.host } : parsed.fields);
  }
}

/** The line within a shipper's document, when it is of a known format. */
function readKnown(recogniser: Recogniser, line: string, generic: Format, time: number): Recognised | null {
  try {
    const found = recogniser.read(line, null, time);
    return found.format === generic ? null : found;
  } catch (error) {
    if (error instanceof MdrError) return null;
    throw error;
  }
}

function objectIn(record: string): Fields | null {
  if (!/^\s*\{/.test(record)) return null;
  try {
    return JSON.parse(record) as Fields;
  } catch {
    return null;
  }
}

/** @returns whether there was anything to fill in */
function fill(fields: Fields, { fields: more = {} }: Envelope): boolean {
  const names = Object.keys(more).filter((name) => name !== '__proto__' && !Object.hasOwn(fields, name));
  for (const name of names) fields[name] = more[name];
  return names.length > 0;
}

function withHost(found: Recognised, host: string | undefined): Recognised {
  return host ? { ...found, parsed: new Hosted(found.parsed, host) } : found;
}

/** An event whose record does not say where it comes from. */
class Hosted implements Parsed {
  readonly time: number;
  readonly logsource: LogSource;
  readonly fields: Fields;
  readonly text: string | null;
  constructor(
    private readonly inner: Parsed,
    private readonly host: string,
  ) {
    this.time = inner.time;
    this.logsource = inner.logsource;
    this.fields = inner.fields;
    this.text = inner.text ?? null;
  }
  ecs(): Ecs {
    const ecs = this.inner.ecs();
    ecs['host.name'] ??= this.host;
    return ecs;
  }
}

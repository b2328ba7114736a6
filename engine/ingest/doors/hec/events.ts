import type { Fields, Value } from '../../../event.js';
import { seal } from '../../envelope.js';
import { epochTime } from '../../formats/shared/time.js';
import { isFields, text } from '../../formats/shared/values.js';
import { LineSplitter } from '../../lines.js';
import { ObjectSplitter } from '../../objects.js';
import { type RefusedLine, sampleOf } from '../../records.js';
import type { Grant } from '../../tokens.js';
import { type BodyReader, sourceOf } from '../reception.js';
import type { RequestRecords } from '../request.js';
import type { HecCode } from './faults.js';

/** What HEC calls metadata, in the address or beside an event. */
export interface Metadata {
  time?: Value;
  host?: Value;
  source?: Value;
  sourcetype?: Value;
  index?: Value;
  fields?: Value;
}

/** The first event that was refused. */
export interface FirstFault {
  code: HecCode;
  /** From 0. */
  number: number;
}

/** Cuts a body into records, and remembers what HEC tells its client. */
export interface HecReader extends BodyReader {
  readonly first: FirstFault | null;
}

/** Longest value of metadata that is kept, in characters. */
const LONGEST = 1024;
const MAX_FIELDS = 200;

/** The source of an event sent with a token for all sources: what Splunk calls its type, or else its index. */
export const hecSource = (grant: Grant, { sourcetype, index }: Metadata): string =>
  sourceOf(grant, [sourcetype, index], 'splunk');

/** A record with what HEC's metadata say about it. */
function withMetadata(metadata: Metadata, record: string): string {
  const time = epochTime(typeof metadata.time === 'string' ? Number(metadata.time) : (metadata.time as number));
  const host = short(metadata.host);
  const fields: Fields = {};
  for (const name of ['source', 'sourcetype', 'index'] as const) {
    const value = short(metadata[name]);
    if (value !== undefined) fields[name] = value;
  }
  if (isFields(metadata.fields)) {
    for (const [name, value] of Object.entries(metadata.fields).slice(0, MAX_FIELDS)) {
      const kept = Array.isArray(value) ? value.slice(0, MAX_FIELDS).map((item) => short(item) ?? null) : short(value);
      if (kept !== undefined && name !== '__proto__') fields[name.slice(0, LONGEST)] = kept;
    }
  }
  return seal({ ...(Number.isNaN(time) ? {} : { time }), ...(host === undefined ? {} : { host }), fields }, record);
}

const short = (value: Value): string | undefined => text(value)?.slice(0, LONGEST);

/** Reads the bodies of `/services/collector/event`: objects `{event, time, host, source, sourcetype, index, fields}` on end. */
export class EventsReader implements HecReader {
  first: FirstFault | null = null;
  readonly #splitter: ObjectSplitter;

  constructor(
    private readonly records: RequestRecords,
    private readonly grant: Grant,
    private readonly defaults: Metadata,
    private readonly hold: (bytes: number) => void,
  ) {
    this.#splitter = new ObjectSplitter({
      line: (line, number, bytes) => this.#event(line, number, bytes),
      refuse: (refused) => this.#refuse(6, refused),
    });
  }

  push(chunk: Buffer): void {
    this.#splitter.push(chunk);
  }

  end(): void {
    this.#splitter.end();
  }

  #event(line: string, number: number, bytes: number): void {
    const refuse = (hec: HecCode, message: string) =>
      this.#refuse(hec, { code: 'MDR_LINE_JSON', message, number, sample: sampleOf(line), bytes });
    let envelope: Value;
    try {
      envelope = JSON.parse(line);
    } catch (error) {
      refuse(6, `Not valid JSON: ${(error as Error).message.slice(0, 200)}.`);
      return;
    }
    if (!isFields(envelope)) {
      refuse(6, 'Not an object.');
      return;
    }
    const { event } = envelope as Metadata & { event?: Value };
    if (event === undefined || event === null) {
      refuse(12, 'The object has no "event".');
      return;
    }
    if (typeof event === 'string' && event.trim() === '') {
      refuse(13, 'Its "event" is blank.');
      return;
    }
    let record: string;
    try {
      record = typeof event === 'string' ? event.replace(/[\r\n]+/g, ' ').trim() : JSON.stringify(event);
    } catch {
      // JSON.stringify exhausts the stack where JSON.parse did not.
      const message = 'The event is nested too deep.';
      this.#refuse(6, { code: 'MDR_LINE_TOO_DEEP', message, number, sample: sampleOf(line), bytes });
      return;
    }
    const metadata: Metadata = { ...this.defaults, ...envelope };
    const sealed = withMetadata(metadata, record);
    const size = Buffer.byteLength(sealed);
    this.hold(size);
    if (!this.records.accept(sealed, size, number, hecSource(this.grant, metadata)))
      this.first ??= { code: 6, number: number - 1 };
  }

  #refuse(code: HecCode, refused: RefusedLine): void {
    this.first ??= { code, number: refused.number - 1 };
    this.records.refuse(refused);
  }
}

/**
 * Reads the bodies of `/services/collector/raw`: lines, with the metadata of the address. HEC has no answer that names a line, so
 * only a body without any good one is an error.
 */
export function rawReader(records: RequestRecords, metadata: Metadata, hold: (bytes: number) => void): HecReader {
  const prefix = withMetadata(metadata, '');
  const extra = Buffer.byteLength(prefix);
  const lines = new LineSplitter({
    line(line, number, bytes) {
      hold(extra);
      records.accept(prefix + line, bytes + extra, number);
    },
    refuse: (refused) => records.refuse(refused),
  });
  return {
    push: (chunk) => lines.push(chunk),
    end: () => lines.end(),
    get first() {
      return records.accepted === 0 && records.refused.count > 0 ? { code: 6 as const, number: 0 } : null;
    },
  };
}

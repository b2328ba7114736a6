import { MdrError } from '../../errors.js';
import { Batcher } from '../batch.js';
import type { Format } from '../formats/types.js';
import { type RecordKind, RecordReader } from '../reader.js';
import { type RecordSink, SAMPLE_BYTES, sampleOf } from '../records.js';
import { Refusals } from '../refusals.js';

/** Records in one request: bounds what millions of tiny ones cost. */
const MAX_REQUEST_RECORDS = 1_000_000;

/** How to read a body, by the format asked for and its Content-Type; when neither tells, by its first bytes. */
export function kindOf(contentType: string, format: Format | null): RecordKind {
  if (format) return format.kind === 'json' ? 'json' : 'text';
  const type = contentType.split(';', 1)[0]!.trim().toLowerCase();
  if (type === 'text/plain') return 'text';
  return /^application\/(?:[a-z.-]+\+)?(?:json|x-json|ndjson|x-ndjson|jsonl|x-jsonlines|jsonlines)$/.test(type)
    ? 'json'
    : 'auto';
}

/** What is wrong with a line that should be a JSON object, or null. */
function faultOf(line: string): string | null {
  try {
    const value: unknown = JSON.parse(line);
    if (typeof value === 'object' && value !== null && !Array.isArray(value)) return null;
    return `A record must be a JSON object, not ${Array.isArray(value) ? 'an array' : value === null ? 'null' : `a ${typeof value}`}.`;
  } catch (error) {
    return `Not valid JSON: ${(error as Error).message.slice(0, 200)}.`;
  }
}

/** One request's records, taken in as its body arrives: checked, and cut into batches. Nothing is stored yet. */
export class RequestRecords implements RecordSink {
  readonly batches: string[][] = [];
  readonly refused = new Refusals();
  accepted = 0;
  /** How the body begins, for the dead letter of a request refused as a whole. */
  head = Buffer.alloc(0);
  bytes = 0;
  readonly #batcher = new Batcher();
  readonly #reader: RecordReader;

  constructor(kind: RecordKind) {
    this.#reader = new RecordReader(this, kind);
  }

  push(chunk: Buffer): void {
    if (this.head.length < SAMPLE_BYTES) this.head = Buffer.concat([this.head, chunk.subarray(0, SAMPLE_BYTES)]);
    this.bytes += chunk.length;
    this.#reader.push(chunk);
  }

  end(): void {
    this.#reader.end();
    const rest = this.#batcher.take();
    if (rest) this.batches.push(rest);
  }

  line(text: string, number: number, bytes: number): void {
    const fault = this.#reader.kind === 'json' ? faultOf(text) : null;
    if (fault) {
      this.refuse({ code: 'MDR_LINE_JSON', message: fault, number, sample: sampleOf(text), bytes });
      return;
    }
    this.accepted += 1;
    this.#bound();
    const batch = this.#batcher.add(text, bytes);
    if (batch) this.batches.push(batch);
  }

  refuse(refused: Parameters<RecordSink['refuse']>[0]): void {
    this.refused.add(refused);
    this.#bound();
  }

  #bound(): void {
    if (this.accepted + this.refused.count <= MAX_REQUEST_RECORDS) return;
    const message = `The body has more than ${MAX_REQUEST_RECORDS} records.`;
    throw new MdrError('MDR_BODY_TOO_LARGE', message, 'Send them in several requests.');
  }
}

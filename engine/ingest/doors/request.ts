import { MdrError } from '../../errors.js';
import { Batcher } from '../batch.js';
import { MAX_RECORD_BYTES, type RefusedLine, SAMPLE_BYTES, sampleOf, tooLong } from '../records.js';
import { Refusals } from '../refusals.js';

/** Records in one request: bounds what millions of tiny ones cost. */
const MAX_REQUEST_RECORDS = 1_000_000;
/** Sources that the records of one request may name; those beyond are the door's own. */
const MAX_REQUEST_SOURCES = 16;

/** Records of one source in one request, cut into batches. */
interface Pile {
  batcher: Batcher;
  batches: string[][];
}

/** One request's records, taken in as its body arrives, and cut into batches by source. Nothing is stored yet. */
export class RequestRecords {
  readonly refused = new Refusals();
  accepted = 0;
  /** How the body begins, for the dead letter of a request refused as a whole. */
  head = Buffer.alloc(0);
  /** Of the body, decompressed. */
  bytes = 0;
  /** Batches made of what was accepted; known once `batches()` was called. */
  stored = 0;
  readonly #piles = new Map<string, Pile>();

  /** @param source of records that name none */
  constructor(readonly source: string) {}

  /** A piece of the body has come. */
  seen(chunk: Buffer): void {
    if (this.head.length < SAMPLE_BYTES) this.head = Buffer.concat([this.head, chunk.subarray(0, SAMPLE_BYTES)]);
    this.bytes += chunk.length;
  }

  /**
   * @param bytes size of the line in UTF-8
   * @returns false when it is too long, and refused for that
   */
  accept(line: string, bytes: number, number: number, source = this.source): boolean {
    if (bytes > MAX_RECORD_BYTES) {
      this.refuse(tooLong(sampleOf(line), number, bytes));
      return false;
    }
    this.accepted += 1;
    this.#bound();
    const pile = this.#pile(source);
    const batch = pile.batcher.add(line, bytes);
    if (batch) pile.batches.push(batch);
    return true;
  }

  refuse(refused: RefusedLine): void {
    this.refused.add(refused);
    this.#bound();
  }

  /** Everything accepted, by source. */
  batches(): { source: string; batches: string[][] }[] {
    return [...this.#piles].map(([source, { batcher, batches }]) => {
      const rest = batcher.take();
      if (rest) batches.push(rest);
      this.stored += batches.length;
      return { source, batches };
    });
  }

  #pile(source: string): Pile {
    const name = this.#piles.has(source) || this.#piles.size < MAX_REQUEST_SOURCES ? source : this.source;
    let pile = this.#piles.get(name);
    if (!pile) {
      pile = { batcher: new Batcher(), batches: [] };
      this.#piles.set(name, pile);
    }
    return pile;
  }

  #bound(): void {
    if (this.accepted + this.refused.count <= MAX_REQUEST_RECORDS) return;
    const message = `The body has more than ${MAX_REQUEST_RECORDS} records.`;
    throw new MdrError('MDR_BODY_TOO_LARGE', message, 'Send them in several requests.');
  }
}

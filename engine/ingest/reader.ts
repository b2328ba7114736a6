import { ElementSplitter } from './elements.js';
import { LineSplitter } from './lines.js';
import type { RecordSink, Splitter } from './records.js';

/** `json`: each record must be a JSON object. `text`: lines of text. `auto`: found out from the first bytes. */
export type RecordKind = 'json' | 'text' | 'auto';

const HEAD_BYTES = 256;
/** CloudTrail's files, messages of Azure's event hubs, and what the Kubernetes API server sends to a webhook. */
const RECORDS =
  /^\s*\{\s*(?:"[Rr]ecords"|"kind"\s*:\s*"EventList"\s*,\s*"apiVersion"\s*:\s*"audit\.k8s\.io\/\w{1,16}"\s*,\s*"metadata"\s*:\s*\{\s*\}\s*,\s*"items")\s*:\s*\[/;
const ARRAY = /^\s*\[/;
const ARRAY_OF_OBJECTS = /^\s*\[\s*(?:[{\]]|$)/;
const CLOSING = /^[\s}]*/;

/** Whether content that begins so is one JSON document (an array, or records in an envelope: `{"Records":[…]}`), not lines. */
export function isDocument(head: Buffer): boolean {
  const text = head.toString('latin1').replace(/^\u00ef\u00bb\u00bf/, '');
  return RECORDS.test(text) || ARRAY_OF_OBJECTS.test(text);
}

/**
 * Cuts bytes into records, whatever they come as: lines (text or NDJSON), a JSON array, or an envelope such as the `{"Records":[…]}`
 * of CloudTrail's files; one after the other, if need be. Records of a document come out as one line each, in their own spelling.
 */
export class RecordReader implements Splitter {
  readonly #sink: RecordSink;
  readonly #wanted: RecordKind;
  #head: Buffer | null = Buffer.alloc(0);
  #lines: LineSplitter | null = null;
  #elements: ElementSplitter | null = null;
  #ended = 0;
  /** A document has ended, be it an empty one. */
  #behind = false;
  /** What the records are; known from the first record on. */
  kind: 'json' | 'text';

  constructor(sink: RecordSink, wanted: RecordKind = 'auto') {
    this.#sink = sink;
    this.#wanted = wanted;
    this.kind = wanted === 'json' ? 'json' : 'text';
  }

  push(chunk: Buffer): void {
    let rest = chunk;
    while (rest.length > 0) {
      if (this.#lines) {
        this.#lines.push(rest);
        return;
      }
      if (this.#elements) {
        const behind = this.#elements.push(rest);
        if (behind < 0) return;
        this.#ended = this.#elements.ended;
        this.#behind = true;
        this.#elements = null;
        this.#head = Buffer.alloc(0);
        rest = rest.subarray(behind);
      } else {
        const head = this.#head?.length ? Buffer.concat([this.#head, rest]) : rest;
        this.#head = head;
        if (head.length < HEAD_BYTES) return;
        rest = this.#begin(head);
      }
    }
  }

  end(): void {
    for (let head = this.#head; head && head.length > 0; head = this.#head) this.push(this.#begin(head));
    this.#elements?.end();
    this.#lines?.end();
  }

  /** Decide by the first bytes. @returns what is to be read next */
  #begin(head: Buffer): Buffer {
    this.#head = null;
    const text = head.toString('latin1', 0, HEAD_BYTES);
    // Behind a document, only its closing brace and further documents make sense.
    const skipped = this.#behind ? CLOSING.exec(text)![0].length : text.startsWith('\u00ef\u00bb\u00bf') ? 3 : 0;
    const start = text.slice(skipped);
    const array = this.#wanted === 'json' || this.#behind ? ARRAY : ARRAY_OF_OBJECTS;
    const opening =
      this.#wanted === 'text' ? null : (RECORDS.exec(start) ?? (array.test(start) ? ARRAY.exec(start) : null));
    if (opening) {
      this.kind = 'json';
      this.#elements = new ElementSplitter(this.#sink, this.#ended);
      return head.subarray(skipped + opening[0].length);
    }
    if (this.#wanted === 'auto' && /^\s*\{/.test(start)) this.kind = 'json';
    this.#lines = new LineSplitter(this.#sink, this.#ended);
    return head.subarray(skipped);
  }
}

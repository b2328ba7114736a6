import { type ErrorCode, MdrError } from '../../../errors.js';
import { isFields } from '../../formats/shared/values.js';
import { LineSplitter } from '../../lines.js';
import { type RefusedLine, sampleOf } from '../../records.js';
import type { Grant } from '../../tokens.js';
import { type BodyReader, sourceOf } from '../reception.js';
import type { RequestRecords } from '../request.js';
import { type Fault, malformed } from './wording.js';

/** Items in one request: the answer has a line for each. */
const MAX_ITEMS = 100_000;
/** What an item and its place in the answer cost in memory, in bytes. */
const ITEM_BYTES = 300;
const ACTIONS = ['index', 'create', 'update', 'delete'] as const;
type Action = (typeof ACTIONS)[number];

/** One item of a bulk request and what became of it. */
export interface Item {
  action: Action;
  index: string;
  /** As the client named it; null: it is for us to name. */
  id: string | null;
  /** Nothing: it was taken. */
  fault?: Fault;
}

/** Elasticsearch's own bounds of an index name; what else it forbids does no harm here. */
// biome-ignore lint/suspicious/noControlCharactersInRegex: they are what is looked for
const BAD_INDEX = /[\u0000-\u0020"*\\<|,>/?#\u007f]|^\.{0,2}$/;
const MAX_INDEX_BYTES = 255;
const MAX_ID_BYTES = 512;

/** `winlogbeat-8.11.0-2026.11.24-000001` is the source `winlogbeat`: versions and dates change, and events stay the same. */
const CHANGING = /(?:-v?\d+(?:\.\d+)*)+$/;

/** The source of records for an index, sent with a token for all sources. */
export const bulkSource = (grant: Grant, index: string): string =>
  sourceOf(grant, [index.replace(/^\.+(?:ds-)?/, '').replace(CHANGING, ''), index], 'elasticsearch');

/** @returns what is wrong with an index name, or null */
export function indexFault(index: string): Fault | null {
  if (!BAD_INDEX.test(index) && Buffer.byteLength(index) <= MAX_INDEX_BYTES) return null;
  const reason = `Invalid index name [${index.slice(0, 64)}]: it must be 1 to ${MAX_INDEX_BYTES} bytes without blanks, control characters, or any of "*\\<|,>/?#`;
  return { type: 'invalid_index_name_exception', reason };
}

/** @returns what is wrong with a document, or null */
export function documentFault(line: string): Fault | null {
  let reason = 'a document must be a JSON object';
  try {
    if (isFields(JSON.parse(line))) return null;
  } catch (error) {
    reason = (error as Error).message.slice(0, 200);
  }
  return { type: 'document_parsing_exception', reason: `failed to parse: ${reason}` };
}

/** Reads the body of a bulk request: a line that says what to do, and one with the document for all but `delete`. */
export class ItemsReader implements BodyReader {
  readonly items: Item[] = [];
  /** The item whose document comes next. */
  #waiting: Item | null = null;
  readonly #lines: LineSplitter;
  readonly #sources = new Map<string, string>();

  /** @param index from the address; null: each item names its own */
  constructor(
    private readonly records: RequestRecords,
    private readonly grant: Grant,
    private readonly index: string | null,
    private readonly hold: (bytes: number) => void,
  ) {
    this.#lines = new LineSplitter({
      line: (text, number, bytes) => this.#line(text, number, bytes),
      refuse: (refused) => this.#unreadable(refused),
    });
  }

  push(chunk: Buffer): void {
    this.#lines.push(chunk);
  }

  end(): void {
    this.#lines.end();
    if (this.#waiting) throw malformed(this.#lines.ended, 'the last item has no document');
    if (this.items.length === 0) throw malformed(0, 'request body is required');
  }

  #line(text: string, number: number, bytes: number): void {
    const item = this.#waiting;
    if (item === null) {
      this.#action(text, number, bytes);
      return;
    }
    this.#waiting = null;
    const fault = item.fault ?? documentFault(text);
    if (fault) this.#refuse(item, fault, 'MDR_LINE_JSON', text, number, bytes);
    else if (!this.records.accept(text, bytes, number, this.#source(item.index)))
      item.fault = { type: 'document_parsing_exception', reason: 'the document is too long' };
  }

  #action(text: string, number: number, bytes: number): void {
    if (this.items.length >= MAX_ITEMS) {
      const message = `The request has more than ${MAX_ITEMS} items.`;
      throw new MdrError('MDR_BODY_TOO_LARGE', message, 'Send them in several requests.');
    }
    this.hold(ITEM_BYTES);
    const item = this.#read(text, number);
    this.items.push(item);
    if (item.action !== 'delete') this.#waiting = item;
    if (item.fault && item.action === 'delete') this.#refuse(item, item.fault, 'MDR_BULK_ITEM', text, number, bytes);
  }

  /** @throws MdrError MDR_BULK_ITEM: behind a line that says nothing, lines cannot be told apart */
  #read(text: string, number: number): Item {
    let line: unknown;
    try {
      line = JSON.parse(text);
    } catch {
      throw malformed(number, 'expected a JSON object');
    }
    const [action, ...others] = isFields(line) ? Object.keys(line) : [];
    const meta = isFields(line) && action !== undefined ? line[action] : undefined;
    const known = ACTIONS.find((name) => name === action);
    if (!known || others.length > 0 || !isFields(meta))
      throw malformed(number, `expected one of ${ACTIONS.join(', ')} with an object`);
    const named = typeof meta._index === 'string' ? meta._index : this.index;
    const index = named ?? bulkSource(this.grant, '');
    const id = typeof meta._id === 'string' && Buffer.byteLength(meta._id) <= MAX_ID_BYTES ? meta._id : null;
    const fault = this.#fault(known, named);
    return { action: known, index: fault ? index.slice(0, 64) : index, id, ...(fault ? { fault } : {}) };
  }

  #fault(action: Action, index: string | null): Fault | null {
    if (action === 'index' || action === 'create') return index === null ? null : indexFault(index);
    const reason = `"${action}" is not taken: events are kept as they came; use "create" or "index"`;
    return { type: 'illegal_argument_exception', reason };
  }

  #refuse(item: Item, fault: Fault, code: ErrorCode, text: string, number: number, bytes: number): void {
    const why = item.fault ? 'MDR_BULK_ITEM' : code;
    item.fault = fault;
    this.records.refuse({ code: why, message: fault.reason, number, sample: sampleOf(text), bytes });
  }

  /** A line that is too long or not UTF-8. */
  #unreadable(refused: RefusedLine): void {
    const item = this.#waiting;
    if (!item) throw malformed(refused.number, refused.message);
    this.#waiting = null;
    item.fault ??= { type: 'document_parsing_exception', reason: refused.message };
    this.records.refuse(refused);
  }

  #source(index: string): string {
    let source = this.#sources.get(index);
    if (source === undefined) {
      source = bulkSource(this.grant, index);
      if (this.#sources.size < 1000) this.#sources.set(index, source);
    }
    return source;
  }
}

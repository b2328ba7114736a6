import type { Analyzer, Said, Way } from './types.js';

const MAX_HEAD = 16 * 1024;
/** Requests without an answer yet, of one connection. */
const MAX_OPEN = 32;
const MAX_VALUE = 1024;
/** Of one request besides its URI, about. */
const HELD = 6 * MAX_VALUE;
const MAX_URI = 8192;
const REQUEST =
  /^(GET|POST|HEAD|PUT|DELETE|OPTIONS|PATCH|TRACE|CONNECT|PROPFIND|PROPPATCH|MKCOL|COPY|MOVE|LOCK|UNLOCK|SEARCH|REPORT) /;
const ANSWER = /^HTTP\/1\.[01] (\d{3})(?: ([^\r\n]{0,200}))?/;
const FIRST_LINE = /^([A-Z]{3,9}) (\S{1,8192})(?: HTTP\/(1\.[01]))?\r?$/;
const END = /\r?\n\r?\n/;

/** Names of headers that become fields, of requests and of answers. */
const ASKED: Readonly<Record<string, string>> = {
  host: 'host',
  'user-agent': 'user_agent',
  referer: 'referrer',
  origin: 'origin',
};

/** Whether a connection's first bytes are a request. */
export const isRequest = (piece: Buffer): boolean => REQUEST.test(piece.toString('latin1', 0, 12));

/**
 * Requests with their answers' heads. Heads are looked for where packets begin, which is where programs put them: so bodies of any kind
 * and lost packets cost nothing.
 */
export class Http implements Analyzer {
  readonly service = 'http';
  readonly #heads: [string | null, string | null] = [null, null];
  readonly #open: Said[] = [];
  readonly #said: Said[] = [];
  #depth = 0;
  /** Of the heads of the requests that are open. */
  #asked = 0;

  get held(): number {
    return this.#asked + (this.#heads[0]?.length ?? 0) + (this.#heads[1]?.length ?? 0);
  }

  take(way: Way, piece: Buffer, time: number): void {
    let head = this.#heads[way];
    if (head === null) {
      const begin = piece.toString('latin1', 0, 12);
      if (!(way === 0 ? REQUEST.test(begin) : begin.startsWith('HTTP/1.'))) return;
      head = '';
    }
    head += piece.toString('latin1', 0, MAX_HEAD - head.length);
    const end = END.exec(head);
    if (!end && head.length < MAX_HEAD) {
      this.#heads[way] = head;
      return;
    }
    this.#heads[way] = null;
    const lines = head.slice(0, end?.index ?? MAX_HEAD).split('\n');
    if (way === 0) this.#request(lines, time);
    else this.#answer(lines);
  }

  #request(lines: string[], time: number): void {
    const first = FIRST_LINE.exec(lines[0] ?? '');
    if (!first) return;
    const fields: Record<string, unknown> = { method: first[1], uri: utf8(first[2]!).slice(0, MAX_URI) };
    if (first[3]) fields.version = first[3];
    fields.trans_depth = ++this.#depth;
    const headers = headersOf(lines);
    for (const [header, field] of Object.entries(ASKED)) {
      const value = headers.get(header);
      if (value !== undefined) fields[field] = value;
    }
    // Without a port, as it is in Zeek's log.
    if (typeof fields.host === 'string') fields.host = fields.host.replace(/:\d{1,5}$/, '');
    fields.request_body_len = lengthIn(headers);
    const user = userIn(headers.get('authorization'));
    if (user !== undefined) fields.username = user;
    if (this.#open.length >= MAX_OPEN) this.#done();
    this.#open.push({ log: 'http', time, fields });
    this.#asked += HELD + String(fields.uri).length;
  }

  #done(): void {
    const done = this.#open.shift()!;
    this.#asked -= HELD + String(done.fields.uri).length;
    this.#said.push(done);
  }

  #answer(lines: string[]): void {
    const first = ANSWER.exec(lines[0] ?? '');
    const asked = first && this.#open[0];
    if (!asked) return;
    const status = Number(first[1]);
    // "Continue", and what is like it, come before the answer.
    if (status < 200 && status !== 101) return;
    const headers = headersOf(lines);
    asked.fields.status_code = status;
    if (first[2]) asked.fields.status_msg = utf8(first[2]).trim();
    asked.fields.response_body_len = lengthIn(headers);
    const type = headers.get('content-type')?.split(';')[0]?.trim();
    if (type) asked.fields.resp_mime_types = [type.slice(0, 100)];
    const name = /filename="?([^";]{1,255})/i.exec(headers.get('content-disposition') ?? '')?.[1];
    if (name) asked.fields.resp_filenames = [name];
    this.#done();
  }

  said(ended: boolean): Said[] {
    if (ended) while (this.#open.length > 0) this.#done();
    return this.#said.splice(0);
  }
}

const utf8 = (text: string): string => Buffer.from(text, 'latin1').toString('utf8');

function headersOf(lines: string[]): Map<string, string> {
  const headers = new Map<string, string>();
  for (const line of lines.slice(1, 101)) {
    const colon = line.indexOf(':');
    if (colon < 1 || colon > 64) continue;
    const name = line.slice(0, colon).toLowerCase();
    if (!headers.has(name)) headers.set(name, utf8(line.slice(colon + 1).trim()).slice(0, MAX_VALUE));
  }
  return headers;
}

const lengthIn = (headers: Map<string, string>): number =>
  Number(/^\d{1,15}$/.exec(headers.get('content-length') ?? '')?.[0] ?? 0);

/** The name before a password that was sent in the clear; the password stays where it is. */
function userIn(authorization: string | undefined): string | undefined {
  const packed = /^Basic ([A-Za-z0-9+/=]{1,1024})$/i.exec(authorization ?? '')?.[1];
  const pair = packed === undefined ? '' : Buffer.from(packed, 'base64').toString('utf8');
  const colon = pair.indexOf(':');
  return colon > 0 ? pair.slice(0, Math.min(colon, 128)) : undefined;
}

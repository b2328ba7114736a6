import type { Analyzer, Said, Way } from './types.js';

const MAX_NAME = 255;
const MAX_ANSWERS = 50;
/** Questions without an answer yet, of one flow. */
const MAX_OPEN = 64;
/** Of one question, about. */
const HELD = 700;
/** A message over TCP. */
const MAX_MESSAGE = 16 * 1024;
const TYPES: Readonly<Record<number, string>> = {
  1: 'A',
  2: 'NS',
  5: 'CNAME',
  6: 'SOA',
  10: 'NULL',
  12: 'PTR',
  13: 'HINFO',
  15: 'MX',
  16: 'TXT',
  28: 'AAAA',
  33: 'SRV',
  35: 'NAPTR',
  43: 'DS',
  46: 'RRSIG',
  48: 'DNSKEY',
  64: 'SVCB',
  65: 'HTTPS',
  255: '*',
  257: 'CAA',
};
const CODES = ['NOERROR', 'FORMERR', 'SERVFAIL', 'NXDOMAIN', 'NOTIMP', 'REFUSED'];

export const DNS_PORTS: ReadonlySet<number> = new Set([53, 5353, 5355]);

interface Message {
  id: number;
  isAnswer: boolean;
  query: string;
  type: number;
  code: number;
  answers: string[];
  ttls: number[];
  flags: { AA: boolean; TC: boolean; RD: boolean; RA: boolean };
}

/** A name, and where it ends. Pointers lead to earlier bytes only, so that none goes round. @returns null: it is none */
function nameAt(message: Buffer, from: number): { name: string; end: number } | null {
  let name = '';
  let at = from;
  let end = -1;
  let before = from;
  while (at < message.length) {
    const length = message[at]!;
    if (length === 0) return { name, end: end < 0 ? at + 1 : end };
    if (length >= 192) {
      if (at + 2 > message.length) return null;
      const target = message.readUInt16BE(at) & 0x3fff;
      if (target >= before) return null;
      if (end < 0) end = at + 2;
      before = target;
      at = target;
      continue;
    }
    if (length > 63 || at + 1 + length > message.length) return null;
    const label = message.toString('latin1', at + 1, at + 1 + length).replaceAll('.', '\\.');
    name += name === '' ? label : `.${label}`;
    if (name.length > MAX_NAME) return null;
    at += 1 + length;
  }
  return null;
}

/** @returns null for what is no DNS message */
export function readMessage(message: Buffer): Message | null {
  if (message.length < 17) return null;
  const flags = message.readUInt16BE(2);
  // Questions (opcode 0) only: no updates, no transfers.
  if (((flags >> 11) & 15) !== 0 || message.readUInt16BE(4) !== 1) return null;
  const question = nameAt(message, 12);
  if (!question || question.end + 4 > message.length) return null;
  const answers: string[] = [];
  const ttls: number[] = [];
  let at = question.end + 4;
  const count = Math.min(message.readUInt16BE(6), MAX_ANSWERS);
  for (let n = 0; n < count; n++) {
    const owner = nameAt(message, at);
    if (!owner || owner.end + 10 > message.length) break;
    const from = owner.end + 10;
    const until = from + message.readUInt16BE(owner.end + 8);
    if (until > message.length) break;
    answers.push(answerOf(message, message.readUInt16BE(owner.end), from, until));
    ttls.push(message.readUInt32BE(owner.end + 4));
    at = until;
  }
  return {
    id: message.readUInt16BE(0),
    isAnswer: (flags & 0x8000) !== 0,
    query: question.name.toLowerCase(),
    type: message.readUInt16BE(question.end),
    code: flags & 15,
    answers,
    ttls,
    flags: {
      AA: (flags & 0x400) !== 0,
      TC: (flags & 0x200) !== 0,
      RD: (flags & 0x100) !== 0,
      RA: (flags & 0x80) !== 0,
    },
  };
}

function answerOf(message: Buffer, type: number, from: number, until: number): string {
  const data = message.subarray(from, until);
  if (type === 1 && data.length === 4) return data.join('.');
  if (type === 28 && data.length === 16)
    return Array.from({ length: 8 }, (_, i) => data.readUInt16BE(i * 2).toString(16)).join(':');
  if (type === 2 || type === 5 || type === 12) return nameAt(message, from)?.name.toLowerCase() ?? '';
  if (type === 15) return nameAt(message, from + 2)?.name.toLowerCase() ?? '';
  if (type === 33) return nameAt(message, from + 6)?.name.toLowerCase() ?? '';
  if (type === 16) {
    let text = '';
    for (let at = 0; at < data.length; at += 1 + data[at]!) text += data.toString('latin1', at + 1, at + 1 + data[at]!);
    return `TXT ${text.length} ${text}`.slice(0, 512);
  }
  return `<${typeOf(type)}>`;
}

const typeOf = (type: number): string => TYPES[type] ?? `query-${type}`;

/** Questions and their answers, one record for both. */
export class Dns implements Analyzer {
  readonly service = 'dns';
  readonly #open = new Map<string, { message: Message; time: number }>();
  readonly #said: Said[] = [];
  readonly #held: [Buffer, Buffer] = [Buffer.alloc(0), Buffer.alloc(0)];

  get held(): number {
    return this.#open.size * HELD + this.#held[0].length + this.#held[1].length;
  }

  /** @param framed over TCP, where a length stands before each message */
  constructor(private readonly framed: boolean) {}

  take(way: Way, piece: Buffer, time: number): void {
    if (!this.framed) {
      this.#message(piece, time);
      return;
    }
    let rest = Buffer.concat([this.#held[way], piece]);
    while (rest.length >= 2) {
      const size = rest.readUInt16BE(0);
      if (rest.length < 2 + size) break;
      this.#message(rest.subarray(2, 2 + size), time);
      rest = rest.subarray(2 + size);
    }
    this.#held[way] = rest.length > MAX_MESSAGE ? Buffer.alloc(0) : Buffer.from(rest);
  }

  #message(bytes: Buffer, time: number): void {
    const message = readMessage(bytes);
    if (!message) return;
    const key = `${message.id}/${message.type}/${message.query}`;
    const open = this.#open.get(key);
    if (message.isAnswer) {
      this.#open.delete(key);
      this.#tell(open?.message ?? message, open?.time ?? time, message, time);
    } else if (!open) {
      const [oldest] = this.#open;
      if (oldest && this.#open.size >= MAX_OPEN) {
        this.#open.delete(oldest[0]);
        this.#tell(oldest[1].message, oldest[1].time, null, 0);
      }
      this.#open.set(key, { message, time });
    }
  }

  #tell(query: Message, time: number, answer: Message | null, answered: number): void {
    const fields: Record<string, unknown> = {
      trans_id: query.id,
      query: query.query,
      qtype: query.type,
      qtype_name: typeOf(query.type),
      RD: query.flags.RD,
    };
    if (answer) {
      fields.rtt = Math.max(0, answered - time) / 1000;
      fields.rcode = answer.code;
      fields.rcode_name = CODES[answer.code] ?? `rcode-${answer.code}`;
      fields.AA = answer.flags.AA;
      fields.TC = answer.flags.TC;
      fields.RA = answer.flags.RA;
      fields.rejected = answer.code === 5;
      if (answer.answers.length > 0) {
        fields.answers = answer.answers;
        fields.TTLs = answer.ttls;
      }
    }
    this.#said.push({ log: 'dns', time, fields });
  }

  said(ended: boolean): Said[] {
    if (ended) {
      for (const { message, time } of this.#open.values()) this.#tell(message, time, null, 0);
      this.#open.clear();
    }
    return this.#said.splice(0);
  }
}

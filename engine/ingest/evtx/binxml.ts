import { type Budget, Fault } from './fault.js';
import { TYPE, type Typed, utf16 } from './values.js';

/** Elements and templates inside one another. */
export const MAX_DEPTH = 48;
const MAX_VALUES = 4096;

export interface Element {
  name: string;
  attributes: { name: string; content: Content[] }[];
  content: Content[];
}

/** What stands in an element: text, a value, the place of one of the template's values, an element, or a template filled in. */
export type Content =
  | string
  | { value: Typed }
  | { slot: number }
  | { element: Element }
  | { template: Content[]; values: Typed[] };

const ENTITIES: Record<string, string> = { amp: '&', lt: '<', gt: '>', quot: '"', apos: "'" };

/** Token bytes; 0x40 says that more follows, which the tokens show by themselves. */
const TOKEN = {
  end: 0x00,
  open: 0x01,
  closeStart: 0x02,
  closeEmpty: 0x03,
  close: 0x04,
  value: 0x05,
  attribute: 0x06,
  cdata: 0x07,
  charRef: 0x08,
  entityRef: 0x09,
  piTarget: 0x0a,
  piData: 0x0b,
  template: 0x0c,
  slot: 0x0d,
  optionalSlot: 0x0e,
  fragment: 0x0f,
};

/**
 * Binary XML of one chunk of an event log (MS-EVEN6, 2.2.12). Names and templates are defined once in a chunk and named by their
 * offset: each is read once. Every offset is checked, every step is paid for.
 */
export class BinXml {
  readonly #names = new Map<number, string>();
  /** null while it is being read: a template within itself. */
  readonly #templates = new Map<number, Content[] | null>();

  constructor(private readonly chunk: Buffer) {}

  /** What stands between two offsets of the chunk. @throws Fault, RangeError when it is not binary XML */
  read(start: number, end: number, budget: Budget): Content[] {
    return new Reader(this.chunk.subarray(0, end), start, { budget, defined: false, owner: this }).all(0);
  }

  /** A value that is binary XML itself. */
  readValue({ bytes }: Typed, budget: Budget): Content[] {
    const start = bytes.byteOffset - this.chunk.byteOffset;
    return this.read(start, start + bytes.length, budget);
  }

  /** Name by its offset: next name (4), hash (2), characters (2), UTF-16, NUL. */
  name(offset: number): string {
    let name = this.#names.get(offset);
    if (name === undefined) {
      const start = offset + 8;
      const length = this.chunk.readUInt16LE(offset + 6) * 2;
      if (start + length > this.chunk.length) throw new Fault('a name reaches beyond its chunk');
      name = utf16(this.chunk.subarray(start, start + length));
      this.#names.set(offset, name);
    }
    return name;
  }

  /** Bytes that a name takes. */
  nameSize(offset: number): number {
    return 10 + this.chunk.readUInt16LE(offset + 6) * 2;
  }

  /** Definition by its offset: next template (4), GUID (16), size (4), content. */
  template(offset: number, budget: Budget, depth: number): Content[] {
    const known = this.#templates.get(offset);
    if (known) return known;
    if (known === null) throw new Fault('a template holds itself');
    const size = this.templateSize(offset);
    this.#templates.set(offset, null);
    try {
      const body = this.chunk.subarray(0, offset + size);
      const content = new Reader(body, offset + 24, { budget, defined: true, owner: this }).all(depth);
      this.#templates.set(offset, content);
      return content;
    } finally {
      if (this.#templates.get(offset) === null) this.#templates.delete(offset);
    }
  }

  templateSize(offset: number): number {
    const size = 24 + this.chunk.readUInt32LE(offset + 20);
    if (offset + size > this.chunk.length) throw new Fault('a template reaches beyond its chunk');
    return size;
  }
}

interface Reading {
  budget: Budget;
  /** Inside a template's definition, where elements carry the number of a value that they depend on. */
  defined: boolean;
  owner: BinXml;
}

/** Reads tokens from `at` to the end of `bytes`, which begin where the chunk begins. */
class Reader {
  constructor(
    private readonly bytes: Buffer,
    private at: number,
    private readonly reading: Reading,
  ) {}

  all(depth: number): Content[] {
    const content: Content[] = [];
    while (this.at < this.bytes.length) {
      const token = this.#token();
      if (token === TOKEN.end) break;
      this.#one(token, content, depth);
    }
    return content;
  }

  #token(): number {
    this.reading.budget.spend(1);
    return this.bytes.readUInt8(this.at++) & 0xbf;
  }

  #one(token: number, into: Content[], depth: number): void {
    if (depth > MAX_DEPTH) throw new Fault('its elements are nested too deep');
    switch (token) {
      case TOKEN.open:
        into.push({ element: this.#element(depth + 1) });
        return;
      case TOKEN.value:
        into.push(this.#value());
        return;
      case TOKEN.cdata:
        into.push(this.#text());
        return;
      case TOKEN.charRef:
        into.push(String.fromCharCode(this.#u16()));
        return;
      case TOKEN.entityRef:
        into.push(ENTITIES[this.#name()] ?? '');
        return;
      case TOKEN.piTarget:
        this.#name();
        return;
      case TOKEN.piData:
        this.#text();
        return;
      case TOKEN.template:
        into.push(this.#instance(depth + 1));
        return;
      case TOKEN.slot:
      case TOKEN.optionalSlot:
        into.push({ slot: this.#u16() });
        this.at += 1;
        return;
      case TOKEN.fragment:
        this.at += 3;
        return;
      default:
        throw new Fault(`there is no token 0x${token.toString(16)}`);
    }
  }

  #element(depth: number): Element {
    const hasAttributes = (this.bytes.readUInt8(this.at - 1) & 0x40) !== 0;
    this.at += this.reading.defined ? 6 : 4;
    const element: Element = { name: this.#name(), attributes: [], content: [] };
    if (hasAttributes) this.at += 4;
    let token = this.#token();
    while (token === TOKEN.attribute) {
      const attribute = { name: this.#name(), content: [] as Content[] };
      element.attributes.push(attribute);
      token = this.#token();
      while (token !== TOKEN.attribute && token !== TOKEN.closeStart && token !== TOKEN.closeEmpty) {
        if (token === TOKEN.open) throw new Fault('an attribute holds an element');
        this.#one(token, attribute.content, depth);
        token = this.#token();
      }
    }
    if (token === TOKEN.closeEmpty) return element;
    if (token !== TOKEN.closeStart) throw new Fault('the start of an element does not end');
    for (token = this.#token(); token !== TOKEN.close; token = this.#token()) {
      if (token === TOKEN.end) throw new Fault('an element does not end');
      this.#one(token, element.content, depth);
    }
    return element;
  }

  #value(): Content {
    const type = this.bytes.readUInt8(this.at++);
    if (type === TYPE.string) return this.#text();
    const bytes = this.#take(this.#u16());
    return { value: { type, bytes } };
  }

  #instance(depth: number): Content {
    const { owner, budget } = this.reading;
    const offset = this.bytes.readUInt32LE(this.at + 5);
    this.at += 9;
    if (offset === this.at) this.at += owner.templateSize(offset);
    const count = this.#u32();
    if (count > MAX_VALUES) throw new Fault(`a template is given ${count} values`);
    budget.spend(count);
    const table = this.#take(count * 4);
    const values: Typed[] = [];
    for (let i = 0; i < table.length; i += 4)
      values.push({ type: table.readUInt8(i + 2), bytes: this.#take(table.readUInt16LE(i)) });
    return { template: owner.template(offset, budget, depth), values };
  }

  #name(): string {
    const { owner, budget } = this.reading;
    const offset = this.#u32();
    // Written where it is first used.
    if (offset === this.at) this.at += owner.nameSize(offset);
    const name = owner.name(offset);
    budget.spend(0, name.length);
    return name;
  }

  #text(): string {
    return utf16(this.#take(this.#u16() * 2));
  }

  #u16(): number {
    this.at += 2;
    return this.bytes.readUInt16LE(this.at - 2);
  }

  #u32(): number {
    this.at += 4;
    return this.bytes.readUInt32LE(this.at - 4);
  }

  #take(length: number): Buffer {
    if (this.at + length > this.bytes.length) throw new Fault('a value reaches beyond its record');
    this.at += length;
    return this.bytes.subarray(this.at - length, this.at);
  }
}

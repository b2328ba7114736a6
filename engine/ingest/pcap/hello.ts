import { createHash } from 'node:crypto';

export interface ClientHello {
  /** SNI, lower case; null: none. */
  name: string | null;
  protocols: string[];
  ja3: string;
}

export interface ServerHello {
  version: string;
  cipher: number;
  ja3s: string;
}

const VERSIONS: Readonly<Record<number, string>> = {
  768: 'SSLv3',
  769: 'TLSv10',
  770: 'TLSv11',
  771: 'TLSv12',
  772: 'TLSv13',
};
/** Values that clients mix in so that servers stay tolerant (RFC 8701): each two equal bytes that end in `a`. */
const isGrease = (value: number): boolean => (value & 0x0f0f) === 0x0a0a && value >> 8 === (value & 255);
const md5 = (text: string): string => createHash('md5').update(text).digest('hex');

/** Walks through bytes; what is not there ends it. */
class Walk {
  constructor(
    readonly bytes: Buffer,
    public at = 0,
  ) {}

  get left(): number {
    return this.bytes.length - this.at;
  }

  number(size: 1 | 2 | 3): number | null {
    if (this.left < size) return null;
    this.at += size;
    return this.bytes.readUIntBE(this.at - size, size);
  }

  /** What stands behind its length. */
  vector(size: 1 | 2 | 3): Buffer | null {
    const length = this.number(size);
    if (length === null || this.left < length) return null;
    this.at += length;
    return this.bytes.subarray(this.at - length, this.at);
  }
}

function numbers(bytes: Buffer): number[] {
  return Array.from({ length: bytes.length >> 1 }, (_, i) => bytes.readUInt16BE(i * 2)).filter(
    (each) => !isGrease(each),
  );
}

function* extensions(walk: Walk): Generator<[type: number, data: Buffer]> {
  const all = walk.vector(2);
  if (!all) return;
  const inner = new Walk(all);
  while (inner.left >= 4) {
    const type = inner.number(2)!;
    const data = inner.vector(2);
    if (!data) return;
    yield [type, data];
  }
}

/** @param body of the handshake message, without its type and length. @returns null when it is none */
export function clientHello(body: Buffer): ClientHello | null {
  const walk = new Walk(body);
  const version = walk.number(2);
  walk.at += 32;
  const session = walk.vector(1);
  const ciphers = walk.vector(2);
  const compressions = walk.vector(1);
  if (version === null || version >> 8 !== 3 || !session || !ciphers || !compressions) return null;
  const found: number[] = [];
  let groups: number[] = [];
  let points: number[] = [];
  let name: string | null = null;
  let protocols: string[] = [];
  for (const [type, data] of extensions(walk)) {
    if (!isGrease(type)) found.push(type);
    if (type === 0) name = nameIn(data) ?? name;
    else if (type === 10) groups = numbers(new Walk(data).vector(2) ?? Buffer.alloc(0));
    else if (type === 11) points = [...(new Walk(data).vector(1) ?? [])];
    else if (type === 16) protocols = protocolsIn(data);
  }
  const text = [String(version), ...[numbers(ciphers), found, groups, points].map((each) => each.join('-'))].join(',');
  return { name, protocols, ja3: md5(text) };
}

function nameIn(data: Buffer): string | null {
  const entry = new Walk(new Walk(data).vector(2) ?? Buffer.alloc(0));
  if (entry.number(1) !== 0) return null;
  return entry.vector(2)?.toString('latin1', 0, 255).toLowerCase() ?? null;
}

function protocolsIn(data: Buffer): string[] {
  const inner = new Walk(new Walk(data).vector(2) ?? Buffer.alloc(0));
  const found: string[] = [];
  for (let each = inner.vector(1); each && found.length < 8; each = inner.vector(1))
    found.push(each.toString('latin1', 0, 32));
  return found;
}

/** @param body of the handshake message. @returns null when it is none */
export function serverHello(body: Buffer): ServerHello | null {
  const walk = new Walk(body);
  const legacy = walk.number(2);
  walk.at += 32;
  const session = walk.vector(1);
  const cipher = walk.number(2);
  if (legacy === null || legacy >> 8 !== 3 || !session || cipher === null || walk.number(1) === null) return null;
  let version = legacy;
  const found: number[] = [];
  for (const [type, data] of extensions(walk)) {
    found.push(type);
    if (type === 43 && data.length === 2) version = data.readUInt16BE(0);
  }
  const ja3s = md5([legacy, cipher, found.join('-')].join(','));
  return { version: VERSIONS[version] ?? `unknown-${version}`, cipher, ja3s };
}

/** Certificates of a handshake message up to TLS 1.2, as DER; at most ten. */
export function certificatesIn(body: Buffer): Buffer[] {
  const list = new Walk(new Walk(body).vector(3) ?? Buffer.alloc(0));
  const found: Buffer[] = [];
  for (let each = list.vector(3); each && found.length < 10; each = list.vector(3)) found.push(each);
  return found;
}

import { X509Certificate } from 'node:crypto';
import { type ClientHello, certificatesIn, clientHello, type ServerHello, serverHello } from './hello.js';
import type { Analyzer, Said, Way } from './types.js';

const HANDSHAKE = 22;
const MAX_RECORD = 16 * 1024 + 2048;
/** A hello fits into this; a chain of certificates as well. */
const MAX_HANDSHAKE = 64 * 1024;
const CLIENT_HELLO = 1;
const SERVER_HELLO = 2;
const CERTIFICATE = 11;
const MAX_TEXT = 512;

/** Whether a connection's first bytes are TLS's: a handshake record that begins with a client's hello. */
export const isTls = (piece: Buffer): boolean =>
  piece.length > 5 && piece[0] === HANDSHAKE && piece[1] === 3 && piece[2]! <= 4 && piece[5] === CLIENT_HELLO;

/** Cuts one way of a connection into handshake messages, until something else comes. */
class Handshakes {
  #records: Buffer = Buffer.alloc(0);
  #messages: Buffer = Buffer.alloc(0);
  ended = false;

  get held(): number {
    return this.#records.length + this.#messages.length;
  }

  push(piece: Buffer, message: (type: number, body: Buffer) => void): void {
    if (this.ended) return;
    let rest = Buffer.concat([this.#records, piece]);
    while (rest.length >= 5 && !this.ended) {
      const size = rest.readUInt16BE(3);
      // Also when a piece is missing: what stands there is no record then.
      if (rest[0] !== HANDSHAKE || rest[1] !== 3 || size > MAX_RECORD) this.end();
      else if (rest.length < 5 + size) break;
      else {
        this.#messages = Buffer.concat([this.#messages, rest.subarray(5, 5 + size)]);
        rest = rest.subarray(5 + size);
        this.#cut(message);
      }
    }
    this.#records = this.ended ? Buffer.alloc(0) : Buffer.from(rest);
  }

  #cut(message: (type: number, body: Buffer) => void): void {
    while (this.#messages.length >= 4) {
      const size = this.#messages.readUIntBE(1, 3);
      if (size > MAX_HANDSHAKE) {
        this.end();
        return;
      }
      if (this.#messages.length < 4 + size) return;
      message(this.#messages[0]!, this.#messages.subarray(4, 4 + size));
      this.#messages = this.#messages.subarray(4 + size);
    }
  }

  end(): void {
    this.ended = true;
    this.#messages = Buffer.alloc(0);
  }
}

/** Who asked for which name with what client, and the certificate that answered, where it is not encrypted (up to TLS 1.2). */
export class Tls implements Analyzer {
  readonly service = 'ssl';
  readonly #ways = [new Handshakes(), new Handshakes()] as const;
  #time = 0;
  #client: ClientHello | null = null;
  #server: ServerHello | null = null;
  #certificates: Buffer[] = [];
  #told = false;

  get held(): number {
    const certificates = this.#certificates.reduce((sum, each) => sum + each.length, 0);
    return this.#ways[0].held + this.#ways[1].held + certificates;
  }

  take(way: Way, piece: Buffer, time: number): void {
    if (this.#told) return;
    this.#ways[way].push(piece, (type, body) => {
      if (way === 0 && type === CLIENT_HELLO && !this.#client) {
        this.#client = clientHello(body);
        this.#time = time;
      } else if (way === 1 && type === SERVER_HELLO) this.#server ??= serverHello(body);
      else if (way === 1 && type === CERTIFICATE && this.#certificates.length === 0)
        this.#certificates = certificatesIn(body).map((each) => Buffer.from(each));
    });
  }

  said(ended: boolean): Said[] {
    const client = this.#client;
    if (this.#told || !client) return [];
    const whole = this.#certificates.length > 0 || this.#server?.version === 'TLSv13' || this.#ways[1].ended;
    if (!ended && !(this.#server && whole)) return [];
    this.#told = true;
    for (const way of this.#ways) way.end();
    const leaf = certificateOf(this.#certificates[0]);
    const server = this.#server;
    const fields: Record<string, unknown> = {
      ja3: client.ja3,
      ...(client.name === null ? {} : { server_name: client.name }),
      ...(client.protocols.length > 0 ? { client_alpn: client.protocols } : {}),
      ...(server
        ? { version: server.version, cipher: `0x${server.cipher.toString(16).padStart(4, '0')}`, ja3s: server.ja3s }
        : {}),
      established: server !== null && whole,
      ...(leaf ? { subject: leaf.subject, issuer: leaf.issuer, cert_chain_fps: [leaf.print] } : {}),
    };
    this.#certificates = [];
    const said: Said[] = [{ log: 'ssl', time: this.#time, fields }];
    if (leaf) said.push({ log: 'x509', time: this.#time, fields: leaf.fields });
    return said;
  }
}

interface Leaf {
  subject: string;
  issuer: string;
  print: string;
  fields: Record<string, unknown>;
}

/** @returns null when it is none that can be read */
function certificateOf(der: Buffer | undefined): Leaf | null {
  if (!der) return null;
  try {
    const certificate = new X509Certificate(der);
    const name = (lines: string | undefined) => (lines ?? '').split('\n').reverse().join(',').slice(0, MAX_TEXT);
    const [subject, issuer] = [name(certificate.subject), name(certificate.issuer)];
    const names = [...(certificate.subjectAltName ?? '').matchAll(/DNS:([^,\s"]{1,255})/g)].map(([, each]) => each!);
    const print = certificate.fingerprint256.replaceAll(':', '').toLowerCase();
    const at = (date: string) => Date.parse(date) / 1000;
    return {
      subject,
      issuer,
      print,
      fields: {
        fingerprint: print,
        'certificate.serial': certificate.serialNumber.slice(0, 64),
        'certificate.subject': subject,
        'certificate.issuer': issuer,
        'certificate.not_valid_before': at(certificate.validFrom),
        'certificate.not_valid_after': at(certificate.validTo),
        ...(names.length > 0 ? { 'san.dns': names.slice(0, 50) } : {}),
      },
    };
  } catch {
    return null;
  }
}

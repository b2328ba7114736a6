/** Writes captures of packets byte by byte, so that tests know what is in them. */

export const bytesOf = (...parts: (number[] | Buffer | string)[]): Buffer =>
  Buffer.concat(
    parts.map((part) => (typeof part === 'string' ? Buffer.from(part, 'latin1') : Buffer.from(part as number[]))),
  );
export const u16 = (value: number): number[] => [(value >> 8) & 255, value & 255];
export const u24 = (value: number): number[] => [(value >> 16) & 255, ...u16(value)];
export const u32 = (value: number): number[] => [...u16(value >>> 16), ...u16(value)];
const address = (text: string): number[] => text.split('.').map(Number);

export interface End {
  ip: string;
  port: number;
}
export interface Made {
  /** Epoch ms. */
  time: number;
  data: Buffer;
}

export function ipv4(from: string, to: string, protocol: number, payload: Buffer): Buffer {
  const head = [0x45, 0, ...u16(20 + payload.length), 0, 1, 0x40, 0, 64, protocol, 0, 0];
  return bytesOf(head, address(from), address(to), payload);
}
export const ethernet = (ip: Buffer, type = 0x0800): Buffer =>
  bytesOf('\x02\0\0\0\0\x01\x02\0\0\0\0\x02', u16(type), ip);
export const udp = (from: End, to: End, payload: Buffer): Buffer =>
  ethernet(ipv4(from.ip, to.ip, 17, bytesOf(u16(from.port), u16(to.port), u16(8 + payload.length), [0, 0], payload)));
export function tcp(from: End, to: End, sequence: number, flags: number, payload: Buffer = Buffer.alloc(0)): Buffer {
  const head = bytesOf(u16(from.port), u16(to.port), u32(sequence), u32(0), [0x50, flags], u16(8192), u32(0));
  return ethernet(ipv4(from.ip, to.ip, 6, bytesOf(head, payload)));
}

/** A whole TCP connection: what either side says, in turn, each piece one packet. */
export function connection(client: End, server: End, time: number, talk: { back?: boolean; bytes: Buffer }[]): Made[] {
  const next = [1000, 0xfffffff0];
  const out: Made[] = [];
  const send = (way: 0 | 1, flags: number, payload?: Buffer) => {
    const data =
      way === 0 ? tcp(client, server, next[0]!, flags, payload) : tcp(server, client, next[1]!, flags, payload);
    out.push({ time: time + out.length * 10, data });
    next[way] = (next[way]! + (payload?.length ?? 0) + ((flags & 3) !== 0 ? 1 : 0)) >>> 0;
  };
  send(0, 2);
  send(1, 18);
  send(0, 16);
  for (const { back, bytes } of talk)
    for (let at = 0; at < bytes.length; at += 1400) send(back ? 1 : 0, 24, bytes.subarray(at, at + 1400));
  send(0, 17);
  send(1, 17);
  return out;
}

/** A file as tcpdump writes it. */
export function pcap(packets: readonly Made[], { link = 1, big = false, nano = false } = {}): Buffer {
  const number = (value: number): Buffer => {
    const bytes = Buffer.alloc(4);
    if (big) bytes.writeUInt32BE(value);
    else bytes.writeUInt32LE(value);
    return bytes;
  };
  const version = big ? [0, 2, 0, 4] : [2, 0, 4, 0];
  const head = bytesOf(
    number(nano ? 0xa1b23c4d : 0xa1b2c3d4),
    version,
    number(0),
    number(0),
    number(65535),
    number(link),
  );
  const records = packets.map(({ time, data }) => {
    const fraction = Math.round((time % 1000) * (nano ? 1e6 : 1e3));
    return bytesOf(number(Math.floor(time / 1000)), number(fraction), number(data.length), number(data.length), data);
  });
  return Buffer.concat([head, ...records]);
}

/** A file as Wireshark writes it, its clock in microseconds, with a comment and a block that nobody knows. */
export function pcapng(packets: readonly Made[], { link = 1, big = false, simple = 0 } = {}): Buffer {
  const number = (value: number, size: 2 | 4): Buffer => {
    const bytes = Buffer.alloc(size);
    if (big) bytes.writeUIntBE(value, 0, size);
    else bytes.writeUIntLE(value, 0, size);
    return bytes;
  };
  const block = (type: number, body: Buffer): Buffer => {
    const padded = bytesOf(body, new Array<number>((4 - (body.length % 4)) % 4).fill(0));
    const size = number(12 + padded.length, 4);
    return bytesOf(number(type, 4), size, padded, size);
  };
  const section = bytesOf(number(0x1a2b3c4d, 4), number(1, 2), number(0, 2), Buffer.alloc(8, 255));
  const resolution = bytesOf(number(9, 2), number(1, 2), [6, 0, 0, 0], number(0, 4));
  const blocks = packets.map(({ time, data }) => {
    const units = BigInt(Math.round(time * 1000));
    const stamp = [number(Number(units >> 32n), 4), number(Number(units & 0xffffffffn), 4)];
    return block(6, bytesOf(number(0, 4), ...stamp, number(data.length, 4), number(data.length, 4), data));
  });
  const timeless = Array.from({ length: simple }, () => block(3, bytesOf(number(4, 4), [1, 2, 3, 4])));
  return Buffer.concat([
    block(0x0a0d0d0a, section),
    block(1, bytesOf(number(link, 2), number(0, 2), number(0, 4), resolution)),
    block(0x0bad, Buffer.alloc(70_000)),
    ...blocks,
    ...timeless,
  ]);
}

export const label = (name: string): Buffer =>
  bytesOf(...name.split('.').flatMap((part) => [[part.length], part]), [0]);
/** A DNS message; answers are addresses of the asked name. */
export function dns(id: number, name: string, answers: string[] | null, { type = 1, code = 0 } = {}): Buffer {
  const flags = answers ? 0x8180 | code : 0x0100;
  const records = (answers ?? []).map((each) => bytesOf(u16(0xc00c), u16(1), u16(1), u32(60), u16(4), address(each)));
  const counts = [...u16(1), ...u16(records.length), 0, 0, 0, 0];
  return bytesOf(u16(id), u16(flags), counts, label(name), u16(type), u16(1), ...records);
}

export interface Hello {
  version: number;
  ciphers: number[];
  extensions: [type: number, data: Buffer][];
}
/** A TLS record with a client's hello. */
export function clientHello({ version, ciphers, extensions }: Hello): Buffer {
  const all = bytesOf(...extensions.map(([type, data]) => bytesOf(u16(type), u16(data.length), data)));
  const list = bytesOf(...ciphers.map(u16));
  const body = bytesOf(u16(version), Buffer.alloc(32, 7), [0], u16(list.length), list, [1, 0], u16(all.length), all);
  return bytesOf([22, 3, 1], u16(body.length + 4), [1], u24(body.length), body);
}

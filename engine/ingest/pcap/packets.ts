import type { Packet } from './types.js';

/** Longer packets than any link carries are damage; libpcap's own bound. */
const MAX_PACKET = 256 * 1024;
/** Options behind a packet. */
const MAX_BLOCK = MAX_PACKET + 64 * 1024;
const MAX_INTERFACES = 4096;
const MAX_TIME = 8.64e15;

const SECTION = 0x0a0d0d0a;
const INTERFACE = 1;
const OLD_PACKET = 2;
const SIMPLE_PACKET = 3;
const PACKET = 6;

/** First bytes of a capture: pcap with micro- or nanoseconds, in either order of bytes, or pcapng. */
const MAGICS = ['d4c3b2a1', 'a1b2c3d4', '4d3cb2a1', 'a1b23c4d', '0a0d0d0a'];

/** Whether content that begins so is a capture of packets: pcap or pcapng. */
export const isCapture = (head: Buffer): boolean => head.length >= 4 && MAGICS.includes(head.toString('hex', 0, 4));

interface Interface {
  link: number;
  /** Milliseconds of one unit of its clock, and what is added to it. */
  unit: number;
  offset: number;
}

/** What is wrong with a capture: nothing behind it can be read. */
export class CaptureDamaged extends Error {}

/**
 * Cuts a capture into packets: pcap (https://www.ietf.org/archive/id/draft-ietf-opsawg-pcap-04.html) or pcapng
 * (https://www.ietf.org/archive/id/draft-ietf-opsawg-pcapng-02.html). Memory is bounded by one packet and one chunk.
 */
export class PacketReader {
  #held: Buffer = Buffer.alloc(0);
  #at = 0;
  /** Bytes to be passed over. */
  #skip = 0;
  #kind: 'pcap' | 'pcapng' | null = null;
  #little = true;
  #interfaces: Interface[] = [];
  /** Blocks of packets that say no time. */
  timeless = 0;

  /** @throws CaptureDamaged; packets before it have been handed on */
  push(chunk: Buffer, packet: (packet: Packet) => void): void {
    const rest = this.#held.subarray(this.#at);
    this.#held = rest.length === 0 ? chunk : Buffer.concat([rest, chunk]);
    this.#at = 0;
    while (this.#step(packet));
  }

  /** @throws CaptureDamaged when it ends within a packet */
  end(): void {
    if (this.#skip > 0 || this.#at < this.#held.length) throw new CaptureDamaged('it is cut short');
  }

  get #left(): number {
    return this.#held.length - this.#at;
  }

  #u16(at: number): number {
    return this.#little ? this.#held.readUInt16LE(at) : this.#held.readUInt16BE(at);
  }

  #u32(at: number): number {
    return this.#little ? this.#held.readUInt32LE(at) : this.#held.readUInt32BE(at);
  }

  /** @returns false when more bytes are needed */
  #step(packet: (packet: Packet) => void): boolean {
    if (this.#skip > 0) {
      const passed = Math.min(this.#skip, this.#left);
      this.#at += passed;
      this.#skip -= passed;
      if (this.#skip > 0) return false;
    }
    if (this.#kind === null) return this.#begin();
    return this.#kind === 'pcap' ? this.#record(packet) : this.#block(packet);
  }

  #begin(): boolean {
    if (this.#left < 4) return false;
    const magic = this.#held.toString('hex', this.#at, this.#at + 4);
    if (magic === '0a0d0d0a') {
      this.#kind = 'pcapng';
      return true;
    }
    if (this.#left < 24) return false;
    this.#little = magic === 'd4c3b2a1' || magic === '4d3cb2a1';
    const nano = magic === '4d3cb2a1' || magic === 'a1b23c4d';
    // The upper bits tell about checksums.
    const link = this.#u32(this.#at + 20) & 0xffff;
    this.#interfaces = [{ link, unit: nano ? 1e-6 : 1e-3, offset: 0 }];
    this.#kind = 'pcap';
    this.#at += 24;
    return true;
  }

  #record(packet: (packet: Packet) => void): boolean {
    if (this.#left < 16) return false;
    const at = this.#at;
    const size = this.#u32(at + 8);
    if (size > MAX_PACKET) throw new CaptureDamaged(`a packet says that it has ${size} bytes`);
    if (this.#left < 16 + size) return false;
    const { link, unit } = this.#interfaces[0]!;
    const time = this.#u32(at) * 1000 + this.#u32(at + 4) * unit;
    packet({ time, link, data: this.#held.subarray(at + 16, at + 16 + size) });
    this.#at += 16 + size;
    return true;
  }

  #block(packet: (packet: Packet) => void): boolean {
    if (this.#left < 12) return false;
    const at = this.#at;
    const isSection = this.#held.readUInt32BE(at) === SECTION;
    if (isSection) {
      const order = this.#held.toString('hex', at + 8, at + 12);
      if (order !== '4d3c2b1a' && order !== '1a2b3c4d') throw new CaptureDamaged('a section has no order of bytes');
      this.#little = order === '4d3c2b1a';
      this.#interfaces = [];
    }
    const type = isSection ? SECTION : this.#u32(at);
    const size = this.#u32(at + 4);
    if (size < 12 || size % 4 !== 0) throw new CaptureDamaged(`a block says that it has ${size} bytes`);
    if (type !== INTERFACE && type !== PACKET && type !== OLD_PACKET) {
      if (type === SIMPLE_PACKET) this.timeless++;
      this.#skip = size;
      return true;
    }
    if (size > MAX_BLOCK) throw new CaptureDamaged(`a block says that it has ${size} bytes`);
    if (this.#left < size) return false;
    if (type === INTERFACE) this.#interface(at + 8, at + size - 4);
    else this.#packet(type, at + 8, at + size - 4, packet);
    this.#at += size;
    return true;
  }

  #interface(from: number, until: number): void {
    if (until - from < 8) throw new CaptureDamaged('an interface is cut short');
    if (this.#interfaces.length >= MAX_INTERFACES) throw new CaptureDamaged('it has too many interfaces');
    const found: Interface = { link: this.#u16(from), unit: 1e-3, offset: 0 };
    for (let at = from + 8; at + 4 <= until; ) {
      const code = this.#u16(at);
      const length = this.#u16(at + 2);
      if (code === 0 || at + 4 + length > until) break;
      if (code === 9 && length >= 1) {
        const said = this.#held[at + 4]!;
        found.unit = 1000 * (said & 128 ? 2 ** -(said & 127) : 10 ** -said);
      }
      // Signed seconds; more than 32 bits of them is no time.
      if (code === 14 && length === 8) {
        const [low, high] = this.#little ? [at + 4, at + 8] : [at + 8, at + 4];
        found.offset = ((this.#u32(high) | 0) * 2 ** 32 + this.#u32(low)) * 1000;
      }
      at += 4 + length + ((4 - (length % 4)) % 4);
    }
    this.#interfaces.push(found);
  }

  #packet(type: number, from: number, until: number, packet: (packet: Packet) => void): void {
    if (until - from < 20) throw new CaptureDamaged('a packet is cut short');
    const known = this.#interfaces[type === PACKET ? this.#u32(from) : this.#u16(from)];
    const size = this.#u32(from + 12);
    if (!known) throw new CaptureDamaged('a packet names an interface that is not there');
    if (size > until - from - 20) throw new CaptureDamaged(`a packet says that it has ${size} bytes`);
    const time = (this.#u32(from + 4) * 2 ** 32 + this.#u32(from + 8)) * known.unit + known.offset;
    if (!(Math.abs(time) <= MAX_TIME)) throw new CaptureDamaged('a packet has no possible time');
    packet({ time, link: known.link, data: this.#held.subarray(from + 20, from + 20 + size) });
  }
}

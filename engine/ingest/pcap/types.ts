/** One packet as a capture file has it. */
export interface Packet {
  /** Epoch milliseconds, with a fraction. */
  time: number;
  /** What its bytes begin with: a LINKTYPE of https://www.tcpdump.org/linktypes.html. */
  link: number;
  data: Buffer;
}

/** What of a packet flows are made of. Addresses as text, without a zone. */
export interface Segment {
  time: number;
  protocol: 'tcp' | 'udp' | 'icmp';
  from: string;
  to: string;
  /** For ICMP: its type, and its code. */
  fromPort: number;
  toPort: number;
  /** For TCP: number of the first byte, and flags. */
  sequence: number;
  flags: number;
  /** What was captured of the payload, and how long it was on the wire. */
  payload: Buffer;
  bytes: number;
  /** Bytes of the whole IP packet. */
  wire: number;
}

export const FIN = 1;
export const SYN = 2;
export const RST = 4;
export const ACK = 16;

/** One way of a flow: 0 from who began it, 1 back. */
export type Way = 0 | 1;

/** A record of the flow's own, in the shape of Zeek's logs, without what all of them have (`ts`, `uid`, `id.*`). */
export interface Said {
  log: 'dns' | 'http' | 'ssl' | 'x509';
  /** Epoch milliseconds. */
  time: number;
  fields: Record<string, unknown>;
}

/** Reads what a flow carries. Everything that it gets was written by strangers: it bounds what it keeps, and never throws. */
export interface Analyzer {
  readonly service: 'dns' | 'http' | 'ssl';
  /** About how many bytes it keeps. */
  readonly held: number;
  /** Bytes in order, as they came in packets; pieces may be missing between them. */
  take(way: Way, piece: Buffer, time: number): void;
  /** What is known so far, and not said yet. @param ended nothing more comes */
  said(ended: boolean): Said[];
}

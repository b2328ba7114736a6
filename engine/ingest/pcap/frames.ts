import type { Packet, Segment } from './types.js';

/** Bytes before the network layer, by LINKTYPE; where its EtherType stands, null: the first half byte tells. */
const LINKS: Readonly<Record<number, readonly [header: number, type: number | null]>> = {
  0: [4, null],
  1: [14, 12],
  12: [0, null],
  14: [0, null],
  101: [0, null],
  108: [4, null],
  113: [16, 14],
  228: [0, null],
  229: [0, null],
  276: [20, 0],
};
const IPV4 = 0x0800;
const IPV6 = 0x86dd;
/** Tags of virtual networks, and how many may stand behind each other. */
const TAGS: ReadonlySet<number> = new Set([0x8100, 0x88a8, 0x9100]);
const MAX_TAGS = 4;
const MAX_EXTENSIONS = 8;
/** Headers of IPv6 that stand before others: hop by hop, routing, destination; and fragments. */
const EXTENSIONS: ReadonlySet<number> = new Set([0, 43, 60]);
const FRAGMENT = 44;
const PROTOCOLS: Readonly<Record<number, Segment['protocol']>> = { 1: 'icmp', 6: 'tcp', 17: 'udp', 58: 'icmp' };

export const knowsLink = (link: number): boolean => Object.hasOwn(LINKS, link);

/** @returns null for what is no TCP, UDP or ICMP over IP, for later fragments, and for what is cut short or lies about its lengths */
export function segmentOf({ time, link, data }: Packet): Segment | null {
  const [header, place] = LINKS[link] ?? [0, null];
  if (data.length < header + 1) return null;
  let at = header;
  if (place !== null) {
    let type = data.readUInt16BE(place);
    for (let tags = 0; TAGS.has(type) && tags < MAX_TAGS && at + 4 <= data.length; tags++) {
      type = data.readUInt16BE(at + 2);
      at += 4;
    }
    if (type !== IPV4 && type !== IPV6) return null;
  }
  if (at >= data.length) return null;
  const version = data[at]! >> 4;
  if (version === 4) return overIpv4(time, data.subarray(at));
  return version === 6 ? overIpv6(time, data.subarray(at)) : null;
}

function overIpv4(time: number, ip: Buffer): Segment | null {
  if (ip.length < 20) return null;
  const header = (ip[0]! & 15) * 4;
  if (header < 20 || header > ip.length) return null;
  // Where a network card does the cutting, a packet that leaves says nothing of its length.
  const wire = ip.readUInt16BE(2) || ip.length;
  if (wire < header || (ip.readUInt16BE(6) & 0x1fff) !== 0) return null;
  const [from, to] = [ip.subarray(12, 16).join('.'), ip.subarray(16, 20).join('.')];
  return transport(time, ip[9]!, ip.subarray(header, Math.min(ip.length, wire)), {
    from,
    to,
    wire,
    size: wire - header,
  });
}

function overIpv6(time: number, ip: Buffer): Segment | null {
  if (ip.length < 40) return null;
  const wire = 40 + (ip.readUInt16BE(4) || ip.length - 40);
  let next = ip[6]!;
  let at = 40;
  for (let n = 0; n < MAX_EXTENSIONS && at + 8 <= ip.length; n++) {
    if (next === FRAGMENT) {
      if ((ip.readUInt16BE(at + 2) & 0xfff8) !== 0) return null;
      next = ip[at]!;
      at += 8;
    } else if (EXTENSIONS.has(next)) {
      next = ip[at]!;
      at += 8 + ip[at + 1]! * 8;
    } else break;
  }
  if (at > ip.length || at > wire) return null;
  const ends = { from: ipv6(ip, 8), to: ipv6(ip, 24), wire, size: wire - at };
  return transport(time, next, ip.subarray(at, Math.min(ip.length, wire)), ends);
}

/** As RFC 5952 has it: the longest row of zeros left out. */
function ipv6(ip: Buffer, at: number): string {
  const groups = Array.from({ length: 8 }, (_, i) => ip.readUInt16BE(at + i * 2).toString(16));
  const zeros = groups
    .map((group) => (group === '0' ? '0' : '-'))
    .join('')
    .match(/00+/g);
  const longest = zeros?.reduce((a, b) => (b.length > a.length ? b : a)).length ?? 0;
  if (longest < 2) return groups.join(':');
  const first = groups.findIndex(
    (_, i) => groups.slice(i, i + longest).every((group) => group === '0') && i + longest <= 8,
  );
  return `${groups.slice(0, first).join(':')}::${groups.slice(first + longest).join(':')}`;
}

interface Ends {
  from: string;
  to: string;
  wire: number;
  /** Bytes behind the IP header, on the wire. */
  size: number;
}

function transport(time: number, number: number, data: Buffer, { size, ...ends }: Ends): Segment | null {
  const protocol = PROTOCOLS[number];
  if (!protocol || data.length < 8) return null;
  const rest = { time, protocol, ...ends, sequence: 0, flags: 0 };
  if (protocol === 'icmp')
    return { ...rest, fromPort: data[0]!, toPort: data[1]!, payload: data.subarray(8), bytes: Math.max(0, size - 8) };
  const ports = { fromPort: data.readUInt16BE(0), toPort: data.readUInt16BE(2) };
  if (protocol === 'udp') return { ...rest, ...ports, payload: data.subarray(8), bytes: Math.max(0, size - 8) };
  if (data.length < 20) return null;
  const header = (data[12]! >> 4) * 4;
  if (header < 20 || header > size) return null;
  const tcp = { sequence: data.readUInt32BE(4), flags: data[13]! };
  return { ...rest, ...ports, ...tcp, payload: data.subarray(header), bytes: size - header };
}

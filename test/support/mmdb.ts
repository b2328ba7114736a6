import { writeFileSync } from 'node:fs';

type Value = string | number | boolean | { [key: string]: Value };
const MAGIC = Buffer.from('\xab\xcd\xefMaxMind.com', 'latin1');

/** A value as MaxMind's format has it; numbers as 32 bits. https://maxmind.github.io/MaxMind-DB/ */
function encoded(value: Value | Value[]): Buffer {
  const head = (type: number, size: number): Buffer => {
    if (size >= 29 + 256) throw new Error('too long for a test');
    const [bits, more] = size < 29 ? [size, []] : [29, [size - 29]];
    return Buffer.from(type < 8 ? [(type << 5) | bits, ...more] : [bits, type - 7, ...more]);
  };
  if (typeof value === 'string') return Buffer.concat([head(2, Buffer.byteLength(value)), Buffer.from(value)]);
  if (typeof value === 'boolean') return head(14, Number(value));
  if (Array.isArray(value)) return Buffer.concat([head(11, value.length), ...value.map(encoded)]);
  if (typeof value === 'object') {
    const parts = Object.entries(value).flatMap(([key, each]) => [encoded(key), encoded(each)]);
    return Buffer.concat([head(7, parts.length / 2), ...parts]);
  }
  const number = Buffer.alloc(4);
  number.writeUInt32BE(value);
  return Buffer.concat([head(6, 4), number]);
}

/** Write a database of IPv4 ranges, `198.51.100.0/24`, that has these records. */
export function writeMmdb(path: string, ranges: Record<string, Value>): void {
  const nodes: [number | null, number | null][] = [[null, null]];
  const places: { node: number; side: 0 | 1; at: number }[] = [];
  const data: Buffer[] = [];
  let at = 0;
  for (const [range, record] of Object.entries(ranges)) {
    const [address = '', prefix = '32'] = range.split('/');
    const bits = address.split('.').flatMap((part) => [...Number(part).toString(2).padStart(8, '0')]);
    let node = 0;
    bits.slice(0, Number(prefix)).forEach((bit, i) => {
      const side = bit === '1' ? 1 : 0;
      if (i === Number(prefix) - 1) {
        places.push({ node, side, at });
        return;
      }
      let next = nodes[node]![side];
      if (next === null) {
        next = nodes.push([null, null]) - 1;
        nodes[node]![side] = next;
      }
      node = next;
    });
    const bytes = encoded(record);
    data.push(bytes);
    at += bytes.length;
  }
  for (const { node, side, at: offset } of places) nodes[node]![side] = nodes.length + 16 + offset;
  const tree = Buffer.alloc(nodes.length * 6);
  nodes.forEach((sides, i) => {
    for (const side of [0, 1] as const) tree.writeUIntBE(sides[side] ?? nodes.length, i * 6 + side * 3, 3);
  });
  const metadata = encoded({
    ...{ binary_format_major_version: 2, binary_format_minor_version: 0, build_epoch: 1_790_000_000 },
    ...{ database_type: 'test', description: {}, ip_version: 4, languages: [] as never, node_count: nodes.length },
    record_size: 24,
  });
  writeFileSync(path, Buffer.concat([tree, Buffer.alloc(16), ...data, MAGIC, metadata]));
}

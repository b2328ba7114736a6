/**
 * Address ranges as sorted arrays. CIDR ranges never overlap in part: each lies in another or apart from it. So a range knows its
 * nearest outer one, and a look-up is one binary search and a climb of at most one step for each prefix length.
 */
export interface RangeData {
  /** Words of an address: 1 or 4. */
  words: 1 | 4;
  /** First address of each range, `words` numbers each, ascending; an outer range before its inner ones. */
  starts: Uint32Array;
  prefixes: Uint8Array;
  /** Index of the nearest outer range (or an equal one), -1: none. */
  outer: Int32Array;
  /** The indicator that the range is. */
  entries: Uint32Array;
}

/** @param ranges in any order; addresses as 1 or 4 words, bits behind the prefix clear */
export function buildRanges(words: 1 | 4, ranges: { start: Uint32Array; prefix: number; entry: number }[]): RangeData {
  ranges.sort((a, b) => {
    for (let i = 0; i < words; i++) if (a.start[i] !== b.start[i]) return a.start[i]! - b.start[i]!;
    return a.prefix - b.prefix || a.entry - b.entry;
  });
  const data: RangeData = {
    words,
    starts: new Uint32Array(ranges.length * words),
    prefixes: new Uint8Array(ranges.length),
    outer: new Int32Array(ranges.length),
    entries: new Uint32Array(ranges.length),
  };
  const open: number[] = [];
  ranges.forEach(({ start, prefix, entry }, i) => {
    data.starts.set(start, i * words);
    data.prefixes[i] = prefix;
    data.entries[i] = entry;
    while (open.length > 0 && !holds(data, open.at(-1)!, start)) open.pop();
    data.outer[i] = open.at(-1) ?? -1;
    open.push(i);
  });
  return data;
}

function holds({ words, starts, prefixes }: RangeData, range: number, address: Uint32Array): boolean {
  let bits = prefixes[range]!;
  for (let i = 0; i < words && bits > 0; i++, bits -= 32) {
    const wanted = bits >= 32 ? 0xffffffff : (0xffffffff << (32 - bits)) >>> 0;
    if (((starts[range * words + i]! ^ address[i]!) & wanted) !== 0) return false;
  }
  return true;
}

/** Call `visit` with the indicator of every range that holds the address, the narrowest first. */
export function eachRange(data: RangeData, address: Uint32Array, visit: (entry: number) => void): void {
  const { words, starts, outer, entries } = data;
  let low = 0;
  let high = entries.length;
  while (low < high) {
    const middle = (low + high) >>> 1;
    let order = 0;
    for (let i = 0; i < words && order === 0; i++) order = starts[middle * words + i]! - address[i]!;
    if (order <= 0) low = middle + 1;
    else high = middle;
  }
  for (let i = low - 1; i >= 0; i = outer[i]!) if (holds(data, i, address)) visit(entries[i]!);
}

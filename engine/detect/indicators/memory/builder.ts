import { randomBytes } from 'node:crypto';
import type { Known, Threat } from '../types.js';
import { feedFirst, feedSecond, finish, first, second } from './hash.js';
import { KIND, keyOf, scratch } from './key.js';
import { buildRanges } from './ranges.js';
import { MAX_PROBES, NEVER, type TableData } from './table.js';

/** Most sources of one value that are held; the more confident come first. */
const MAX_SAME = 8;
const MAX_NUMBERED = 65_535;
/** Share of the slots that may be taken. */
const FULL = 0.75;

/** An array that grows. */
function grown<A extends Uint8Array | Uint16Array | Uint32Array>(array: A, least: number): A {
  if (least <= array.length) return array;
  const larger = new (array.constructor as new (length: number) => A)(Math.max(least, Math.ceil(array.length * 1.6)));
  larger.set(array);
  return larger;
}

/**
 * Builds a table of one owner. Give the most confident first: what finds no room is left out, and counted.
 */
export class TableBuilder {
  private count = 0;
  private used = 0;
  private kinds = 0;
  private readonly seed: number;
  private bytes = new Uint8Array(4096);
  private offsets = new Uint32Array(257);
  private kindOf = new Uint8Array(256);
  private exact = new Uint8Array(256);
  private confidences = new Uint8Array(256);
  private expires = new Uint32Array(256);
  private sourceOf = new Uint16Array(256);
  private threatOf = new Uint16Array(256);
  /** The hash lanes, kept until the number of slots is known. */
  private lanes = new Uint32Array(512);
  private readonly sources = new Map<string, number>();
  private readonly threats = new Map<string, number>();
  private readonly threatList: (Threat | null)[] = [null];

  constructor(seed = randomBytes(4).readUInt32LE()) {
    this.seed = seed;
  }

  get size(): number {
    return this.count;
  }

  /**
   * @param known a normalised value
   * @returns false when it cannot be kept: the value is not in its normal form, or there are too many sources to number
   */
  add({ type, value, source, confidence, expires, threat }: Known, exact = false): boolean {
    const key = keyOf(type, value);
    const sourceNumber = numberOf(this.sources, source);
    if (!key || sourceNumber < 0) return false;
    const { kind, length } = key;
    let a = first(this.seed, kind);
    let b = second(this.seed, kind);
    for (let i = length - 1; i >= 0; i--) {
      a = feedFirst(a, scratch[i]!);
      b = feedSecond(b, scratch[i]!);
    }
    this.room(length);
    const n = this.count++;
    this.bytes.set(scratch.subarray(0, length), this.used);
    this.used += length;
    this.offsets[n + 1] = this.used;
    this.kindOf[n] = kind;
    this.kinds |= 1 << kind;
    this.exact[n] = exact ? 1 : 0;
    this.confidences[n] = Math.min(100, Math.max(0, Math.round(confidence)));
    this.expires[n] = expires === null ? NEVER : Math.min(NEVER - 1, Math.max(1, Math.floor(expires / 1000)));
    this.sourceOf[n] = sourceNumber;
    this.threatOf[n] = threat ? this.threatNumber(threat) : 0;
    this.lanes[n * 2] = finish(a);
    this.lanes[n * 2 + 1] = finish(b);
    return true;
  }

  private room(length: number): void {
    const n = this.count + 1;
    this.bytes = grown(this.bytes, this.used + length);
    this.offsets = grown(this.offsets, n + 1);
    this.kindOf = grown(this.kindOf, n);
    this.exact = grown(this.exact, n);
    this.confidences = grown(this.confidences, n);
    this.expires = grown(this.expires, n);
    this.sourceOf = grown(this.sourceOf, n);
    this.threatOf = grown(this.threatOf, n);
    this.lanes = grown(this.lanes, n * 2);
  }

  /** A threat that cannot be numbered any more is left off; the indicator counts all the same. */
  private threatNumber(threat: Threat): number {
    const n = numberOf(this.threats, JSON.stringify([threat.name, threat.techniques]), 1);
    if (n === this.threatList.length) this.threatList.push(threat);
    return Math.max(0, n);
  }

  /** @returns the table, and how many were left out because their place in it was crowded or the value has too many sources */
  build(): { data: TableData; crowded: number } {
    const { count } = this;
    let capacity = 16;
    while (capacity * FULL < count) capacity *= 2;
    const slots = new Uint32Array(capacity * 2);
    const ranges: Record<1 | 4, { start: Uint32Array; prefix: number; entry: number }[]> = { 1: [], 4: [] };
    let crowded = 0;
    for (let n = 0; n < count; n++) {
      if (!this.place(slots, n)) {
        crowded++;
        continue;
      }
      const kind = this.kindOf[n];
      if (kind !== KIND.range4 && kind !== KIND.range6) continue;
      const words = kind === KIND.range4 ? 1 : 4;
      const view = new DataView(this.bytes.buffer, this.offsets[n], words * 4 + 1);
      const start = Uint32Array.from({ length: words }, (_, i) => view.getUint32(i * 4));
      ranges[words].push({ start, prefix: view.getUint8(words * 4), entry: n });
    }
    const data: TableData = {
      seed: this.seed,
      count,
      kinds: this.kinds,
      slots,
      bytes: this.bytes.slice(0, this.used),
      offsets: this.offsets.slice(0, count + 1),
      kindOf: this.kindOf.slice(0, count),
      exact: this.exact.slice(0, count),
      confidences: this.confidences.slice(0, count),
      expires: this.expires.slice(0, count),
      sourceOf: this.sourceOf.slice(0, count),
      threatOf: this.threatOf.slice(0, count),
      sources: [...this.sources.keys()],
      threats: this.threatList,
      ranges4: buildRanges(1, ranges[1]),
      ranges6: buildRanges(4, ranges[4]),
    };
    return { data, crowded };
  }

  private place(slots: Uint32Array, n: number): boolean {
    const mask = slots.length / 2 - 1;
    const b = this.lanes[n * 2 + 1]!;
    let slot = this.lanes[n * 2]! & mask;
    let same = 0;
    for (let probes = 0; probes < MAX_PROBES; probes++) {
      if (slots[slot * 2 + 1] === 0) {
        slots[slot * 2] = b;
        slots[slot * 2 + 1] = n + 1;
        return true;
      }
      if (slots[slot * 2] === b && ++same >= MAX_SAME) return false;
      slot = (slot + 1) & mask;
    }
    return false;
  }
}

function numberOf(numbers: Map<string, number>, name: string, from = 0): number {
  let n = numbers.get(name);
  if (n === undefined) {
    if (numbers.size + from > MAX_NUMBERED) return -1;
    n = numbers.size + from;
    numbers.set(name, n);
  }
  return n;
}

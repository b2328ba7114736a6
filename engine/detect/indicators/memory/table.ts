import type { IndicatorType, Known, Threat } from '../types.js';
import { feedFirst, feedSecond, finish, first, second } from './hash.js';
import { KIND, type Kind, TYPE_OF_KIND, valueFrom } from './key.js';
import { eachRange, type RangeData } from './ranges.js';

/** Most slots looked at for one value. What would lie further away is not taken in, so a look-up is bounded whatever was put in. */
export const MAX_PROBES = 64;
/** Expiry of those that never expire, and of those that are gone. Otherwise epoch seconds. */
export const NEVER = 0xffffffff;
export const GONE = 0;

/**
 * Indicators as plain arrays: nothing here is a JavaScript object per indicator. Built in another thread and handed over without a copy.
 */
export interface TableData {
  seed: number;
  count: number;
  /** Bit k is set when an indicator of kind k is there. */
  kinds: number;
  /** Pairs: second hash lane, and number of the indicator + 1 (0: the slot is free). A power of two of them. */
  slots: Uint32Array;
  /** All values, one after the other, and where each begins (one more at the end). */
  bytes: Uint8Array;
  offsets: Uint32Array;
  kindOf: Uint8Array;
  /** 1: a domain meant alone. */
  exact: Uint8Array;
  confidences: Uint8Array;
  expires: Uint32Array;
  sourceOf: Uint16Array;
  threatOf: Uint16Array;
  sources: string[];
  /** The first is null: none. */
  threats: (Threat | null)[];
  ranges4: RangeData;
  ranges6: RangeData;
}

/** Read side of the indicators of one owner. One value may be known from several sources. */
export class Table {
  private readonly mask: number;
  constructor(readonly data: TableData) {
    this.mask = data.slots.length / 2 - 1;
  }

  get count(): number {
    return this.data.count;
  }

  /** Memory of the arrays, in bytes. */
  get size(): number {
    const { ranges4, ranges6, ...arrays } = this.data;
    return [arrays, ranges4, ranges6]
      .flatMap((each) => Object.values(each))
      .reduce((sum, value) => sum + (ArrayBuffer.isView(value) ? value.byteLength : 0), 0);
  }

  has(kind: Kind): boolean {
    return ((this.data.kinds >>> kind) & 1) === 1;
  }

  /** Numbers of the indicators whose value is `key` from `from` to `to`, put behind each other into `out`. */
  find(kind: Kind, key: Uint8Array, from: number, to: number, out: number[]): void {
    if (!this.has(kind)) return;
    const { seed } = this.data;
    let a = first(seed, kind);
    let b = second(seed, kind);
    for (let i = to - 1; i >= from; i--) {
      a = feedFirst(a, key[i]!);
      b = feedSecond(b, key[i]!);
    }
    this.probe(kind, key, from, to, finish(a), finish(b), out);
  }

  /** The same for a name and its parents, down to two labels; the whole name's indicators come last. */
  findName(key: Uint8Array, length: number, out: number[]): void {
    const { seed } = this.data;
    let a = first(seed, KIND.domain);
    let b = second(seed, KIND.domain);
    let labels = 1;
    for (let i = length - 1; i >= 0; i--) {
      const byte = key[i]!;
      if (byte === 46 && ++labels > 2) this.probe(KIND.domain, key, i + 1, length, finish(a), finish(b), out);
      a = feedFirst(a, byte);
      b = feedSecond(b, byte);
    }
    if (labels > 1) this.probe(KIND.domain, key, 0, length, finish(a), finish(b), out);
  }

  private probe(kind: Kind, key: Uint8Array, from: number, to: number, a: number, b: number, out: number[]): void {
    const { slots, kindOf } = this.data;
    let slot = a & this.mask;
    for (let probes = 0; probes < MAX_PROBES; probes++) {
      const entry = slots[slot * 2 + 1]!;
      if (entry === 0) return;
      if (slots[slot * 2] === b && kindOf[entry - 1] === kind && this.equals(entry - 1, key, from, to))
        out.push(entry - 1);
      slot = (slot + 1) & this.mask;
    }
  }

  private equals(entry: number, key: Uint8Array, from: number, to: number): boolean {
    const { bytes, offsets } = this.data;
    const start = offsets[entry]!;
    if (offsets[entry + 1]! - start !== to - from) return false;
    for (let i = from; i < to; i++) if (bytes[start + i - from] !== key[i]) return false;
    return true;
  }

  /** Numbers of the ranges that hold an address of 1 or 4 words. */
  findRanges(words: Uint32Array, out: number[]): void {
    const ranges = words.length === 1 ? this.data.ranges4 : this.data.ranges6;
    if (ranges.entries.length > 0) eachRange(ranges, words, (entry) => out.push(entry));
  }

  /** Whether an indicator is alone meant: its sub-domains are not. */
  isExact(entry: number): boolean {
    return this.data.exact[entry] === 1;
  }

  typeOf(entry: number): IndicatorType {
    return TYPE_OF_KIND[this.data.kindOf[entry]!]!;
  }

  lengthOf(entry: number): number {
    return this.data.offsets[entry + 1]! - this.data.offsets[entry]!;
  }

  /** Whether it holds at a time, epoch seconds. */
  holdsAt(entry: number, seconds: number): boolean {
    return this.data.expires[entry]! >= seconds && this.data.expires[entry] !== GONE;
  }

  confidence(entry: number): number {
    return this.data.confidences[entry]!;
  }

  source(entry: number): string {
    return this.data.sources[this.data.sourceOf[entry]!]!;
  }

  /** Take one out, in place: it never holds again. */
  remove(entry: number): void {
    this.data.expires[entry] = GONE;
  }

  known(entry: number): Known {
    const { kindOf, bytes, offsets, confidences, expires, threats, threatOf } = this.data;
    const value = valueFrom(kindOf[entry] as Kind, bytes.slice(offsets[entry], offsets[entry + 1]));
    const until = expires[entry]!;
    return {
      ...value,
      source: this.source(entry),
      confidence: confidences[entry]!,
      expires: until === NEVER ? null : until * 1000,
      threat: threats[threatOf[entry]!] ?? null,
    };
  }
}

import type { Fields, Value } from '../../event.js';
import type { Scanner } from './fold.js';

/** Name of the slot that stands for "anywhere in the event" (keyword searches). */
export const KEYWORDS = '\u0000keywords';

const MAX_TEXT = 65_536;
const MAX_KEYWORD_TEXT = 262_144;
const MAX_DEPTH = 32;

/** Field names of all rules, numbered, so that events are read by number and each field once. */
export class Slots {
  readonly names: string[] = [];
  private readonly byName = new Map<string, number>();

  of(name: string): number {
    let slot = this.byName.get(name);
    if (slot === undefined) {
      slot = this.names.length;
      this.byName.set(name, slot);
      this.names.push(name);
    }
    return slot;
  }
}

/**
 * One event under the rules. Values and their lower-case texts are looked up once an event at most; a generation
 * number stands in for clearing, so nothing is allocated per event.
 */
export class Frame {
  generation = 0;
  /** Characters that a keyword search may still look at. */
  private budget = 0;
  private fields: Fields = {};
  /** The record's JSON text, when all that `fields` hold stands in it. */
  text: string | null = null;
  private readonly paths: (string[] | null)[];
  private readonly valueSeen: Float64Array;
  private readonly values: Value[];
  private readonly lowerSeen: Float64Array;
  private readonly lowers: string[];
  /** Results of shared predicates: generation × 2 + outcome. */
  readonly memo: Float64Array;

  constructor(
    private readonly names: readonly string[],
    predicates: number,
  ) {
    this.paths = names.map((name) => (name.includes('.') ? name.split('.') : null));
    this.valueSeen = new Float64Array(names.length);
    this.values = new Array(names.length).fill(undefined);
    this.lowerSeen = new Float64Array(names.length);
    this.lowers = new Array(names.length).fill('');
    this.memo = new Float64Array(predicates);
  }

  /** @param text see `Parsed.text` */
  load(fields: Fields, text: string | null | undefined = null): void {
    this.fields = fields;
    this.text = text ?? null;
    this.generation++;
  }

  /** The field's value; objects inside paths are walked, arrays on the way are flattened. */
  value(slot: number): Value {
    if (this.valueSeen[slot] === this.generation) return this.values[slot];
    this.valueSeen[slot] = this.generation;
    const name = this.names[slot]!;
    let value: Value;
    if (name === KEYWORDS) value = this.keywordText();
    else {
      value = this.fields[name];
      // A field may be called like something every object has (`constructor`): that is not the event's.
      if (typeof value === 'function' || (name === '__proto__' && !Object.hasOwn(this.fields, name))) value = undefined;
      const path = this.paths[slot];
      if (value === undefined && path) value = walk(this.fields, path, 0);
    }
    if (typeof value === 'string' && value.length > MAX_TEXT && name !== KEYWORDS) value = value.slice(0, MAX_TEXT);
    this.values[slot] = value;
    return value;
  }

  /** Lower case of the slot's string value; only to be called when `value(slot)` is a string. */
  lower(slot: number): string {
    if (this.lowerSeen[slot] === this.generation) return this.lowers[slot]!;
    this.lowerSeen[slot] = this.generation;
    const lower = (this.values[slot] as string).toLowerCase();
    this.lowers[slot] = lower;
    return lower;
  }

  /** Every value of the event as text, bounded: what a keyword is looked for in. */
  eachText(visit: (text: string) => void): void {
    this.budget = MAX_KEYWORD_TEXT;
    this.visitText(this.fields, 0, visit);
  }

  /**
   * Look for literals in every value of the event; a record's size is bounded at the door, so its own texts need no other bound.
   * @param shortest texts shorter than this hold no literal
   * @param numbers whether a literal could stand in a number's text: making that text costs more than looking for it
   */
  scanAll(scanner: Scanner, shortest: number, numbers: boolean, seen: (numbers: Int32Array) => void): void {
    const { fields } = this;
    this.budget = MAX_KEYWORD_TEXT;
    // Each of the event's characters passes here: a closure in this loop made it three times as slow.
    for (const key in fields) {
      const value = fields[key];
      if (typeof value === 'string') {
        if (value.length >= shortest) scanner.scan(value, seen);
      } else if (numbers || typeof value === 'object') this.scanOther(value, scanner, seen);
    }
  }

  private scanOther(value: Value, scanner: Scanner, seen: (numbers: Int32Array) => void): void {
    this.visitText(value, 1, (text) => scanner.scan(text, seen));
  }

  private visitText(value: Value, depth: number, visit: (text: string) => void): void {
    if (typeof value === 'string') {
      const bounded = value.length > MAX_TEXT ? value.slice(0, MAX_TEXT) : value;
      this.budget -= bounded.length;
      visit(bounded);
    } else if (typeof value === 'object' && value !== null) {
      if (depth > MAX_DEPTH) return;
      for (const inner of Array.isArray(value) ? value : Object.values(value)) {
        this.visitText(inner, depth + 1, visit);
        if (this.budget <= 0) return;
      }
    } else if (value !== undefined && value !== null) this.visitText(String(value), depth, visit);
  }

  private keywordText(): string {
    const parts: string[] = [];
    this.eachText((text) => parts.push(text));
    return parts.join('\n');
  }
}

function walk(from: Value, path: readonly string[], depth: number): Value {
  let value = from;
  for (let i = depth; i < path.length; i++) {
    if (Array.isArray(value)) {
      const found = value.slice(0, 1000).flatMap((item) => {
        const inner = walk(item, path, i);
        return inner === undefined ? [] : Array.isArray(inner) ? inner : [inner];
      });
      return found.length > 0 ? found : undefined;
    }
    if (typeof value !== 'object' || value === null || !Object.hasOwn(value, path[i]!)) return undefined;
    value = value[path[i]!];
  }
  return value;
}

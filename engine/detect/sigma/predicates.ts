import type { Value } from '../../event.js';
import type { Frame } from './frame.js';
import { globMatches, longestLiteral, type Piece, shapeOf } from './pattern.js';

/**
 * A cheap necessary condition of a predicate: unless one of its atoms is seen, it cannot hold.
 * `equals`: the whole value; `tail`: its last path component with the separator before it; `literal`: somewhere in it.
 * Texts are lower case.
 */
export interface Atom {
  kind: 'equals' | 'tail' | 'literal';
  text: string;
}

/** One test of one field. Equal predicates of different rules are one object (see `Interner`). */
export interface Predicate {
  readonly id: number;
  readonly slot: number;
  /** Null when nothing cheap must be there, e.g. for `exists: false`. */
  readonly atoms: readonly Atom[] | null;
  test(frame: Frame): boolean;
}

/** Predicates by what they test, so that rules share them and their outcomes. */
export class Interner {
  private readonly byKey = new Map<string, Predicate>();
  get size(): number {
    return this.byKey.size;
  }
  get(key: string, make: (id: number) => Predicate): Predicate {
    let found = this.byKey.get(key);
    if (!found) {
      found = make(this.byKey.size);
      this.byKey.set(key, found);
    }
    return found;
  }
}

/** Whether any scalar of a value (arrays are alternatives) passes. */
export function anyScalar(value: Value, passes: (scalar: string | number | boolean | null) => boolean): boolean {
  if (Array.isArray(value)) return value.some((item) => anyScalar(item, passes));
  if (value === undefined || (typeof value === 'object' && value !== null)) return false;
  return passes(value);
}

const lastSeparator = (text: string): number => Math.max(text.lastIndexOf('\\'), text.lastIndexOf('/'));

/** The last path component with its separator, or '' when there is no separator. */
export function tailOf(text: string): string {
  const at = lastSeparator(text);
  return at < 0 ? '' : text.slice(at);
}

const ATOM_LENGTH = 24;
/** Literals of an atom are shortened: a part that must be there is as good, and keeps the automaton small. */
const shorten = (text: string): string => (text.length > ATOM_LENGTH ? text.slice(-ATOM_LENGTH) : text);

/**
 * Any of a list of Sigma strings on one field: exact ones and file names by hash, the rest by the engine's own search.
 */
export class TextPredicate implements Predicate {
  readonly atoms: readonly Atom[] | null;
  private readonly equals = new Set<string>();
  private readonly tails = new Set<string>();
  private readonly starts: string[] = [];
  private readonly ends: string[] = [];
  private readonly contains: string[] = [];
  private readonly globs: (readonly Piece[])[] = [];
  private readonly anything: boolean = false;

  constructor(
    readonly id: number,
    readonly slot: number,
    patterns: readonly Piece[][],
    readonly cased: boolean,
  ) {
    const atoms: Atom[] = [];
    let bounded = true;
    const needs = (kind: Atom['kind'], text: string) => {
      if (text === '' && kind !== 'equals') bounded = false;
      else atoms.push({ kind, text: kind === 'literal' ? shorten(text.toLowerCase()) : text.toLowerCase() });
    };
    for (const pattern of patterns) {
      const pieces = cased ? pattern : pattern.map((p) => (typeof p === 'string' ? p.toLowerCase() : p));
      const shape = shapeOf(pieces);
      switch (shape.kind) {
        case 'equals':
          this.equals.add(shape.text);
          needs('equals', shape.text);
          break;
        case 'anything':
          this.anything = true;
          bounded = false;
          break;
        case 'ends':
          if (lastSeparator(shape.text) === 0 && shape.text.length > 1) {
            this.tails.add(shape.text);
            needs('tail', shape.text);
          } else {
            this.ends.push(shape.text);
            needs('literal', shape.text);
          }
          break;
        case 'starts':
          this.starts.push(shape.text);
          needs('literal', shape.text);
          break;
        case 'contains':
          this.contains.push(shape.text);
          needs('literal', shape.text);
          break;
        case 'glob':
          this.globs.push(shape.pieces);
          needs('literal', longestLiteral(shape.pieces));
      }
    }
    this.atoms = bounded ? atoms : null;
  }

  test(frame: Frame): boolean {
    const value = frame.value(this.slot);
    if (typeof value === 'string') return this.matches(this.cased ? value : frame.lower(this.slot));
    if (value === undefined || value === null) return false;
    return anyScalar(value, (scalar) => {
      if (scalar === null) return false;
      const text = String(scalar);
      return this.matches(this.cased ? text : text.toLowerCase());
    });
  }

  private matches(text: string): boolean {
    if (this.anything) return true;
    if (this.equals.size > 0 && this.equals.has(text)) return true;
    if (this.tails.size > 0 && this.tails.has(tailOf(text))) return true;
    for (const part of this.contains) if (text.includes(part)) return true;
    for (const part of this.ends) if (text.endsWith(part)) return true;
    for (const part of this.starts) if (text.startsWith(part)) return true;
    for (const glob of this.globs) if (globMatches(glob, text)) return true;
    return false;
  }
}

/** A predicate given by a function over the field's value, for everything rare. */
export class ValuePredicate implements Predicate {
  constructor(
    readonly id: number,
    readonly slot: number,
    private readonly check: (value: Value, frame: Frame) => boolean,
    readonly atoms: readonly Atom[] | null = null,
  ) {}
  test(frame: Frame): boolean {
    return this.check(frame.value(this.slot), frame);
  }
}

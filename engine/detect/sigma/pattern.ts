/** A piece of a Sigma string: literal text, `*` (any run) or `?` (any one character). */
export type Piece = string | typeof ANY | typeof ONE;
export const ANY = Symbol('*');
export const ONE = Symbol('?');

/**
 * Read a Sigma string: `*` and `?` are wildcards; a backslash makes one of them, or another backslash, literal
 * and is itself literal before anything else (Sigma specification, "Escaping").
 */
export function readPattern(text: string): Piece[] {
  const pieces: Piece[] = [];
  let literal = '';
  const flush = () => {
    if (literal) pieces.push(literal);
    literal = '';
  };
  for (let i = 0; i < text.length; i++) {
    const c = text[i]!;
    const next = text[i + 1];
    if (c === '\\' && (next === '*' || next === '?' || next === '\\')) {
      literal += next;
      i++;
    } else if (c === '*' || c === '?') {
      flush();
      if (c === '?' || pieces.at(-1) !== ANY) pieces.push(c === '*' ? ANY : ONE);
    } else literal += c;
  }
  flush();
  return pieces;
}

/** Literal text as a pattern: nothing in it is a wildcard. */
export const literalPattern = (text: string): Piece[] => (text ? [text] : []);

/** What a pattern comes down to; only `glob` needs a walk over its pieces. */
export type Shape =
  | { kind: 'equals' | 'starts' | 'ends' | 'contains'; text: string }
  | { kind: 'anything' }
  | { kind: 'glob'; pieces: Piece[] };

export function shapeOf(pieces: Piece[]): Shape {
  if (pieces.length === 0) return { kind: 'equals', text: '' };
  if (pieces.length === 1) {
    const only = pieces[0]!;
    if (typeof only === 'string') return { kind: 'equals', text: only };
    if (only === ANY) return { kind: 'anything' };
  }
  const [first, second, third] = pieces;
  if (pieces.length === 2 && first === ANY && typeof second === 'string') return { kind: 'ends', text: second };
  if (pieces.length === 2 && typeof first === 'string' && second === ANY) return { kind: 'starts', text: first };
  if (pieces.length === 3 && first === ANY && typeof second === 'string' && third === ANY)
    return { kind: 'contains', text: second };
  return { kind: 'glob', pieces };
}

/**
 * Match text against pieces in time proportional to text × pieces at worst: after each `*` the leftmost match of the
 * following run is enough, so there is no back-tracking further than the last `*`.
 */
export function globMatches(pieces: readonly Piece[], text: string): boolean {
  let p = 0;
  let t = 0;
  let retryPiece = -1;
  let retryText = 0;
  while (true) {
    const piece = pieces[p];
    if (piece === undefined && t === text.length) return true;
    if (piece === ANY) {
      if (p === pieces.length - 1) return true;
      retryPiece = p++;
      retryText = t;
      continue;
    }
    if (piece === ONE && t < text.length) {
      p++;
      t++;
      continue;
    }
    if (typeof piece === 'string' && text.startsWith(piece, t)) {
      p++;
      t += piece.length;
      continue;
    }
    if (retryPiece < 0) return false;
    const after = pieces[retryPiece + 1];
    const from = retryText + 1;
    if (from > text.length) return false;
    // Jump to the next place where the literal after the star stands at all.
    retryText = typeof after === 'string' ? text.indexOf(after, from) : from;
    if (retryText < 0) return false;
    p = retryPiece + 1;
    t = retryText;
  }
}

/** The longest literal of a pattern: text that every match contains. */
export function longestLiteral(pieces: readonly Piece[]): string {
  let longest = '';
  for (const piece of pieces) if (typeof piece === 'string' && piece.length > longest.length) longest = piece;
  return longest;
}

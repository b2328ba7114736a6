import { BlockList, isIP } from 'node:net';
import type { Value } from '../../event.js';
import { KEYWORDS, type Slots } from './frame.js';
import { and, type Node, not, or, test } from './node.js';
import { ANY, type Piece } from './pattern.js';
import { anyScalar, type Interner, TextPredicate, ValuePredicate } from './predicates.js';
import { syntax, unsupported } from './problem.js';
import { compileRegex, neededLiterals } from './regex.js';
import { type Draft, ENCODINGS, patternOf } from './values.js';

const MAX_VALUES = 10_000;
const COMPARE: Record<string, (a: number, b: number) => boolean> = {
  gt: (a, b) => a > b,
  gte: (a, b) => a >= b,
  lt: (a, b) => a < b,
  lte: (a, b) => a <= b,
};
const TIME_PARTS: Record<string, (date: Date) => number> = {
  minute: (d) => d.getUTCMinutes(),
  hour: (d) => d.getUTCHours(),
  day: (d) => d.getUTCDate(),
  week: isoWeek,
  month: (d) => d.getUTCMonth() + 1,
  year: (d) => d.getUTCFullYear(),
};
const KNOWN = new Set([
  ...Object.keys(COMPARE),
  ...Object.keys(TIME_PARTS),
  ...Object.keys(ENCODINGS),
  ...'contains startswith endswith all cased re i m s cidr exists fieldref neq expand'.split(' '),
]);

/** What the compiler shares between rules. */
export interface Shared {
  slots: Slots;
  predicates: Interner;
  /** Values of `%placeholder%`s for the `expand` modifier. */
  placeholders: Readonly<Record<string, readonly string[]>>;
}

/**
 * One entry of a detection, `Field|modifier|…: value or list`, as a node.
 * @throws RuleError for unknown modifiers, wrong values and features that do not run
 */
export function fieldNode(shared: Shared, key: string, raw: unknown): Node {
  const [field = '', ...modifiers] = key.split('|');
  for (const modifier of modifiers) if (!KNOWN.has(modifier)) throw unsupported(`modifier "${modifier}"`);
  if (modifiers.includes('neq')) {
    const rest = [field, ...modifiers.filter((modifier) => modifier !== 'neq')].join('|');
    return not(fieldNode(shared, rest, raw));
  }
  const has = new Set(modifiers);
  if (field.includes('\u0000')) throw syntax('a field name has a character that no field has');
  checkCombination(modifiers);
  const slot = shared.slots.of(field === '' ? KEYWORDS : field);
  const values = Array.isArray(raw) ? raw : [raw];
  if (values.length === 0) throw syntax(`"${key}" has an empty list`);
  if (values.length > MAX_VALUES) throw unsupported(`more than ${MAX_VALUES} values for "${key}"`);
  if (values.some((value) => typeof value === 'object' && value !== null))
    throw syntax(`"${key}" has a value that is not a scalar`);
  const join = has.has('all') ? and : or;

  /** One predicate for each value, by a function that reads the value. */
  const each = (kind: string, make: (value: unknown) => { check: (v: Value) => boolean; needs?: string[] | null }) =>
    join(
      values.map((value) =>
        test(
          shared.predicates.get(`${slot}|${kind}|${JSON.stringify(value)}`, (id) => {
            const { check, needs } = make(value);
            const atoms = needs?.map((text) => ({ kind: 'literal' as const, text })) ?? null;
            return new ValuePredicate(id, slot, check, atoms);
          }),
        ),
      ),
    );

  const part = modifiers.find((modifier) => modifier in TIME_PARTS);
  const order = modifiers.find((modifier) => modifier in COMPARE);
  if (has.has('exists')) return existsNode(shared, slot, values);
  if (has.has('re')) {
    const flags = ['i', 'm', 's'].filter((flag) => has.has(flag)).join('');
    return each(`re${flags}`, (value) => {
      const pattern = String(value);
      const matches = compileRegex(pattern, flags);
      return { check: (v) => anyScalar(v, (s) => s !== null && matches(String(s))), needs: neededLiterals(pattern) };
    });
  }
  if (has.has('cidr')) return each('cidr', (value) => ({ check: cidrCheck(String(value)) }));
  if (has.has('fieldref')) return refNode(shared, slot, values, has);
  if (part || order) {
    const read = part ? partReader(TIME_PARTS[part]!) : toNumber;
    const compare = order ? COMPARE[order]! : (a: number, b: number) => a === b;
    return each(`${part}|${order}`, (value) => {
      const limit = Number(value);
      if (value === null || value === '' || !Number.isFinite(limit)) throw syntax(`"${key}" needs a number`);
      return { check: (v) => anyScalar(v, (s) => compare(read(s), limit)) };
    });
  }
  return textNode(shared, slot, values, modifiers, join, field === '');
}

/** What may stand together; everything else would be ignored in silence. */
const FAMILIES: Record<string, ReadonlySet<string>> = {
  re: new Set('re i m s all'.split(' ')),
  cidr: new Set('cidr all'.split(' ')),
  exists: new Set(['exists']),
  fieldref: new Set('fieldref contains startswith endswith cased all'.split(' ')),
  number: new Set([...Object.keys(COMPARE), ...Object.keys(TIME_PARTS), 'all']),
  text: new Set([...Object.keys(ENCODINGS), ...'contains startswith endswith all cased expand'.split(' ')]),
};

function checkCombination(modifiers: readonly string[]): void {
  const number = modifiers.filter((modifier) => modifier in COMPARE || modifier in TIME_PARTS);
  const family =
    ['re', 'cidr', 'exists', 'fieldref'].find((name) => modifiers.includes(name)) ??
    (number.length > 0 ? 'number' : 'text');
  const alien = modifiers.find((modifier) => !FAMILIES[family]!.has(modifier));
  if (alien)
    throw unsupported(
      `modifier "${alien}" together with "${modifiers.find((modifier) => modifier !== alien) ?? family}"`,
    );
  const twice = [COMPARE, TIME_PARTS].find((kind) => number.filter((modifier) => modifier in kind).length > 1);
  if (twice) throw unsupported(`the modifiers ${number.join(' and ')} together`);
}

/** Strings, numbers, booleans and null: the ordinary case. */
function textNode(
  shared: Shared,
  slot: number,
  values: unknown[],
  modifiers: string[],
  join: (nodes: Node[]) => Node,
  keyword: boolean,
): Node {
  const cased = modifiers.includes('cased');
  const nodes: Node[] = [];
  const patterns: Piece[][] = [];
  let count = 0;
  const text = (list: Piece[][]) => {
    const key = `${slot}|text${cased}|${JSON.stringify(list.map((pattern) => pattern.map((p) => (typeof p === 'string' ? p : [p.description]))))}`;
    return test(shared.predicates.get(key, (id) => new TextPredicate(id, slot, list, cased)));
  };
  for (const value of values) {
    if (value === null || value === undefined) {
      nodes.push(
        test(
          shared.predicates.get(
            `${slot}|null`,
            (id) => new ValuePredicate(id, slot, (v) => v === undefined || v === null),
          ),
        ),
      );
      continue;
    }
    const made = draftsOf(shared, String(value), modifiers).map((draft) => wrap(patternOf(draft), modifiers, keyword));
    for (const pattern of made) bound(pattern, ++count);
    if (join === or) for (const pattern of made) patterns.push(pattern);
    else nodes.push(text(made));
  }
  if (patterns.length > 0) nodes.push(text(patterns));
  return join(nodes);
}

const MAX_PATTERN = 8192;
const MAX_PIECES = 200;

/** @throws RuleError for patterns whose search would take long, and for too many of them */
function bound(pattern: readonly Piece[], count: number): void {
  const length = pattern.reduce((sum, piece) => sum + (typeof piece === 'string' ? piece.length : 1), 0);
  if (length > MAX_PATTERN) throw unsupported(`a value of more than ${MAX_PATTERN} characters`);
  if (pattern.length > MAX_PIECES) throw unsupported(`a value with more than ${MAX_PIECES / 2} wildcards`);
  if (count > MAX_VALUES) throw unsupported(`values that stand for more than ${MAX_VALUES} texts`);
}

function draftsOf(shared: Shared, value: string, modifiers: string[]): Draft[] {
  let drafts: Draft[] = [{ text: value }];
  for (const modifier of modifiers) {
    if (modifier === 'expand') drafts = drafts.flatMap((draft) => expand(shared, draft));
    const encode = ENCODINGS[modifier];
    if (encode) drafts = drafts.flatMap(encode);
  }
  return drafts;
}

/** Every combination of its placeholders' values; what a value holds is not expanded again. */
function expand(shared: Shared, draft: Draft): Draft[] {
  const text = 'text' in draft ? draft.text : '';
  const parts = text.split(/%([^%\s]+)%/);
  let made = [parts[0]!];
  for (let at = 1; at < parts.length; at += 2) {
    const values = Object.hasOwn(shared.placeholders, parts[at]!) ? shared.placeholders[parts[at]!]! : [];
    if (values.length === 0) throw unsupported(`placeholder %${parts[at]}% has no values here`);
    if (made.length * values.length > MAX_VALUES) throw unsupported(`placeholders of more than ${MAX_VALUES} values`);
    made = made.flatMap((start) => values.map((value) => start + value + parts[at + 1]!));
  }
  return made.map((each) => ({ text: each }));
}

/** Put the wildcards of `contains`, `startswith` and `endswith` around; keywords stand anywhere. */
function wrap(pattern: Piece[], modifiers: string[], keyword: boolean): Piece[] {
  const contains = keyword || modifiers.includes('contains');
  const wrapped = [...pattern];
  if ((contains || modifiers.includes('endswith')) && wrapped[0] !== ANY) wrapped.unshift(ANY);
  if ((contains || modifiers.includes('startswith')) && wrapped.at(-1) !== ANY) wrapped.push(ANY);
  return wrapped;
}

function existsNode(shared: Shared, slot: number, values: unknown[]): Node {
  const wanted = values[0];
  if (values.length !== 1 || typeof wanted !== 'boolean') throw syntax('"exists" needs true or false');
  const check = (value: Value) => (value !== undefined) === wanted;
  return test(shared.predicates.get(`${slot}|exists|${wanted}`, (id) => new ValuePredicate(id, slot, check)));
}

function refNode(shared: Shared, slot: number, values: unknown[], has: ReadonlySet<string>): Node {
  const fold = (text: string) => (has.has('cased') ? text : text.toLowerCase());
  const compare = (a: string, b: string): boolean => {
    if (has.has('contains')) return a.includes(b);
    if (has.has('startswith')) return a.startsWith(b);
    if (has.has('endswith')) return a.endsWith(b);
    return a === b;
  };
  const kind = [...has].sort().join('|');
  const nodes = values.map((value) => {
    const other = shared.slots.of(String(value));
    return test(
      shared.predicates.get(
        `${slot}|ref|${kind}|${other}`,
        (id) =>
          new ValuePredicate(id, slot, (v, frame) =>
            anyScalar(v, (a) =>
              anyScalar(
                frame.value(other),
                (b) => a !== null && b !== null && compare(fold(String(a)), fold(String(b))),
              ),
            ),
          ),
      ),
    );
  });
  return has.has('all') ? and(nodes) : or(nodes);
}

/** @throws RuleError when the text is no network */
function cidrCheck(network: string): (value: Value) => boolean {
  const [, address = '', bits = ''] = /^([^/]+)\/(\d{1,3})$/.exec(network) ?? [];
  const family = isIP(address);
  const prefix = Number(bits);
  const most = family === 4 ? 32 : 128;
  if (!family || prefix > most) throw syntax(`"${network}" is not a network`);
  const list = new BlockList();
  list.addSubnet(address, prefix, family === 4 ? 'ipv4' : 'ipv6');
  return (value) =>
    anyScalar(value, (scalar) => {
      if (typeof scalar !== 'string') return false;
      const mapped = /^::ffff:(\d+\.\d+\.\d+\.\d+)$/i.exec(scalar)?.[1];
      const ip = mapped && family === 4 ? mapped : scalar;
      return isIP(ip) === family && list.check(ip, family === 4 ? 'ipv4' : 'ipv6');
    });
}

function toNumber(scalar: string | number | boolean | null): number {
  if (typeof scalar === 'number') return scalar;
  return typeof scalar === 'string' && scalar.trim() !== '' ? Number(scalar) : Number.NaN;
}

/** A part of a time given as ISO text, epoch seconds or epoch milliseconds, in UTC. */
function partReader(part: (date: Date) => number): (scalar: string | number | boolean | null) => number {
  return (scalar) => {
    const number = toNumber(scalar);
    const date = Number.isFinite(number)
      ? new Date(number < 1e11 ? number * 1000 : number)
      : new Date(utc(String(scalar)));
    return Number.isNaN(date.getTime()) ? Number.NaN : part(date);
  };
}

/** A time without a zone is UTC, as everywhere in the product. */
const utc = (text: string): string => (/^\d{4}-\d\d-\d\d[ T][\d:.]+$/.test(text) ? `${text.replace(' ', 'T')}Z` : text);

/** ISO 8601 week: the one that holds the year's first Thursday is week 1. */
function isoWeek(date: Date): number {
  const thursday = new Date(Date.UTC(date.getUTCFullYear(), date.getUTCMonth(), date.getUTCDate()));
  thursday.setUTCDate(thursday.getUTCDate() + 4 - (thursday.getUTCDay() || 7));
  return Math.ceil(((thursday.getTime() - Date.UTC(thursday.getUTCFullYear(), 0, 1)) / 86_400_000 + 1) / 7);
}

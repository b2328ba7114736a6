/** Texts that are looked at before cores are chosen, and how much of each. */
const SAMPLES = 64;
const MAX_SAMPLE = 8192;
/** Beyond these numbers the regular expression is no quicker than the search that it saves. */
const MAX_LITERALS = 64;
const MAX_CORES = 24;
const LENGTHS = [2, 3, 4, 5, 6];
/** Cores are widened up to this length, by places for which there are no more characters than this. */
const WIDEST = 4;
const MAX_CLASS = 4;

/** Characters that JSON, and JSON within JSON, write as themselves unless they are written as `\u…`. */
const PLAIN = /^[a-z0-9 .:_-]+$/;

/**
 * Tells for most records at a glance that none of some literals stands in any of their values: one regular expression over the
 * record's text looks for a short core of each literal. Which cores are rare is seen from the first records. Alternatives of fixed
 * texts take the engine's own expressions linear time.
 */
export class Sieve {
  private samples: string[] | null = [];
  private cores: RegExp | null = null;

  /** @param literals lower-case */
  constructor(private readonly literals: readonly string[]) {
    if (literals.length > MAX_LITERALS || !literals.every((literal) => coresOf(literal).length > 0))
      this.samples = null;
  }

  /** Whether a literal may stand in the record whose JSON text this is: true where it is not known. */
  passes(text: string): boolean {
    if (this.cores) return this.cores.test(text);
    if (this.samples) {
      this.samples.push(text.slice(0, MAX_SAMPLE).toLowerCase());
      if (this.samples.length === SAMPLES) {
        this.cores = choose(this.literals, this.samples);
        this.samples = null;
      }
    }
    return true;
  }
}

function coresOf(literal: string): string[] {
  const found = new Set<string>();
  for (const wanted of LENGTHS) {
    for (let at = 0; at + wanted <= literal.length; at++) {
      const core = literal.slice(at, at + wanted);
      if (PLAIN.test(core)) found.add(core);
    }
  }
  return [...found];
}

/** The cheapest set of cores that holds one of each literal: of those that most literals share, the rarest (a greedy cover). */
function choose(literals: readonly string[], samples: readonly string[]): RegExp | null {
  const owners = new Map<string, Set<number>>();
  literals.forEach((literal, index) => {
    for (const core of coresOf(literal)) owners.set(core, (owners.get(core) ?? new Set()).add(index));
  });
  const price = new Map<string, number>();
  for (const core of owners.keys()) {
    const seen = samples.filter((sample) => sample.includes(core)).length;
    price.set(core, 1 + (100 * seen) / samples.length);
  }
  const open = new Set(literals.keys());
  const cores: Core[] = [];
  while (open.size > 0) {
    let best = '';
    let most = 0;
    for (const [core, of] of owners) {
      let covers = 0;
      for (const index of of) if (open.has(index)) covers++;
      const worth = covers / price.get(core)!;
      if (worth > most) [best, most] = [core, worth];
    }
    const covered = [...owners.get(best)!].filter((index) => open.has(index));
    cores.push(
      widened(
        best,
        covered.map((index) => literals[index]!),
      ),
    );
    if (cores.length > MAX_CORES) return null;
    for (const index of covered) open.delete(index);
  }
  return expressionOf(cores);
}

/** For each place, the characters that may stand there. */
type Core = string[];

/** A core with what stands before or after it in its literals, as long as these are few: what is longer is rarer, and quicker. */
function widened(core: string, literals: readonly string[]): Core {
  let whole: Core = [...core];
  let found = literals.map((literal) => ({
    literal,
    from: literal.indexOf(core),
    to: literal.indexOf(core) + core.length,
  }));
  while (whole.length < WIDEST) {
    const before = new Set(found.map(({ literal, from }) => literal[from - 1] ?? ''));
    const after = new Set(found.map(({ literal, to }) => literal[to] ?? ''));
    const fits = (set: Set<string>) => set.size <= MAX_CLASS && [...set].every((char) => PLAIN.test(char));
    if (fits(after) && (after.size <= before.size || !fits(before))) {
      whole = [...whole, [...after].sort().join('')];
      found = found.map((each) => ({ ...each, to: each.to + 1 }));
    } else if (fits(before)) {
      whole = [[...before].sort().join(''), ...whole];
      found = found.map((each) => ({ ...each, from: each.from - 1 }));
    } else break;
  }
  return whole;
}

/** The cores in any case, and every other way in which JSON may write one of their characters. */
function expressionOf(cores: readonly Core[]): RegExp {
  const characters = new Set(cores.flat().join(''));
  const codes = new Set<string>();
  for (const char of characters) codes.add(/[a-z_]/.test(char) ? '[4-7]' : char.charCodeAt(0).toString(16));
  const escapes = [...codes].map((code) => `00${code}`);
  const alternatives = cores.map((core) =>
    core.map((chars) => (chars.length > 1 ? `[${quote(chars)}]` : quote(chars))).join(''),
  );
  // Two characters outside ASCII count as k and s.
  for (const [letter, code] of [
    ['k', '212a'],
    ['s', '017f'],
  ] as const) {
    if (!characters.has(letter)) continue;
    alternatives.push(`\\u${code}`);
    escapes.push(code);
  }
  return new RegExp([...alternatives, `\\\\u(?:${escapes.join('|')})`].join('|'), 'i');
}

const quote = (text: string): string => text.replace(/[.-]/g, '\\$&');

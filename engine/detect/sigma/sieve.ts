/** Texts that are looked at before cores are chosen, and how much of each. */
const SAMPLES = 64;
const MAX_SAMPLE = 8192;
/** Beyond these numbers the regular expression is no quicker than the search that it saves. */
const MAX_LITERALS = 64;
const MAX_CORES = 24;
const LENGTHS = [2, 3, 4, 5, 6];

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
  const cores: string[] = [];
  while (open.size > 0) {
    let best = '';
    let most = 0;
    for (const [core, of] of owners) {
      let covers = 0;
      for (const index of of) if (open.has(index)) covers++;
      const worth = covers / price.get(core)!;
      if (worth > most) [best, most] = [core, worth];
    }
    cores.push(best);
    if (cores.length > MAX_CORES) return null;
    for (const index of owners.get(best)!) open.delete(index);
  }
  return expressionOf(cores);
}

/** The cores in any case, and every other way in which JSON may write one of their characters. */
function expressionOf(cores: readonly string[]): RegExp {
  const characters = new Set(cores.join(''));
  const codes = new Set<string>();
  for (const char of characters) codes.add(/[a-z_]/.test(char) ? '[4-7]' : char.charCodeAt(0).toString(16));
  const escapes = [...codes].map((code) => `00${code}`);
  const alternatives = cores.map(quote);
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

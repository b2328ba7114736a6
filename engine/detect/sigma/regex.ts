import { RE2JS } from 're2js';
import { unsupported } from './problem.js';

const MAX_PATTERN = 4096;
/** From this length on, looking for needed literals first is quicker than the expression, which costs some 7 ns a character. */
const LONG = 256;

/**
 * Compile a regular expression with RE2's semantics: time is linear in the text, whatever the pattern.
 * @param flags any of `i`, `m`, `s`
 * @returns whether the pattern is found anywhere in a text
 * @throws RuleError for look-around, back-references and patterns that are not regular expressions
 */
export function compileRegex(pattern: string, flags: string): (text: string) => boolean {
  if (pattern.length > MAX_PATTERN) throw unsupported(`a regular expression longer than ${MAX_PATTERN} characters`);
  if (/\(\?(?:[=!]|<[=!])/.test(pattern))
    throw unsupported('look-around in a regular expression does not run in linear time');
  let bits = 0;
  if (flags.includes('i')) bits |= RE2JS.CASE_INSENSITIVE;
  if (flags.includes('m')) bits |= RE2JS.MULTILINE;
  if (flags.includes('s')) bits |= RE2JS.DOTALL;
  try {
    const compiled = RE2JS.compile(pattern, bits);
    // Two letters have a third case outside ASCII, which lower case does not undo.
    const needs = needsOf(pattern).filter((need) => need.every((literal) => !/[ks]/.test(literal)));
    if (needs.length === 0) return (text) => compiled.test(text);
    return (text) => {
      if (text.length >= LONG) {
        const lower = text.toLowerCase();
        if (!needs.every((need) => need.some((literal) => lower.includes(literal)))) return false;
      }
      return compiled.test(text);
    };
  } catch (error) {
    throw unsupported(`regular expression not supported: ${(error as Error).message}`);
  }
}

/** Texts of which at least one must stand (in any case) in whatever matches; null when nothing is known to be needed. */
type Needed = string[] | null;

const better = (a: Needed, b: Needed): Needed => {
  if (!a || !b) return a ?? b;
  const worth = (needed: string[]) => Math.min(...needed.map((text) => text.length)) - needed.length / 4;
  return worth(a) >= worth(b) ? a : b;
};

/**
 * Literals that a match cannot do without, read off the pattern. Whatever the reader does not know ends the literal
 * run, so that the answer is always safe: a text without any of them does not match.
 */
export function neededLiterals(pattern: string): Needed {
  const needed = needsOf(pattern).reduce<Needed>(better, null);
  return needed?.every((text) => text.length > 1) ? needed : null;
}

/** All that a match needs, each as a list of alternatives: one of every list stands in whatever matches. */
function needsOf(pattern: string): string[][] {
  let at = 0;
  let all: string[][] = [];
  /** Something was met that this reader does not follow: then nothing is known to be needed. */
  let lost = false;
  /** Several alternatives stand at the top: none of them needs what another one does. */
  let isAlternative = false;

  function alternation(depth: number): Needed {
    let any: Needed = sequence(depth);
    if (depth === 0 && pattern[at] === '|') isAlternative = true;
    while (!lost && pattern[at] === '|') {
      at++;
      const branch = sequence(depth);
      any = any && branch ? [...any, ...branch] : null;
    }
    return any && any.length <= 64 ? any : null;
  }

  function sequence(depth: number): Needed {
    let best: Needed = null;
    let run = '';
    const note = (need: string[]) => {
      best = better(best, need);
      if (depth === 0) all.push(need);
    };
    const endRun = () => {
      if (run.length > 0) note([run.toLowerCase()]);
      run = '';
    };
    while (!lost && at < pattern.length && pattern[at] !== '|' && pattern[at] !== ')') {
      const item = one(depth);
      const times = quantifier();
      if (typeof item === 'string' && times === 'once') run += item;
      else {
        if (typeof item === 'string' && times === 'some') run += item;
        endRun();
        if (Array.isArray(item) && times !== 'maybe') note(item);
      }
    }
    endRun();
    return best;
  }

  /** One item: a literal character, the needs of a group, or null for anything else. */
  function one(depth: number): string | Needed {
    const c = pattern[at++]!;
    if (c === '\\') {
      const escaped = pattern[at++];
      if (escaped === undefined) return null;
      if (/[a-zA-Z0-9]/.test(escaped)) {
        // Classes, anchors and code points: skip what belongs to them.
        if (!'dDsSwWbBAz'.includes(escaped)) lost = true;
        return null;
      }
      return escaped;
    }
    if (c === '[') {
      if (pattern[at] === '^') at++;
      if (pattern[at] === ']') at++;
      while (at < pattern.length && pattern[at] !== ']') {
        if (pattern[at] === '\\') at++;
        else if (pattern[at] === '[' && pattern[at + 1] === ':') at = Math.max(at, pattern.indexOf(':]', at) + 1);
        at++;
      }
      at++;
      return null;
    }
    if (c === '(') {
      if (pattern[at] === '?') {
        const head = /^\?(?:P?<[A-Za-z_]\w*>|[a-zA-Z-]*:|[a-zA-Z-]*\))/.exec(pattern.slice(at, at + 64));
        if (!head) {
          lost = true;
          return null;
        }
        at += head[0].length;
        if (head[0].endsWith(')')) {
          if (/[*+?{]/.test(pattern[at] ?? '')) lost = true;
          return null;
        }
      }
      if (depth > 50) {
        lost = true;
        return null;
      }
      const inner = alternation(depth + 1);
      at++;
      return inner;
    }
    // Outside ASCII, case folds in ways of its own.
    return c === '.' || c === '^' || c === '$' || c > '~' ? null : c;
  }

  /** How often the item before must stand: once, at least once (`some`), or perhaps not at all. */
  function quantifier(): 'once' | 'some' | 'maybe' {
    let result: 'once' | 'some' | 'maybe' = 'once';
    const c = pattern[at];
    if (c === '*' || c === '?') {
      at++;
      result = 'maybe';
    } else if (c === '+') {
      at++;
      result = 'some';
    } else if (c === '{') {
      const counted = /^\{(\d+)(?:,\d*)?\}/.exec(pattern.slice(at, at + 24));
      if (!counted) return 'once';
      at += counted[0].length;
      result = counted[1] === '0' ? 'maybe' : 'some';
    }
    if (result !== 'once' && pattern[at] === '?') at++;
    return result;
  }

  const any = alternation(0);
  if (lost || at < pattern.length) return [];
  if (isAlternative) all = any ? [any] : [];
  return all;
}

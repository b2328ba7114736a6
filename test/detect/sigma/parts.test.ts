import { describe, expect, it } from 'vitest';
import { Automaton } from '../../../engine/detect/sigma/automaton.js';
import { ANY, globMatches, ONE, type Piece, readPattern } from '../../../engine/detect/sigma/pattern.js';
import { compileRegex, neededLiterals } from '../../../engine/detect/sigma/regex.js';
import { Scanners } from '../../../engine/detect/sigma/skipper.js';
import { random } from '../../support/random.js';
import { spending } from '../../support/spent.js';

describe('scanners', () => {
  it('finds the literals that String.includes finds, in any case', () => {
    const rng = random(1);
    for (let round = 0; round < 2000; round++) {
      const letters = round % 3 ? 'abAB' : 'abAB\\ß.éK\u212a\u017f';
      const word = (length: number) => Array.from({ length }, () => letters[rng.int(letters.length)]).join('');
      const literals = [
        ...new Set(
          Array.from({ length: 1 + rng.int(12) }, () =>
            word((round % 2 ? 1 : 5) + rng.int(5))
              .toLowerCase()
              .replaceAll('\u017f', 's'),
          ),
        ),
      ];
      const numbered = new Map(literals.map((literal, i) => [literal, [i]]));
      const automaton = round % 2 ? new Automaton(numbered) : new Scanners().for(literals);
      const text = word(rng.int(40));
      const seen = new Set<number>();
      automaton.scan(text, (numbers) => {
        for (const n of numbers) seen.add(n);
      });
      const folded = text.toLowerCase().replaceAll('\u017f', 's');
      const expected = literals.flatMap((literal, i) => (folded.includes(literal) ? [i] : []));
      // Outside ASCII the automaton may tell of one too many; never of one too few.
      if (round % 3) expect([...seen].sort((a, b) => a - b)).toEqual(expected);
      else expect([...seen]).toEqual(expect.arrayContaining(expected));
    }
  });
});

describe('glob', () => {
  it('agrees with a regular expression made of the same pieces', () => {
    const rng = random(2);
    for (let round = 0; round < 20000; round++) {
      const pieces: Piece[] = Array.from({ length: rng.int(6) }, () => rng.pick<Piece>([ANY, ONE, 'a', 'b', 'ab']));
      const text = Array.from({ length: rng.int(9) }, () => 'ab'[rng.int(2)]).join('');
      const source = pieces.map((p) => (p === ANY ? '[^]*' : p === ONE ? '[^]' : p)).join('');
      const joined = readPattern(pieces.map((p) => (p === ANY ? '*' : p === ONE ? '?' : p)).join(''));
      const expected = new RegExp(`^(?:${source})$`).test(text);
      expect(globMatches(joined, text), `${source} on ${text}`).toBe(expected);
    }
  });

  it('stays quick on patterns made to be slow', () => {
    const spent = spending();
    expect(globMatches(readPattern(`${'*a'.repeat(50)}*b`), 'a'.repeat(60_000))).toBe(false);
    expect(spent()).toBeLessThan(2000);
  });
});

describe('literals that a regular expression needs', () => {
  it.each([
    ['foo\\.exe', ['foo.exe']],
    ['ab(c|d)ef', ['ab']],
    ['(?:alpha|beta)', ['alpha', 'beta']],
    ['x?longer+y', ['longer']],
    ['a*', null],
    ['ab{0,3}cde', ['cde']],
    ['[abc]{3}', null],
    ['(?i)SeCret', ['secret']],
    ['alpha|b', null],
    ['\\bwhoami\\b', ['whoami']],
  ])('%s', (pattern, expected) => {
    expect(neededLiterals(pattern)).toEqual(expected);
  });

  it('never deny a match: what matches holds one of them', () => {
    const rng = random(3);
    const atoms = [
      'ab',
      'c',
      '.',
      '\\d',
      '[xy]',
      '(ab|cd)',
      '(?:ef)+',
      'g?',
      'h*',
      'i{2}',
      '(j|k)?',
      '^',
      '$',
      '\\.',
      '(?i:LM)',
    ];
    const texts = ['ab', 'c', 'cd', 'ef', 'g', 'h', 'ii', 'j', 'k', '.', '1', 'x', 'lm'];
    for (let round = 0; round < 4000; round++) {
      const pattern = Array.from({ length: 1 + rng.int(4) }, () => atoms[rng.int(atoms.length)]).join(
        rng.int(5) === 0 ? '|' : '',
      );
      const needed = neededLiterals(pattern);
      if (!needed) continue;
      const text = Array.from({ length: rng.int(6) }, () => texts[rng.int(texts.length)]).join('');
      if (compileRegex(pattern, 'i')(text))
        expect(
          needed.some((n) => text.toLowerCase().includes(n)),
          `${pattern} on ${text}`,
        ).toBe(true);
    }
  });
});

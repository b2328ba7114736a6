import { describe, expect, it } from 'vitest';
import { progressReasons, wayOf } from '../../engine/triage/progress.js';
import { WEIGHTS } from '../../engine/triage/weights.js';
import { random as seeded } from '../support/random.js';

const rules = (...of: [first: number, ...tactics: string[]][]) => of.map(([first, ...tactics]) => ({ first, tactics }));
const points = (...of: Parameters<typeof rules>) => progressReasons(rules(...of), WEIGHTS)[0]?.points ?? 0;

describe('the way along the kill chain', () => {
  it('is the longest run of tactics in the order of the chain and of time', () => {
    const way = wayOf(
      rules([5, 'impact'], [1, 'execution'], [2, 'discovery'], [0, 'collection'], [3, 'lateral-movement']),
    );
    expect(way).toEqual({ steps: 4, from: 3, to: 13 });
  });

  it('takes one step for one rule, and none for what began at the same moment', () => {
    expect(wayOf(rules([1, 'persistence', 'privilege-escalation', 'defense-evasion']))).toMatchObject({ steps: 1 });
    expect(wayOf(rules([1, 'execution'], [1, 'persistence']))).toMatchObject({ steps: 1 });
    expect(wayOf(rules([1, 'execution', 'persistence'], [2, 'persistence', 'discovery']))).toMatchObject({ steps: 2 });
  });

  it('does not go back, and knows newer names of tactics', () => {
    expect(wayOf(rules([1, 'exfiltration'], [2, 'execution']))).toMatchObject({ steps: 1 });
    expect(wayOf(rules([1, 'execution'], [2, 'stealth']))).toEqual({ steps: 2, from: 3, to: 6 });
    expect(wayOf(rules([1, 'nonsense'], [2]))).toBeNull();
  });

  it('of equally long ones is the one that covers most', () => {
    expect(wayOf(rules([1, 'execution'], [1, 'initial-access'], [2, 'discovery'], [2, 'impact']))).toEqual({
      ...{ steps: 2, from: 2, to: 13 },
    });
  });

  it('brings more the further it goes, within a bound, and nothing without order', () => {
    const two = points([1, 'execution'], [2, 'persistence']);
    const near = points([1, 'execution'], [2, 'persistence'], [3, 'privilege-escalation']);
    const far = points([1, 'execution'], [2, 'persistence'], [3, 'impact']);
    expect(two).toBe(WEIGHTS.progress.each);
    expect(near).toBeGreaterThan(two);
    expect(far).toBeGreaterThan(near);
    expect(points([2, 'execution'], [1, 'impact'])).toBe(0);
    const all = [...Array(14).keys()].map((i): [number, string] => [
      i,
      [
        'reconnaissance',
        'resource-development',
        'initial-access',
        'execution',
        'persistence',
        'privilege-escalation',
        'defense-evasion',
        'credential-access',
        'discovery',
        'lateral-movement',
        'collection',
        'command-and-control',
        'exfiltration',
        'impact',
      ][i]!,
    ]);
    expect(points(...all)).toBe(WEIGHTS.progress.most);
  });

  it('is the same in any order of rules', () => {
    const names = ['execution', 'impact', 'discovery', 'persistence', 'collection', 'stealth'];
    const random = seeded(1).next;
    for (let round = 0; round < 200; round++) {
      const some = rules(
        ...Array.from({ length: 1 + Math.floor(random() * 9) }, (): [number, ...string[]] => [
          Math.floor(random() * 6),
          ...names.filter(() => random() < 0.3),
        ]),
      );
      const turned = [...some].sort(() => random() - 0.5);
      expect(wayOf(turned)).toEqual(wayOf(some));
    }
  });
});

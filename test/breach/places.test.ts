import { describe, expect, it } from 'vitest';
import { applyBreach } from '../../engine/breach/change.js';
import { duties } from '../../engine/breach/duties.js';
import { readFacts } from '../../engine/breach/files.js';
import { theLaw } from '../../engine/breach/index.js';
import { liesIn, partsOf } from '../../engine/breach/places.js';
import type { Fact, Profile } from '../../engine/breach/types.js';
import { kindOf, vocabulary } from '../../engine/breach/vocabulary.js';
import type { Breach } from '../../engine/store/breaches.js';

const NOW = Date.parse('2026-03-02T09:00Z');
const law = theLaw();
const profile: Profile = {
  ...{ name: 'Acme', zone: 'UTC', calendar: null, targets: {}, jurisdictions: ['US', 'EU'] },
  roles: Object.keys(vocabulary.roles),
};
const many = [...partsOf('US'), ...partsOf('WORLD').filter((place) => place !== 'US')];
const fact = (name: string, value: Fact['value'], at = NOW): Fact => ({
  ...{ fact: name, value, by: 'Ana', at, reason: '' },
});
const code = (work: () => unknown) => {
  try {
    work();
    return null;
  } catch (error) {
    return (error as { code?: string }).code;
  }
};

describe('places', () => {
  it('are those of the table: States and countries that there are', () => {
    for (const name of ['people.US-CA', 'people.DE', 'people.NO', 'people.UK', 'patients.EU', 'law.SEC', 'law.EEA'])
      expect([name, kindOf(name)]).toEqual([name, name.startsWith('law') ? 'yes-no' : 'count']);
    for (const name of [
      'people.US-A00',
      'people.US-ZZ',
      'people.GB',
      'people.QQ',
      'people.SEC',
      'law.ZZZ',
      'people.WORLD',
    ])
      expect([name, kindOf(name)]).toEqual([name, null]);
    expect([liesIn('US-CA', 'US'), liesIn('DE', 'EEA'), liesIn('US', 'US-CA'), liesIn('NO', 'EU')]).toEqual([
      ...[true, true, false, false],
    ]);
  });

  it('of one count are at most 120, in files and in a breach', () => {
    const file = (count: number) => `facts: { ${many.slice(0, count).map((place) => `people.${place}: 5`)} }`;
    expect(readFacts(file(120), NOW, 'UTC')).toHaveLength(120);
    expect(code(() => readFacts(file(121), NOW, 'UTC'))).toBe('MDR_BREACH_BAD');
    const record: Breach = {
      ...{ _id: 'b', tenant: 'acme', case: 1, asked: [], told: [], log: [], created: NOW, updated: NOW, revision: 1 },
      facts: many.slice(0, 120).map((place) => fact(`people.${place}`, { from: 5, to: 5 })),
    };
    const say = (name: string) =>
      applyBreach(
        record,
        { kind: 'facts', reason: '', facts: [{ fact: name, value: { from: 7, to: 7 } }] },
        { by: { id: 'ana', name: 'Ana' }, now: NOW + 1, request: name, law, profile },
      );
    expect(code(() => say(`people.${many[120]}`))).toBe('MDR_BREACH_BAD');
    expect(say(`people.${many[0]}`)!.facts).toHaveLength(121);
    expect(say(`patients.${many[120]}`)!.facts).toHaveLength(121);
  });

  it('cost little, as many as there may be, each said by itself and corrected', () => {
    const facts = many
      .slice(0, 120)
      .flatMap((place, i) => [
        fact(`people.${place}`, { from: 5, to: 9 }, NOW + i),
        fact(`patients.${place}`, { from: 1, to: 4 }, NOW + i),
      ]);
    const whole = [
      ...['personal_data', 'health_data', 'state_data', 'acquired'].map((name) => fact(name, true)),
      ...['aware', 'discovered', 'determined'].map((name) => fact(name, { at: NOW })),
      ...[
        fact('people', { from: 0, to: 5000 }),
        fact('people.US', { from: 0, to: 3000 }),
        fact('health_data', false, NOW + 500),
      ],
      ...facts,
    ];
    const began = performance.now();
    const found = duties(law, profile, whole, NOW + 1000);
    expect(performance.now() - began).toBeLessThan(15_000);
    expect(found.duties.some(({ place }) => place === 'US-OH')).toBe(true);
  }, 60_000);
});

import { describe, expect, it } from 'vitest';
import { bounded, MOST } from '../../../engine/investigate/report/bounds.js';
import type { Document, Part } from '../../../engine/investigate/report/document.js';
import { documentOf } from '../../../engine/investigate/report/sections.js';
import { HOSTILE, hostile, huge, investigation } from './fixture.js';

const options = { tenant: 'Acme' };
const partsOf = ({ sections }: Document): Part[] => sections.flatMap(({ parts }) => parts);
/** Everything that claims something of the attack, with what shows it. */
const claimsOf = (document: Document) =>
  partsOf(document).flatMap((part) => {
    if (part.kind === 'claims') return part.claims.map(({ text, cites }) => ({ text, cites: [...cites] }));
    if (part.kind !== 'table' || part.proof !== 'events') return [];
    return part.rows.map(({ cells, cites }) => ({ text: JSON.stringify(cells), cites: [...cites] }));
  });
const textsOf = (document: Document): string[] => [
  document.title,
  ...document.evidence.flatMap(({ host, user, dataset, text, id }) => [host, user, dataset, text, id]),
  ...partsOf(document).flatMap((part) => {
    if (part.kind === 'table')
      return part.rows.flatMap(({ cells }) => cells.map((cell) => (typeof cell === 'string' ? cell : cell.code)));
    return part.kind === 'claims' ? part.claims.map(({ text }) => text) : [];
  }),
];

describe('a report', () => {
  it.each([
    ['an ordinary one', investigation()],
    ['a hostile one', hostile()],
    ['a huge one', huge()],
  ])('has an event behind every sentence, and every event is named: %s', (_, of) => {
    const document = documentOf(of, options);
    const claims = claimsOf(document);
    expect(claims.length).toBeGreaterThan(15);
    const cited = new Set<number>();
    for (const { cites } of claims) {
      expect(cites.length).toBeGreaterThan(0);
      for (const number of cites) {
        expect(document.evidence[number - 1]).toBeDefined();
        cited.add(number);
      }
    }
    expect([...cited].sort((a, b) => a - b)).toEqual(document.evidence.map((_, i) => i + 1));
    const times = document.evidence.map(({ time }) => time);
    expect(times).toEqual([...times].sort((a, b) => a - b));
  });

  it('cites the event that says so', () => {
    const document = documentOf(investigation(), options);
    const lsass = claimsOf(document).find(({ text }) => text.includes('"Memory of LSASS read"'))!;
    expect(lsass.cites.map((number) => document.evidence[number - 1]!.id)).toEqual(['e31']);
  });

  it('cannot be made when a sentence has no event, or one that is not there', () => {
    const of = investigation();
    for (const events of [[], ['nowhere'], ['constructor'], ['__proto__']])
      for (const bad of [
        investigation({ who: [{ text: 'Somebody did it.', events }] }),
        investigation({ chain: [{ ...of.chain[0]!, events }] }),
        investigation({ observables: [{ kind: 'ip', value: '192.0.2.1', events }] }),
        investigation({ blast: { ...of.blast, reachable: [{ ...of.blast.reachable[0]!, events }] } }),
      ])
        expect(() => documentOf(bad, options)).toThrow(expect.objectContaining({ code: 'MDR_REPORT_BAD' }));
  });

  it('holds no character that draws nothing or turns text around', () => {
    for (const text of textsOf(documentOf(hostile(), options))) expect(text).not.toMatch(/[\p{Cc}\u202e\u200b\u2066]/u);
    expect(JSON.stringify(documentOf(hostile(), options))).toContain('invoice[U+202E]gpj.exe');
  });

  it('is bounded, says what it leaves out, and stays the same when bounded again', () => {
    const of = bounded(huge());
    expect(of.chain).toHaveLength(MOST.steps);
    expect(of.chain.filter(({ level }) => level === 'high')).toHaveLength(60);
    expect(of.blast.touched[0]!.entity.value).toBe('ws-4999');
    expect(of.spent.cut).toEqual(
      expect.arrayContaining([
        '2,940 less grave steps are left out of this report',
        '49,850 more observables are left out of this report',
      ]),
    );
    expect(bounded(of)).toEqual(of);
    const text = textsOf(documentOf(huge(), options)).join('\n');
    expect(text).toContain('49,850 more observables');
    expect(Math.max(...textsOf(documentOf(hostile(), options)).map(({ length }) => length))).toBeLessThan(1100);
    expect(HOSTILE.long.length).toBeGreaterThan(3000);
  });

  it('shows what a person wrote as theirs, in place of the sentences', () => {
    const by = { id: 'ana', name: 'Ana Silva' };
    const edits = [
      { section: 'impact' as const, before: 'x', after: 'First.\n\nSecond.', by, at: 5 },
      { section: 'who' as const, before: 'x', after: 'Gone again.', by, at: 6 },
      { section: 'who' as const, before: 'Gone again.', after: null, by, at: 7 },
      { section: 'title' as const, before: 'x', after: 'A better title', by, at: 8 },
    ];
    const document = documentOf(investigation(), { ...options, edits });
    const parts = (id: string) => document.sections.find((section) => section.id === id)!.parts;
    expect(parts('impact')).toEqual([{ kind: 'said', paragraphs: ['First.', 'Second.'], by: 'Ana Silva', at: 5 }]);
    expect(parts('who')[0]!.kind).toBe('claims');
    expect(document).toMatchObject({ title: 'A better title', titleBy: 'Ana Silva' });
  });
});

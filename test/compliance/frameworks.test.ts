import { beforeAll, describe, expect, it } from 'vitest';
import { loadFrameworks } from '../../engine/compliance/index.js';
import { loadCoveringRules } from '../../engine/compliance/rules.js';
import type { CoveringRule, Framework } from '../../engine/compliance/types.js';
import { ownRules } from '../../engine/detect/index.js';

let frameworks: Framework[];
let rules: CoveringRule[];
let tags: Set<string>;
beforeAll(async () => {
  frameworks = await loadFrameworks();
  rules = await loadCoveringRules([ownRules]);
  tags = new Set(frameworks.flatMap(({ id, requirements }) => requirements.map((one) => `${id}-${one.id}`)));
});

describe('the frameworks', () => {
  it('are these, each with its source and requirements of its own', () => {
    expect(frameworks.map(({ id }) => id)).toEqual(['hipaa', 'iso-27001', 'nist-csf', 'pci-dss', 'soc-2']);
    for (const { requirements, source } of frameworks) {
      expect(source).toMatch(/\d{4}|CFR/);
      const ids = requirements.map(({ id }) => id);
      expect(new Set(ids).size).toBe(ids.length);
    }
  });

  it('hold what logs can show of PCI DSS 10, whole, and the audit controls of HIPAA', () => {
    const idsOf = (name: string) => frameworks.find(({ id }) => id === name)!.requirements.map(({ id }) => id);
    const ten = ['10.2.1', ...[1, 2, 3, 4, 5, 6, 7].map((n) => `10.2.1.${n}`), '10.2.2', '10.3.1', '10.3.2', '10.3.3'];
    expect(idsOf('pci-dss')).toEqual(
      expect.arrayContaining([
        ...ten,
        '10.3.4',
        '10.4.1',
        '10.4.1.1',
        '10.4.3',
        '10.5.1',
        '10.6.3',
        '10.7.2',
        '10.7.3',
      ]),
    );
    expect(idsOf('hipaa')).toEqual(expect.arrayContaining(['164.312-b', '164.308-a-1-ii-d', '164.308-a-5-ii-c']));
  });

  it('refer only to requirements that there are, and say what lies beyond logs wherever logs do not help', () => {
    for (const { id, requirements } of frameworks)
      for (const { same, by, beyond, id: number } of requirements) {
        const unknown = same.filter((tag) => !tags.has(tag) && !tags.has(`${id}-${tag}`));
        expect({ number, unknown }).toEqual({ number, unknown: [] });
        if (by.includes('outside')) expect({ number, beyond: beyond.length > 0 }).toEqual({ number, beyond: true });
      }
  });

  it('have at least one rule of ours wherever they ask for rules', () => {
    for (const { id, requirements } of frameworks)
      for (const { by, same, every, id: number } of requirements) {
        if (!by.includes('rules') || every) continue;
        const wanted = [`${id}-${number}`, ...same, ...same.map((tag) => `${id}-${tag}`)];
        const covering = rules.filter((rule) => rule.tags.some((tag) => wanted.includes(tag)));
        expect({ framework: id, number, covered: covering.length > 0 }).toEqual({
          framework: id,
          number,
          covered: true,
        });
      }
  });
});

describe('rules of the pack', () => {
  it('name only requirements that there are', () => {
    const unknown = rules.flatMap(({ file, tags: named }) =>
      named.filter((tag) => !tags.has(tag)).map((tag) => `${file}: ${tag}`),
    );
    expect(unknown).toEqual([]);
  });

  it('are each one rule of a file; a correlation reads what feeds it', () => {
    expect(new Set(rules.map(({ file }) => file)).size).toBe(rules.length);
    const guessed = rules.find(({ file }) => file === 'windows-guessed-password-worked.yml')!;
    expect(guessed.reads).toEqual([{ product: 'windows', service: 'security', category: null }]);
  });

  it('cover requirements with at least 25 rules', () => {
    expect(rules.filter(({ tags: named }) => named.length > 0).length).toBeGreaterThanOrEqual(25);
  });
});

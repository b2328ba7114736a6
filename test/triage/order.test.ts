import { describe, expect, it } from 'vitest';
import type { Detection } from '../../engine/store/detections.js';
import { profileSchema } from '../../engine/store/tenants.js';
import { arrange, judge } from '../../engine/triage/arrange.js';
import { NOTHING_COMMON } from '../../engine/triage/commonness.js';
import { type Content, contentOf } from '../../engine/triage/compose.js';
import { matters } from '../../engine/triage/parts.js';
import { strandOf } from '../../engine/triage/strands.js';
import { WEIGHTS } from '../../engine/triage/weights.js';
import { detection } from '../support/detections.js';
import { random as seeded } from '../support/random.js';

const profile = profileSchema.parse({
  crownJewels: [{ name: 'zz-vault', why: 'keys', data: ['PCI'] }],
  assets: [{ name: 'zz-files', data: ['PII'] }],
  privileged: [{ name: 'zz-root' }],
});
const isKept: Parameters<typeof contentOf>[4] = (observable) => matters(observable, profile, WEIGHTS);

/** Triage without a store: batches one after the other. @returns what each group says in the end */
function placed(batches: readonly (readonly Detection[])[]) {
  let groups: { id: string; rank: number; isTouched: boolean; content: Content }[] = [];
  for (const batch of batches) {
    const before = new Map(groups.map((group) => [group.id, group]));
    const near = groups.map(({ content, ...group }) => ({ ...group, strands: content.strands }));
    const all = arrange(batch.map(strandWith), near, NOTHING_COMMON);
    groups = all.map((each) => {
      const parts = [each.keeps, ...each.takes].flatMap((id) => (id === null ? [] : [before.get(id)!.content]));
      const news = batch.filter((one) => {
        const { id, first } = strandOf(one);
        return each.strands.some((strand) => strand.id === id && strand.first <= first && first <= strand.last);
      });
      const content = contentOf(each.strands, parts, news, NOTHING_COMMON, isKept);
      return { id: each.keeps ?? each.strands[0]!.example, rank: 1, isTouched: false, content };
    });
  }
  return groups
    .map(({ content }) => {
      const { score, reasons } = judge(content.strands, content.observables, NOTHING_COMMON, { profile });
      return { score, reasons, first: content.first };
    })
    .sort((a, b) => a.first - b.first);
}

const strandWith = (one: Detection) => {
  const { confidence } = one.rule;
  return { ...strandOf(one), ...(confidence !== undefined && { confidence }) };
};

describe('a score', () => {
  it('is the same in whatever order and batches its detections come, also when not all that they name is kept', () => {
    const tactics = ['execution', 'persistence', 'discovery', 'lateral-movement', 'impact', 'stealth'];
    const all = Array.from({ length: 90 }, (_, i) => {
      const one = detection(i, {
        rule: `r${i % 11}`,
        level: (['low', 'medium', 'high'] as const)[i % 3]!,
        tactics: [tactics[(i * 7) % 6]!],
        ecs: { 'user.name': i === 71 ? 'CORP\\zz-root' : `user${i}`, 'destination.ip': `198.51.100.${i}` },
      });
      if (i % 13 === 0) one.rule.confidence = 40 + i / 2;
      if (i === 40) one.observables.push({ kind: 'host', value: 'ZZ-VAULT.corp.example' });
      if (i === 88) one.observables.push({ kind: 'host', value: 'zz-files' });
      return one;
    });
    const whole = placed([all]);
    expect(whole).toHaveLength(1);
    const said = whole[0]!.reasons.map(({ text }) => text).join('\n');
    expect(said).toMatch(/zz-vault is a crown jewel/);
    expect(said).toMatch(/hold PCI, PII data/);
    expect(said).toMatch(/zz-root is involved/);
    expect(said).toMatch(/tactics in the order of an attack/);
    expect(said).toMatch(/confidence 79 of 100/);
    const random = seeded(42).next;
    for (let round = 0; round < 25; round++) {
      const turned = [...all].sort(() => random() - 0.5);
      const batches: Detection[][] = [];
      while (turned.length > 0) batches.push(turned.splice(0, 1 + Math.floor(random() * 40)));
      expect(placed(batches)).toEqual(whole);
    }
  });
});

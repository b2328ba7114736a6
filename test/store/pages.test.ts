import { expect, it } from 'vitest';
import { newestFirst } from '../../engine/store/pages.js';
import { addTenant, detectionRecord, NOW } from '../commands/world.js';
import { testStore } from '../support/services.js';

it('gives every record once, newest first, also when many are of one moment, up to a bound', async () => {
  const { store } = await testStore();
  const acme = await addTenant(store, 'acme', 'Acme');
  const zeta = await addTenant(store, 'zeta', 'Zeta');
  const at = (n: number) => NOW - Math.floor(n / 10) * 1000;
  await acme.detections.insertNew(Array.from({ length: 57 }, (_, n) => ({ ...detectionRecord(n), created: at(n) })));
  await zeta.detections.insertNew([{ ...detectionRecord(99), created: NOW }]);
  const all = async (most: number) => {
    const found: string[] = [];
    for await (const page of newestFirst(acme.detections, { 'rule.id': 'r1' }, most, 7)) {
      expect(page.length).toBeLessThanOrEqual(7);
      found.push(...page.map(({ _id }) => _id));
    }
    return found;
  };
  const found = await all(1000);
  expect(new Set(found).size).toBe(57);
  expect(found).toHaveLength(57);
  const times = found.map((id) => at(Number(id.split('-')[1])));
  expect(times).toEqual([...times].sort((a, b) => b - a));
  expect(await all(20)).toEqual(found.slice(0, 20));
});

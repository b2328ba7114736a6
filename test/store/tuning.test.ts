import { expect, it } from 'vitest';
import type { Detection } from '../../engine/store/detections.js';
import { addTenant, detectionRecord } from '../commands/world.js';
import { testStore } from '../support/services.js';

it('keeps what an exception hides or would hide with the detection, and finds it by that', async () => {
  const { store } = await testStore();
  const acme = await addTenant(store, 'acme', 'Acme');
  const zeta = await addTenant(store, 'zeta', 'Zeta');
  const marked = (n: number, more: Partial<Detection>) => ({ ...detectionRecord(n), ...more });
  await acme.detections.insertNew([
    marked(1, {}),
    marked(2, { suppressed: 'x' }),
    marked(3, { monitored: ['x', 'y'] }),
  ]);
  await zeta.detections.insertNew([{ ...marked(4, { suppressed: 'x' }) }]);
  expect(await acme.detections.count({ suppressed: 'x' })).toBe(1);
  expect(await acme.detections.count({ monitored: 'y' })).toBe(1);
  const [plain] = await acme.detections.find({ _id: 'detection-1' });
  expect(plain).not.toHaveProperty('suppressed');
  expect(plain).not.toHaveProperty('monitored');
});

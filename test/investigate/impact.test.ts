import { expect, it } from 'vitest';
import { impactOf } from '../../engine/investigate/impact.js';
import type { Reach } from '../../engine/investigate/types.js';
import { profileSchema } from '../../engine/store/tenants.js';

const touched = (value: string, id: string): Reach => ({
  ...{ entity: { kind: 'host', value }, why: 'logged on', events: [id], crownJewel: false },
});

it('systems that hold data are named with what they hold, and the events that show that they were touched', () => {
  const profile = profileSchema.parse({
    crownJewels: [{ name: 'DC01', data: ['confidential'] }],
    assets: [{ name: 'shop-db.acme.example', data: ['PCI', 'PII'] }],
  });
  const all = [touched('shop-db', 'e1'), touched('dc01', 'e2'), touched('ws01', 'e3')];
  expect(impactOf([], all, profile)).toEqual([
    { text: 'Systems that hold data are in it: shop-db (PCI and PII) and dc01 (confidential).', events: ['e1', 'e2'] },
  ]);
  expect(impactOf([], all, profileSchema.parse({ dataClasses: ['PII'] }))).toEqual([]);
});

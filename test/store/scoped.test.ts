import { expect, it } from 'vitest';
import { profileSchema } from '../../engine/store/tenants.js';
import { detection, T0 } from '../support/detections.js';
import { testStore } from '../support/services.js';

it('by a list of ids, a tenant reads and changes its own records alone, whosever ids it names', async () => {
  const { store } = await testStore();
  const profile = profileSchema.parse({});
  for (const id of ['acme', 'other'])
    await store.tenants.create({ _id: id, name: id, profile, channels: [], created: T0 });
  const [acme, other] = [await store.forTenant('acme'), await store.forTenant('other')];
  const mine = [0, 1, 2].map((minute) => ({ ...detection(minute), _id: `a${minute}` }));
  const theirs = [0, 1].map((minute) => ({ ...detection(minute), _id: `o${minute}` }));
  await acme.detections.insertNew(mine);
  await other.detections.insertNew(theirs);
  const all = { _id: { $in: ['a0', 'a1', 'a2', 'o0', 'o1', 'nobody'] } };
  const alertsOf = async (scope: typeof acme) =>
    (await scope.detections.find({}, { sort: { _id: 1 } })).map(({ alert }) => alert);

  expect((await acme.detections.find(all, { sort: { _id: -1 }, limit: 2 })).map(({ _id }) => _id)).toEqual([
    'a2',
    'a1',
  ]);
  expect(await acme.detections.find(all, { fields: { _id: 1 } })).toEqual([
    { _id: 'a0' },
    { _id: 'a1' },
    { _id: 'a2' },
  ]);
  expect(await acme.detections.updateMany(all, { $set: { alert: 7 } })).toBe(3);
  await other.detections.updateEach([
    { filter: all, change: { $set: { alert: 9 } } },
    { filter: { _id: { $in: ['a0'] } }, change: { $set: { alert: 11 } } },
    { filter: { _id: { $in: ['o1'] } }, change: { $set: { alert: 10 } } },
  ]);
  expect(await alertsOf(acme)).toEqual([7, 7, 7]);
  expect((await alertsOf(other))[0]).toBe(9);
  const read = [...(await acme.detections.find()), ...(await other.detections.find())];
  await other.detections.updateRead([{ records: read, change: { $set: { alert: 12 } } }]);
  expect(await alertsOf(acme)).toEqual([7, 7, 7]);
  expect(await alertsOf(other)).toEqual([12, 12]);
  expect(await acme.detections.updateMany({ _id: { $in: [] } }, { $set: { alert: 1 } })).toBe(0);
  expect(await acme.detections.find({ _id: { $in: [] } })).toEqual([]);
});

import { describe, expect, it } from 'vitest';
import { isDuplicate } from '../../engine/store/scoped.js';
import { greetings } from './pieces/index.js';
import { sharedData, testQueues, testStore } from './services.js';

describe('test support', () => {
  it('gives each caller an empty store of its own, with unique keys', async () => {
    const first = await testStore();
    const second = await testStore();
    const tenant = { _id: 'acme', name: 'Acme', channels: [], created: 1 };
    await first.store.tenants.collection.insertOne(tenant as never);
    const again = await first.store.tenants.collection.insertOne(tenant as never).catch((error: unknown) => error);
    expect(isDuplicate(again)).toBe(true);
    expect(await second.store.tenants.countDocuments()).toBe(0);
    const acme = await first.store.forTenant('acme');
    const numbers = await Promise.all([1, 2, 3, 4, 5].map(() => acme.nextNumber('alert')));
    expect(numbers.sort()).toEqual([1, 2, 3, 4, 5]);
  });

  it('gives each caller queues of its own', async () => {
    const [first, second] = await Promise.all([testQueues(), testQueues()]);
    await first.queues.add('detections', { tenant: 'acme', ids: ['a'] });
    expect(await first.queues.queue('detections').getWaitingCount()).toBe(1);
    expect(await second.queues.queue('detections').getWaitingCount()).toBe(0);
  });

  it('loads the pieces of a folder in order of their file names, leaving out index and types', () => {
    expect(greetings.map((greeting) => greeting.word)).toEqual(['hello', 'welcome']);
  });

  it('answers null for shared data that is not there', () => {
    expect(sharedData('no/such/thing')).toBeNull();
  });
});

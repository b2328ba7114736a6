import { pino } from 'pino';
import { expect, test } from 'vitest';
import { Once } from '../../../bot/surfaces/shared/once.js';
import { testQueues } from '../../support/services.js';

const { queues } = await testQueues();
const log = pino({ level: 'silent' });
const make = () => new Once(queues.redis, queues.prefix, log, 'slack');
const left = (id: string) => queues.redis.ttl(`${queues.prefix}:slack:seen:${id}`);

test('the same id runs once, across processes, and is remembered for an hour', async () => {
  const results = await Promise.all([make(), make(), make()].map((once) => once.run('a', async () => 'done')));
  expect(results.filter((result) => result !== null)).toEqual(['done']);
  expect(await left('a')).toBeGreaterThan(3500);
});

test('what fails is not remembered, here or elsewhere', async () => {
  const here = make();
  const failing = here.run('b', async () => {
    throw new Error('no');
  });
  await expect(failing).rejects.toThrow('no');
  expect(await left('b')).toBe(-2);
  expect(await here.run('b', async () => 'again')).toBe('again');
});

test('a claim of a process that died before it began holds for seconds, not for an hour', async () => {
  const key = `${queues.prefix}:slack:seen:c`;
  let during = 0;
  await make().run('c', async () => {
    during = await queues.redis.ttl(key);
  });
  expect(during).toBeGreaterThan(0);
  expect(during).toBeLessThanOrEqual(30);
});

test('without Redis a process still handles each thing once', async () => {
  const lost = queues.redis.duplicate({ lazyConnect: true, retryStrategy: () => null, enableOfflineQueue: false });
  const once = new Once(lost, queues.prefix, log, 'slack');
  expect(await once.run('d', async () => 'done')).toBe('done');
  expect(await once.run('d', async () => 'twice')).toBeNull();
});

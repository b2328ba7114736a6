import { describe, expect, it } from 'vitest';
import { createCorrelator } from '../../../engine/detect/correlate/correlator.js';
import { redisState } from '../../../engine/detect/correlate/redis.js';
import { testQueues } from '../../support/services.js';
import { BASE, baseOf, correlation, run, type Sample, shown, T0 } from './helpers.js';

const block = (condition: string, type = 'event_count') =>
  correlation(`type: ${type}\nrules: [a]\ntimespan: 10m\ngroup-by: [user]\ncondition: ${condition}`);
const many = (n: number, make: (i: number) => Sample): Sample[] => Array.from({ length: n }, (_, i) => make(i));

describe('what windows in Redis hold is bounded', () => {
  it('groups left alone longest go when an attacker makes very many, and that is counted', async () => {
    const { queues } = await testQueues();
    const state = redisState(queues.redis, queues.prefix, { entries: 500 });
    const base = baseOf(BASE + block('{gte: 3}'));
    const batches = Array.from({ length: 10 }, (_, b) =>
      many(300, (i): Sample => [i / 1000, { k: 'a', user: `${'x'.repeat(5000)}${b}-${i}` }]),
    );
    const { cut, found } = await run(base, batches, { state });
    expect(found.size).toBe(0);
    expect(cut).toBe(2500);
    const keys = await queues.redis.keys(`${queues.prefix}:{acme}:cor:*`);
    expect(keys.length).toBe(502);
    for (const key of keys) {
      expect(key.length).toBeLessThan(200);
      expect(await queues.redis.pttl(key)).toBeGreaterThan(0);
    }
    const sizes = keys.find((key) => key.endsWith(':sizes'))!;
    expect(await queues.redis.hget(sizes, '')).toBe('500');
    // A group under attack now is found all the same.
    const now = await run(base, [many(3, (i) => [i, { k: 'a', user: 'bob' }])], { state });
    expect(shown(now.found)).toEqual(['x@2']);
  });

  it('a group with very many events is thinned, and fires as it would have', async () => {
    const { queues } = await testQueues();
    const state = redisState(queues.redis, queues.prefix);
    const base = baseOf(BASE + block('{gte: 20}'));
    const batches = Array.from({ length: 6 }, (_, b) =>
      many(900, (i): Sample => [(i * 6 + b) / 10, { k: 'a', user: 'bob', n: i }]),
    );
    const { found, cut } = await run(base, batches, { state });
    const expected = await run(base, [batches.flat()]);
    expect([...found.keys()].sort()).toEqual([...expected.found.keys()].sort());
    expect(cut).toBe(0);
    for (const key of await queues.redis.keys(`${queues.prefix}:{acme}:cor:*:*`))
      if ((await queues.redis.type(key)) === 'zset') expect(await queues.redis.zcard(key)).toBeLessThanOrEqual(1000);
  });

  it('one value repeated does not push out those that make a count of values', async () => {
    const { queues } = await testQueues();
    const state = redisState(queues.redis, queues.prefix);
    const base = baseOf(BASE + block('{field: target, gte: 5}', 'value_count'));
    const { found } = await run(
      base,
      [
        many(2, (i) => [i, { k: 'a', user: 'bob', target: `t${i}` }]),
        ...Array.from({ length: 3 }, (_, b) =>
          many(900, (i): Sample => [10 + (b * 900 + i) / 20, { k: 'a', user: 'bob', target: 'same' }]),
        ),
        many(2, (i) => [300 + i, { k: 'a', user: 'bob', target: `u${i}` }]),
      ],
      { state },
    );
    expect(shown(found)).toEqual(['x@301']);
  });

  it('times far in the past or future leave the windows of others alone', async () => {
    const { queues } = await testQueues();
    const state = redisState(queues.redis, queues.prefix);
    const base = baseOf(BASE + block('{gte: 3}'));
    const year = 365 * 86_400;
    const { found } = await run(
      base,
      [
        many(2, (i) => [i, { k: 'a', user: 'bob' }]),
        [
          [50 * year, { k: 'a', user: 'bob' }],
          [-50 * year, { k: 'a', user: 'bob' }],
          [9e12, { k: 'a', user: 'bob' }],
        ],
        [[5, { k: 'a', user: 'bob' }]],
      ],
      { state },
    );
    expect(shown(found)).toEqual(['x@5']);
  });

  it('a window that would have to wait for years is not opened, and is counted', async () => {
    const { queues } = await testQueues();
    const state = redisState(queues.redis, queues.prefix);
    const correlator = createCorrelator(baseOf(BASE + block('{lt: 3}')).correlations, state, () => T0);
    const { late } = await run(baseOf(BASE + block('{lt: 3}')), [[[90_000, { k: 'a', user: 'bob' }]]], {
      state,
      judge: false,
    });
    expect(late).toBe(1);
    expect((await correlator.judge('acme')).judged).toBe(0);
    expect(await queues.redis.keys(`${queues.prefix}:{acme}:cor:*`)).toEqual([]);
  });
});

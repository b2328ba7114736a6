import { describe, expect, it } from 'vitest';
import { memoryState } from '../../../engine/detect/correlate/memory.js';
import { redisState } from '../../../engine/detect/correlate/redis.js';
import type { Found } from '../../../engine/detect/found.js';
import { compileRules, type RuleBase } from '../../../engine/detect/index.js';
import { random } from '../../support/random.js';
import { testQueues } from '../../support/services.js';
import { BASE, correlation, run, type Sample, T0 } from './helpers.js';
import { type Plain, referenceFinds } from './reference.js';

const PLAIN: Plain[] = [
  { name: 'count', type: 'event_count', rules: ['a'], groupBy: ['user'], span: 60, condition: { gte: 4 } },
  { name: 'both', type: 'event_count', rules: ['a', 'b'], groupBy: [], span: 30, condition: { gt: 5 } },
  { name: 'few', type: 'event_count', rules: ['c'], groupBy: ['host'], span: 60, condition: { lt: 2 } },
  { name: 'some', type: 'event_count', rules: ['b'], groupBy: ['host'], span: 45, condition: { gt: 1, lte: 3 } },
  {
    name: 'values',
    type: 'value_count',
    rules: ['a', 'b'],
    groupBy: ['user'],
    span: 60,
    condition: { field: 'target', gte: 3 },
  },
  { name: 'all', type: 'temporal', rules: ['a', 'b', 'c'], groupBy: ['user'], span: 40, condition: undefined },
  { name: 'without', type: 'temporal', rules: ['a', 'b'], groupBy: ['user'], span: 20, condition: 'a and not b' },
  { name: 'order', type: 'temporal_ordered', rules: ['a', 'b', 'c'], groupBy: ['user'], span: 50 },
  { name: 'sum', type: 'value_sum', rules: ['a'], groupBy: ['host'], span: 60, condition: { field: 'n', gte: 30 } },
  { name: 'mean', type: 'value_avg', rules: ['b'], groupBy: ['host'], span: 60, condition: { field: 'n', gt: 6 } },
  { name: 'then', type: 'temporal_ordered', rules: ['count', 'd'], groupBy: ['host'], span: 120 },
  { name: 'often', type: 'event_count', rules: ['values'], groupBy: ['user'], span: 300, condition: { gte: 2 } },
  { name: 'top', type: 'temporal', rules: ['often', 'then'], groupBy: ['user'], span: 600, condition: undefined },
  { name: 'after', type: 'temporal', rules: ['few', 'a'], groupBy: ['host'], span: 60, condition: undefined },
];

const SHORT = 5 * 60_000;
/** After all events. */
const END = T0 + 3_600_000;
const text = (plain: Plain) =>
  correlation(
    `type: ${plain.type}\nrules: [${plain.rules}]\ntimespan: ${plain.span}s\ngroup-by: [${plain.groupBy}]\ngenerate: true\n${plain.condition === undefined ? '' : `condition: ${JSON.stringify(plain.condition)}`}`,
    plain.name,
  );

function base(): RuleBase {
  const compiled = compileRules([{ file: 'c.yml', content: BASE + PLAIN.map(text).join('') }], { lateness: SHORT });
  expect(compiled.problems).toEqual([]);
  return compiled;
}

function samplesOf(rng: ReturnType<typeof random>, count: number): Sample[] {
  let at = rng.int(120);
  return Array.from({ length: count }, (): Sample => {
    at += rng.int(4) === 0 ? rng.int(40) : rng.int(6);
    return [
      at,
      {
        k: rng.pick(['a', 'a', 'b', 'b', 'c', 'd']),
        user: rng.pick(['bob', 'eve']),
        host: rng.pick(['x', 'y']),
        target: `t${rng.int(5)}`,
        n: rng.int(12),
      },
    ];
  });
}

function shuffled<T>(rng: ReturnType<typeof random>, list: readonly T[]): T[] {
  const copy = [...list];
  for (let i = copy.length - 1; i > 0; i--) {
    const j = rng.int(i + 1);
    [copy[i], copy[j]] = [copy[j]!, copy[i]!];
  }
  return copy;
}

/** Cut at random, some batches twice. */
function batchesOf(rng: ReturnType<typeof random>, samples: readonly Sample[]): Sample[][] {
  const batches: Sample[][] = [];
  for (let from = 0; from < samples.length; ) {
    const size = 1 + rng.int(25);
    batches.push(samples.slice(from, from + size));
    if (rng.int(4) === 0) batches.push(rng.pick(batches));
    from += size;
  }
  return batches;
}

const spans = new Map(PLAIN.map(({ name, span }) => [name, span * 1000]));
const keysOf = (found: ReadonlyMap<string, Found>) =>
  [...found.values()]
    .map((each) => {
      const name = each.rule.id.slice(3);
      const group = JSON.stringify(each.correlated!.group.map(({ value }) => value));
      return `${name}|${group}|${Math.floor(each.event.time / spans.get(name)!)}`;
    })
    .sort();

describe('what correlations find', () => {
  it('is what a slow reference finds over the whole list, however events are cut and ordered', async () => {
    const compiled = base();
    const names = new Set<string>();
    for (let seed = 1; seed <= 40; seed++) {
      const rng = random(seed);
      const samples = samplesOf(rng, 60 + rng.int(60));
      const expected = [...referenceFinds(PLAIN, samples)].sort();
      for (const key of expected) names.add(key.split('|')[0]!);
      const inOrder = await run(compiled, [samples]);
      expect(keysOf(inOrder.found), `seed ${seed}, in one batch`).toEqual(expected);
      const { found } = await run(compiled, batchesOf(rng, shuffled(rng, samples)));
      expect(keysOf(found), `seed ${seed}, shuffled`).toEqual(expected);
    }
    // The property says something of each of them.
    expect([...names].sort()).toEqual(PLAIN.map(({ name }) => name).sort());
  }, 60_000);

  it('is the same with windows in Redis, two workers at a time, and batches done again', async () => {
    const compiled = base();
    const { queues } = await testQueues();
    for (let seed = 101; seed <= 108; seed++) {
      const rng = random(seed);
      const samples = samplesOf(rng, 80);
      const expected = await run(compiled, [samples], { state: memoryState() });
      const state = redisState(queues.redis, queues.prefix);
      const tenant = `t${seed}`;
      const batches = batchesOf(rng, shuffled(rng, samples));
      const half = batches.length >> 1;
      const [one, two] = await Promise.all([
        run(compiled, batches.slice(0, half), { state, tenant, judge: false, now: () => END }),
        run(compiled, batches.slice(half), { state, tenant, judge: false, now: () => END }),
      ]);
      // Then every window is over.
      const later = await run(compiled, [], { state, tenant, now: () => END + 500_000 });
      const found = new Map([...one.found, ...two.found, ...later.found]);
      expect(keysOf(found), `seed ${seed}`).toEqual(keysOf(expected.found));
      expect([one.cut, two.cut, one.late, two.late]).toEqual([0, 0, 0, 0]);
    }
  }, 60_000);

  it('has the same ids whichever worker finds it', async () => {
    const compiled = base();
    const rng = random(7);
    const samples = samplesOf(rng, 100);
    const { queues } = await testQueues();
    const inMemory = await run(compiled, [samples]);
    const inRedis = await run(compiled, batchesOf(rng, samples), {
      state: redisState(queues.redis, queues.prefix),
      now: () => END,
      judge: false,
    });
    expect(inRedis.found.size).toBeGreaterThan(5);
    for (const id of inRedis.found.keys()) expect([...inMemory.found.keys()]).toContain(id);
  });

  it('keeps tenants apart', async () => {
    const compiled = base();
    const { queues } = await testQueues();
    const state = redisState(queues.redis, queues.prefix);
    const four: Sample[] = [1, 2, 3, 4].map((at) => [at, { k: 'a', user: 'bob', n: 1 }]);
    await run(compiled, [four.slice(0, 2)], { state, tenant: 'one', judge: false });
    const { found } = await run(compiled, [four.slice(2)], { state, tenant: 'two', judge: false });
    expect(found.size).toBe(0);
  });
});

import { randomBytes } from 'node:crypto';
import { afterEach, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import { compileRules } from '../../../engine/detect/index.js';
import { diffRules } from '../../../engine/detect/rulesets/diff.js';
import { type LiveRules, liveRules, workersOf } from '../../../engine/detect/rulesets/live.js';
import { activate, filesOf, importVersion, rollback } from '../../../engine/detect/rulesets/sets.js';
import type { MdrError } from '../../../engine/errors.js';
import { log } from '../../../engine/log.js';
import type { Queues } from '../../../engine/queues.js';
import type { Store } from '../../../engine/store/index.js';
import { NOW } from '../../commands/world.js';
import { testQueues, testStore } from '../../support/services.js';
import { idOfRule, ruleText } from './support.js';

let store: Store;
let queues: Queues;
let live: LiveRules | undefined;
const clock = () => NOW;

beforeAll(async () => {
  ({ store } = await testStore());
  ({ queues } = await testQueues());
});
beforeEach(async () => {
  for (const model of [store.rulesets, store.rulesetVersions, store.rulesetParts, store.rules])
    await (model as Store['rules']).deleteMany({});
});
afterEach(async () => {
  await live?.stop();
  live = undefined;
});

const files = (...rules: [number, string][]) => ({
  files: rules.map(([n, word]) => ({ file: `${n}.yml`, content: ruleText(n, word) })),
  problems: [],
});
const from = { source: '/rules', commit: null, actor: 'ana' };
const parts = () => ({ sets: store, redis: queues.redis, prefix: queues.prefix, clock });
const put = async (...rules: [number, string][]) =>
  (await importVersion(store, 'acme-rules', files(...rules), from, clock)).version.version;
const code = (work: Promise<unknown>) =>
  work.then(
    () => null,
    (error: MdrError) => error.code,
  );
const ids = () => live!.base.matcher.rules.map(({ id }) => Number(id.slice(0, 8))).sort();
const start = async (
  load = (extra: { file: string; content: string }[]) =>
    Promise.resolve(compileRules([...files([1, 'own']).files, ...extra])),
) => {
  live = await liveRules({ store, redis: queues.redis, prefix: queues.prefix, clock, log, load, pollMs: 50 });
};

describe('versions of a rule set', () => {
  it('are numbered, keep their content, and the same content again is the same version', async () => {
    expect(await put([2, 'a'])).toBe(1);
    expect(await put([2, 'a'])).toBe(1);
    expect(await put([2, 'b'], [3, 'c'])).toBe(2);
    expect(await filesOf(store, 'acme-rules', 1)).toEqual(files([2, 'a']).files);
    expect(await filesOf(store, 'acme-rules', 2)).toEqual(files([2, 'b'], [3, 'c']).files);
    expect(await code(filesOf(store, 'acme-rules', 9))).toBe('MDR_RULESET_UNKNOWN');
  });

  it('larger than one MongoDB document are kept in parts', async () => {
    // Random text does not compress.
    const noise = Array.from({ length: 24 }, (_, i) => ({
      file: `n${i}.yml`,
      content: `${ruleText(100 + i, 'x')}\n# ${randomBytes(500_000).toString('base64')}`,
    }));
    const { version } = await importVersion(store, 'big', { files: noise, problems: [] }, from, clock);
    expect(version.parts).toBeGreaterThan(1);
    expect(await filesOf(store, 'big', 1)).toEqual(noise);
  });

  it('that are damaged in the store are not used', async () => {
    await put([2, 'a']);
    await store.rulesetParts.updateOne({}, { $set: { data: Buffer.from('not gzip') } });
    expect(await code(filesOf(store, 'acme-rules', 1))).toBe('MDR_RULESET_BAD');
    await store.rulesetParts.deleteMany({});
    expect(await code(activate(parts(), 'acme-rules', 1, 'ana'))).toBe('MDR_RULESET_BAD');
  });

  it('keep twenty, and the ones that run or ran before', async () => {
    await put([2, 'v0']);
    await activate(parts(), 'acme-rules', 1, 'ana');
    for (let n = 1; n <= 24; n++) await put([2, `v${n}`]);
    const kept = await store.rulesetVersions.find({}).sort({ version: 1 }).lean();
    expect(kept.map(({ version }) => version)).toEqual([1, ...Array.from({ length: 20 }, (_, i) => 6 + i)]);
  });

  it('refuse names and contents that cannot be', async () => {
    for (const name of ['', 'A', 'a/b', '$ne', 'mdr', 'local', 'x'.repeat(50)])
      expect(await code(importVersion(store, name, files([1, 'a']), from, clock)), name).toBe('MDR_RULESET_BAD');
    const broken = { files: [{ file: 'x.yml', content: 'title: x' }], problems: [] };
    expect(await code(importVersion(store, 'broken', broken, from, clock))).toBe('MDR_RULESET_BAD');
  });

  it('tell what was added, changed and removed, and in which part', () => {
    const before = files([1, 'a'], [2, 'b'], [3, 'c']).files;
    const after = [
      { file: 'moved.yml', content: ruleText(1, 'a') },
      { file: '2.yml', content: ruleText(2, 'other').replace('level: high', 'level: low') },
      { file: '4.yml', content: ruleText(4, 'd') },
    ];
    const diff = diffRules(before, after);
    expect(diff.added.map(({ id }) => id)).toEqual([idOfRule(4)]);
    expect(diff.removed.map(({ id }) => id)).toEqual([idOfRule(3)]);
    expect(diff.changed).toMatchObject([{ id: idOfRule(2), what: ['detection', 'level'] }]);
    expect(diff.same).toBe(1);
  });
});

describe('a worker', () => {
  it('takes up what is activated, another version, the roll-back and the end, without a restart', async () => {
    await start();
    expect(ids()).toEqual([1]);
    await put([2, 'a']);
    await put([2, 'a'], [3, 'b']);
    await activate(parts(), 'acme-rules', 1, 'ana');
    await expect.poll(ids).toEqual([1, 2]);
    await activate(parts(), 'acme-rules', 2, 'ana');
    await expect.poll(ids).toEqual([1, 2, 3]);
    expect(await store.rules.countDocuments({ pack: 'acme-rules' })).toBe(2);
    await rollback(parts(), 'acme-rules', undefined, 'ana');
    await expect.poll(ids).toEqual([1, 2]);
    expect(await store.rules.countDocuments({ pack: 'acme-rules' })).toBe(1);
    await activate(parts(), 'acme-rules', null, 'ana');
    await expect.poll(ids).toEqual([1]);
    expect(await store.rules.countDocuments({})).toBe(0);
    const set = await store.rulesets.findById('acme-rules').lean();
    expect(set!.log.map(({ kind, version }) => [kind, version])).toEqual([
      ['imported', 1],
      ['imported', 2],
      ['activated', 1],
      ['activated', 2],
      ['rolled back', 1],
      ['deactivated', null],
    ]);
  });

  it('starts with what is active', async () => {
    await put([2, 'a']);
    await activate(parts(), 'acme-rules', 1, 'ana');
    await start();
    expect(ids()).toEqual([1, 2]);
    expect(await workersOf(queues.redis, queues.prefix, NOW)).toMatchObject([
      { rules: 2, sets: { 'acme-rules': 1 }, fault: null },
    ]);
  });

  it('goes on with the old rules when a version cannot be loaded, and says so', async () => {
    await put([2, 'a']);
    await activate(parts(), 'acme-rules', 1, 'ana');
    await start();
    await put([3, 'b']);
    await store.rulesetParts.deleteMany({ version: 2 });
    await store.rulesets.updateOne({ _id: 'acme-rules' }, { $set: { active: 2 } });
    await queues.redis.incr(`${queues.prefix}:rulesets`);
    const said = async () => (await workersOf(queues.redis, queues.prefix, NOW))[0]?.fault ?? '';
    await expect.poll(said).toContain('version 2 of the rule set acme-rules is damaged');
    expect(ids()).toEqual([1, 2]);
    await activate(parts(), 'acme-rules', 1, 'ana');
    await expect.poll(said).toBe('');
  });

  it('starts with its own rules when the active version cannot be loaded', async () => {
    await put([2, 'a']);
    await activate(parts(), 'acme-rules', 1, 'ana');
    await store.rulesetParts.deleteMany({});
    await start();
    expect(ids()).toEqual([1]);
    expect((await workersOf(queues.redis, queues.prefix, NOW))[0]!.fault).toContain('damaged');
  });

  it('keeps its own rule when a set brings another one with its id', async () => {
    await put([1, 'other'], [2, 'a']);
    await activate(parts(), 'acme-rules', 1, 'ana');
    await start();
    expect(ids()).toEqual([1, 2]);
    expect(live!.base.problems).toMatchObject([
      { file: 'acme-rules@1/1.yml', reason: expect.stringContaining('is taken by') },
    ]);
  });
});

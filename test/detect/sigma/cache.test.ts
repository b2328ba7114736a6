import { createHash } from 'node:crypto';
import { chmod, mkdir, mkdtemp, readdir, readFile, rm, stat, symlink, utimes, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { loadRules, ownRules } from '../../../engine/detect/index.js';
import { readRuleFiles } from '../../../engine/detect/rulesets/files.js';
import { openRuleCache } from '../../../engine/detect/sigma/cache.js';
import { readRuleText } from '../../../engine/detect/sigma/document.js';
import { took } from '../../support/spent.js';
import { eventOf, ruleText } from './helpers.js';

const RULE = ruleText("s:\n  A: 1\n  B|contains: ['x', null]\ncondition: s");
const EVIL = ruleText('s:\n  A: nothing at all\ncondition: s');

let folder = '';
let file = '';
beforeEach(async () => {
  folder = await mkdtemp(join(tmpdir(), 'mdr-rulecache-'));
  file = join(folder, 'rules.cache');
});
afterEach(() => rm(folder, { recursive: true, force: true }));

/** Keep texts in the cache. */
async function keep(...texts: string[]): Promise<void> {
  const cache = await openRuleCache(folder);
  for (const text of texts) cache.read(text);
  await cache.save();
}

/** Whether a text is given back from the cache: what is found there is not written again. */
async function isKept(text: string): Promise<boolean> {
  const before = await readFile(file).catch(() => Buffer.alloc(0));
  await rm(file, { force: true });
  await writeFile(file, before, { mode: 0o600 });
  const cache = await openRuleCache(folder);
  await rm(file);
  expect(cache.read(text)).toEqual(readRuleText(text));
  await cache.save();
  const isWritten = (await readdir(folder)).includes('rules.cache');
  await writeFile(file, before, { mode: 0o600 });
  return !isWritten;
}

describe('the cache of rules', () => {
  it('gives back what reading gives, for every rule of our own pack, without parsing', async () => {
    const { files } = await readRuleFiles(ownRules);
    const cold = took(() => files.map(({ content }) => readRuleText(content)));
    await keep(...files.map(({ content }) => content));
    const cache = await openRuleCache(folder);
    await rm(file);
    for (const { content } of files) expect(cache.read(content)).toEqual(readRuleText(content));
    const warm = took(() => files.map(({ content }) => cache.read(content)));
    expect(warm).toBeLessThan(cold / 2);
    await cache.save();
    expect(await readdir(folder)).toEqual([]);
  });

  it('a rule base loaded from it is the same, and so are its problems with file and line', async () => {
    const rules = join(folder, 'rules');
    await mkdir(rules);
    await writeFile(join(rules, 'a.yml'), RULE);
    await writeFile(
      join(rules, 'b.yml'),
      ruleText("s:\n  A|re: 'x(?=y)'\ncondition: s", 'x: 1\n').replace('11111111', '2'),
    );
    await writeFile(join(rules, 'c.yml'), 'title: [broken\n');
    const cache = join(folder, 'cache');
    const [cold, warm, without] = [
      await loadRules([rules], { cache }),
      await loadRules([rules], { cache }),
      await loadRules([rules]),
    ];
    expect(await readdir(cache)).toEqual(['rules.cache']);
    expect(cold.problems).toHaveLength(2);
    for (const base of [warm, without]) {
      expect(base.problems).toEqual(cold.problems);
      expect(base.matcher.rules).toEqual(cold.matcher.rules);
      expect(base.matcher.match(eventOf({ A: 1, B: 'axb' }))).toHaveLength(1);
    }
  });

  it('a text that changed is read again; the others are still there', async () => {
    await keep(RULE, EVIL);
    expect(await isKept(RULE)).toBe(true);
    expect(await isKept(RULE.replace('A: 1', 'A: 2'))).toBe(false);
    await keep(RULE.replace('A: 1', 'A: 2'));
    for (const text of [RULE, EVIL, RULE.replace('A: 1', 'A: 2')]) expect(await isKept(text)).toBe(true);
  });

  it('is nobody else’s to write or read', async () => {
    await keep(RULE);
    expect((await stat(file)).mode & 0o777).toBe(0o600);
    await chmod(file, 0o666);
    const cache = await openRuleCache(folder);
    cache.read(RULE);
    await cache.save();
    expect((await stat(file)).mode & 0o777).toBe(0o600);
  });

  it('is not read through a link', async () => {
    await keep(RULE);
    const elsewhere = join(folder, 'elsewhere');
    await writeFile(elsewhere, await readFile(file), { mode: 0o600 });
    await rm(file);
    await symlink(elsewhere, file);
    await keep(RULE);
    expect((await stat(file)).ino).not.toBe((await stat(elsewhere)).ino);
  });

  /** Damage to what is there: each is as good as no cache. */
  it.each<[string, (bytes: Buffer) => Buffer | string]>([
    ['nothing', () => ''],
    ['cut short', (bytes) => bytes.subarray(0, bytes.length - 20)],
    ['a bit that flipped', (bytes) => Buffer.concat([bytes.subarray(0, -9), Buffer.from('!'), bytes.subarray(-8)])],
    ['another version of the reader', (bytes) => bytes.toString().replace(/^mdr-rules \w{4}/, 'mdr-rules 0000')],
    ['no header', (bytes) => bytes.subarray(bytes.indexOf(10) + 1)],
    ['bytes of something else', () => Buffer.alloc(100_000, 0xff)],
    ['another rule under the same digest', (bytes) => bytes.toString().replace('"A":1', '"A":2')],
  ])('%s is ignored and made anew', async (_what, damage) => {
    await keep(RULE);
    const whole = await readFile(file);
    const damaged = damage(whole);
    expect(Buffer.from(damaged).equals(whole)).toBe(false);
    await writeFile(file, damaged);
    expect(await isKept(RULE)).toBe(false);
    await writeFile(file, damaged);
    await keep(RULE);
    expect((await readFile(file)).equals(whole)).toBe(true);
  });

  it('what JSON would not give back, what aliases blow up and what has problems is read every time', async () => {
    const row = Array(2000).fill('v').join(', ');
    const texts = {
      endless: ruleText('s:\n  A|lt: .inf\ncondition: s'),
      date: `%YAML 1.1\n---\n${ruleText('s:\n  A: 2026-01-01\ncondition: s')}`,
      blown: ruleText(
        `s:\n  A: &a [${row}]\n${Array.from({ length: 40 }, (_, i) => `  B${i}: *a`).join('\n')}\ncondition: s`,
      ),
      broken: 'title: [broken\n',
    };
    await keep(RULE, ...Object.values(texts));
    const digests = (await readFile(file, 'utf8'))
      .split('\n')
      .slice(1, -1)
      .map((line) => line.slice(0, 64));
    expect(digests).toEqual([createHash('sha256').update(RULE).digest('hex')]);
    const cache = await openRuleCache(folder);
    for (const text of Object.values(texts)) expect(cache.read(text)).toEqual(readRuleText(text));
  });

  it('what cannot be kept is no fault', async () => {
    await writeFile(join(folder, 'taken'), '');
    const cache = await openRuleCache(join(folder, 'taken', 'cache'));
    expect(cache.read(RULE)).toEqual(readRuleText(RULE));
    await cache.save();
  });

  it('leaves nothing of writers that were killed', async () => {
    const [old, young] = [join(folder, 'rules.cache.0123'), join(folder, 'rules.cache.4567')];
    for (const path of [old, young]) await writeFile(path, 'half');
    await utimes(old, 1, 1);
    await keep(RULE);
    expect((await readdir(folder)).sort()).toEqual(['rules.cache', 'rules.cache.4567']);
  });

  it('several at once leave a whole one', async () => {
    await Promise.all(Array.from({ length: 8 }, (_, i) => keep(RULE, ruleText(`s:\n  A: ${i}\ncondition: s`))));
    expect(await isKept(RULE)).toBe(true);
    expect(await readdir(folder)).toEqual(['rules.cache']);
  });
});

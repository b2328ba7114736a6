import { execFile } from 'node:child_process';
import { appendFile, copyFile, mkdir, readdir, rename, rm, truncate, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { promisify } from 'node:util';
import { gzipSync } from 'node:zlib';
import { beforeEach, describe, expect, it } from 'vitest';
import { familyOf } from '../../engine/ingest/doors/places.js';
import { hasProgram } from './certificates.js';
import { countsOf, queuedLines } from './parts.js';
import { watchedFolder } from './watchdoors.js';

const run = promisify(execFile);
const given = watchedFolder();
let folder: string;
let parts: typeof given.parts;
const { watching } = given;
beforeEach(() => {
  ({ folder, parts } = given);
});

const line = (n: number) => `<34>Nov 24 03:00:01 web app: message number ${n} of many\n`;
const lines = (from: number, to: number) => Array.from({ length: to - from + 1 }, (_, i) => line(from + i)).join('');
const seen = async () =>
  (await queuedLines(parts.queues)).map((text) => Number(/number (\d+)/.exec(text)![1])).sort((a, b) => a - b);
const numbers = (to: number) => Array.from({ length: to }, (_, i) => i + 1);
const polls = async (door: { poll(): Promise<void> }, times = 8) => {
  for (let i = 0; i < times; i++) await door.poll();
};

describe('a rotation', () => {
  it.each([
    ['a.log.1', 'a.log'],
    ['a.log.12.gz', 'a.log'],
    ['a.log-20261124', 'a.log'],
    ['a.log-20261124.gz', 'a.log'],
    ['a-20261124.log', 'a.log'],
    ['a.log-2026-11-24T03.gz', 'a.log'],
    ['a2.log', 'a2.log'],
    ['a.log', 'a.log'],
  ])('of %s is of the family %s', (name, family) => {
    expect(familyOf(name)).toBe(family);
  });

  it('that copies and cuts: nothing of the copy is read twice, and what was added before the cut is read', async () => {
    const door = await watching();
    const file = join(folder, 'a.log');
    await writeFile(file, lines(1, 20));
    await polls(door, 2);
    await appendFile(file, lines(21, 25));
    await copyFile(file, join(folder, 'a.log.1'));
    await truncate(file, 0);
    await appendFile(file, lines(26, 28));
    await polls(door);
    expect(await seen()).toEqual(numbers(28));
    expect(await countsOf(parts)).toEqual({ accepted: 28, refused: 0 });
  });

  it('that copies, looked at between the copy and the cut', async () => {
    const door = await watching();
    const file = join(folder, 'a.log');
    await writeFile(file, lines(1, 20));
    await polls(door, 2);
    await copyFile(file, join(folder, 'a.log.1'));
    await polls(door, 2);
    await truncate(file, 0);
    await polls(door, 2);
    await appendFile(file, lines(21, 22));
    await polls(door);
    expect(await seen()).toEqual(numbers(22));
  });

  it('that packs what was followed: the rest of it is read from the packed file', async () => {
    const door = await watching();
    const file = join(folder, 'a.log');
    await writeFile(file, lines(1, 100));
    await polls(door, 2);
    await rm(file);
    await writeFile(join(folder, 'a.log.1.gz'), gzipSync(lines(1, 120)));
    await writeFile(file, lines(121, 130));
    await polls(door);
    expect(await seen()).toEqual(numbers(130));
    expect((await countsOf(parts)).accepted).toBe(130);
  });

  it('that happened while nobody watched', async () => {
    const first = await watching();
    const file = join(folder, 'a.log');
    await writeFile(file, lines(1, 50));
    await polls(first, 2);
    await first.stop();
    await rm(file);
    await writeFile(join(folder, 'a.log-20261124.gz'), gzipSync(lines(1, 60)));
    await writeFile(file, lines(61, 70));
    const second = await watching();
    await polls(second);
    expect(await seen()).toEqual(numbers(70));
  });

  it('in a folder of its own (olddir)', async () => {
    const door = await watching();
    const file = join(folder, 'a.log');
    await writeFile(file, lines(1, 30));
    await polls(door, 2);
    await mkdir(join(folder, 'old'));
    await copyFile(file, join(folder, 'old', 'a.log.1'));
    await rm(file);
    await polls(door);
    expect(await seen()).toEqual(numbers(30));
  });

  it('is not seen where another file only begins alike, or has another name', async () => {
    const door = await watching();
    await writeFile(join(folder, 'a.log'), lines(1, 40));
    await polls(door, 2);
    // The same beginning, other lines behind: of the family, but no copy.
    await writeFile(join(folder, 'a.log.1'), `${lines(1, 30)}${lines(101, 130)}`);
    await writeFile(join(folder, 'b.log'), lines(1, 40));
    await polls(door, 12);
    expect((await countsOf(parts)).accepted).toBe(40 + 60 + 40);
  });

  it('of a file whose content never changes is read each time it is written anew', async () => {
    const door = await watching();
    const file = join(folder, 'a.log');
    for (let n = 1; n <= 3; n++) {
      await writeFile(file, lines(1, 2));
      await polls(door, 2);
      // Out of sight; its inode stays in use.
      await rename(file, join(folder, `.gone-${n}`));
      await writeFile(join(folder, 'keep.log'), 'x\n');
      await polls(door, 2);
    }
    // Gone and written again under its own name, not copied: the same events happened again.
    expect((await countsOf(parts)).accepted).toBe(1 + 3 * 2);
  });
});

describe.skipIf(!hasProgram('logrotate'))('logrotate (skipped without it)', () => {
  it.each([
    ['create', 'create'],
    ['copytruncate', 'copytruncate'],
    ['create and compress', 'create\n  compress'],
    ['copytruncate and compress', 'copytruncate\n  compress'],
    ['create, compress and delaycompress', 'create\n  compress\n  delaycompress'],
    ['names with dates', 'create\n  dateext\n  dateformat -%Y%m%d-%s'],
  ])('with %s: every line once', async (_name, options) => {
    const door = await watching();
    const file = join(folder, 'app.log');
    const config = join(folder, '.logrotate.conf');
    await writeFile(config, `${file} {\n  rotate 9\n  missingok\n  su root root\n  ${options}\n}\n`);
    let n = 0;
    const second = options.includes('%s') ? 1100 : 0;
    for (let round = 0; round < 3; round++) {
      await appendFile(file, lines(n + 1, n + 50));
      n += 50;
      await polls(door, 1);
      // Written behind our back, right before the rotation.
      await appendFile(file, lines(n + 1, n + 10));
      n += 10;
      const args = ['--force', '--state', join(folder, '.state'), config];
      await run('logrotate', args, { env: { ...process.env, PATH: `${process.env.PATH}:/usr/sbin` } });
      await polls(door, 3);
      await new Promise((resolve) => setTimeout(resolve, second));
    }
    await polls(door, 12);
    expect(await seen()).toEqual(numbers(n));
    expect(await countsOf(parts)).toEqual({ accepted: n, refused: 0 });
    expect((await readdir(folder)).length).toBeGreaterThan(4);
  });
});

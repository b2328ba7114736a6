import { appendFile, chmod, mkdir, rm, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { gzipSync } from 'node:zlib';
import { beforeEach, describe, expect, it } from 'vitest';
import { readWatchSetting } from '../../engine/ingest/doors/watch.js';
import { countsOf, queued, queuedLines } from './parts.js';
import { watchedFolder } from './watchdoors.js';

const given = watchedFolder();
let folder: string;
let parts: typeof given.parts;
const { watching } = given;
beforeEach(() => {
  ({ folder, parts } = given);
});
/** To root no folder is closed. */
async function withoutRoot(work: () => Promise<void>): Promise<void> {
  const root = process.geteuid?.() === 0;
  if (root) process.seteuid?.(65534);
  try {
    await work();
  } finally {
    if (root) process.seteuid?.(0);
  }
}

describe('the directory watcher', () => {
  it('follows a text file whose first letters are those of a zip', async () => {
    const door = await watching();
    const file = join(folder, 'pki.log');
    await writeFile(file, 'PKI service started\n');
    for (let i = 0; i < 3; i++) await door.poll();
    await appendFile(file, 'PKI service stopped\n');
    for (let i = 0; i < 3; i++) await door.poll();
    expect(await queuedLines(parts.queues)).toEqual(['PKI service started', 'PKI service stopped']);
    expect(await countsOf(parts)).toEqual({ accepted: 2, refused: 0 });
  });

  it('remembers where it stands in a file that could not be stored for a while', async () => {
    const door = await watching();
    const file = join(folder, 'a.log');
    await writeFile(file, 'one\n');
    await writeFile(join(folder, 'b.log'), 'b\n');
    await door.poll();
    // Progress cannot be saved: the next look fails behind the queue.
    const { redis } = parts.queues;
    const hset = redis.hset.bind(redis);
    redis.hset = () => Promise.reject(new Error('READONLY')) as never;
    await appendFile(file, 'two\n');
    await door.poll();
    redis.hset = hset;
    await appendFile(file, 'three\n');
    for (let i = 0; i < 2; i++) await door.poll();
    expect(await countsOf(parts)).toEqual({ accepted: 4, refused: 0 });
    expect(await queuedLines(parts.queues)).toEqual(['b', 'one', 'three', 'two']);
  });

  it('goes on when a folder in it cannot be read, and forgets nothing of that folder', async () => {
    const door = await watching();
    const closed = join(folder, 'closed');
    await chmod(folder, 0o755);
    await mkdir(closed);
    await writeFile(join(closed, 'a.log'), 'a\n');
    await writeFile(join(folder, 'z.log'), 'z1\n');
    await door.poll();
    await appendFile(join(folder, 'z.log'), 'z2\n');
    await chmod(closed, 0o000);
    await withoutRoot(() => door.poll());
    expect(await queuedLines(parts.queues)).toEqual(['a', 'z1', 'z2']);
    await chmod(closed, 0o755);
    await door.poll();
    expect(await countsOf(parts)).toEqual({ accepted: 3, refused: 0 });
  });

  it('queues equal lines of different places as often as it counts them', async () => {
    const door = await watching();
    await writeFile(join(folder, 'a.log'), 'beat\n');
    await door.poll();
    await appendFile(join(folder, 'a.log'), 'beat\n');
    await door.poll();
    expect(await countsOf(parts)).toEqual({ accepted: 2, refused: 0 });
    expect((await queued(parts.queues)).map((job) => job.count)).toEqual([1, 1]);
  });

  it('reads a file packed by a rotation under its new name', async () => {
    const door = await watching();
    await writeFile(join(folder, 'a.log'), 'one\n');
    await door.poll();
    await rm(join(folder, 'a.log'));
    await writeFile(join(folder, 'a.log.1.gz'), gzipSync('two\n'));
    for (let i = 0; i < 3; i++) await door.poll();
    expect(await queuedLines(parts.queues)).toEqual(['one', 'two']);
  });

  it.each(['acme:files', ':files:/x', 'acme:UPPER:/x', 'acme::/x'])('%s is no folder to watch', (setting) => {
    expect(() => readWatchSetting(setting)).toThrow(expect.objectContaining({ code: 'MDR_CONFIG' }));
  });
});

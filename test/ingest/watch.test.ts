import { appendFile, mkdir, mkdtemp, rename, rm, symlink, truncate, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { gzipSync } from 'node:zlib';
import { beforeEach, describe, expect, it } from 'vitest';
import { watchDoor } from '../../engine/ingest/doors/watch.js';
import { makeZip } from './makezip.js';
import { countsOf, doorParts, lettersOf, queued, queuedLines } from './parts.js';
import { watchedFolder } from './watchdoors.js';

const given = watchedFolder();
let folder: string;
let parts: typeof given.parts;
const { watching } = given;
beforeEach(() => {
  ({ folder, parts } = given);
});

const line = (n: number) => `{"@timestamp":"2026-11-24T03:00:00Z","n":${n}}`;
const lines = (...numbers: number[]) => numbers.map((n) => `${line(n)}\n`).join('');
const seen = async () =>
  (await queuedLines(parts.queues)).map((text) => (JSON.parse(text) as { n: number }).n).sort((a, b) => a - b);

describe('the directory watcher', () => {
  it('takes files that appear and what is added to them, each line once', async () => {
    const door = await watching();
    await writeFile(join(folder, 'a.log'), lines(1, 2));
    await door.poll();
    await appendFile(join(folder, 'a.log'), lines(3));
    await mkdir(join(folder, 'deeper'));
    await writeFile(join(folder, 'deeper', 'b.log'), lines(4));
    await door.poll();
    await door.poll();
    expect(await seen()).toEqual([1, 2, 3, 4]);
  });

  it('waits for the end of a line that is still being written', async () => {
    const door = await watching();
    await writeFile(join(folder, 'a.log'), lines(1) + line(2).slice(0, 20));
    await door.poll();
    expect(await seen()).toEqual([1]);
    await appendFile(join(folder, 'a.log'), `${line(2).slice(20)}\n`);
    await door.poll();
    expect(await seen()).toEqual([1, 2]);
  });

  it('goes on after a restart where it stood', async () => {
    const first = await watching();
    await writeFile(join(folder, 'a.log'), lines(1, 2));
    await first.poll();
    await first.stop();
    await appendFile(join(folder, 'a.log'), lines(3));
    const second = await watching();
    await second.poll();
    expect(await seen()).toEqual([1, 2, 3]);
  });

  it('follows a rotation: the rest of the renamed file and the new one', async () => {
    const door = await watching();
    const file = join(folder, 'a.log');
    await writeFile(file, lines(1));
    await door.poll();
    await appendFile(file, lines(2));
    await rename(file, join(folder, 'a.log.1'));
    await writeFile(file, lines(3));
    await door.poll();
    await door.poll();
    expect(await seen()).toEqual([1, 2, 3]);
  });

  it('begins anew in a file that was cut and written again', async () => {
    const door = await watching();
    const file = join(folder, 'a.log');
    await writeFile(file, lines(1, 2, 3));
    await door.poll();
    await truncate(file, 0);
    await appendFile(file, lines(4));
    await door.poll();
    expect(await seen()).toEqual([1, 2, 3, 4]);
  });

  it('takes a compressed file whole, once', async () => {
    const door = await watching();
    await writeFile(join(folder, 'a.log.gz'), gzipSync(lines(1, 2)));
    for (let i = 0; i < 4; i++) await door.poll();
    expect(await seen()).toEqual([1, 2]);
  });

  it('takes a zip and a JSON document whole, once, when they have stopped growing', async () => {
    const door = await watching();
    const document = `{"Records":[\n${line(1)},\n${line(2)}`;
    await writeFile(join(folder, 'trail.json'), document);
    await writeFile(join(folder, 'b.zip'), makeZip([{ name: 'b.log', content: lines(3) }]));
    await door.poll();
    await appendFile(join(folder, 'trail.json'), ']}');
    await door.poll();
    expect(await seen()).toEqual([3]);
    for (let i = 0; i < 3; i++) await door.poll();
    expect(await seen()).toEqual([1, 2, 3]);
    expect(await countsOf(parts)).toEqual({ accepted: 3, refused: 0 });
  });

  it('keeps a dead letter of a file that cannot be read, once, and reads it when it was mended', async () => {
    const door = await watching();
    const whole = gzipSync(lines(1, 2, 3));
    const path = join(folder, 'a.log.gz');
    await writeFile(path, whole.subarray(0, whole.length - 10));
    for (let i = 0; i < 4; i++) await door.poll();
    expect(await lettersOf(parts)).toMatchObject([{ code: 'MDR_FILE_UNREADABLE', sample: path }]);
    expect((await countsOf(parts)).refused).toBe(1);
    await writeFile(path, whole);
    for (let i = 0; i < 3; i++) await door.poll();
    expect(await seen()).toEqual([1, 2, 3]);
  });

  it('refuses the bad lines of a file and takes the others', async () => {
    const door = await watching();
    const bad = Buffer.concat([
      Buffer.from(lines(1)),
      Buffer.from([0xff, 10]),
      Buffer.alloc(3 << 20, 'x'),
      Buffer.from(`\n${lines(2)}`),
    ]);
    await writeFile(join(folder, 'a.log'), bad);
    await door.poll();
    expect(await seen()).toEqual([1, 2]);
    expect((await lettersOf(parts)).map(({ code, bytes }) => [code, bytes])).toEqual([
      ['MDR_LINE_TOO_LONG', 3 << 20],
      ['MDR_LINE_UTF8', 1],
    ]);
    expect(await countsOf(parts)).toEqual({ accepted: 2, refused: 2 });
  });

  it('tells a file from the one that was there before, also when it has grown past where reading stood', async () => {
    const door = await watching();
    const file = join(folder, 'a.log');
    await writeFile(file, lines(1, 2));
    await door.poll();
    await writeFile(file, lines(5, 6, 7, 8));
    await door.poll();
    expect(await seen()).toEqual([1, 2, 5, 6, 7, 8]);
  });

  it('saves no progress before a batch is stored: what a crash leaves is read again, and queued once', async () => {
    const door = await watching();
    await writeFile(join(folder, 'a.log'), lines(1, 2));
    await door.poll();
    const [key] = await parts.queues.redis.keys(`${parts.queues.prefix.replace(/[{}]/g, '?')}*watch*`);
    // As if the process had ended between storing the batch and saving its place.
    await parts.queues.redis.del(key!);
    const again = await watching();
    await again.poll();
    expect(await queued(parts.queues)).toHaveLength(1);
    expect(await countsOf(parts)).toEqual({ accepted: 2, refused: 0 });
  });

  it('waits while the queue is full, stops at once when told to, and goes on from there', async () => {
    parts = await doorParts({ MDR_WATCH: `acme:files:${folder}`, MDR_MAX_WAITING: '1' });
    given.parts = parts;
    const data = { tenant: 'acme', source: 'x', format: null, received: 0, count: 0, simulated: false, lines: '' };
    await parts.queues.addBulk('events', [{ data }, { data }]);
    await writeFile(join(folder, 'a.log'), lines(1, 2));
    const door = await watching();
    const looking = door.poll();
    await new Promise((resolve) => setTimeout(resolve, 300));
    const started = performance.now();
    await door.stop();
    await looking;
    expect(performance.now() - started).toBeLessThan(1000);
    await parts.queues.queue('events').drain();
    await new Promise((resolve) => setTimeout(resolve, 300));
    await (await watching()).poll();
    expect(await seen()).toEqual([1, 2]);
  });

  it('looks by itself, again and again', async () => {
    await watching(20);
    await writeFile(join(folder, 'a.log'), lines(1));
    await expect.poll(seen).toEqual([1]);
    await appendFile(join(folder, 'a.log'), lines(2));
    await expect.poll(seen).toEqual([1, 2]);
  });

  it('does not follow a link out of the folder', async () => {
    const outside = await mkdtemp(join(tmpdir(), 'mdr-outside-'));
    await writeFile(join(outside, 'secret.log'), lines(9));
    await symlink(join(outside, 'secret.log'), join(folder, 'link.log'));
    await symlink(outside, join(folder, 'linked'));
    const door = await watching();
    await writeFile(join(folder, 'a.log'), lines(1));
    await door.poll();
    expect(await seen()).toEqual([1]);
    await rm(outside, { recursive: true });
  });

  it('says so when the folder is not there', async () => {
    await rm(folder, { recursive: true });
    await expect(watchDoor(parts, 0)).rejects.toMatchObject({ code: 'MDR_CONFIG' });
  });
});

import { appendFile, mkdir, mkdtemp, rename, rm, symlink, truncate, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { gzipSync } from 'node:zlib';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { type WatchDoor, watchDoor } from '../../engine/ingest/doors/watch.js';
import { doorParts, queuedLines } from './parts.js';

let folder: string;
let parts: Awaited<ReturnType<typeof doorParts>>;
const open: WatchDoor[] = [];

beforeEach(async () => {
  folder = await mkdtemp(join(tmpdir(), 'mdr-watch-'));
  parts = await doorParts({ MDR_WATCH: `acme:files:${folder}` });
});
afterEach(async () => {
  for (const door of open.splice(0)) await door.stop();
  await rm(folder, { recursive: true, force: true });
});

const line = (n: number) => `{"@timestamp":"2026-11-24T03:00:00Z","n":${n}}`;
const lines = (...numbers: number[]) => numbers.map((n) => `${line(n)}\n`).join('');
async function watching(): Promise<WatchDoor> {
  const door = await watchDoor(parts, 0);
  open.push(door);
  return door;
}
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

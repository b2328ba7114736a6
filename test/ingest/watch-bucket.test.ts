import { appendFile, mkdir, rename, rm, symlink, utimes, writeFile } from 'node:fs/promises';
import { dirname, join } from 'node:path';
import { gzipSync } from 'node:zlib';
import { beforeEach, describe, expect, it } from 'vitest';
import { watchDoor } from '../../engine/ingest/doors/watch.js';
import { countsOf, doorParts, lettersOf, queued, queuedLines } from './parts.js';
import { watchedFolder } from './watchdoors.js';

const given = watchedFolder();
let folder: string;
let parts: typeof given.parts;
const { watching } = given;
beforeEach(() => {
  ({ folder, parts } = given);
});

const call = (n: number) => ({ eventVersion: '1.09', eventTime: '2026-11-24T03:00:00Z', eventName: `Call${n}` });
const named = (account: string, region: string, stamp: string, unique: string) =>
  `${account}_CloudTrail_${region}_${stamp}_${unique}.json.gz`;

interface Delivered {
  account?: string;
  region?: string;
  /** YYYYMMDDTHHmmZ */
  stamp: string;
  calls: number[];
  kind?: string;
  under?: string;
}
/** A file as CloudTrail delivers one, whole and settled. */
async function deliver({
  account = '111122223333',
  region = 'eu-central-1',
  stamp,
  calls,
  kind,
  under = '',
}: Delivered) {
  const day = [stamp.slice(0, 4), stamp.slice(4, 6), stamp.slice(6, 8)];
  const name = named(account, region, stamp, calls.join('-') || 'none');
  const path = join(folder, under, 'AWSLogs', account, kind ?? 'CloudTrail', region, ...day, name);
  await mkdir(dirname(path), { recursive: true });
  await writeFile(path, gzipSync(JSON.stringify({ Records: calls.map(call) })));
  await settle(path);
  return path;
}
const settle = (path: string) => utimes(path, new Date('2026-01-01'), new Date('2026-01-01'));
const calls = async () =>
  (await queuedLines(parts.queues)).map((line) => Number(/"Call(\d+)"/.exec(line)![1])).sort((a, b) => a - b);
const polls = async (door: { poll(): Promise<void> }, times = 2) => {
  for (let i = 0; i < times; i++) await door.poll();
};

describe('a copy of a bucket of AWS logs', () => {
  it('is read file by file, each once, also what comes late and after a restart', async () => {
    const first = await watching();
    await deliver({ stamp: '20261123T2355Z', calls: [1, 2] });
    await deliver({ stamp: '20261124T0000Z', calls: [3] });
    await polls(first, 3);
    await deliver({ stamp: '20261123T2350Z', calls: [4] });
    await expect.poll(() => first.poll().then(calls)).toEqual([1, 2, 3, 4]);
    await first.stop();
    await deliver({ stamp: '20261124T0005Z', region: 'us-east-1', calls: [5] });
    const second = await watching();
    await polls(second, 3);
    expect(await calls()).toEqual([1, 2, 3, 4, 5]);
    expect(await countsOf(parts)).toEqual({ accepted: 5, refused: 0 });
  });

  it('is read in the order of delivery over accounts and regions', async () => {
    const taken: string[] = [];
    const { intake } = parts;
    const spied = {
      ...parts,
      intake: {
        full: () => intake.full(),
        take: async (...args: Parameters<typeof intake.take>) => {
          taken.push(...args[1].batches.flat());
          return intake.take(...args);
        },
      },
    };
    await deliver({ stamp: '20261124T0300Z', account: '999999999999', calls: [3] });
    await deliver({ stamp: '20261124T0100Z', account: '111111111111', region: 'us-east-1', calls: [1] });
    await deliver({ stamp: '20261125T0000Z', account: '111111111111', calls: [4] });
    await deliver({ stamp: '20261124T0200Z', account: '555555555555', region: 'ap-south-1', calls: [2] });
    const door = await watchDoor(spied, 0);
    await polls(door);
    await door.stop();
    expect(taken.map((line) => Number(/"Call(\d+)"/.exec(line)![1]))).toEqual([1, 2, 3, 4]);
  });

  it('passes over digest files, and counts each once', async () => {
    await deliver({ stamp: '20261124T0300Z', calls: [1] });
    await deliver({ stamp: '20261124T0300Z', kind: 'CloudTrail-Digest', calls: [70] });
    await deliver({ stamp: '20261124T0400Z', kind: 'CloudTrail-Digest', calls: [71] });
    const first = await watching();
    await polls(first, 3);
    await first.stop();
    const second = await watching();
    await polls(second, 3);
    expect(await calls()).toEqual([1]);
    expect(await parts.metrics.registry.getSingleMetricAsString('mdr_watch_skipped_total')).toMatch(
      /reason="digest"\} 2$/m,
    );
  });

  it('is found below a prefix and an organisation, or watched from within; other files beside it are followed', async () => {
    await deliver({ stamp: '20261124T0300Z', under: 'trails/prod', calls: [1] });
    await deliver({ stamp: '20261124T0300Z', under: 'trails/prod', account: 'o-abc123/444455556666', calls: [2] });
    await writeFile(join(folder, 'beside.log'), `${JSON.stringify(call(3))}\n`);
    const door = await watching();
    await polls(door);
    await appendFile(join(folder, 'beside.log'), `${JSON.stringify(call(4))}\n`);
    await polls(door);
    expect(await calls()).toEqual([1, 2, 3, 4]);
    const inside = await doorParts({ MDR_WATCH: `acme:files:${join(folder, 'trails/prod/AWSLogs')}` });
    const own = await watchDoor(inside, 0);
    await polls(own);
    expect(await queuedLines(inside.queues)).toHaveLength(2);
    await own.stop();
    await inside.close();
  });

  it('waits for what is still being copied, and for its name', async () => {
    const door = await watching();
    const path = await deliver({ stamp: '20261124T0300Z', calls: [1] });
    await utimes(path, new Date(), new Date());
    const other = await deliver({ stamp: '20261124T0400Z', calls: [2] });
    await rename(other, `${other}.6Ef3aB`);
    await polls(door, 3);
    expect(await calls()).toEqual([]);
    await settle(path);
    await rename(`${other}.6Ef3aB`, other);
    await expect.poll(() => door.poll().then(calls)).toEqual([1, 2]);
  });

  it('keeps a dead letter of a damaged file, goes on, and reads it when it was mended', async () => {
    const path = await deliver({ stamp: '20261124T0300Z', calls: [1, 2] });
    await deliver({ stamp: '20261124T0400Z', calls: [3] });
    const whole = gzipSync(JSON.stringify({ Records: [1, 2].map(call) }));
    await writeFile(path, whole.subarray(0, whole.length - 12));
    await settle(path);
    const door = await watching();
    await polls(door, 3);
    expect(await lettersOf(parts)).toMatchObject([{ code: 'MDR_FILE_UNREADABLE' }]);
    expect(await calls()).toContain(3);
    await rm(path);
    await writeFile(path, whole);
    await settle(path);
    await expect.poll(() => door.poll().then(calls)).toEqual(expect.arrayContaining([1, 2, 3]));
  });

  it('follows no symbolic link', async () => {
    const outside = await deliver({ stamp: '20261124T0300Z', under: 'elsewhere', calls: [9] });
    const day = join(folder, 'in', 'AWSLogs', '1', 'CloudTrail', 'r', '2026', '11', '24');
    await mkdir(day, { recursive: true });
    await symlink(outside, join(day, 'a.json.gz'));
    await symlink(dirname(outside), join(folder, 'in', 'AWSLogs', 'link'));
    const inside = await doorParts({ MDR_WATCH: `acme:files:${join(folder, 'in')}` });
    const door = await watchDoor(inside, 0);
    await polls(door);
    expect(await queuedLines(inside.queues)).toEqual([]);
    await door.stop();
    await inside.close();
  });

  it('reads records of a large file without holding it, and many files over several looks', async () => {
    const many = Array.from({ length: 20_000 }, (_, i) => i);
    await deliver({ stamp: '20261124T0100Z', calls: [] });
    const large = await deliver({ stamp: '20261124T0000Z', calls: [0] });
    await writeFile(large, gzipSync(JSON.stringify({ Records: many.map(call) })));
    await settle(large);
    for (let i = 0; i < 600; i++)
      await deliver({
        stamp: `20261125T${String(Math.floor(i / 60)).padStart(2, '0')}${String(i % 60).padStart(2, '0')}Z`,
        calls: [i],
      });
    const door = await watching();
    await polls(door, 1);
    expect((await countsOf(parts)).accepted).toBeLessThan(20_600);
    await polls(door, 2);
    expect((await countsOf(parts)).accepted).toBe(20_600);
    expect((await queued(parts.queues)).every((job) => job.count <= 1000)).toBe(true);
  });

  it('forgets what it read in folders that are gone', async () => {
    const path = await deliver({ stamp: '20261124T0300Z', calls: [1] });
    await deliver({ stamp: '20261125T0300Z', calls: [2] });
    const door = await watching();
    await polls(door);
    const keys = async () =>
      (await parts.queues.redis.keys(`${parts.queues.prefix.replace(/[{}]/g, '?')}*watch*`)).length;
    const before = await keys();
    await rm(dirname(path), { recursive: true });
    await expect.poll(() => door.poll().then(keys)).toBe(before - 1);
  });
});

import { fork } from 'node:child_process';
import { once } from 'node:events';
import { mkdtemp, readdir, rm, utimes, writeFile } from 'node:fs/promises';
import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { bucketStorage } from '../../engine/lake/bucket.js';
import { compact, tidy } from '../../engine/lake/compact.js';
import { type Lake, openLake } from '../../engine/lake/index.js';
import { Journal } from '../../engine/lake/journal.js';
import { land } from '../../engine/lake/land.js';
import { bucketLocation, type Places, placesOf, tenantsIn } from '../../engine/lake/places.js';
import { deleteBefore } from '../../engine/lake/retain.js';
import { openObjects } from '../../engine/lake/s3.js';
import { spooled, spooledSince } from '../../engine/lake/spool.js';
import { hasS3, S3_SERVER, startS3 } from './s3server.js';
import { connLine, DAY_MS, formats, NOON, processLine, range, spoolLines } from './world.js';

const clock = () => NOON;
const later = () => NOON + 3600_000;
const keys = { key: 'test', secret: 'test', region: 'us-east-1' };
process.env.AWS_ACCESS_KEY_ID = keys.key;
process.env.AWS_SECRET_ACCESS_KEY = keys.secret;
if (!hasS3) console.warn(`  ${S3_SERVER} is not here: the lake in a bucket is not tried`);

describe.skipIf(!hasS3)('a lake in a bucket', () => {
  let server = { url: '', stop() {} };
  const folders: string[] = [];
  const lakes: Lake[] = [];
  beforeAll(async () => {
    server = await startS3();
  }, 60_000);
  afterAll(async () => {
    for (const lake of lakes) lake.close();
    server.stop();
    for (const folder of folders) await rm(folder, { recursive: true, force: true });
  });

  /** Another machine: a folder of its own, the same bucket. */
  async function machine(name: string, cache = 1e9) {
    const folder = await mkdtemp(join(tmpdir(), 'mdr-bucket-'));
    folders.push(folder);
    const location = bucketLocation(folder, `${server.url}/${name}`, keys.region, cache);
    const lake = openLake(location);
    lakes.push(lake);
    const places = placesOf(location, 'acme');
    return { folder, location, lake, places, journal: new Journal(places) };
  }
  const landAll = async ({ places, journal }: { places: Places; journal: Journal }) => {
    while ((await land(places, journal, formats, clock)) !== null);
  };
  const count = async ({ lake }: { lake: Lake }, tenant = 'acme') =>
    (await lake.forTenant(tenant).query('SELECT count(*) AS n, count(DISTINCT id) AS ids FROM events')).rows[0];

  it('is one for every machine, and a batch that comes again adds nothing', async () => {
    const [one, two] = [await machine('a'), await machine('a')];
    const lines = range(0, 50).map((n) => processLine(n));
    await spoolLines(one.places, lines);
    expect(await spooled(two.places)).toHaveLength(1);
    expect(await spooledSince(two.places)).toBeGreaterThan(Date.now() - 3600_000);
    await landAll(two);
    expect(await spooled(one.places)).toEqual([]);
    expect(await count(one)).toEqual({ n: 50, ids: 50 });
    await spoolLines(one.places, lines);
    await landAll(one);
    expect(await count(two)).toEqual({ n: 50, ids: 50 });
    expect(await tenantsIn(two.location)).toEqual(['acme']);
    expect(await count(two, 'globex')).toEqual({ n: 0, ids: 0 });
    // Nothing that lasts is on the machine.
    for (const name of await readdir(one.places.root)) expect(['aside', 'events']).toContain(name);
  });

  it('is sorted, held and deleted as on a disk', async () => {
    const [one, two] = [await machine('b'), await machine('b')];
    for (const day of [0, 1]) {
      const time = NOON + day * DAY_MS;
      await spoolLines(
        one.places,
        [...range(0, 30).map((n) => processLine(n, time)), ...range(0, 30).map((n) => connLine(n, time))],
        `d${day}`,
      );
    }
    await landAll(one);
    expect(await compact(two.places, two.journal, later)).toBe('sort');
    expect(await count(one)).toEqual({ n: 120, ids: 120 });
    expect((await one.lake.forTenant('acme').query('SELECT count(*) AS n FROM network')).rows).toEqual([{ n: 60 }]);
    const hold = { id: 'h1', why: 'a case', by: 'jane', placed: 0, from: null, until: null };
    const before = NOON + 2 * DAY_MS;
    const held = { tenant: async () => ({ holds: [hold] }), strict: true, clock };
    await expect(deleteBefore(one.journal, before, held)).rejects.toMatchObject({ code: 'MDR_LAKE_HELD' });
    expect(await deleteBefore(one.journal, before, { ...held, tenant: async () => ({}) })).toMatchObject({
      events: 120,
    });
    expect(await count(two)).toEqual({ n: 0, ids: 0 });
    const gone = await tidy(one.places, one.journal, () => Date.now() + 2 * 3600_000);
    expect(gone).toBeGreaterThan(0);
    expect(await one.places.storage.names(one.places.events)).toEqual([]);
  });

  it('copies what a query may read, within its bound', async () => {
    const one = await machine('c');
    await spoolLines(one.places, [...range(0, 30).map((n) => processLine(n)), ...range(0, 30).map((n) => connLine(n))]);
    await landAll(one);
    await compact(one.places, one.journal, later);
    const files = [...(await one.journal.read()).files.values()];
    const largest = Math.max(...files.map(({ bytes }) => bytes));
    const small = await machine('c', largest);
    const local = async () =>
      (await readdir(small.folder, { recursive: true })).filter((name) => name.endsWith('.parquet'));
    const tenant = small.lake.forTenant('acme');
    await expect(count(small)).rejects.toMatchObject({ code: 'MDR_LAKE_STORAGE' });
    expect((await tenant.query('SELECT count(*) AS n FROM network')).rows).toEqual([{ n: 30 }]);
    const [first] = await local();
    expect(await local()).toEqual([expect.stringContaining('dataset=network')]);
    // A copy that was cut short is no copy; one that is long unused goes.
    await writeFile(join(small.folder, first!), 'cut short');
    expect((await tenant.query('SELECT count(*) AS n FROM network')).rows).toEqual([{ n: 30 }]);
    const old = new Date(Date.now() - 3 * DAY_MS);
    await utimes(join(small.folder, first!), old, old);
    const objects = openObjects({ url: `${server.url}/c`, ...keys });
    await bucketStorage({ objects, root: small.folder, cache: largest }).fetch([]);
    expect(await local()).toEqual([]);
  });

  it('loses nothing and doubles nothing when workers are killed at any moment', async () => {
    const one = await machine('d');
    const lander = fileURLToPath(new URL('./lander.ts', import.meta.url));
    for (const n of range(0, 6))
      await spoolLines(
        one.places,
        range(0, 50).map((i) => processLine(n * 50 + i)),
        `k${n}`,
      );
    for (const n of range(0, 5)) {
      const child = fork(lander, [one.location, 'acme'], { execArgv: ['--import', 'tsx'] });
      await once(child, 'message');
      // At another moment each time; those that are killed too late have nothing left to lose.
      await new Promise((resolve) => setTimeout(resolve, 30 + n * 150));
      child.kill('SIGKILL');
      await once(child, 'exit');
    }
    await landAll(one);
    expect(await count(one)).toEqual({ n: 300, ids: 300 });
  }, 120_000);

  it('knows names of any kind, and lists more than fit into one answer', async () => {
    const objects = openObjects({ url: `${server.url}/e`, ...keys, page: 5 });
    for (const n of range(0, 12)) await objects.put(`many/${n}`, 'x');
    await objects.put('odd/a b&c=1+ü.txt', 'odd');
    expect((await objects.list('many')).entries).toHaveLength(12);
    expect((await objects.list('odd')).entries).toMatchObject([{ name: 'a b&c=1+ü.txt', size: 3 }]);
    expect(String(await objects.get('odd/a b&c=1+ü.txt'))).toBe('odd');
    expect((await objects.list('')).folders.sort()).toEqual(['many', 'odd']);
    expect(await objects.get('nothing')).toBeNull();
    expect(await objects.putNew('odd/new', 'a')).toBe(true);
    expect(await objects.putNew('odd/new', 'b')).toBe(false);
    expect(String(await objects.get('odd/new'))).toBe('a');
  });
});

describe('a storage', () => {
  it('that takes what is there already is refused, and what does not answer is told', async () => {
    // Answers every request as a server that has never heard of conditions.
    const careless = createServer((request, answer) => request.resume().on('end', () => answer.end()));
    await new Promise<void>((resolve) => careless.listen(0, '127.0.0.1', resolve));
    const url = `http://127.0.0.1:${(careless.address() as AddressInfo).port}/lake`;
    const folder = await mkdtemp(join(tmpdir(), 'mdr-bucket-'));
    const { storage, journal } = placesOf(bucketLocation(folder, url, keys.region, 1e9), 'acme');
    await expect(storage.putNew(join(journal, '1.json'), '{}')).rejects.toMatchObject({
      code: 'MDR_LAKE_STORAGE',
      message: expect.stringContaining('If-None-Match'),
    });
    careless.close();
    careless.closeAllConnections();
    await expect(storage.putNew(join(journal, '1.json'), '{}')).rejects.toMatchObject({ code: 'MDR_LAKE_STORAGE' });
    await rm(folder, { recursive: true, force: true });
  });
});

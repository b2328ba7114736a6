import { fork } from 'node:child_process';
import { once } from 'node:events';
import { mkdir, readdir, utimes, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { fileURLToPath } from 'node:url';
import { describe, expect, it } from 'vitest';
import { compact, planCompaction, tidy } from '../../engine/lake/compact.js';
import { GRACE_MS, Journal, type LakeFile } from '../../engine/lake/journal.js';
import { land } from '../../engine/lake/land.js';
import { spooled } from '../../engine/lake/spool.js';
import { random } from '../support/random.js';
import { connLine, DAY_MS, formats, NOON, processLine, range, spoolLines, type TestLake, testLake } from './world.js';

const clock = () => NOON;
const later = () => NOON + 3600_000;
const count = async ({ lake }: TestLake) =>
  (await lake.forTenant('acme').query('SELECT count(*) AS n, count(DISTINCT id) AS ids FROM events')).rows[0];
const landAll = async ({ places, journal }: TestLake) => {
  while ((await land(places, journal, formats, clock)) !== null);
};

describe('batches', () => {
  it('land once, however often they come', async () => {
    const world = await testLake();
    const lines = range(0, 50).map((n) => processLine(n));
    await spoolLines(world.places, lines);
    await spoolLines(world.places, lines);
    expect(await spooled(world.places)).toHaveLength(1);
    await landAll(world);
    expect(await count(world)).toEqual({ n: 50, ids: 50 });
    await spoolLines(world.places, lines);
    expect(await spooled(world.places)).toHaveLength(1);
    await landAll(world);
    expect(await spooled(world.places)).toEqual([]);
    expect(await count(world)).toEqual({ n: 50, ids: 50 });
    // Also for a worker that was started since, and after checkpoints that let go of the entry.
    for (const n of range(100, 240)) {
      await spoolLines(world.places, [processLine(n)], `p${n}`);
      await land(world.places, world.journal, formats, () => NOON + n * GRACE_MS);
    }
    expect((await readdir(world.places.journal)).length).toBeLessThan(140);
    await spoolLines(world.places, lines);
    expect(await land(world.places, new Journal(world.places), formats, clock)).toBe(0);
    await spoolLines(world.places, [processLine(130)], 'p130');
    expect(await land(world.places, new Journal(world.places), formats, clock)).toBe(0);
    expect(await count(world)).toEqual({ n: 190, ids: 190 });
  });

  it('of records that nobody can read land without them', async () => {
    const world = await testLake();
    await spoolLines(world.places, [processLine(1), 'no such thing {', '{"a":1}', processLine(2)]);
    await spoolLines(world.places, ['nothing at all'], '1');
    await landAll(world);
    expect(await count(world)).toEqual({ n: 2, ids: 2 });
  });

  it('that are damaged are put aside, and keep no others out', async () => {
    const world = await testLake();
    await spoolLines(world.places, [processLine(1)]);
    await writeFile(join(world.places.spool, '0'.repeat(32)), 'not a batch');
    await landAll(world);
    expect(await count(world)).toEqual({ n: 1, ids: 1 });
    expect(await readdir(world.places.spoiled)).toEqual(['0'.repeat(32)]);
  });
});

describe('sorting', () => {
  it('brings recent events to their day and dataset, and loses none', async () => {
    const world = await testLake();
    for (const day of range(0, 3)) {
      await spoolLines(
        world.places,
        range(0, 40).map((n) => processLine(n, NOON + day * DAY_MS)),
        `a${day}`,
      );
      await spoolLines(
        world.places,
        range(0, 40).map((n) => connLine(n, NOON + day * DAY_MS)),
        `b${day}`,
      );
      await land(world.places, world.journal, formats, clock);
    }
    expect(await compact(world.places, world.journal, clock)).toBe(null);
    expect(await compact(world.places, world.journal, later)).toBe('sort');
    expect(await compact(world.places, world.journal, later)).toBe(null);
    expect(await count(world)).toEqual({ n: 240, ids: 240 });
    const { days } = await world.lake.forTenant('acme').status();
    expect(days.map(({ day, dataset, events }) => [day, dataset, events])).toEqual(
      ['2026-03-04', '2026-03-05', '2026-03-06'].flatMap((day) =>
        ['network', 'process'].map((dataset) => [day, dataset, 40]),
      ),
    );
    expect((await world.lake.forTenant('acme').query('SELECT count(*) AS n FROM network')).rows).toEqual([{ n: 120 }]);
  });

  it('keeps days that no clock shows together, so that nobody can make a million files', async () => {
    const world = await testLake();
    const lines = [
      ...range(0, 300).map((n) => processLine(0, NOON + n * DAY_MS)),
      processLine(1, Date.UTC(1986, 0, 1)),
      processLine(1, Date.UTC(1985, 0, 1)),
    ];
    await spoolLines(world.places, lines);
    await landAll(world);
    await compact(world.places, world.journal, later);
    const { files, events } = await world.lake.forTenant('acme').status();
    expect(files).toBe(257);
    expect(events).toBe(302);
    expect(await count(world)).toEqual({ n: 302, ids: 302 });
    expect(await compact(world.places, world.journal, later)).toBe(null);
  });

  it('merges what is small, and leaves what is large', () => {
    const file = (rows: number, n: number, more: Partial<LakeFile> = {}): LakeFile => ({
      ...{
        path: `x/${n}`,
        rows,
        bytes: rows * 60,
        from: NOON,
        until: NOON,
        dataset: 'process',
        day: '2026-03-04',
        landed: NOON,
      },
      ...more,
    });
    expect(
      planCompaction(
        [1, 2, 3].map((n) => file(1000, n)),
        NOON,
      ),
    ).toBe(null);
    expect(
      planCompaction(
        [1, 2, 3, 4].map((n) => file(1000, n)),
        NOON,
      ),
    ).toMatchObject({ kind: 'merge', files: { length: 4 } });
    expect(
      planCompaction(
        [1, 2, 3, 4].map((n) => file(300_000, n)),
        NOON,
      ),
    ).toBe(null);
    // Three crumbs are no reason to write a large file again.
    expect(planCompaction([file(150_000, 0), ...[1, 2, 3].map((n) => file(10, n))], NOON)).toBe(null);
    const recent = range(0, 16).map((n) => file(10, n, { day: null, dataset: null, path: `recent/${n}` }));
    expect(planCompaction(recent, NOON)).toMatchObject({ kind: 'gather', files: { length: 16 } });
    expect(planCompaction(recent, later())).toMatchObject({ kind: 'sort', files: { length: 16 } });
  });

  it('takes away files that count no more, but not at once: somebody may be reading them', async () => {
    const world = await testLake();
    await spoolLines(world.places, [processLine(1)]);
    await landAll(world);
    await compact(world.places, world.journal, later);
    const orphan = join(world.places.events, 'recent', 'left-by-a-killed-process.parquet');
    await mkdir(join(world.places.events, 'recent'), { recursive: true });
    await writeFile(orphan, '');
    expect(await readdir(join(world.places.events, 'recent'))).toHaveLength(2);
    const long = NOON - 100 * DAY_MS;
    for (const name of await readdir(join(world.places.events, 'recent')))
      await utimes(join(world.places.events, 'recent', name), long / 1000, long / 1000);
    expect(await tidy(world.places, world.journal, later)).toBe(1);
    expect(await tidy(world.places, world.journal, () => later() + GRACE_MS + 1)).toBe(1);
    expect(await readdir(join(world.places.events, 'recent'))).toEqual([]);
    expect(await count(world)).toEqual({ n: 1, ids: 1 });
  });
});

describe('the journal', () => {
  it('lets one of several writers be first, and the others look again', async () => {
    const world = await testLake();
    const writers = range(0, 8).map(() => new Journal(world.places));
    const file = (path: string): LakeFile => ({
      path,
      rows: 1,
      bytes: 1,
      from: 0,
      until: 0,
      dataset: null,
      day: null,
      landed: 0,
    });
    await mkdir(join(world.places.events), { recursive: true });
    for (const n of range(0, 160)) await writeFile(join(world.places.events, String(n)), '');
    await Promise.all(
      writers.map(async (writer, w) => {
        for (const n of range(0, 20))
          await writer.commit(() => ({ at: NOON, add: [file(String(w * 20 + n))], remove: [], batches: [] }));
      }),
    );
    const { seq, files } = await new Journal(world.places).read();
    expect(seq).toBe(160);
    expect(files.size).toBe(160);
  });
});

describe('killed at any moment', () => {
  it('workers lose nothing and land nothing twice', { timeout: 120_000 }, async () => {
    const world = await testLake();
    const chance = random(7).next;
    const start = async () => {
      const child = fork(fileURLToPath(new URL('./lander.ts', import.meta.url)), [world.root, 'acme'], {
        execArgv: ['--import', 'tsx'],
      });
      await once(child, 'message');
      return child;
    };
    let sent = 0;
    let kills = 0;
    const batches: string[][] = [];
    for (const round of range(0, 6)) {
      const children = await Promise.all([start(), start()]);
      for (const n of range(0, 12)) {
        const lines = range(0, 60).map((i) => (i % 2 ? processLine : connLine)(sent + i, NOON - round * DAY_MS));
        sent += lines.length;
        batches.push(lines);
        await spoolLines(world.places, lines, `${round}-${n}`);
        // Some come again, as after a lost acknowledgement.
        if (chance() < 0.3) await spoolLines(world.places, lines, `${round}-${n}`);
        await sleep(chance() * 40);
      }
      await sleep(chance() * 400);
      for (const child of children) {
        child.kill('SIGKILL');
        kills++;
        await sleep(chance() * 60);
      }
    }
    await landAll(world);
    while (await compact(world.places, world.journal, later));
    expect(await count(world)).toEqual({ n: sent, ids: sent });
    expect(kills).toBe(12);
    expect(await spooled(world.places)).toEqual([]);
    const { days } = await world.lake.forTenant('acme').status();
    expect(days.length).toBeGreaterThan(5);
  });
});

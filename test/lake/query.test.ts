import { readFileSync } from 'node:fs';
import { readdir, rename } from 'node:fs/promises';
import { gunzipSync } from 'node:zlib';
import { describe, expect, it } from 'vitest';
import { idOf } from '../../engine/ids.js';
import { writeParquet } from '../../engine/lake/bulk.js';
import { COLUMNS, DATASETS } from '../../engine/lake/index.js';
import type { LakeEvent } from '../../engine/lake/pack.js';
import { sharedData } from '../support/shared.js';
import { connLine, DAY_MS, formats, NOON, processLine, range, testLake } from './world.js';

const recogniser = formats.recogniser();
function event(line: string, tenant = 'acme'): LakeEvent {
  const { format, parsed } = recogniser.read(line, null, NOON);
  return {
    id: idOf(tenant, 'test', line),
    source: 'test',
    format: format.name,
    simulated: false,
    parsed,
    original: line,
  };
}

describe('a lake that holds nothing', async () => {
  const { lake } = await testLake();
  it('has every view, with every column', async () => {
    for (const view of ['events', ...DATASETS]) {
      const { columns, rows } = await lake.forTenant('acme').query(`SELECT * FROM ${view}`);
      expect(rows).toEqual([]);
      expect(columns).toEqual(COLUMNS.map(({ name, type }) => ({ name, type })));
    }
  });
  it('says so', async () => {
    expect(await lake.forTenant('acme').status()).toEqual({
      ...{ events: 0, bytes: 0, files: 0, from: null, until: null, waiting: 0, days: [] },
    });
  });
});

describe('queries', async () => {
  const { root, lake } = await testLake();
  const days = range(0, 3).flatMap((day) => [
    ...range(0, 20).map((n) => event(processLine(n, NOON + day * DAY_MS))),
    ...range(0, 10).map((n) => event(connLine(n, NOON + day * DAY_MS))),
  ]);
  const odd = `a \u0000 b \x1e c \x1f d \ud83d\ude00 'quoted' "and" \\ back\nnext line`;
  const strange = event(processLine(999, NOON, { CommandLine: odd, User: "CORP\\Robert'); DROP TABLE events;--" }));
  await writeParquet(root, 'acme', [...days, strange]);
  await writeParquet(root, 'other', [event(processLine(1, NOON, { Hostname: 'SECRET' }), 'other')]);
  const acme = lake.forTenant('acme');

  it('see each event once, in its dataset and in events', async () => {
    const { rows } = await acme.query(
      'SELECT dataset, count(*) AS n, count(DISTINCT id) AS ids FROM events GROUP BY 1 ORDER BY 1',
    );
    expect(rows).toEqual([
      { dataset: 'network', n: 30, ids: 30 },
      { dataset: 'process', n: 61, ids: 61 },
    ]);
    expect((await acme.query('SELECT count(*) AS n FROM network')).rows).toEqual([{ n: 30 }]);
    expect((await acme.query('SELECT count(*) AS n FROM dns')).rows).toEqual([{ n: 0 }]);
  });

  it('get typed values: times as epoch ms, whole numbers, the original as it came', async () => {
    const line = processLine(3);
    const { rows } = await acme.query('SELECT * FROM process WHERE id = $1', [idOf('acme', 'test', line)]);
    expect(rows).toHaveLength(1);
    expect(rows[0]).toMatchObject({
      time: NOON + 3,
      dataset: 'process',
      format: 'windows',
      simulated: false,
      logsource_product: 'windows',
      logsource_category: 'process_creation',
      host_name: 'PC-3',
      user_name: 'user3',
      user_domain: 'CORP',
      process_pid: 1003,
      process_parent_pid: 4,
      process_command_line: 'cmd.exe /c echo 3',
      registry_path: null,
      original: line,
    });
    const large = await acme.query(
      'SELECT destination_bytes, destination_port, sum(destination_bytes) OVER () AS s FROM network LIMIT 1',
    );
    expect(large.rows).toEqual([{ destination_bytes: 3_000_000_000, destination_port: 443, s: 90_000_000_000 }]);
  });

  it('keep hostile values as they are, and bind them as values', async () => {
    const { rows } = await acme.query(
      'SELECT original, process_command_line, user_name FROM events WHERE user_name = $who',
      {
        who: "Robert'); DROP TABLE events;--",
      },
    );
    expect(rows).toEqual([
      {
        original: strange.original,
        process_command_line: odd,
        user_name: "Robert'); DROP TABLE events;--",
      },
    ]);
  });

  it('take times and lists as parameters', async () => {
    const { rows } = await acme.query(
      'SELECT count(*) AS n FROM process WHERE time >= $since AND host_name = ANY($hosts)',
      {
        since: new Date(NOON + DAY_MS),
        hosts: ['PC-1', 'PC-2'],
      },
    );
    expect(rows).toEqual([{ n: 12 }]);
  });

  it('open only the days asked for', async () => {
    const bounds = { from: NOON + DAY_MS, until: NOON + 2 * DAY_MS };
    const { rows } = await acme.query('SELECT count(*) AS n, min(time) AS first FROM events', [], bounds);
    expect(rows).toEqual([{ n: 30, first: NOON + DAY_MS }]);
    // The other days' files are not even touched: they may be away.
    const events = `${root}/acme/events`;
    for (const day of await readdir(events))
      if (!day.includes('2026-03-05')) await rename(`${events}/${day}`, `${root}/${day}`);
    expect((await acme.query('SELECT count(*) AS n FROM events', [], bounds)).rows).toEqual([{ n: 30 }]);
    for (const day of await readdir(root))
      if (day.startsWith('day=')) await rename(`${root}/${day}`, `${events}/${day}`);
    expect((await acme.query('SELECT count(*) AS n FROM events')).rows).toEqual([{ n: 91 }]);
  });

  it('cut off what is beyond the limit of rows, and say so', async () => {
    expect(await acme.query('SELECT id FROM events', [], { maxRows: 5 })).toMatchObject({
      truncated: true,
      rows: { length: 5 },
    });
    expect(await acme.query('SELECT id FROM events LIMIT 5', [], { maxRows: 5 })).toMatchObject({ truncated: false });
  });

  it('see one tenant only', async () => {
    expect((await acme.query("SELECT * FROM events WHERE host_name = 'SECRET'")).rows).toEqual([]);
    expect((await lake.forTenant('other').query('SELECT host_name FROM events')).rows).toEqual([
      { host_name: 'SECRET' },
    ]);
    for (const id of ['../acme', 'ACME', '', 'a/b', '.'])
      expect(() => lake.forTenant(id)).toThrowError(expect.objectContaining({ code: 'MDR_TENANT_UNKNOWN' }));
  });

  it('know names with WITH, joins, windows and subqueries', async () => {
    const { rows } = await acme.query(
      `WITH busy AS (SELECT host_name, count(*) AS n FROM process GROUP BY 1)
       SELECT b.host_name, b.n, (SELECT count(*) FROM network) AS net FROM busy b JOIN range(1) ON true ORDER BY b.n DESC, 1 LIMIT 1`,
    );
    expect(rows).toEqual([{ host_name: 'PC-5', n: 10, net: 30 }]);
  });

  it('say what is wrong with them', async () => {
    await expect(acme.query('SELECT nope FROM events')).rejects.toMatchObject({ code: 'MDR_LAKE_QUERY' });
    await expect(acme.query('SELEC 1')).rejects.toMatchObject({ code: 'MDR_LAKE_QUERY' });
    await expect(acme.query('SELECT * FROM nope')).rejects.toMatchObject({
      code: 'MDR_LAKE_REFUSED',
      hint: expect.stringContaining('process'),
    });
    await expect(acme.query('SELECT * FROM events WHERE id = $1')).rejects.toMatchObject({ code: 'MDR_LAKE_QUERY' });
  });

  it('stop when nobody wants them any more, and the next one runs', async () => {
    const stop = new AbortController();
    const slow = acme.query('SELECT count(*) FROM range(100000000000) a', [], { signal: stop.signal });
    setTimeout(() => stop.abort(), 200);
    await expect(slow).rejects.toMatchObject({ code: 'MDR_LAKE_TIMEOUT' });
    expect((await acme.query('SELECT 1 AS one')).rows).toEqual([{ one: 1 }]);
  });
});

const recorded = sharedData('otrf');
describe.skipIf(!recorded)('recorded attacks (shared data)', async () => {
  const { root, lake } = await testLake();
  it('are found again, whole', async () => {
    const file = `${recorded}/windows-lateral_movement-covenant_sharpsc_create_dcerpc_smb_svcctl.jsonl.gz`;
    const lines = gunzipSync(readFileSync(file)).toString().split('\n').filter(Boolean);
    await writeParquet(
      root,
      'acme',
      lines.map((line) => event(line)),
    );
    const { rows } = await lake.forTenant('acme').query('SELECT original FROM events', [], { maxRows: 100_000 });
    expect(rows.map(({ original }) => original).sort()).toEqual([...lines].sort());
    const services = await lake
      .forTenant('acme')
      .query('SELECT DISTINCT service_name, file_path FROM service ORDER BY 1');
    expect(services.rows).toContainEqual({
      service_name: 'Cyb3rWard0g',
      file_path: 'C:\\Windows\\System32\\GruntHTTP2.exe',
    });
  });
});

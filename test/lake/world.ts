import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll } from 'vitest';
import { eventsJob } from '../../engine/ingest/batch.js';
import { loadFormats } from '../../engine/ingest/formats/index.js';
import { type Lake, openLake } from '../../engine/lake/index.js';
import { Journal } from '../../engine/lake/journal.js';
import { type Places, placesOf } from '../../engine/lake/places.js';
import { spool } from '../../engine/lake/spool.js';

export const NOON = Date.UTC(2026, 2, 4, 12);
export const DAY_MS = 24 * 3600_000;
export const formats = await loadFormats();

export interface TestLake {
  root: string;
  lake: Lake;
  places: Places;
  journal: Journal;
}

/** A lake of its own in a temporary folder, gone after the tests of the file. */
export async function testLake(tenant = 'acme'): Promise<TestLake> {
  const root = await mkdtemp(join(tmpdir(), 'mdr-lake-'));
  const lake = openLake(root);
  afterAll(async () => {
    lake.close();
    await rm(root, { recursive: true, force: true });
  });
  const places = placesOf(root, tenant);
  return { root, lake, places, journal: new Journal(places) };
}

/** A process that was started, as Sysmon tells it. */
export const processLine = (n: number, time = NOON, more: Record<string, unknown> = {}): string =>
  JSON.stringify({
    Channel: 'Microsoft-Windows-Sysmon/Operational',
    EventID: 1,
    '@timestamp': new Date(time + n).toISOString(),
    UtcTime: new Date(time + n).toISOString(),
    Hostname: `PC-${n % 7}`,
    Image: 'C:\\Windows\\System32\\cmd.exe',
    CommandLine: `cmd.exe /c echo ${n}`,
    ProcessGuid: `{00000000-0000-0000-0000-${String(n).padStart(12, '0')}}`,
    ProcessId: 1000 + n,
    ParentProcessId: 4,
    User: `CORP\\user${n % 5}`,
    ...more,
  });

export const connLine = (n: number, time = NOON): string =>
  JSON.stringify({
    _path: 'conn',
    ts: (time + n) / 1000,
    'id.orig_h': `10.0.0.${n % 250}`,
    'id.orig_p': 40000 + (n % 20000),
    'id.resp_h': '203.0.113.50',
    'id.resp_p': 443,
    proto: 'tcp',
    orig_bytes: 100,
    resp_bytes: 3_000_000_000,
  });

/** Spool lines as a batch that a door took. @returns its id */
export async function spoolLines(places: Places, lines: string[], place = '0', received = NOON): Promise<string> {
  const origin = { tenant: places.tenant, source: 'test', format: null, simulated: false };
  const { data, options } = await eventsJob(origin, lines, received, place);
  await spool(places, options.jobId, data);
  return options.jobId;
}

export const range = (from: number, until: number): number[] =>
  Array.from({ length: until - from }, (_, i) => from + i);

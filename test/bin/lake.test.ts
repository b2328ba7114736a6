import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { Command } from 'commander';
import { afterAll, beforeAll, expect, it, vi } from 'vitest';
import lakeCommands, { timeOf } from '../../bin/cli/lake.js';
import { writeParquet } from '../../engine/lake/bulk.js';
import { addTenant } from '../commands/world.js';
import { formats, NOON, processLine } from '../lake/world.js';
import { testEnv } from '../support/services.js';

let said: string[] = [];
let root: string;

beforeAll(async () => {
  root = await mkdtemp(join(tmpdir(), 'mdr-lake-cli-'));
  const { store, env } = await testEnv();
  for (const [name, value] of Object.entries({ ...env, MDR_LAKE: root })) vi.stubEnv(name, value);
  for (const write of ['log', 'error'] as const)
    vi.spyOn(console, write).mockImplementation((line) => said.push(String(line)));
  await addTenant(store, 'acme', 'Acme');
  const { format, parsed } = formats.recogniser().read(processLine(1), null, NOON);
  await writeParquet(root, 'acme', [
    { id: 'x', source: 's', format: format.name, simulated: false, parsed, original: processLine(1) },
  ]);
});
afterAll(async () => {
  vi.unstubAllEnvs();
  vi.restoreAllMocks();
  await rm(root, { recursive: true, force: true });
});

async function mdr(...args: string[]): Promise<string> {
  said = [];
  const program = new Command().exitOverride();
  lakeCommands(program);
  await program.parseAsync(['lake', ...args], { from: 'user' });
  return said.join('\n');
}

it('answers a query as NDJSON with times for people', async () => {
  const text = await mdr('query', 'acme', 'SELECT time, host_name, process_pid FROM process');
  expect(JSON.parse(text.split('\n')[0]!)).toEqual({
    time: new Date(NOON + 1).toISOString(),
    host_name: 'PC-1',
    process_pid: 1001,
  });
  expect(text).toContain('acme: 1 rows in');
  expect(await mdr('query', 'acme', 'SELECT id FROM events', '--until', '2026-03-01')).toMatch(/^acme: 0 rows/);
});

it('refuses what is not for it', async () => {
  await expect(mdr('query', 'nobody', 'SELECT 1')).rejects.toMatchObject({ code: 'MDR_TENANT_UNKNOWN' });
  await expect(mdr('query', 'acme', "COPY events TO 'x'")).rejects.toMatchObject({ code: 'MDR_LAKE_REFUSED' });
  await expect(mdr('query', 'acme', 'SELECT 1', '--rows', 'many')).rejects.toMatchObject({ code: 'MDR_CONFIG' });
  await expect(mdr('query', 'acme', 'SELECT 1', '--from', 'soon')).rejects.toMatchObject({ code: 'MDR_CONFIG' });
});

it('keeps and holds, and says so', async () => {
  await mdr('keep', 'acme', '90');
  await mdr('hold', 'acme', '--why', 'Smith v. Acme', '--from', '2026-01-01');
  const status = JSON.parse(await mdr('status', 'acme'));
  expect(status).toMatchObject({
    tenant: 'acme',
    keptDays: 90,
    events: 1,
    files: 1,
    waiting: 0,
    holds: [{ id: 'h1', why: 'Smith v. Acme' }],
  });
  await mdr('keep', 'acme', 'always');
  // Nobody at the server ends a hold: two people do, in chat.
  expect(JSON.parse(await mdr('status', 'acme'))).toMatchObject({ keptDays: null, holds: [{ id: 'h1' }] });
});

it('reads times as people write them', () => {
  expect(timeOf('24h', NOON)).toBe(NOON - 24 * 3600_000);
  expect(timeOf('2026-03-04', NOON)).toBe(Date.UTC(2026, 2, 4));
  for (const text of ['', '24', 'x', '-1h', '3']) expect(() => timeOf(text, NOON)).toThrow(/no time/);
});

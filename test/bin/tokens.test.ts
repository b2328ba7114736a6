import { Command } from 'commander';
import { afterEach, beforeEach, expect, it, vi } from 'vitest';
import { tokenCommands } from '../../bin/cli/tokens.js';
import { tokenChecker } from '../../engine/ingest/tokens.js';
import { addTenant } from '../ingest/parts.js';
import { testEnv } from '../support/services.js';

let said: string[];
let store: Awaited<ReturnType<typeof testEnv>>['store'];

beforeEach(async () => {
  const made = await testEnv();
  ({ store } = made);
  for (const [name, value] of Object.entries(made.env)) vi.stubEnv(name, value);
  said = [];
  vi.spyOn(console, 'log').mockImplementation((line) => said.push(String(line)));
  vi.spyOn(console, 'error').mockImplementation((line) => said.push(String(line)));
  await addTenant(store, 'acme');
  await addTenant(store, 'other');
});
afterEach(() => {
  vi.unstubAllEnvs();
  vi.restoreAllMocks();
});

async function mdr(...args: string[]): Promise<string[]> {
  said = [];
  const program = new Command().exitOverride();
  tokenCommands(program);
  await program.parseAsync(args, { from: 'user' });
  return said;
}

it('tokens are made with a quota, listed without giving them away, changed and ended by their short id', async () => {
  const [token] = await mdr('token', 'acme', '--source', 'fw', '--quota', '500/s,1MiB/day', '--days', '2');
  await mdr('token', 'acme');
  const listed = await mdr('tokens', 'acme');
  expect(listed).toHaveLength(2);
  expect(listed.join()).not.toContain(token!.slice(4));
  const [short, source, quota, expiry] = listed[0]!.split('\t');
  expect([source, quota, expiry]).toEqual(['fw', '500/s,1048576B/day', expect.stringMatching(/^expires \d{4}-/)]);
  expect(listed[1]).toMatch(/\t\*\tnone\tnever expires$/);
  const check = () => tokenChecker(store, Date.now)(`Bearer ${token}`);
  expect(await check()).toMatchObject({ quota: { eventsPerSecond: 500, bytesPerDay: 1048576 } });

  expect(await mdr('quota', 'acme', short!, '10/s')).toEqual([expect.stringContaining('may send 10/s')]);
  expect(await check()).toMatchObject({ quota: { eventsPerSecond: 10, bytesPerDay: null } });
  await expect(mdr('quota', 'other', short!, 'none')).rejects.toMatchObject({ code: 'MDR_CONFIG' });
  await expect(mdr('quota', 'acme', '.*......', 'none')).rejects.toMatchObject({ code: 'MDR_CONFIG' });
  await expect(mdr('quota', 'acme', short!, 'lots')).rejects.toMatchObject({ code: 'MDR_CONFIG' });
  await mdr('quota', 'acme', short!, 'none');
  expect(await check()).toMatchObject({ quota: null });

  await mdr('revoke', 'acme', short!);
  await expect(check()).rejects.toMatchObject({ code: 'MDR_TOKEN_BAD' });
  expect(await mdr('tokens', 'acme')).toHaveLength(1);
  expect(await mdr('tokens', 'other')).toEqual([expect.stringContaining('no tokens')]);
});

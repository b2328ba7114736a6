import { Command } from 'commander';
import { afterEach, beforeEach, expect, it, vi } from 'vitest';
import numbersCommand from '../../bin/cli/numbers.js';
import { addTenant, alertRecord } from '../commands/world.js';
import { testEnv } from '../support/services.js';

let said: string[];

beforeEach(async () => {
  const { store, env } = await testEnv();
  for (const [name, value] of Object.entries(env)) vi.stubEnv(name, value);
  said = [];
  vi.spyOn(console, 'log').mockImplementation((line) => said.push(String(line)));
  const acme = await addTenant(store, 'acme', 'Acme');
  const now = Date.now();
  await acme.alerts.insert(alertRecord(1, { created: now, updated: now, first: now - 120_000 }));
});
afterEach(() => {
  vi.unstubAllEnvs();
  vi.restoreAllMocks();
});

async function mdr(...args: string[]): Promise<string> {
  said = [];
  const program = new Command().exitOverride();
  numbersCommand(program);
  await program.parseAsync(['numbers', ...args], { from: 'user' });
  return said.join('\n');
}

it('prints the numbers of a period, as text and as JSON', async () => {
  expect(await mdr('acme', 'last', '7d')).toMatch(/To detect \(MTTD\) +2 min/);
  const found = JSON.parse(await mdr('acme', '--json'));
  expect(found).toMatchObject({ tenant: { id: 'acme' }, all: { opened: 1, open: 1, mttd: { mean: 120_000 } } });
  await expect(mdr('nobody')).rejects.toMatchObject({ code: 'MDR_TENANT_UNKNOWN' });
  await expect(mdr('acme', 'sometime')).rejects.toMatchObject({ code: 'MDR_PERIOD_BAD' });
});

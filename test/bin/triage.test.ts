import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { Command } from 'commander';
import { afterEach, beforeEach, expect, it, vi } from 'vitest';
import triageCommands from '../../bin/cli/triage.js';
import { WEIGHTS } from '../../engine/triage/weights.js';
import { close } from '../../engine/triage/work.js';
import { addTenant, alertRecord } from '../commands/world.js';
import { testEnv } from '../support/services.js';

let said: string[];
let folder: string;

beforeEach(async () => {
  folder = await mkdtemp(join(tmpdir(), 'mdr-triage-'));
  const { store, env } = await testEnv();
  for (const [name, value] of Object.entries(env)) vi.stubEnv(name, value);
  said = [];
  vi.spyOn(console, 'log').mockImplementation((line) => said.push(String(line)));
  const acme = await addTenant(store, 'acme', 'Acme');
  const now = Date.now();
  for (const number of [1, 2, 3])
    await acme.alerts.insert(alertRecord(number, { score: 60, level: 'high', created: now, updated: now }));
  const ana = { id: 'ana', name: 'Ana' };
  for (const number of [1, 2]) await close(acme, number, ana, () => now, 'false_positive');
  await acme.alerts.update({ number: 3 }, { $set: { title: 'Bell \u0007 and \u001b[31mred' } });
});
afterEach(async () => {
  vi.unstubAllEnvs();
  vi.restoreAllMocks();
  await rm(folder, { recursive: true, force: true });
});

async function mdr(...args: string[]): Promise<string> {
  said = [];
  const program = new Command().exitOverride();
  triageCommands(program);
  await program.parseAsync(['triage', ...args], { from: 'user' });
  return said.join('\n');
}

it('explains each part of a score, and what verdicts say of each rule; a title paints nothing', async () => {
  const text = await mdr('explain', 'acme', '#3');
  expect(text).toContain('Alert 3 of acme: Bell');
  // biome-ignore lint/suspicious/noControlCharactersInRegex: none of them may come through
  expect(text).not.toMatch(/[\u0000-\u0009\u000b-\u001f]/);
  expect(text).toMatch(/\+60 {2}the most serious rule in it is high\n/);
  // 4 of 4 + 2 + 2, in proportion to 4 of 6: 45 of 60.
  expect(text).toMatch(/-15 {2}LSASS memory read was real in 0 of 2 judged alerts here\n/);
  expect(text).toMatch(/50 % {2}LSASS memory read \(high\): 0 real, 0 benign, 2 false positive/);
  await expect(mdr('explain', 'acme', '99')).rejects.toMatchObject({ code: 'MDR_ALERT_UNKNOWN' });
  await expect(mdr('explain', 'nobody', '1')).rejects.toMatchObject({ code: 'MDR_TENANT_UNKNOWN' });
});

it('shows what other weights would have done, by what became of the alerts', async () => {
  const file = join(folder, 'weights.yaml');
  await writeFile(file, JSON.stringify({ ...WEIGHTS, levels: { ...WEIGHTS.levels, high: 20 } }));
  const text = await mdr('replay', 'acme', 'last', '2d', '--weights', file);
  expect(text).toMatch(/^3 alerts of acme, .*: 3 would be of another level\./);
  expect(text).toMatch(/false_positive +2 high {2}-> {2}2 low/);
  expect(text).toMatch(/open +1 high {2}-> {2}1 low/);
  expect(text).toMatch(/alert 1 {2}high 60 -> low 15/);
  await writeFile(file, 'levels: high');
  await expect(mdr('replay', 'acme', '--weights', file)).rejects.toMatchObject({ code: 'MDR_CONFIG' });
  await expect(mdr('replay', 'acme', 'tomorrow')).rejects.toMatchObject({ code: 'MDR_PERIOD_BAD' });
});

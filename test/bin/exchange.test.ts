import { existsSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { Command } from 'commander';
import { afterAll, afterEach, beforeAll, beforeEach, expect, it, vi } from 'vitest';
import api from '../../bin/cli/api.js';
import cases from '../../bin/cli/cases.js';
import review from '../../bin/cli/review.js';
import webhooks from '../../bin/cli/webhooks.js';
import { callerOf } from '../../engine/api/tokens.js';
import { openCase } from '../../engine/respond/case/open.js';
import type { Store, TenantStore } from '../../engine/store/index.js';
import { addPerson, addTenant, NOW } from '../commands/world.js';
import { testEnv } from '../support/services.js';

let said: string[];
let store: Store;
let acme: TenantStore;
let env: Record<string, string>;
const folder = mkdtempSync(join(tmpdir(), 'mdr-cli-'));

beforeAll(async () => {
  ({ store, env } = await testEnv());
  acme = await addTenant(store, 'acme', 'Acme');
  await addTenant(store, 'zeta', 'Zeta');
  await addPerson(store, 'ana', 'Ana Silva', [{ tenant: 'acme', role: 'analyst' }]);
  const by = { id: 'ana', name: 'Ana Silva' };
  const opening = {
    title: 'Stolen account',
    type: 'intrusion',
    severity: 'high',
    priority: 'P2',
    lead: by,
    reason: '',
  } as const;
  await openCase(acme, { by, clock: () => NOW, request: 'r1' }, opening);
});
beforeEach(() => {
  for (const [name, value] of Object.entries({ ...env, MDR_SECRET_KEY: 'k'.repeat(32) })) vi.stubEnv(name, value);
  vi.spyOn(console, 'log').mockImplementation((line) => said.push(String(line)));
  vi.spyOn(console, 'error').mockImplementation((line) => said.push(String(line)));
});
afterEach(() => {
  vi.unstubAllEnvs();
  vi.restoreAllMocks();
});
afterAll(() => rmSync(folder, { recursive: true }));

async function mdr(line: string): Promise<string[]> {
  said = [];
  const program = new Command().exitOverride();
  for (const add of [api, cases, review, webhooks]) add(program);
  await program.parseAsync(line.split(' '), { from: 'user' });
  return said;
}

it('mdr api: tokens are shown once, listed without giving them away, and revoked', async () => {
  const [token] = await mdr('api token soar --tenant acme --scope cases:read --side provider --role responder');
  expect(await callerOf(store, `Bearer ${token}`, Date.now)).toMatchObject({
    person: { name: 'soar (API)', side: 'provider' },
  });
  await mdr('api token own --tenant acme --scope cases:read,cases:write --person ana');
  const listed = await mdr('api tokens');
  expect(listed.join('\n')).not.toContain(token!.slice(7));
  expect(listed[0]).toMatch(/^[0-9a-f]{12}\tsoar\tprovider responder\tacme\tcases:read\tgood$/);
  for (const bad of [
    '--tenant zeta --scope cases:read --person ana',
    '--tenant acme --scope all',
    '--tenant * --scope cases:read',
    '--tenant acme --scope cases:read --role king',
    '--tenant acme --scope cases:read --days 0',
  ])
    await expect(mdr(`api token x ${bad}`), bad).rejects.toMatchObject({ code: expect.stringMatching(/^MDR_/) });
  await mdr(`api revoke ${listed[0]!.slice(0, 12)}`);
  await expect(callerOf(store, `Bearer ${token}`, Date.now)).rejects.toMatchObject({ code: 'MDR_TOKEN_BAD' });
  await expect(mdr('api revoke .*')).rejects.toMatchObject({ code: 'MDR_COMMAND_USAGE' });
});

it('mdr webhooks: are added with a secret, listed, rotated and taken off', async () => {
  const [secret] = await mdr(
    'webhooks add acme soar https://soar.example.org/x --events case.*,alert.closed --lane provider',
  );
  expect(secret).toMatch(/^whsec_/);
  expect((await mdr('webhooks list acme'))[0]).toBe(
    'soar\ton\tprovider\tcase.*,alert.closed\thttps://soar.example.org/x\t0 wait\t0 taken\t0 dead',
  );
  const [other] = await mdr('webhooks rotate acme soar');
  expect(other).not.toBe(secret);
  await mdr('webhooks off acme soar');
  expect((await mdr('webhooks list acme'))[0]).toContain('\toff\t');
  expect(JSON.stringify(await acme.webhooks.find())).not.toContain(other!.slice(6));
  await mdr('webhooks remove acme soar');
  expect(await mdr('webhooks list acme')).toEqual([]);
  await expect(mdr('webhooks add acme soar https://10.0.0.1/')).rejects.toMatchObject({ code: 'MDR_NOTIFY_URL' });
  await expect(mdr('webhooks dead zeta soar')).resolves.toEqual([]);
});

it('mdr cases: out of one tenant and into another, once', async () => {
  const file = join(folder, 'case.json');
  await mdr(`cases export acme 1 --out ${file}`);
  expect(JSON.parse(readFileSync(file, 'utf8'))).toMatchObject({
    format: 'mdr-case',
    case: { title: 'Stolen account' },
  });
  expect(await mdr(`cases import zeta ${file}`)).toEqual(['case 1']);
  expect(await mdr(`cases import zeta ${file}`)).toEqual(['it is case 1 already']);
  expect(await (await store.forTenant('zeta')).cases.findOne({ number: 1 })).toMatchObject({ title: 'Stolen account' });
  writeFileSync(file, '{');
  await expect(mdr(`cases import zeta ${file}`)).rejects.toMatchObject({ code: 'MDR_IMPORT_BAD' });
  await expect(mdr(`cases export acme 1 --out ${file}`)).rejects.toMatchObject({ code: 'MDR_FILE_UNREADABLE' });
  await expect(mdr('cases export acme 9')).rejects.toMatchObject({ code: 'MDR_CASE_UNKNOWN' });
});

it('mdr review: writes the report, and an accepted proposal where playbooks are', async () => {
  const out = join(folder, 'report.md');
  await mdr(`review report acme 1 --format markdown --out ${out}`);
  expect(readFileSync(out, 'utf8')).toContain('# Post-incident report: case 1, Stolen account');
  const after =
    'id: small\nname: S\nuse: part\nsummary: S.\nsteps:\n  - { id: a, type: manual, title: A, do: D, doneWhen: W }\n';
  const lesson = {
    case: 1,
    playbook: 'small',
    version: null,
    after,
    diff: '+x\n',
    reasons: [],
    left: [],
    by: { id: 'ana', name: 'Ana' },
  };
  await acme.lessons.insert({ _id: 'l1', number: 1, ...lesson, state: 'open', created: NOW, revision: 1 });
  await expect(mdr(`review apply acme L1 --folder ${folder}`)).rejects.toMatchObject({ code: 'MDR_LESSON_STATE' });
  expect(existsSync(join(folder, 'small.yaml'))).toBe(false);
  await acme.lessons.update({ number: 1 }, { $set: { state: 'accepted' } });
  for (let i = 0; i < 2; i++) await mdr(`review apply acme L1 --folder ${folder}`);
  expect(readFileSync(join(folder, 'small.yaml'), 'utf8')).toBe(after);
  expect((await mdr('review list acme'))[0]).toBe('L1\tsmall\taccepted\tcase 1\t0 changes');
  expect((await acme.lessons.findOne({ number: 1 }))!.applied).toMatchObject({ by: 'operator' });
});

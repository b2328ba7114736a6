import { randomBytes } from 'node:crypto';
import { mkdtemp, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { Command } from 'commander';
import { afterAll, afterEach, expect, it, vi } from 'vitest';
import audit from '../../bin/cli/audit.js';
import evidence from '../../bin/cli/evidence.js';
import { AUDIT } from '../../engine/audit/log.js';
import { newCase, SECRET } from '../breach/evidence/world.js';
import { addTenant } from '../commands/world.js';
import { testEnv } from '../support/services.js';

const { store, env } = await testEnv();
for (const [name, value] of Object.entries({ ...env, MDR_SECRET_KEY: SECRET })) vi.stubEnv(name, value);
const acme = await addTenant(store, 'acme', 'Acme');
const of = String(await newCase(acme));
const folder = await mkdtemp(join(tmpdir(), 'mdr-cli-'));
afterAll(async () => {
  vi.unstubAllEnvs();
  await rm(folder, { recursive: true, force: true });
});
afterEach(() => {
  process.exitCode = undefined;
});

async function mdr(...args: string[]): Promise<string> {
  const lines: string[] = [];
  const out = vi.spyOn(console, 'log').mockImplementation((line: string) => void lines.push(line));
  const say = vi.spyOn(console, 'error').mockImplementation(() => {});
  try {
    const program = new Command().exitOverride();
    evidence(program);
    audit(program);
    await program.parseAsync(['node', 'mdr', ...args]);
  } finally {
    out.mockRestore();
    say.mockRestore();
  }
  return lines.join('\n');
}

it('takes a file in, exports it, and checks the export without the database', async () => {
  const file = join(folder, 'disk.img');
  await writeFile(file, randomBytes(300_000));
  const why = ['--case', of, '--how', 'dd 9.4', '--why', 'first host'];
  const kept = JSON.parse(await mdr('evidence', 'add', 'acme', file, ...why));
  expect(kept).toMatchObject({ item: 'EV1', size: 300_000 });
  expect(JSON.parse(await mdr('evidence', 'add', 'acme', file, ...why))).toEqual(kept);
  await expect(mdr('evidence', 'add', 'acme', join(folder, 'nothing'), ...why)).rejects.toMatchObject({
    code: 'MDR_FILE_UNREADABLE',
  });

  const zip = join(folder, 'case.zip');
  await mdr('evidence', 'export', 'acme', '--case', of, '--to', zip, '--why', 'the court asks');
  await expect(mdr('evidence', 'export', 'acme', '--case', of, '--to', zip, '--why', 'again')).rejects.toMatchObject({
    code: 'MDR_FILE_UNREADABLE',
  });
  const pem = join(folder, 'provider.pem');
  await writeFile(pem, await mdr('evidence', 'key'));

  // Nothing of ours can be reached from here on.
  vi.stubEnv('MONGODB_URI', 'mongodb://127.0.0.1:1');
  vi.stubEnv('REDIS_URL', 'redis://127.0.0.1:1');
  expect(await mdr('evidence', 'verify', zip, '--key', pem)).toContain('whole: ');
  expect(process.exitCode).toBeUndefined();
  const bytes = await readFile(zip);
  bytes[5000]! ^= 1;
  await writeFile(zip, bytes);
  expect(await mdr('evidence', 'verify', zip, '--key', pem)).toContain('NOT RIGHT\tevidence/EV1/disk.img');
  expect(process.exitCode).toBe(1);
  for (const name of ['MONGODB_URI', 'REDIS_URL'] as const) vi.stubEnv(name, env[name]!);
});

it('checks the audit log, names the place, and says whose hand it was', async () => {
  const at = Date.now();
  // What was done a moment ago settles first.
  await store.auditSpool.collection.updateMany({ at: { $gt: at - 60_000 } }, { $set: { at: at - 60_000 } });
  expect(await mdr('audit', 'verify', 'acme')).toMatch(/^acme\twhole\t\d+ entries/);
  const entries = (await mdr('audit', 'list', 'acme')).split('\n').map((line) => JSON.parse(line));
  expect(entries.find(({ body }) => body.collection === 'evidence_items')!.body.by.id).toMatch(/^operator:/);
  const raw = store.connection.collection('chain_entries');
  await raw.deleteOne({ tenant: 'acme', chain: AUDIT, seq: 2 });
  expect(await mdr('audit', 'verify', 'acme')).toContain('NOT RIGHT\tacme\taudit: entry 2 is missing');
  expect(process.exitCode).toBe(1);
});

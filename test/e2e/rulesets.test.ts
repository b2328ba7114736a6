import { execFile } from 'node:child_process';
import { readFileSync, rmSync, symlinkSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { eventsJob } from '../../engine/ingest/batch.js';
import type { Queues } from '../../engine/queues.js';
import { projectRoot } from '../../engine/root.js';
import type { Store, TenantStore } from '../../engine/store/index.js';
import { addTenant } from '../commands/world.js';
import { commitAll, fill, folderOf, hasGit, idOfRule, ruleText } from '../detect/rulesets/support.js';
import { type Part, startPart } from '../support/parts.js';
import { testEnv } from '../support/services.js';
import { until } from './harness.js';

let store: Store;
let queues: Queues;
let env: Record<string, string>;
let acme: TenantStore;
let worker: Part;
let sent = 0;

beforeAll(async () => {
  ({ store, queues, env } = await testEnv());
  acme = await addTenant(store, 'acme', 'Acme');
  worker = await startPart('worker', env);
});
afterAll(async () => {
  await worker?.kill();
});

interface Ran {
  code: number;
  stdout: string;
  stderr: string;
}
const mdr = (...args: string[]): Promise<Ran> =>
  new Promise((resolve) => {
    execFile(
      process.execPath,
      ['--import', 'tsx', join(projectRoot, 'bin/mdr.ts'), 'rules', ...args],
      { cwd: projectRoot, env: { ...process.env, ...env, MDR_LOG: 'error' } },
      (error, stdout, stderr) => resolve({ code: error ? Number(error.code) : 0, stdout, stderr }),
    );
  });

const line = (command: string) =>
  JSON.stringify({
    '@timestamp': new Date().toISOString(),
    Channel: 'Microsoft-Windows-Sysmon/Operational',
    EventID: 1,
    RecordNumber: ++sent,
    Hostname: `ws${sent}`,
    CommandLine: command,
  });
/** Send an event; gives the rules of the set that found it, once the worker has looked at it. */
async function foundBy(command: string): Promise<number[]> {
  const text = line(`${command} vssadmin delete shadows /all /quiet`);
  const { data, options } = await eventsJob(
    { tenant: 'acme', source: 's', format: null, simulated: false },
    [text],
    Date.now(),
    `${sent}`,
  );
  await queues.add('events', data, options);
  await until('the batch', async () => (await queues.queue('events').getJobCountByTypes('waiting', 'active')) === 0);
  const found = await acme.detections.find({ 'event.original': text });
  return found
    .map(({ rule }) => Number(rule.id.slice(0, 8)))
    .filter((n) => n > 0 && n < 100)
    .sort();
}
const runs = (wanted: string) =>
  until(`the worker to run ${wanted}`, async () => (await mdr('versions')).stdout.includes(`sets: ${wanted}`));

describe.skipIf(!hasGit)('a rule set while a worker runs (skipped without git)', () => {
  const repository = folderOf({ 'rules/1.yml': ruleText(1, 'alpha'), 'rules/2.yml': ruleText(2, 'beta') });
  const url = `file://${repository}`;

  it('is imported from git, tried, activated, changed, compared and rolled back', async () => {
    const first = commitAll(repository);
    const v1 = await mdr('import', url, '--name', 'team', '--path', 'rules');
    expect(v1.stdout, v1.stderr).toContain('team version 1: 2 rules, 0 left out');
    expect(v1.stdout).toContain('not active yet: mdr rules activate team 1');
    expect(await foundBy('alpha')).toEqual([]);
    expect((await mdr('activate', 'team')).stdout).toContain('team version 1 is active');
    await runs('team@1');
    expect(await foundBy('alpha beta')).toEqual([1, 2]);

    fill(repository, { 'rules/2.yml': ruleText(2, 'gamma'), 'rules/3.yml': ruleText(3, 'delta') });
    rmSync(join(repository, 'rules/1.yml'));
    commitAll(repository);
    const log = join(folderOf({}), 'recent.ndjson');
    writeFileSync(log, `${line('delta')}\n${line('gamma')}\n${line('delta')}\n`);
    const v2 = await mdr('import', url, '--name', 'team', '--path', 'rules', '--log', log);
    for (const part of [
      'team version 2: 2 rules',
      'version 1 → 2: 1 added, 1 changed, 1 removed, 0 as before',
      '+ Rule 3',
      '~ Rule 2',
      'detection',
      '- Rule 1',
    ])
      expect(v2.stdout, v2.stderr).toContain(part);
    expect(v2.stdout).toMatch(/dry run of the added and changed rules on \d+ events/);
    expect(v2.stdout).toMatch(/high +2 +2\.0 +2 +Rule 3/);
    expect((await mdr('diff', 'team', '1', '2')).stdout).toContain('1 added, 1 changed, 1 removed');

    await mdr('activate', 'team', '2');
    await runs('team@2');
    expect(await foundBy('alpha beta gamma delta')).toEqual([2, 3]);
    expect((await mdr('rollback', 'team')).stdout).toContain('team version 1 is active again');
    await runs('team@1');
    expect(await foundBy('alpha beta gamma delta')).toEqual([1, 2]);
    const versions = (await mdr('versions', 'team')).stdout;
    expect(versions).toContain(first.slice(0, 10));
    expect(versions).toMatch(/rolled back 1/);
    expect(await store.rules.countDocuments({ pack: 'team', id: idOfRule(1) })).toBe(1);
    expect(
      await until('our own pack in the catalogue', () => store.rules.countDocuments({ pack: 'mdr' })),
    ).toBeGreaterThan(70);
    expect(worker.child.exitCode).toBeNull();
  }, 180_000);

  it.each([
    '--upload-pack=touch /tmp/mdr-was-here',
    'ext::sh -c touch% /tmp/mdr-was-here',
    'http://example.org/x.git',
    'ssh://-oProxyCommand=x/y',
  ])(
    'refuses the source %s',
    async (source) => {
      const { code, stdout, stderr } = await mdr('import', '--', source);
      expect(code).not.toBe(0);
      expect(stderr).toMatch(/MDR_(RULESET_BAD|FILE_UNREADABLE)/);
      expect(stdout).toBe('');
    },
    60_000,
  );
});

describe('rules on the command line', () => {
  it('checks, with file, line and reason, for people and for scripts', async () => {
    const folder = folderOf({
      'good.yml': ruleText(1, 'a'),
      'bad.yml': ruleText(2, 'b').replace('contains', 'resembles'),
    });
    symlinkSync('/etc/passwd', join(folder, 'passwd.yml'));
    const people = await mdr('check', folder, '--errors');
    expect(people.code).toBe(1);
    expect(people.stdout).toMatch(/bad\.yml:7: error \[unsupported\] .*resembles/);
    expect(people.stdout).toContain('passwd.yml:1: error [syntax] a symbolic link is not followed');
    const script = await mdr('check', folder, '--json');
    const findings = script.stdout
      .trim()
      .split('\n')
      .map((text) => JSON.parse(text));
    expect(findings).toContainEqual(expect.objectContaining({ file: 'bad.yml', line: 7, severity: 'error' }));
    expect(findings).toContainEqual(
      expect.objectContaining({ file: 'good.yml', severity: 'warning', check: 'no-date' }),
    );
  }, 60_000);

  it('writes coverage of what a tenant runs', async () => {
    const out = join(folderOf({}), 'layer.json');
    const { code, stdout, stderr } = await mdr('coverage', '--out', out, '--tenant', 'acme');
    expect(code, stderr).toBe(0);
    expect(stdout).toMatch(/credential-access +\d+ +\d+/);
    expect(JSON.parse(readFileSync(out, 'utf8'))).toMatchObject({
      domain: 'enterprise-attack',
      versions: { layer: '4.5' },
    });
    expect((await mdr('coverage', '--tenant', 'nobody')).stderr).toContain('MDR_TENANT_UNKNOWN');
  }, 60_000);
});

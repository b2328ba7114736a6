import { execFile } from 'node:child_process';
import { mkdtemp, readFile, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { promisify } from 'node:util';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { eventsJob } from '../../engine/ingest/batch.js';
import { projectRoot } from '../../engine/root.js';
import type { TenantStore } from '../../engine/store/index.js';
import { acknowledge, close } from '../../engine/triage/work.js';
import { addTenant } from '../commands/world.js';
import { type Part, startPart } from '../support/parts.js';
import { testEnv } from '../support/services.js';
import { until } from './harness.js';

const DAY = 24 * 3600 * 1000;
const BY = { id: 'ana', name: 'Ana Silva' };

let folder: string;
let env: Record<string, string>;
let worker: Part;
let acme: TenantStore;

const mdr = (...args: string[]) =>
  promisify(execFile)(process.execPath, ['--import', 'tsx', join(projectRoot, 'bin/mdr.ts'), ...args], {
    cwd: projectRoot,
    env: { ...process.env, ...env, MDR_LOG: 'error' },
  });
/** A Windows Security record as NXLog sends it, of so many days ago. */
const record = (id: number, daysAgo: number) =>
  JSON.stringify({
    '@timestamp': new Date(Date.now() - daysAgo * DAY).toISOString(),
    Hostname: 'dc-01.corp.example',
    Channel: 'Security',
    SourceName: 'Microsoft-Windows-Eventlog',
    EventID: id,
    RecordNumber: 100 + daysAgo,
    SubjectUserName: 'svc-backup',
    SubjectDomainName: 'CORP',
  });

beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), 'mdr-compliance-'));
  const { store, queues, env: own } = await testEnv();
  env = own;
  acme = await addTenant(store, 'acme', 'Acme');
  worker = await startPart('worker', env);
  const lines = [record(1102, 1), record(4608, 1), record(4608, 3)];
  const origin = { tenant: 'acme', source: 'dc', format: null, simulated: false };
  const job = await eventsJob(origin, lines, Date.now(), 'a');
  await queues.add('events', job.data, job.options);
  await until('the alert', async () => (await acme.alerts.count()) === 1);
}, 60_000);
afterAll(async () => {
  await worker?.stop();
  await rm(folder, { recursive: true, force: true });
});

describe('mdr compliance', () => {
  it('lists frameworks, and refuses what it does not know', async () => {
    expect((await mdr('compliance')).stdout).toMatch(/^pci-dss\tPCI DSS 4\.0\.1$/m);
    await expect(mdr('compliance', 'acme', 'gdpr-77')).rejects.toMatchObject({
      stderr: expect.stringContaining('MDR_FRAMEWORK_UNKNOWN'),
    });
    await expect(mdr('compliance', 'nobody', 'pci-dss')).rejects.toMatchObject({
      stderr: expect.stringContaining('MDR_TENANT_UNKNOWN'),
    });
  }, 120_000);

  it('writes what the logs that went the whole road show, and what a person did about it', async () => {
    await acknowledge(acme, 1, BY, Date.now);
    await close(acme, 1, BY, Date.now, 'benign', 'image prepared');
    const file = join(folder, 'report.md');
    await mdr('compliance', 'acme', 'pci-dss', 'last', '4d', '--out', file);
    const text = await readFile(file, 'utf8');
    expect(text).toMatch(/\| windows\/security \| dc \| 3 \| 2 \| 2: /);
    const section = text.split('### 10.3.2 ')[1]!.split('### ')[0]!;
    expect(section).toMatch(/\| Security log cleared \| high \| yes \| 1 \| 0 \|/);
    expect(section).toMatch(
      /\| \\#1 \| \w+ \| Security log cleared on dc-01.* \| Ana Silva, .* \| closed as benign by Ana Silva/,
    );
  }, 120_000);

  it('writes a page for the printer when the file is named so', async () => {
    const file = join(folder, 'report.html');
    await mdr('compliance', 'acme', 'hipaa', '--out', file);
    expect(await readFile(file, 'utf8')).toMatch(/^<!doctype html>[\s\S]*164\.312\(b\) Audit controls/);
  }, 120_000);
});

import { execFile } from 'node:child_process';
import { mkdtemp, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { parse } from 'yaml';
import { troublesOfWays } from '../../engine/notify/ready.js';
import { openSecrets } from '../../engine/notify/secrets.js';
import { projectRoot } from '../../engine/root.js';
import type { Store } from '../../engine/store/index.js';
import { addPerson, addTenant, alertRecord } from '../commands/world.js';
import { testEnv } from '../support/services.js';

const KEY = 'a key of at least thirty-two characters';
let folder: string;
let store: Store;
let env: NodeJS.ProcessEnv;

beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), 'mdr-notify-'));
  const services = await testEnv();
  store = services.store;
  env = { ...process.env, ...services.env, MDR_LOG: 'error', MDR_SECRET_KEY: KEY };
  await addTenant(store, 'acme', 'Acme', [{ surface: 'slack', channel: 'C0123456789', lane: 'provider' }]);
  for (const id of ['ana', 'bo']) await addPerson(store, id, id, [{ tenant: 'acme', role: 'analyst' }]);
});
afterAll(() => rm(folder, { recursive: true, force: true }));

function mdr(args: string[], stdin = ''): Promise<{ code: number; stdout: string; stderr: string }> {
  const file = join(projectRoot, 'bin/mdr.ts');
  return new Promise((resolve) => {
    const child = execFile(
      process.execPath,
      ['--import', 'tsx', file, 'notify', ...args],
      { cwd: projectRoot, env },
      (error, stdout, stderr) => resolve({ code: error ? Number(error.code) : 0, stdout, stderr }),
    );
    child.stdin!.end(stdin);
  });
}
const file = async (name: string, content: string) => {
  await writeFile(join(folder, name), content);
  return join(folder, name);
};
const troublesOfWaysNow = async (key: string) => troublesOfWays(await store.forTenant('acme'), openSecrets(key), []);
const policy = async () => (await store.forTenant('acme')).tenant.notify?.policy ?? undefined;

describe('mdr notify', { timeout: 120_000 }, () => {
  it('takes the example of the documentation, once its secrets are there, and gives it back', async () => {
    const docs = await readFile(join(projectRoot, 'docs/notification.md'), 'utf8');
    const example = await file('policy.yaml', /```yaml\n([\s\S]+?)```/.exec(docs)![1]!);
    const missing = await mdr(['load', 'acme', example]);
    expect(missing.code).toBe(1);
    expect(missing.stderr).toMatch(/MDR_POLICY: .*ways\.pagerduty\.secret: .*mdr notify secret acme pd-routing-key/);
    expect(await policy()).toBeUndefined();

    for (const name of ['pd-routing-key', 'pager-hook-key'])
      expect(await mdr(['secret', 'acme', name], 'R0UTING\n')).toMatchObject({
        code: 0,
        stdout: expect.not.stringContaining('R0UTING'),
      });
    expect(await openSecrets(KEY).read(await store.forTenant('acme'), 'pd-routing-key')).toBe('R0UTING');

    const created = Date.now() - 3_600_000;
    await (await store.forTenant('acme')).alerts.insert(alertRecord(1, { level: 'critical', score: 95, created }));
    const dry = await mdr(['load', 'acme', example, '--dry-run', '--preview', '24']);
    expect(dry).toMatchObject({ code: 0, stdout: expect.stringContaining('Nothing was changed.') });
    for (const part of [
      'Score 90 and above: at once',
      'ana after 5 min, then bo after 15 min',
      'For the 1 alerts',
      '1 × call: ana',
    ])
      expect(dry.stdout).toContain(part);
    expect(await policy()).toBeUndefined();

    expect((await mdr(['load', 'acme', example])).code).toBe(0);
    const check = (key: string) => troublesOfWaysNow(key).then((found) => found.map(({ way }) => way));
    expect(await check(KEY)).toEqual([]);
    expect(await check(`${KEY} of somebody else`)).toEqual(['pagerduty', 'pager-hook']);
    const shown = parse((await mdr(['show', 'acme'])).stdout);
    expect(shown).toEqual(await policy());
    const again = await file('again.yaml', JSON.stringify(shown));
    expect((await mdr(['load', 'acme', again])).code).toBe(0);

    expect((await mdr(['reset', 'acme'])).code).toBe(0);
    expect(await policy()).toBeUndefined();
  });

  it('says what is wrong with a file, and where', async () => {
    const cases: [string, RegExp][] = [
      ['rules: [', /MDR_POLICY: .* is not YAML/],
      ['rules:\n  - levels: [high]\n    send: sometimes\n', /MDR_POLICY: .*rules\[0\]\.send/],
      [
        'rules: [{levels: [informational, low, medium, high, critical], send: at once}]\nways: {x: {kind: webhook, url: "http://10.0.0.1/", secret: pd-routing-key}}\n',
        /ways\.x\.url: .*not https/,
      ],
      ['a: &a [1]\nb: [*a,*a,*a,*a,*a,*a,*a,*a,*a,*a,*a,*a,*a,*a,*a,*a,*a,*a,*a,*a,*a,*a]', /MDR_POLICY/],
    ];
    for (const [i, [content, expected]] of cases.entries()) {
      const { code, stderr } = await mdr(['load', 'acme', await file(`bad${i}.yaml`, content)]);
      expect(code).toBe(1);
      expect(stderr).toMatch(expected);
    }
    expect((await mdr(['load', 'nobody', await file('x.yaml', 'rules: []')])).stderr).toContain('MDR_TENANT_UNKNOWN');
    expect((await mdr(['load', 'acme', join(folder, 'none.yaml')])).stderr).toContain('MDR_FILE_UNREADABLE');
    expect((await mdr(['secret', 'acme', 'Not A Name'], 'x')).stderr).toContain('MDR_CONFIG');
  });
});

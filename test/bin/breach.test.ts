import { execFile } from 'node:child_process';
import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { projectRoot } from '../../engine/root.js';

let folder: string;
beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), 'mdr-breach-'));
  await writeFile(
    join(folder, 'p.yaml'),
    'name: Acme\nzone: Europe/Berlin\njurisdictions: [DE]\nroles: [controller]\n',
  );
  await writeFile(join(folder, 'f.yaml'), 'facts: { personal_data: yes, aware: "2026-03-27T22:00+01:00" }\n');
});
afterAll(() => rm(folder, { recursive: true, force: true }));

const mdr = (...args: string[]): Promise<{ code: number; stdout: string; stderr: string }> =>
  new Promise((resolve) => {
    execFile(
      process.execPath,
      ['--import', 'tsx', join(projectRoot, 'bin/mdr.ts'), 'breach', ...args],
      { cwd: projectRoot, maxBuffer: 1 << 24 },
      (error, stdout, stderr) => resolve({ code: error ? Number(error.code) : 0, stdout, stderr }),
    );
  });
const files = () => ['--profile', join(folder, 'p.yaml'), '--facts', join(folder, 'f.yaml')];

describe('mdr breach duties', () => {
  it('prints a table with due times, basis and source, and asks for counsel', async () => {
    const { code, stdout } = await mdr('duties', ...files(), '--now', '2026-03-28T12:00Z');
    expect(code).toBe(0);
    expect(stdout).toMatch(/^eu\.gdpr\.33 +running +Mon 2026-03-30 23:00 \+02:00 +customer/m);
    expect(stdout).toContain('72 h after Fri 2026-03-27 22:00 +01:00');
    expect(stdout).toContain('Check with counsel');
  });

  it('prints JSON, and with --all what is not owed and why', async () => {
    const { stdout } = await mdr('duties', ...files(), '--now', '2026-03-31T12:00Z', '--json');
    const { duties, out, counsel } = JSON.parse(stdout);
    expect(duties.find(({ id }: { id: string }) => id === 'eu.gdpr.33')).toMatchObject({
      ...{ state: 'missed', due: '2026-03-30T21:00:00.000Z', law: expect.stringContaining('Article 33(1)') },
      sources: expect.arrayContaining([expect.stringContaining('article-33')]),
    });
    expect(out.find(({ rule }: { rule: string }) => rule === 'us.circia').because).toContain('proposal');
    expect(counsel).toContain('Check with counsel');
  });

  it('refuses a fact that there is not, and a file that there is not, with exit code 1', async () => {
    const odd = join(folder, 'odd.yaml');
    await writeFile(odd, 'facts: { nonsense: yes }\n');
    expect(await mdr('duties', '--facts', odd)).toMatchObject({
      code: 1,
      stderr: expect.stringContaining('MDR_BREACH_BAD'),
    });
    expect(await mdr('duties', '--facts', join(folder, 'none.yaml'))).toMatchObject({
      code: 1,
      stderr: expect.stringContaining('MDR_FILE_UNREADABLE'),
    });
  });
});

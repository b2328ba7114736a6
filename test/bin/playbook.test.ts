import { execFile } from 'node:child_process';
import { mkdtemp, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { projectRoot } from '../../engine/root.js';

let folder: string;
beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), 'mdr-playbook-'));
});
afterAll(() => rm(folder, { recursive: true, force: true }));

function mdr(...args: string[]): Promise<{ code: number; stdout: string; stderr: string }> {
  return new Promise((resolve) => {
    execFile(
      process.execPath,
      ['--import', 'tsx', join(projectRoot, 'bin/mdr.ts'), 'playbook', ...args],
      { cwd: projectRoot, maxBuffer: 1 << 24 },
      (error, stdout, stderr) => resolve({ code: error ? Number(error.code) : 0, stdout, stderr }),
    );
  });
}

describe('mdr playbook', () => {
  it('check: says file, line and what to do, and exits 1', async () => {
    const file = join(folder, 'odd.yaml');
    await writeFile(
      file,
      'id: odd\nname: "\\e[31mOdd"\nuse: part\nsummary: S\nsteps:\n  - { id: a, type: action, title: T, action: explode }\n',
    );
    const bad = await mdr('check', file);
    expect(bad.code).toBe(1);
    expect(bad.stdout).toMatch(/odd\.yaml:6: MDR_PLAYBOOK_BAD: "a": there is no action "explode"\. Actions: /);
    const good = await mdr('check');
    expect(good).toMatchObject({ code: 0, stdout: '', stderr: expect.stringMatching(/\d+ playbooks, 0 problems/) });
    expect((await mdr('check', join(folder, 'gone.yaml'))).stderr).toContain('MDR_FILE_UNREADABLE');
    // Nothing in a file reaches the terminal as more than text.
    expect((await mdr('show', file)).stdout).not.toContain('\u001b');
  });

  it('show: the list, and one as people read it', async () => {
    const { stdout } = await mdr('show');
    expect(stdout).toMatch(/^ransomware\tincident\tRansomware\t/m);
    const one = await mdr('show', 'phishing');
    expect(one.stdout).toMatch(/^# Phishing\n/);
    expect(one.stdout).toMatch(/Done when: /);
    expect((await mdr('show', 'nothing')).stderr).toMatch(
      /MDR_PLAYBOOK_UNKNOWN: There is no playbook "nothing"\. Playbooks: account-takeover, /,
    );
  });

  it('run --dry: the steps as they would go with these inputs', async () => {
    const inputs = ['--input', 'message=<a@b>', '--input', 'domains=evil.example'];
    const { code, stdout } = await mdr('run', 'phishing', '--dry', ...inputs, '--answer', 'lists.entered=carla,ben');
    expect(code).toBe(0);
    expect(stdout).toMatch(/approve +pull +Take the message out of all mailboxes/);
    expect(stdout).toMatch(/act +pull .*quarantine-message {"message":"<a@b>"/);
    expect(stdout).toMatch(/each-user\[1\]\/account\/disable +Disable ben/);
    expect(stdout).toMatch(/ended .*completed/);
    expect(await mdr('run', 'phishing', ...inputs)).toMatchObject({
      code: 1,
      stderr: expect.stringContaining('Add --dry'),
    });
    expect((await mdr('run', 'phishing', '--dry')).stderr).toMatch(
      /MDR_PLAYBOOK_INPUT: The input "message" is missing\./,
    );
  });

  it('new, diff, export and import: a playbook on its way', async () => {
    const first = join(folder, 'my-thing.yaml');
    expect((await mdr('new', 'my-thing', '--out', first)).code).toBe(0);
    expect(await mdr('check', first)).toMatchObject({ code: 0, stdout: '' });
    expect((await mdr('new', 'my-thing', '--out', first)).stderr).toContain('not there yet');
    expect((await mdr('new', 'My Thing')).stderr).toContain('is no id');
    const second = join(folder, 'changed.yaml');
    const text = await readFile(first, 'utf8');
    await writeFile(
      second,
      text.replace('timeout: 1h', 'timeout: 2h').replace('summary: >-\n', 'summary: >-\n  New. '),
    );
    const { stdout } = await mdr('diff', first, second);
    expect(stdout.trim().split('\n')).toEqual([
      'changed\tplaybook\tsummary\tsummary\tsummary',
      'changed\tstep\tlook\ttimeout\tWhat happened?',
    ]);
    const json = join(folder, 'my-thing.json');
    expect((await mdr('export', first, '--out', json)).code).toBe(0);
    expect(JSON.parse(await readFile(json, 'utf8'))).toMatchObject({ type: 'playbook', spec_version: 'cacao-2.0' });
    const back = join(folder, 'back.yaml');
    expect((await mdr('import', json, '--out', back)).code).toBe(0);
    expect((await mdr('diff', first, back)).stdout).toBe('');
    expect((await mdr('import', first)).stderr).toContain('MDR_PLAYBOOK_CACAO');
  });
});

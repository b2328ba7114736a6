import { symlinkSync, truncateSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { digestOf, readRuleFiles } from '../../../engine/detect/rulesets/files.js';
import { checkGitUrl, fetchGit, isGitUrl } from '../../../engine/detect/rulesets/git.js';
import type { MdrError } from '../../../engine/errors.js';
import { commitAll, fill, folderOf, hasGit, ruleText } from './support.js';

const code = (work: Promise<unknown>) =>
  work.then(
    () => null,
    (error: MdrError) => error.code,
  );

describe('a folder of rules', () => {
  it('is read with its sub-folders, by name; what is not a rule file is left alone', async () => {
    const folder = folderOf({
      'b/2.yaml': ruleText(2, 'b'),
      '1.yml': ruleText(1, 'a'),
      'README.md': '#',
      '.github/x.yml': 'on: push',
    });
    const { files, problems } = await readRuleFiles(folder);
    expect(files.map(({ file }) => file)).toEqual(['1.yml', 'b/2.yaml']);
    expect(problems).toEqual([]);
    expect((await readRuleFiles(join(folder, '1.yml'))).files.map(({ file }) => file)).toEqual(['1.yml']);
  });

  it('does not reach out of itself: symbolic links to files and folders are refused, and named', async () => {
    const folder = folderOf({ '1.yml': ruleText(1, 'a') });
    symlinkSync('/etc/passwd', join(folder, 'passwd.yml'));
    symlinkSync('/etc', join(folder, 'etc'));
    const { files, problems } = await readRuleFiles(folder);
    expect(files.map(({ file }) => file)).toEqual(['1.yml']);
    expect(problems).toMatchObject([{ file: 'passwd.yml', reason: 'a symbolic link is not followed' }]);
  });

  it('leaves out a file of 100 MB without reading it', async () => {
    const folder = folderOf({ '1.yml': ruleText(1, 'a') });
    writeFileSync(join(folder, 'huge.yml'), '');
    truncateSync(join(folder, 'huge.yml'), 100_000_000);
    const before = process.memoryUsage().rss;
    const { files, problems } = await readRuleFiles(folder);
    expect(files).toHaveLength(1);
    expect(problems).toMatchObject([{ file: 'huge.yml', reason: 'the file is larger than 1 MiB' }]);
    expect(process.memoryUsage().rss - before).toBeLessThan(50_000_000);
  });

  it('has a digest that changes with names and contents', () => {
    const digests = [[{ file: 'a', content: 'bc' }], [{ file: 'ab', content: 'c' }], [{ file: 'a', content: 'b' }]].map(
      digestOf,
    );
    expect(new Set(digests).size).toBe(3);
  });

  it('that is not there is an error', async () => {
    expect(await code(readRuleFiles('/nowhere/at/all'))).toBe('MDR_FILE_UNREADABLE');
  });
});

describe('the address of a repository', () => {
  it.each([
    '--upload-pack=touch /tmp/x',
    '-oProxyCommand=x',
    'ext::sh -c touch% /tmp/x',
    'http://example.org/r.git',
    'git://example.org/r.git',
    'ssh://-oProxyCommand=touch/x',
    'ssh://-x@example.org/r',
    'https://exam ple.org/r',
    'https://example.org/\n--upload-pack=x',
    'https://-x/r',
    'git@example.org:r.git',
    'file://host/r',
    'javascript:alert(1)',
    '',
  ])('is refused before git sees it: %j', (text) => {
    expect(() => checkGitUrl(text)).toThrow(expect.objectContaining({ code: 'MDR_RULESET_BAD' }));
  });
  it('is shown without credentials', () => {
    expect(checkGitUrl('https://user:secret@example.org/r.git').shown).toBe('https://example.org/r.git');
    expect(() => checkGitUrl('http://user:secret@example.org/r.git')).toThrow(expect.not.stringContaining('secret'));
    expect(isGitUrl('rules/windows')).toBe(false);
    expect(isGitUrl('./a:b')).toBe(false);
    for (const url of ['https://a/b', 'ext::x', 'git@h:r']) expect(isGitUrl(url)).toBe(true);
  });
});

describe.skipIf(!hasGit)('fetching with git (skipped without git)', () => {
  it('takes the newest commit, and nothing of the repository takes effect but its files', async () => {
    const folder = folderOf({ 'rules/1.yml': ruleText(1, 'a'), '.gitattributes': '*.yml filter=evil\n' });
    symlinkSync('/etc/passwd', join(folder, 'rules/passwd.yml'));
    const commit = commitAll(folder);
    const fetched = await fetchGit(`file://${folder}`, { path: 'rules' });
    try {
      expect(fetched.commit).toBe(commit);
      const { files } = await readRuleFiles(fetched.folder);
      expect(files.map(({ file }) => file)).toEqual(['1.yml', 'passwd.yml']);
      expect(files[1]!.content).toBe('/etc/passwd');
    } finally {
      await fetched.remove();
    }
    expect(await code(readRuleFiles(fetched.folder))).toBe('MDR_FILE_UNREADABLE');
  });

  it('stays inside of the repository, takes no option for a branch, and says what git said', async () => {
    const folder = folderOf({ '1.yml': ruleText(1, 'a') });
    commitAll(folder);
    expect(await code(fetchGit(`file://${folder}`, { path: '../../etc' }))).toBe('MDR_RULESET_BAD');
    expect(await code(fetchGit(`file://${folder}`, { branch: '--upload-pack=x' }))).toBe('MDR_RULESET_BAD');
    const missing = await fetchGit('file:///nowhere/at/all').catch((error: MdrError) => error);
    expect(missing).toMatchObject({ code: 'MDR_RULESET_BAD', message: expect.stringContaining('does not') });
  });

  it('ends what takes too long or grows too large', async () => {
    const folder = folderOf({ 'big.bin': '' });
    fill(folder, { 'big.bin': Array.from({ length: 200_000 }, () => Math.random()).join('') });
    commitAll(folder);
    const large = await fetchGit(`file://${folder}`, { maxBytes: 100_000 }).catch((error: MdrError) => error);
    expect(large).toMatchObject({ message: expect.stringContaining('is larger than') });
    const slow = await fetchGit(`file://${folder}`, { timeoutMs: 1 }).catch((error: MdrError) => error);
    expect(slow).toMatchObject({ message: expect.stringContaining('it took longer') });
  });

  it('says so when git is not there', async () => {
    const { PATH } = process.env;
    process.env.PATH = '/nowhere';
    const error = await fetchGit('file:///x').catch((thrown: MdrError) => thrown);
    process.env.PATH = PATH;
    expect(error).toMatchObject({ code: 'MDR_RULESET_BAD', message: 'git is not installed here.' });
  });
});

import { execFileSync } from 'node:child_process';
import { mkdirSync, mkdtempSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';

/** A folder with these files, gone when the machine is. */
export function folderOf(files: Record<string, string>): string {
  const folder = mkdtempSync(join(tmpdir(), 'mdr-test-rules-'));
  fill(folder, files);
  return folder;
}

export function fill(folder: string, files: Record<string, string>): void {
  for (const [name, content] of Object.entries(files)) {
    mkdirSync(dirname(join(folder, name)), { recursive: true });
    writeFileSync(join(folder, name), content);
  }
}

/** A Sigma rule about process creations on Windows whose command line has a word. */
export const ruleText = (n: number, word: string, more = ''): string => `title: Rule ${n}
id: ${String(n).padStart(8, '0')}-1111-4111-8111-111111111111
level: high
tags: [attack.execution, attack.t1059]
logsource: { product: windows, category: process_creation }
detection:
  sel: { CommandLine|contains: ${word} }
  condition: sel
${more}`;

export const idOfRule = (n: number): string => `${String(n).padStart(8, '0')}-1111-4111-8111-111111111111`;

export const hasGit = (() => {
  try {
    execFileSync('git', ['--version'], { stdio: 'ignore' });
    return true;
  } catch {
    return false;
  }
})();

export function commitAll(folder: string, message = 'rules'): string {
  const git = (...args: string[]) =>
    execFileSync('git', ['-c', 'user.name=t', '-c', 'user.email=t@example.org', '-C', folder, ...args], {
      encoding: 'utf8',
      stdio: ['ignore', 'pipe', 'ignore'],
    }).trim();
  git('init', '-q');
  git('add', '-A');
  git('commit', '-q', '--allow-empty', '-m', message);
  return git('rev-parse', 'HEAD');
}

import { createHash } from 'node:crypto';
import { lstatSync, readFileSync } from 'node:fs';
import { readdir, realpath, stat } from 'node:fs/promises';
import { join, relative, sep } from 'node:path';
import { setImmediate as pause } from 'node:timers/promises';
import { MdrError } from '../../errors.js';
import type { RuleProblem } from '../types.js';

/** Bounds of one folder of rules; the public rule base has 3,757 files and 9 MiB. */
export const MAX_FILES = 20_000;
export const MAX_FILE_BYTES = 1024 * 1024;
export const MAX_TOTAL_BYTES = 128 * 1024 * 1024;
const MAX_ENTRIES = 200_000;
const MAX_DEPTH = 32;
/** Small files are read five times as fast when nothing else is looked after between them: so many at once. */
const AT_ONCE = 64;

export interface RuleFiles {
  /** Names relative to the folder, with `/`, sorted. */
  files: { file: string; content: string }[];
  /** Files that were not read: too large, not a plain file. */
  problems: RuleProblem[];
}

/**
 * Read every `.yml` and `.yaml` of a folder, or one file. Symbolic links are never followed: a repository may not reach out of itself.
 * @throws MdrError MDR_FILE_UNREADABLE; MDR_RULESET_BAD when it holds too much
 */
export async function readRuleFiles(path: string): Promise<RuleFiles> {
  const root = await realpath(path).catch((cause) => {
    throw new MdrError(
      'MDR_FILE_UNREADABLE',
      `cannot read the rules at "${path}".`,
      'Give a Sigma file or a folder of them.',
      { cause },
    );
  });
  const found: RuleFiles = { files: [], problems: [] };
  const rules: [full: string, file: string][] = [];
  let bytes = 0;
  let entries = 0;
  const leave = (file: string, reason: string) =>
    found.problems.push({ file, line: 1, rule: '', code: 'MDR_RULE_SYNTAX', reason });

  const tooMuch = () =>
    new MdrError(
      'MDR_RULESET_BAD',
      `"${path}" holds more than ${MAX_FILES} rule files or ${MAX_TOTAL_BYTES >> 20} MiB.`,
      'Name the folder that has the rules, not the whole repository.',
    );

  function take(full: string, file: string): void {
    const { size } = lstatSync(full);
    if (size > MAX_FILE_BYTES) return void leave(file, `the file is larger than ${MAX_FILE_BYTES >> 20} MiB`);
    bytes += size;
    if (bytes > MAX_TOTAL_BYTES) throw tooMuch();
    found.files.push({ file, content: readFileSync(full, 'utf8') });
  }

  async function walk(folder: string, depth: number): Promise<void> {
    if (depth > MAX_DEPTH) return void leave(relative(root, folder), `folders are nested deeper than ${MAX_DEPTH}`);
    for (const entry of (await readdir(folder, { withFileTypes: true })).sort((a, b) => (a.name < b.name ? -1 : 1))) {
      if (++entries > MAX_ENTRIES)
        throw new MdrError(
          'MDR_RULESET_BAD',
          `"${path}" holds more than ${MAX_ENTRIES} files.`,
          'Name a smaller folder.',
        );
      const full = join(folder, entry.name);
      const name = relative(root, full).split(sep).join('/');
      const isRule = /\.ya?ml$/i.test(entry.name);
      if (entry.isSymbolicLink()) {
        if (isRule) leave(name, 'a symbolic link is not followed');
      } else if (entry.isDirectory()) {
        // Folders of version control and of editors hold no rules.
        if (!entry.name.startsWith('.')) await walk(full, depth + 1);
      } else if (entry.isFile() && isRule) {
        if (rules.push([full, name]) > MAX_FILES) throw tooMuch();
      }
    }
  }

  const info = await stat(root);
  if (info.isDirectory()) await walk(root, 0);
  else rules.push([root, path.split(sep).at(-1) ?? path]);
  for (const [n, [full, file]] of rules.entries()) {
    take(full, file);
    if (n % AT_ONCE === 0) await pause();
  }
  for (const list of [found.files, found.problems]) list.sort((a, b) => (a.file < b.file ? -1 : 1));
  return found;
}

/** SHA-256 over names and contents, in order. */
export function digestOf(files: readonly { file: string; content: string }[]): string {
  const hash = createHash('sha256');
  for (const { file, content } of files) hash.update(JSON.stringify([file, content]));
  return hash.digest('hex');
}

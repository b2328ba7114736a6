import { readdir, readFile, stat } from 'node:fs/promises';
import { join, relative } from 'node:path';
import { MdrError } from '../errors.js';
import { projectRoot } from '../root.js';
import { type CompiledRule, compileRule } from './sigma/compile.js';
import { readRuleFile } from './sigma/document.js';
import type { Shared } from './sigma/fields.js';
import { Slots } from './sigma/frame.js';
import { createMatcher } from './sigma/matcher.js';
import { Interner } from './sigma/predicates.js';
import type { Matcher, RuleProblem } from './types.js';

/** Our own rule pack. */
export const ownRules = join(projectRoot, 'engine/detect/rules');

export interface RuleBase {
  matcher: Matcher;
  /** Rules that could not be compiled; the others run. */
  problems: RuleProblem[];
}

/** Compile rule texts given by name. */
export function compileRules(files: { file: string; content: string }[]): RuleBase {
  const shared: Shared = { slots: new Slots(), predicates: new Interner(), placeholders: {} };
  const rules: CompiledRule[] = [];
  const problems: RuleProblem[] = [];
  const ids = new Map<string, string>();
  for (const { file, content } of files) {
    const read = readRuleFile(file, content);
    problems.push(...read.problems);
    for (const document of read.rules) {
      const first = ids.get(document.id);
      if (first !== undefined) {
        const reason = `its id ${document.id} is taken by ${first}`;
        problems.push({ file, line: document.line, rule: document.title, code: 'MDR_RULE_SYNTAX', reason });
        continue;
      }
      const compiled = compileRule(shared, document);
      if ('reason' in compiled) problems.push(compiled);
      else {
        ids.set(document.id, file);
        rules.push(compiled);
      }
    }
  }
  return { matcher: createMatcher(rules, shared), problems };
}

/**
 * Load every `.yml` and `.yaml` under the given files and folders (symbolic links are not followed).
 * @throws MdrError MDR_FILE_UNREADABLE when a named path does not exist
 */
export async function loadRules(paths: readonly string[]): Promise<RuleBase> {
  const files: { file: string; content: string }[] = [];
  for (const path of paths) {
    const info = await stat(path).catch((cause) => {
      throw new MdrError(
        'MDR_FILE_UNREADABLE',
        `cannot read the rules at "${path}".`,
        'Give a Sigma file or a folder of them.',
        { cause },
      );
    });
    if (info.isFile()) {
      files.push({ file: path, content: await readFile(path, 'utf8') });
      continue;
    }
    for (const entry of await readdir(path, { recursive: true, withFileTypes: true })) {
      if (!entry.isFile() || !/\.ya?ml$/i.test(entry.name)) continue;
      const full = join(entry.parentPath, entry.name);
      files.push({ file: relative(path, full), content: await readFile(full, 'utf8') });
    }
  }
  files.sort((a, b) => (a.file < b.file ? -1 : 1));
  return compileRules(files);
}

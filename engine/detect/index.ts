import { readdir, readFile, stat } from 'node:fs/promises';
import { join, relative } from 'node:path';
import { MdrError } from '../errors.js';
import { projectRoot } from '../root.js';
import { compileCorrelations } from './correlate/compile.js';
import type { Correlations } from './correlate/types.js';
import { type CompiledRule, compileRule } from './sigma/compile.js';
import { type CorrelationDocument, type FilterDocument, type RuleDocument, readRuleFile } from './sigma/document.js';
import type { Shared } from './sigma/fields.js';
import { compileFilters } from './sigma/filter.js';
import { Slots } from './sigma/frame.js';
import { createMatcher } from './sigma/matcher.js';
import { Interner } from './sigma/predicates.js';
import type { Matcher, RuleProblem } from './types.js';

/** Our own rule pack. */
export const ownRules = join(projectRoot, 'engine/detect/rules');

export interface RuleBase {
  matcher: Matcher;
  correlations: Correlations;
  /** Rules that could not be compiled; the others run. */
  problems: RuleProblem[];
}

export interface RuleOptions {
  /** Values of `%placeholder%`s for the `expand` modifier. */
  placeholders?: Readonly<Record<string, readonly string[]>>;
  /** How long after a window late events are waited for, ms. */
  lateness?: number;
  /** Further files, after those of the folders: active rule sets. */
  extra?: readonly { file: string; content: string }[];
}

/** Compile rule texts given by name. */
export function compileRules(
  files: { file: string; content: string }[],
  { placeholders = {}, lateness }: RuleOptions = {},
): RuleBase {
  const shared: Shared = { slots: new Slots(), predicates: new Interner(), placeholders };
  const problems: RuleProblem[] = [];
  const documents: RuleDocument[] = [];
  const correlating: CorrelationDocument[] = [];
  const filtering: FilterDocument[] = [];
  for (const { file, content } of files) {
    const read = readRuleFile(file, content);
    problems.push(...read.problems);
    documents.push(...read.rules);
    correlating.push(...read.correlations);
    filtering.push(...read.filters);
  }

  const taken = new Map<string, string>();
  const isTaken = ({ id, file, line, title: rule }: RuleDocument | CorrelationDocument): boolean => {
    const first = taken.get(id);
    if (first === undefined) return false;
    problems.push({ file, line, rule, code: 'MDR_RULE_SYNTAX', reason: `its id ${id} is taken by ${first}` });
    return true;
  };
  const filters = compileFilters(shared, filtering, documents, problems);
  const rules: CompiledRule[] = [];
  const compiled: RuleDocument[] = [];
  for (const document of documents) {
    if (isTaken(document)) continue;
    const rule = compileRule(shared, document, filters.get(document));
    if ('reason' in rule) problems.push(rule);
    else {
      taken.set(document.id, document.file);
      rules.push(rule);
      compiled.push(document);
    }
  }
  const alone = correlating.filter((document) => {
    if (isTaken(document)) return false;
    taken.set(document.id, document.file);
    return true;
  });
  const correlations = compileCorrelations(alone, compiled, problems, lateness);
  return { matcher: createMatcher(rules, shared), correlations, problems };
}

/**
 * Load every `.yml` and `.yaml` under the given files and folders (symbolic links are not followed).
 * @throws MdrError MDR_FILE_UNREADABLE when a named path does not exist
 */
export async function loadRules(paths: readonly string[], options: RuleOptions = {}): Promise<RuleBase> {
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
  return compileRules([...files, ...(options.extra ?? [])], options);
}

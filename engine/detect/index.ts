import { stat } from 'node:fs/promises';
import { join } from 'node:path';
import { dataDir, projectRoot } from '../root.js';
import { compileCorrelations } from './correlate/compile.js';
import type { Correlations } from './correlate/types.js';
import { readRuleFiles } from './rulesets/files.js';
import { openRuleCache, type RuleCache } from './sigma/cache.js';
import { type CompiledRule, compileRule } from './sigma/compile.js';
import {
  type CorrelationDocument,
  type FilterDocument,
  placed,
  type RuleDocument,
  readRuleText,
} from './sigma/document.js';
import type { Shared } from './sigma/fields.js';
import { compileFilters } from './sigma/filter.js';
import { Slots } from './sigma/frame.js';
import { createMatcher } from './sigma/matcher.js';
import { Interner } from './sigma/predicates.js';
import type { Matcher, RuleProblem } from './types.js';

/** Our own rule pack. */
export const ownRules = join(projectRoot, 'engine/detect/rules');

/** Where this installation keeps rules that were read before. */
export const ruleCache = (): string => join(dataDir(), 'cache');

/** A rule by itself, for who looks back in time with it. */
export interface OneRule {
  rule: CompiledRule;
  /** Names of the slots that its predicates test. */
  fields: readonly string[];
  matcher: Matcher;
}

export interface RuleBase {
  matcher: Matcher;
  /** One of the matcher's rules, with the filters on it; null when there is none of this id. */
  one(id: string): OneRule | null;
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

export interface LoadOptions extends RuleOptions {
  /** Folder of a cache: what was read before is not parsed again. None: everything is parsed. */
  cache?: string;
}

/** Compile rule texts given by name. */
export function compileRules(
  files: { file: string; content: string }[],
  { placeholders = {}, lateness }: RuleOptions = {},
  read: RuleCache['read'] = readRuleText,
): RuleBase {
  const shared: Shared = { slots: new Slots(), predicates: new Interner(), placeholders };
  const problems: RuleProblem[] = [];
  const documents: RuleDocument[] = [];
  const correlating: CorrelationDocument[] = [];
  const filtering: FilterDocument[] = [];
  for (const { file, content } of files) {
    const found = placed(file, read(content));
    problems.push(...found.problems);
    documents.push(...found.rules);
    correlating.push(...found.correlations);
    filtering.push(...found.filters);
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
  const one = (id: string): OneRule | null => {
    const rule = rules.find(({ info }) => info.id === id);
    return rule ? { rule, fields: shared.slots.names, matcher: createMatcher([rule], shared) } : null;
  };
  return { matcher: createMatcher(rules, shared), one, correlations, problems };
}

/**
 * Load every `.yml` and `.yaml` under the given files and folders (symbolic links are not followed).
 * @throws MdrError MDR_FILE_UNREADABLE when a named path does not exist; MDR_RULESET_BAD when a folder holds too much
 */
export async function loadRules(paths: readonly string[], options: LoadOptions = {}): Promise<RuleBase> {
  const files: { file: string; content: string }[] = [];
  const left: RuleProblem[] = [];
  for (const path of paths) {
    const read = await readRuleFiles(path);
    const isFile = (await stat(path)).isFile();
    for (const { file, content } of read.files) files.push({ file: isFile ? path : file, content });
    left.push(...read.problems);
  }
  files.sort((a, b) => (a.file < b.file ? -1 : 1));
  const cache = options.cache ? await openRuleCache(options.cache) : null;
  const base = compileRules([...files, ...(options.extra ?? [])], options, cache?.read);
  await cache?.save();
  return { ...base, problems: [...left, ...base.problems] };
}

import type { RuleInfo, RuleProblem } from '../types.js';
import { readCondition } from './condition.js';
import { type CorrelationDocument, lineOf, type RuleDocument } from './document.js';
import { fieldNode, type Shared } from './fields.js';
import { and, type Node, not, or } from './node.js';
import { RuleError, syntax } from './problem.js';

/** A rule ready to be planned: what it says of itself, where it applies, and its condition. */
export interface CompiledRule {
  info: RuleInfo;
  logsource: RuleLogSource;
  condition: Node;
}

/** What a logsource asks for; null: anything. */
export interface RuleLogSource {
  product: string | null;
  category: string | null;
  service: string | null;
}

/**
 * @param filters conditions that filter documents add to this rule: it fires only where all of them hold too
 * @returns the compiled rule, or why it cannot be compiled, with file and line
 */
export function compileRule(
  shared: Shared,
  document: RuleDocument,
  filters: readonly Node[] = [],
): CompiledRule | RuleProblem {
  return orProblem(document, () => ({
    info: infoOf(document),
    logsource: logsourceOf(document.logsource),
    condition: and([conditionOf(shared, document.detection), ...filters]),
  }));
}

export const logsourceOf = (logsource: RuleDocument['logsource']): RuleLogSource => ({
  product: logsource.product?.toLowerCase() ?? null,
  category: logsource.category?.toLowerCase() ?? null,
  service: logsource.service?.toLowerCase() ?? null,
});

/** Whatever a hostile file brings about, such as a stack that overflows, is its own problem: the other rules run. */
export function orProblem<T>(
  document: Pick<RuleDocument, 'file' | 'line' | 'lines' | 'title'>,
  work: () => T,
): T | RuleProblem {
  const { file, title: rule } = document;
  try {
    return work();
  } catch (error) {
    if (error instanceof RuleError)
      return { file, line: lineOf(document, error.key), rule, code: error.code, reason: error.message };
    const reason = `cannot be compiled: ${(error as Error).message}`;
    return { file, line: document.line, rule, code: 'MDR_RULE_SYNTAX', reason };
  }
}

/** The condition of a `detection` block; `except` names keys that are no detections. @throws RuleError */
export function conditionOf(shared: Shared, detection: Record<string, unknown>, except: readonly string[] = []): Node {
  const names = Object.keys(detection).filter(
    (name) => name !== 'condition' && name !== 'timeframe' && !except.includes(name),
  );
  const nodes = new Map<string, Node>();
  const resolve = (name: string): Node | null => {
    if (!names.includes(name)) return null;
    let node = nodes.get(name);
    if (!node) {
      try {
        node = detectionNode(shared, detection[name]);
      } catch (error) {
        if (error instanceof RuleError) throw new RuleError(error.code, error.message, name);
        throw error;
      }
      nodes.set(name, node);
    }
    return node;
  };
  if ('timeframe' in detection) throw syntax('"timeframe" was replaced by correlations', 'timeframe');
  const conditions = Array.isArray(detection.condition) ? detection.condition : [detection.condition];
  if (conditions.length === 0) throw syntax('the condition is an empty list');
  return or(
    conditions.map((text) => {
      if (typeof text !== 'string') throw syntax('the condition is not text');
      return readCondition(text, names, resolve, { and, or, not });
    }),
  );
}

/** A named detection: a mapping (all of its fields), or a list of mappings and keywords (any of them). */
function detectionNode(shared: Shared, detection: unknown): Node {
  if (Array.isArray(detection)) {
    if (detection.length === 0) throw syntax('a detection is an empty list');
    const keywords = detection.filter((item) => typeof item !== 'object' || item === null);
    const mappings = detection.filter((item) => typeof item === 'object' && item !== null);
    const nodes = mappings.map((item) => detectionNode(shared, item));
    if (keywords.length > 0) nodes.push(fieldNode(shared, '', keywords));
    return or(nodes);
  }
  if (typeof detection === 'object' && detection !== null) {
    const entries = Object.entries(detection);
    if (entries.length === 0) throw syntax('a detection is empty');
    return and(entries.map(([key, value]) => fieldNode(shared, key, value)));
  }
  if (detection === null || detection === undefined) throw syntax('a detection is empty');
  return fieldNode(shared, '', detection);
}

/** What a rule says of itself. */
export function infoOf(document: RuleDocument | CorrelationDocument): RuleInfo {
  const attack = document.tags.flatMap((tag) =>
    tag.toLowerCase().startsWith('attack.') ? [tag.slice(7).toLowerCase()] : [],
  );
  // `cve.2021-44228`, and as it was written before, `cve.2021.44228`.
  const cves = document.tags.flatMap((tag) => {
    const [, year, number] = /^cve\.(\d{4})[-.](\d{4,7})$/i.exec(tag) ?? [];
    return year === undefined ? [] : [`CVE-${year}-${number}`];
  });
  return {
    id: document.id,
    title: document.title,
    level: document.level,
    techniques: attack.filter((tag) => /^t\d{4}(?:\.\d{3})?$/.test(tag)).map((tag) => tag.toUpperCase()),
    tactics: attack.filter((tag) => /^[a-z-]+$/.test(tag.replaceAll('_', '-'))).map((tag) => tag.replaceAll('_', '-')),
    file: document.file,
    description: document.description,
    falsepositives: document.falsepositives,
    ...(cves.length > 0 && { cves }),
  };
}

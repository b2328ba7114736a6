import type { LogSource } from '../../event.js';
import { compileRules } from '../index.js';
import { compileRule } from '../sigma/compile.js';
import { type RuleDocument, readRuleFile } from '../sigma/document.js';
import { Slots } from '../sigma/frame.js';
import { Interner } from '../sigma/predicates.js';
import type { RuleProblem } from '../types.js';
import type { Finding } from './finding.js';
import { lintDetection } from './lint-detection.js';
import { lintMeta } from './lint-meta.js';

export interface LintReport {
  /** Rules, correlations and filters that run. */
  rules: number;
  findings: Finding[];
}

type File = { file: string; content: string };

/**
 * Check rules: what the engine says of them, and what it would not say: who they are, whether they can ever match, whether they match
 * too much, whether any log format makes the events that they are about.
 * @param sources every kind of event that there is
 */
export function lintRules(
  files: readonly File[],
  left: readonly RuleProblem[],
  sources: readonly LogSource[],
): LintReport {
  const base = compileRules([...files]);
  const findings: Finding[] = [...left, ...base.problems].map(({ file, line, rule, code, reason }) => ({
    file,
    line,
    rule,
    severity: 'error' as const,
    check:
      code === 'MDR_RULE_UNSUPPORTED' ? 'unsupported' : reason.includes(' is taken by ') ? 'duplicate-id' : 'syntax',
    message: reason,
  }));
  const shared = { slots: new Slots(), predicates: new Interner(), placeholders: {} };
  for (const { file, content } of files) {
    const { rules } = readRuleFile(file, content);
    findings.push(...lintMeta(file, content));
    for (const rule of rules) {
      findings.push(...lintSource(rule, sources));
      const compiled = compileRule(shared, rule);
      if (!('reason' in compiled)) findings.push(...lintDetection(rule, compiled, shared.slots.names));
    }
  }
  findings.sort((a, b) => (a.file === b.file ? a.line - b.line : a.file < b.file ? -1 : 1));
  return { rules: base.matcher.rules.length + base.correlations.all.length, findings };
}

function lintSource(rule: RuleDocument, sources: readonly LogSource[]): Finding[] {
  const { product, category, service } = rule.logsource;
  const about = (check: string, message: string): Finding[] => [
    { file: rule.file, line: rule.line, rule: rule.title, severity: 'warning', check, message },
  ];
  if (!product && !category && !service)
    return about('no-logsource', 'the logsource is empty: the rule is tried on every event of every kind');
  const same = (wanted: string | null | undefined, given: string) => !wanted || wanted.toLowerCase() === given;
  const known = sources.some(
    (source) =>
      same(product, source.product) &&
      same(service, source.service) &&
      (!category || source.categories.includes(category.toLowerCase())),
  );
  if (known) return [];
  const named = Object.entries({ product, category, service }).flatMap(([key, value]) =>
    value ? [`${key} ${value}`] : [],
  );
  return about('unknown-logsource', `no log format makes events of ${named.join(', ')}: the rule never fires`);
}

import type { RuleProblem } from '../types.js';
import { conditionOf, logsourceOf, orProblem, type RuleLogSource } from './compile.js';
import { type FilterDocument, lineOf, type RuleDocument } from './document.js';
import type { Shared } from './fields.js';
import type { Node } from './node.js';
import { References } from './references.js';

const covers = (filter: RuleLogSource, rule: RuleLogSource): boolean =>
  (['product', 'category', 'service'] as const).every((key) => filter[key] === null || filter[key] === rule[key]);

/**
 * Compile filter documents and say which rules they reach: those they name (or, with `any`, all) whose logsource the
 * filter's own covers. A filter's condition is added with "and", so what it is to hide is written with `not`.
 * @returns conditions by rule
 */
export function compileFilters(
  shared: Shared,
  filters: readonly FilterDocument[],
  rules: readonly RuleDocument[],
  problems: RuleProblem[],
): Map<RuleDocument, Node[]> {
  const added = new Map<RuleDocument, Node[]>();
  const references = new References(rules);
  for (const document of filters) {
    const { file, title: rule } = document;
    const problem = (reason: string) =>
      problems.push({ file, line: lineOf(document, 'rules'), rule, code: 'MDR_RULE_SYNTAX', reason });
    const condition = orProblem(document, () => conditionOf(shared, document.filter, ['rules']));
    if ('reason' in condition) {
      problems.push(condition);
      continue;
    }
    const logsource = logsourceOf(document.logsource);
    const named = document.filter.rules;
    const any = named.length === 0 || (named.length === 1 && named[0]!.toLowerCase() === 'any');
    const reach = any
      ? rules.filter((each) => covers(logsource, logsourceOf(each.logsource)))
      : named.flatMap((reference) => {
          const found = references.find(reference, file);
          if (typeof found === 'string') problem(found);
          else if (!covers(logsource, logsourceOf(found.logsource)))
            problem(`its logsource does not cover that of "${reference}", which runs without this filter`);
          else return [found];
          return [];
        });
    for (const each of new Set(reach)) added.set(each, [...(added.get(each) ?? []), condition]);
  }
  return added;
}

import { readCondition } from '../sigma/condition.js';
import { syntax, unsupported } from '../sigma/problem.js';

/** A boolean expression over the rules of a correlation, each by its place in the list. */
export type Expression =
  | { kind: 'rule'; rule: number }
  | { kind: 'and' | 'or'; operands: Expression[] }
  | { kind: 'not'; operand: Expression };

const algebra = {
  and: (operands: Expression[]): Expression => ({ kind: 'and', operands }),
  or: (operands: Expression[]): Expression => ({ kind: 'or', operands }),
  not: (operand: Expression): Expression => ({ kind: 'not', operand }),
};

/** `rule_a and not rule_b`. @throws RuleError */
export function readExpression(text: string, names: readonly string[]): Expression {
  const used = new Set<string>();
  const resolve = (name: string): Expression | null => {
    const rule = names.indexOf(name);
    if (rule < 0) return null;
    used.add(name);
    return { kind: 'rule', rule };
  };
  const expression = readCondition(text, names, resolve, algebra);
  const idle = names.find((name) => !used.has(name));
  if (idle) throw syntax(`the condition leaves out "${idle}", which the correlation refers to`, 'condition');
  if (
    evaluate(
      expression,
      () => false,
      () => false,
    )
  )
    throw syntax('the condition holds where nothing happened: it has to ask for one rule at least', 'condition');
  return expression;
}

/** The words of an expression that can be names of rules. */
export const wordsOf = (text: string): string[] => [
  ...new Set((text.match(/[^\s()]+/g) ?? []).filter((word) => !/^(and|or|not|of|all|any|1|them)$/i.test(word))),
];

/**
 * @param seen whether a rule that is asked for was seen
 * @param near whether a rule that is ruled out (under an odd number of `not`) was seen
 */
export function evaluate(
  expression: Expression,
  seen: (rule: number) => boolean,
  near: (rule: number) => boolean,
): boolean {
  switch (expression.kind) {
    case 'rule':
      return seen(expression.rule);
    case 'not':
      return !evaluate(expression.operand, near, seen);
    case 'and':
      return expression.operands.every((operand) => evaluate(operand, seen, near));
    case 'or':
      return expression.operands.some((operand) => evaluate(operand, seen, near));
  }
}

/** Rules that must occur, and rules that must not. */
export interface Clause {
  wanted: number[];
  unwanted: number[];
}

const MAX_CLAUSES = 64;

/** An expression as alternatives, each a conjunction. @throws RuleError when there are too many */
export function clausesOf(expression: Expression, positive = true): Clause[] {
  switch (expression.kind) {
    case 'rule':
      return [positive ? { wanted: [expression.rule], unwanted: [] } : { wanted: [], unwanted: [expression.rule] }];
    case 'not':
      return clausesOf(expression.operand, !positive);
    default: {
      const parts = expression.operands.map((operand) => clausesOf(operand, positive));
      const joined =
        (expression.kind === 'and') === positive
          ? parts.reduce((left, right) => bounded(left.flatMap((a) => right.map((b) => join(a, b)))))
          : parts.flat();
      return bounded(joined);
    }
  }
}

const merged = (a: number[], b: number[]) => [...new Set([...a, ...b])].sort((x, y) => x - y);
const join = (a: Clause, b: Clause): Clause => ({
  wanted: merged(a.wanted, b.wanted),
  unwanted: merged(a.unwanted, b.unwanted),
});

function bounded(clauses: Clause[]): Clause[] {
  if (clauses.length > MAX_CLAUSES)
    throw unsupported(`a condition with more than ${MAX_CLAUSES} alternatives`, 'condition');
  return clauses;
}

/** Rules under an even number of `not` (`positive`), or an odd one. */
export function rulesOf(expression: Expression, positive: boolean): Set<number> {
  const found = new Set<number>();
  const walk = (node: Expression, sign: boolean): void => {
    if (node.kind === 'rule') {
      if (sign) found.add(node.rule);
    } else if (node.kind === 'not') walk(node.operand, !sign);
    else for (const operand of node.operands) walk(operand, sign);
  };
  walk(expression, positive);
  return found;
}

import { syntax, unsupported } from './problem.js';

const MAX_DEPTH = 100;
const MAX_LENGTH = 20_000;

/** A name pattern of `1 of selection_*` as a test over names. */
function nameTest(pattern: string): (name: string) => boolean {
  if (pattern === 'them') return (name) => !name.startsWith('_');
  const parts = pattern.split('*');
  if (parts.length === 1) return (name) => name === pattern;
  return (name) => {
    if (!name.startsWith(parts[0]!) || !name.endsWith(parts.at(-1)!)) return false;
    let from = parts[0]!.length;
    for (const part of parts.slice(1, -1)) {
      const at = name.indexOf(part, from);
      if (at < 0) return false;
      from = at + part.length;
    }
    return from <= name.length - parts.at(-1)!.length;
  };
}

/** What the operators make of their operands. */
export interface Algebra<N> {
  and(operands: N[]): N;
  or(operands: N[]): N;
  not(operand: N): N;
}

/**
 * Read a Sigma condition: names, `not`, `and`, `or` (binding in this order), parentheses, `1 of`, `any of`, `all of`
 * with a name, a pattern or `them`.
 * @param resolve the node of a detection by name; null when there is none
 * @throws RuleError
 */
export function readCondition<N>(
  text: string,
  names: readonly string[],
  resolve: (name: string) => N | null,
  { and, or, not }: Algebra<N>,
): N {
  if (text.length > MAX_LENGTH) throw syntax('the condition is too long');
  if (text.includes('|'))
    throw unsupported('aggregations in the condition ("| count() …") were replaced by correlations');
  const tokens = text.match(/[()]|[^\s()]+/g) ?? [];
  let at = 0;
  const word = () => tokens[at]?.toLowerCase();

  function quantified(all: boolean): N {
    at += 2;
    const pattern = tokens[at++];
    if (!pattern || pattern === '(' || pattern === ')')
      throw syntax('"of" must be followed by a name, a pattern or "them"');
    const matches = nameTest(pattern);
    const chosen = names.filter(matches);
    if (chosen.length === 0) throw syntax(`no detection is named like "${pattern}"`);
    const nodes = chosen.map((name) => resolve(name)!);
    return all ? and(nodes) : or(nodes);
  }

  function primary(depth: number): N {
    if (depth > MAX_DEPTH) throw syntax('the condition is nested too deep');
    const token = tokens[at];
    if (token === undefined) throw syntax('the condition ends too early');
    const lower = token.toLowerCase();
    if (token === '(') {
      at++;
      const inner = disjunction(depth + 1);
      if (tokens[at++] !== ')') throw syntax('a parenthesis is not closed');
      return inner;
    }
    if (lower === 'not') {
      at++;
      return not(primary(depth + 1));
    }
    if (tokens[at + 1]?.toLowerCase() === 'of') {
      if (lower === '1' || lower === 'any') return quantified(false);
      if (lower === 'all') return quantified(true);
      throw unsupported(`"${token} of" is not part of Sigma: 1, any or all`);
    }
    at++;
    const node = resolve(token);
    if (!node) throw syntax(`the condition names "${token}", which is not defined`);
    return node;
  }

  function conjunction(depth: number): N {
    const nodes = [primary(depth)];
    while (word() === 'and') {
      at++;
      nodes.push(primary(depth));
    }
    return and(nodes);
  }

  function disjunction(depth: number): N {
    const nodes = [conjunction(depth)];
    while (word() === 'or') {
      at++;
      nodes.push(conjunction(depth));
    }
    return or(nodes);
  }

  const node = disjunction(0);
  if (at < tokens.length) throw syntax(`the condition has "${tokens[at]}" where "and" or "or" should stand`);
  return node;
}

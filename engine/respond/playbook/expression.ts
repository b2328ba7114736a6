/**
 * Guards: `is-server and not (verdict == "benign")`. Names, texts, whole numbers, true, false, `==`, `!=`, `in`, `and`, `or`, `not` and
 * brackets; nothing is called and nothing changes. Reading and judging take time linear in the text.
 */
export type Expression =
  | { op: 'value'; value: string | number | boolean }
  | { op: 'name'; name: string }
  | { op: 'not'; of: Expression }
  | { op: 'and' | 'or' | '==' | '!=' | 'in'; left: Expression; right: Expression };

export type Value = string | number | boolean | null | Value[];
export class ExpressionError extends Error {}

const MAX_LENGTH = 500;
const MAX_DEPTH = 20;
const TOKEN = /\s*(?:([a-z][a-z0-9-]*(?:\.[a-z][a-z0-9-]*)?)|"([^"\\]*)"|(\d{1,15})|(==|!=|[()]))/y;

type Token = { kind: 'word' | 'text' | 'number' | 'sign' | 'end'; text: string };

function tokens(source: string): Token[] {
  if (source.length > MAX_LENGTH) throw new ExpressionError(`it is longer than ${MAX_LENGTH} characters`);
  const trimmed = source.trimEnd();
  const out: Token[] = [];
  TOKEN.lastIndex = 0;
  while (TOKEN.lastIndex < trimmed.length) {
    const at = TOKEN.lastIndex;
    const found = TOKEN.exec(trimmed);
    if (!found) throw new ExpressionError(`"${trimmed.slice(at, at + 20).trim()}" is not understood`);
    const [, word, text, number, sign] = found;
    if (word !== undefined) out.push({ kind: 'word', text: word });
    else if (text !== undefined) out.push({ kind: 'text', text });
    else if (number !== undefined) out.push({ kind: 'number', text: number });
    else out.push({ kind: 'sign', text: sign! });
  }
  out.push({ kind: 'end', text: 'the end' });
  return out;
}

/** @throws ExpressionError saying what is wrong with it */
export function parseExpression(source: string): Expression {
  const list = tokens(source);
  let at = 0;
  const peek = () => list[at]!;
  const isNext = (text: string) => (peek().kind === 'word' || peek().kind === 'sign') && peek().text === text;
  const take = (text: string) => isNext(text) && ++at > 0;
  const joined = (word: 'or' | 'and', part: (depth: number) => Expression) => (depth: number) => {
    let left = part(depth);
    while (take(word)) left = { op: word, left, right: part(depth) };
    return left;
  };
  const either = joined('or', joined('and', negation));
  function negation(depth: number): Expression {
    if (depth > MAX_DEPTH) throw new ExpressionError(`it is nested deeper than ${MAX_DEPTH}`);
    if (take('not')) return { op: 'not', of: negation(depth + 1) };
    const left = operand(depth);
    for (const op of ['==', '!=', 'in'] as const) if (take(op)) return { op, left, right: operand(depth) };
    return left;
  }
  function operand(depth: number): Expression {
    const { kind, text } = list[at++]!;
    if (kind === 'text') return { op: 'value', value: text };
    if (kind === 'number') return { op: 'value', value: Number(text) };
    if (kind === 'word' && (text === 'true' || text === 'false')) return { op: 'value', value: text === 'true' };
    if (kind === 'word' && !['and', 'or', 'not', 'in'].includes(text)) return { op: 'name', name: text };
    if (kind === 'sign' && text === '(') {
      const inner = either(depth + 1);
      if (take(')')) return inner;
      throw new ExpressionError('a bracket is not closed');
    }
    throw new ExpressionError(`a name or a value is missing before "${text}"`);
  }
  const whole = either(0);
  if (peek().kind !== 'end') throw new ExpressionError(`"${peek().text}" was not expected`);
  return whole;
}

/** Names that it asks for, each once. */
export function namesIn(expression: Expression, into = new Set<string>()): Set<string> {
  if (expression.op === 'name') into.add(expression.name);
  else if (expression.op === 'not') namesIn(expression.of, into);
  else if (expression.op !== 'value') {
    namesIn(expression.left, into);
    namesIn(expression.right, into);
  }
  return into;
}

/** What is empty counts as no: nothing, false, 0, an empty text or list. */
export const isTrue = (value: Value): boolean => (Array.isArray(value) ? value.length > 0 : Boolean(value));

/** @param look what a name holds; null when it holds nothing */
export function judge(expression: Expression, look: (name: string) => Value): boolean {
  return isTrue(evaluate(expression, look));
}

function evaluate(expression: Expression, look: (name: string) => Value): Value {
  switch (expression.op) {
    case 'value':
      return expression.value;
    case 'name':
      return look(expression.name);
    case 'not':
      return !judge(expression.of, look);
    case 'and':
      return judge(expression.left, look) && judge(expression.right, look);
    case 'or':
      return judge(expression.left, look) || judge(expression.right, look);
    case '==':
      return same(evaluate(expression.left, look), evaluate(expression.right, look));
    case '!=':
      return !same(evaluate(expression.left, look), evaluate(expression.right, look));
    case 'in': {
      const list = evaluate(expression.right, look);
      const value = evaluate(expression.left, look);
      return Array.isArray(list) && list.some((each) => same(each, value));
    }
  }
}

const same = (a: Value, b: Value): boolean =>
  a === b || (Array.isArray(a) && Array.isArray(b) && a.length === b.length && a.every((each, i) => same(each, b[i]!)));

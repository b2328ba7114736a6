import type { RuleDocument } from '../../../engine/detect/sigma/document.js';
import type { Fields, Value } from '../../../engine/event.js';

/**
 * The slow, obvious evaluator: reads the rule again for every event and tries each value in turn. It knows the modifiers
 * that most public rules use; for a rule with any other it says that it cannot judge (`null`).
 */
export function referenceMatches(rule: RuleDocument, event: Fields): boolean | null {
  try {
    const conditions = Array.isArray(rule.detection.condition) ? rule.detection.condition : [rule.detection.condition];
    return conditions.some((condition) => evaluate(String(condition), rule.detection, event));
  } catch (error) {
    if (error === CANNOT) return null;
    throw error;
  }
}

const CANNOT = Symbol('cannot judge');
const JUDGED = new Set(['', 'contains', 'startswith', 'endswith', 'all', 'cased']);

function evaluate(condition: string, detection: Record<string, unknown>, event: Fields): boolean {
  const names = Object.keys(detection).filter((name) => name !== 'condition');
  // Every part becomes 1 or 0, then JavaScript itself evaluates what is left: only 1, 0, &&, ||, ! and parentheses.
  const words = condition
    .replace(/\b(1|any|all) of (\S+?)(?=[\s)]|$)/gi, (_all, quantity: string, pattern: string) => {
      const test =
        pattern === 'them'
          ? (n: string) => !n.startsWith('_')
          : (n: string) => new RegExp(`^${pattern.replaceAll('*', '.*')}$`).test(n);
      const results = names.filter(test).map((name) => item(detection[name], event));
      return (quantity.toLowerCase() === 'all' ? results.every(Boolean) : results.some(Boolean)) ? ' 1 ' : ' 0 ';
    })
    .match(/[()]|[^\s()]+/g)!
    .map((word) => {
      const lower = word.toLowerCase();
      if ('()10'.includes(word)) return word;
      if (lower === 'and') return '&&';
      if (lower === 'or') return '||';
      if (lower === 'not') return '!';
      return item(detection[word], event) ? '1' : '0';
    })
    .join(' ');
  if (!/^[10()&|! ]+$/.test(words)) throw new Error(`cannot read the condition ${condition}`);
  return Boolean(new Function(`return ${words};`)());
}

function item(part: unknown, event: Fields): boolean {
  if (Array.isArray(part)) return part.some((inner) => item(inner, event));
  if (typeof part === 'object' && part !== null)
    return Object.entries(part).every(([key, value]) => field(key, value, event));
  const text = JSON.stringify(Object.values(event).flat(9)).toLowerCase();
  if (/["\\*?]/.test(String(part))) throw CANNOT;
  return text.includes(String(part).toLowerCase());
}

function field(key: string, raw: unknown, event: Fields): boolean {
  const [name = '', ...modifiers] = key.split('|');
  if (name === '' || name.includes('.') || modifiers.some((modifier) => !JUDGED.has(modifier))) throw CANNOT;
  const values = Array.isArray(raw) ? raw : [raw];
  const one = (value: unknown): boolean => {
    const seen = event[name];
    if (value === null) return seen === undefined || seen === null;
    const source = toRegex(String(value));
    const start = modifiers.includes('contains') || modifiers.includes('endswith') ? '[^]*' : '';
    const end = modifiers.includes('contains') || modifiers.includes('startswith') ? '[^]*' : '';
    const pattern = regexOf(`^${start}${source}${end}$`, modifiers.includes('cased') ? 'u' : 'iu');
    return (Array.isArray(seen) ? seen : [seen]).some(
      (each: Value) => each !== undefined && each !== null && pattern.test(String(each)),
    );
  };
  return modifiers.includes('all') ? values.every(one) : values.some(one);
}

function toRegex(text: string): string {
  let out = '';
  for (let i = 0; i < text.length; i++) {
    const c = text[i]!;
    if (c === '\\' && i + 1 < text.length && '*?\\'.includes(text[i + 1]!)) out += quote(text[++i]!);
    else if (c === '*') out += '[^]*';
    else if (c === '?') out += '[^]';
    else out += quote(c);
  }
  return out;
}
const quote = (c: string): string => c.replace(/[\^$.*+?()[\]{}|\\/]/, '\\$&');

const made = new Map<string, RegExp>();
function regexOf(source: string, flags: string): RegExp {
  const key = `${flags} ${source}`;
  let regex = made.get(key);
  if (!regex) {
    regex = new RegExp(source, flags);
    made.set(key, regex);
  }
  return regex;
}

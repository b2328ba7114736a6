import type { CompiledRule } from '../sigma/compile.js';
import { lineOf, type RuleDocument } from '../sigma/document.js';
import { Frame } from '../sigma/frame.js';
import type { Node } from '../sigma/node.js';
import type { Predicate } from '../sigma/predicates.js';
import type { Finding } from './finding.js';

/** Fields that hold whole paths of files: one without a separator is never the whole value, and no file name has a star. */
const PATHS = new Set(
  'image parentimage targetfilename sourcefilename imageloaded sourceimage targetimage newprocessname parentprocessname'.split(
    ' ',
  ),
);
const TEXT_MODIFIERS = ['contains', 'startswith', 'endswith', 're', 'cidr', 'fieldref'];
const MAX_DEPTH = 60;

/** Whether a rule can ever match, and whether it matches too much. */
export function lintDetection(rule: RuleDocument, compiled: CompiledRule, names: readonly string[]): Finding[] {
  const findings: Finding[] = [];
  const say = (key: string, check: string, message: string) =>
    findings.push({ file: rule.file, line: lineOf(rule, key), rule: rule.title, severity: 'warning', check, message });

  if (never(compiled.condition, 0))
    say('condition', 'never-matches', 'the condition contradicts itself: the rule never fires');
  else if (holdsForNothing(compiled.condition, names))
    say('condition', 'too-broad', 'it fires on events that have none of its fields: nothing has to be seen');
  for (const [name, part] of Object.entries(rule.detection)) {
    if (name === 'condition' || name === 'timeframe') continue;
    if (!isUsed(name, rule.detection)) say(name, 'unused', `"${name}" is not used in the condition`);
    for (const [check, message] of new Map(faultsOf(part, 0))) say(name, check, message);
  }
  return findings;
}

function isUsed(name: string, { condition }: RuleDocument['detection']): boolean {
  const words = [condition].flat().flatMap((text) => String(text).match(/[^\s()]+/g) ?? []);
  return words.some((word, i) => {
    if (word === name) return true;
    const quantified = words[i - 1]?.toLowerCase() === 'of';
    if (quantified && word === 'them') return !name.startsWith('_');
    return quantified && word.includes('*') && new RegExp(`^${word.split('*').map(escaped).join('.*')}$`).test(name);
  });
}

function* faultsOf(part: unknown, depth: number): Generator<[check: string, message: string]> {
  if (depth > MAX_DEPTH) return;
  if (Array.isArray(part)) {
    for (const item of part) {
      if (typeof item === 'object') yield* faultsOf(item, depth + 1);
      else if (String(item).replace(/[*?]/g, '').length < 3)
        yield ['too-broad', `the keyword "${String(item).slice(0, 20)}" stands in almost every event`];
    }
  } else if (typeof part === 'object' && part !== null)
    for (const [key, value] of Object.entries(part)) yield* fieldFaults(key, [value].flat());
}

function* fieldFaults(key: string, values: unknown[]): Generator<[check: string, message: string]> {
  const [field = '', ...modifiers] = key.split('|');
  const texts = values.filter((value): value is string => typeof value === 'string');
  const isPath = PATHS.has(field.toLowerCase());
  const searched = modifiers.some((modifier) => TEXT_MODIFIERS.includes(modifier));
  if (
    field !== '' &&
    modifiers.includes('all') &&
    !searched &&
    new Set(texts.filter((text) => !/[*?]/.test(text))).size > 1
  )
    yield ['never-matches', `"${key}" asks one field to be several different texts at once: |contains is missing`];
  for (const text of texts) {
    if (modifiers.includes('re')) {
      // `.+` is another matter: there has to be something.
      if (/^\^?(\.\*\??)?\$?$/.test(text)) yield ['too-broad', `"${key}" has an expression that fits everything`];
      continue;
    }
    if (isPath && /(^|[^\\])(\\\\)*\\[*?]/.test(text))
      yield [
        'never-matches',
        `"${key}": "\\*" means a star, which no path has; write "\\\\*" for a backslash and anything`,
      ];
    if (isPath && !searched && /^[^\\/*?%]+\.[^\\/*?%]+$/.test(text))
      yield [
        'never-matches',
        `"${key}": "${text.slice(0, 60)}" is no whole path, as this field always is: |endswith is missing`,
      ];
    if (modifiers.includes('contains') && !modifiers.includes('all') && /^[\w ]$/.test(text))
      yield ['too-broad', `"${key}": "${text}" stands in almost every value`];
  }
}

/** Whether a condition cannot hold for any event: only plain contradictions are seen, never a false alarm. */
function never(node: Node, depth: number): boolean {
  if (depth > MAX_DEPTH) return false;
  if (node.kind === 'const') return !node.value;
  if (node.kind === 'or') return node.children.every((child) => never(child, depth + 1));
  if (node.kind !== 'and') return false;
  if (node.children.some((child) => never(child, depth + 1))) return true;
  const asked = new Set<Predicate>();
  const denied = new Set<Predicate>();
  for (const child of node.children) {
    if (child.kind === 'test') asked.add(child.predicate);
    if (child.kind !== 'not') continue;
    const { child: inner } = child;
    // Not one of several: none of them.
    const each = inner.kind === 'or' ? inner.children : [inner];
    for (const one of each) if (one.kind === 'test') denied.add(one.predicate);
  }
  return [...asked].some((predicate) => denied.has(predicate));
}

/** Whether it holds for an event without any field. */
function holdsForNothing(condition: Node, names: readonly string[]): boolean {
  const frame = new Frame(names, 0);
  frame.load({});
  const holds = (node: Node, depth: number): boolean => {
    if (depth > MAX_DEPTH * 10) return false;
    if (node.kind === 'const') return node.value;
    if (node.kind === 'test') return node.predicate.test(frame);
    if (node.kind === 'not') return !holds(node.child, depth + 1);
    return node.kind === 'and'
      ? node.children.every((child) => holds(child, depth + 1))
      : node.children.some((child) => holds(child, depth + 1));
  };
  return holds(condition, 0);
}

const escaped = (text: string): string => text.replace(/[\\^$.*+?()[\]{}|]/g, '\\$&');

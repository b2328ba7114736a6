import { isMap, isPair, isScalar, isSeq, parseDocument, stringify, type YAMLMap, type YAMLSeq } from 'yaml';
import type { PlaybookFile } from '../playbook/load.js';
import { walk } from '../playbook/types.js';

/** A change of a playbook's text: a step more, behind another at the top; or something that a step says from now on. */
export type Edit =
  | { kind: 'insert'; after: string; step: Record<string, unknown> }
  | { kind: 'set'; step: string; key: 'timeout' | 'note' | 'retries'; value: string | Record<string, unknown> };

/**
 * The text of a playbook with one change made. Only the lines of the change differ: comments and layout stay as they are.
 * @param file the same text, read
 * @returns null when the text is laid out so that this cannot be done
 */
export function edited(text: string, file: PlaybookFile, edit: Edit): string | null {
  const { playbook } = file;
  if (!playbook) return null;
  const document = parseDocument(text, { logLevel: 'silent' });
  const id = edit.kind === 'insert' ? edit.after : edit.step;
  const placed = [...walk(playbook.steps)].find(({ step }) => step.id === id);
  if (!placed) return null;
  if (edit.kind === 'insert') {
    // Behind what stands at the top and holds it: inside a loop or a choice it would be done for some only.
    const list = document.get('steps', true);
    return isSeq(list) ? inserted(text, list, Number(placed.path[1]), edit.step) : null;
  }
  const map = document.getIn(placed.path, true);
  return isMap(map) ? withKey(text, map, edit.key, edit.value) : null;
}

function inserted(text: string, list: YAMLSeq, at: number, step: Record<string, unknown>): string | null {
  const [item, next] = [list.items[at], list.items[at + 1]].map(rangeOf);
  if (list.flow || !item) return null;
  const dash = dashBefore(text, item[0]);
  if (dash === null) return null;
  const indent = ' '.repeat(dash.column);
  const lines = stringify([step], { lineWidth: 120, aliasDuplicateObjects: false })
    .trimEnd()
    .split('\n')
    .map((line) => (line === '' ? line : indent + line))
    .join('\n');
  if (next) {
    const before = dashBefore(text, next[0]);
    if (before === null) return null;
    const at = aboveComments(text, before.line);
    return `${text.slice(0, at)}${lines}\n${text.slice(at)}`;
  }
  let end = item[1];
  if (text[end - 1] !== '\n') {
    const line = text.indexOf('\n', end);
    if (line < 0) return `${text}\n${lines}\n`;
    end = line + 1;
  }
  return `${text.slice(0, end)}${lines}\n${text.slice(end)}`;
}

/** Comments right above a step are about it. */
function aboveComments(text: string, line: number): number {
  let at = line;
  for (;;) {
    const previous = text.lastIndexOf('\n', at - 2) + 1;
    if (previous >= at || !/^[ \t]*(#.*)?$/.test(text.slice(previous, at - 1))) return at;
    at = previous;
  }
}

/** Where the line of an item begins, and in which column its dash stands; null when it does not begin its line. */
function dashBefore(text: string, start: number): { line: number; column: number } | null {
  const line = text.lastIndexOf('\n', start - 1) + 1;
  const found = /^( *)- *$/.exec(text.slice(line, start));
  return found ? { line, column: found[1]!.length } : null;
}

function withKey(text: string, map: YAMLMap, key: string, value: string | Record<string, unknown>): string | null {
  const rendered = inline(value);
  const pair = map.items.find((each) => isScalar(each.key) && each.key.value === key);
  if (pair) {
    const range = rangeOf(pair.value);
    if (!range) return null;
    const tail = text.slice(range[0], range[1]).endsWith('\n') ? '\n' : '';
    return `${text.slice(0, range[0])}${rendered}${tail}${text.slice(range[1])}`;
  }
  // Each step has a title: the new line goes before it.
  const title = map.items.find((each) => isScalar(each.key) && each.key.value === 'title');
  const start = title && rangeOf(title.key)?.[0];
  if (start === undefined) return null;
  const column = start - (text.lastIndexOf('\n', start - 1) + 1);
  const between = map.flow ? ', ' : `\n${' '.repeat(column)}`;
  return `${text.slice(0, start)}${key}: ${rendered}${between}${text.slice(start)}`;
}

/** On one line, so that it can stand wherever a value can. */
function inline(value: string | Record<string, unknown>): string {
  if (typeof value === 'string') return /^\d+[smhd]$/.test(value) ? value : JSON.stringify(value);
  return `{ ${Object.entries(value)
    .map(([name, each]) => `${name}: ${typeof each === 'string' ? inline(each) : String(each)}`)
    .join(', ')} }`;
}

const rangeOf = (node: unknown): [number, number] | null => {
  const range = isPair(node) ? null : (node as { range?: [number, number, number] | null } | null)?.range;
  return range ? [range[0], range[1]] : null;
};

import { ADDRESS, VERSION } from './cues.js';
import { lineEnd, lineStart } from './line.js';

/** Addresses of servers rarely begin below this, versions hardly ever above. */
const SMALL = 30;
/** Rows above one in which the head of its table is looked for. */
const MOST_ROWS = 100;
const RANGE = /((?:\d+\.){1,3}\d+)\s*(?:à|bis|to|-|–|through|and|und|et|y|or|,)\s*$/;

/** Whether four numbers with dots are a version: behind a word for it, behind a product's name, in a column of versions, or to the end of a range. */
export function isVersion(text: string, from: number, value: string, back = 2): boolean {
  const before = text.slice(Math.max(0, from - 60), from);
  if (VERSION.test(before) || /\brv:$/.test(before)) return true;
  if (Number.parseInt(value, 10) > SMALL) return false;
  if (/^#+\s$/.test(before.slice(before.lastIndexOf('\n') + 1)) || /\/[\w.-]+:$/.test(before)) return true;
  if (/\bversion\w*\b[^.;\n]{0,25}$/i.test(before)) return true;
  const name = /(?:^|[^.!?\s]\s)["'(]?(\p{Lu}[\p{L}\d+-]+|[\p{L}\d+-]{3,30})\s$/u.exec(before)?.[1];
  if (name !== undefined && !ADDRESS.test(name)) return true;
  const range = RANGE.exec(before);
  if (range && back > 0 && isVersion(text, from - before.length + range.index, range[1]!, back - 1)) return true;
  if (
    /(?:^|\n)\s*[-*•]\s*$/.test(before) &&
    /^:\s+\p{Ll}/u.test(text.slice(from + value.length, from + value.length + 4))
  )
    return true;
  return /version|fixed|release|build/i.test(columnOf(text, from));
}

/** The head of the column that a place in a table stands in, '' outside of tables. */
export function columnOf(text: string, from: number): string {
  const start = lineStart(text, from);
  const separator = /[|;\t]/.exec(text.slice(start, from))?.[0];
  if (!separator) return '';
  const column = text.slice(start, from).split(separator).length - 1;
  let first = start;
  for (let rows = 0; first > 0 && rows < MOST_ROWS; rows++) {
    const above = lineStart(text, first - 1);
    if (!text.slice(above, first).includes(separator)) break;
    first = above;
  }
  return text.slice(first, lineEnd(text, first)).split(separator)[column] ?? '';
}

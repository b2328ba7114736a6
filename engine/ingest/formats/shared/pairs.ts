import type { Fields } from '../../../event.js';

const PAIR = /([A-Za-z_][\w.-]{0,63})=(?:"((?:[^"\\]|\\.)*)"|([^\s"]*))/g;
const MAX_PAIRS = 400;

/** `name=value name2="value 2"` to fields. What stands between the pairs is passed over. */
export function keyValues(text: string, into: Fields = {}): Fields {
  let left = MAX_PAIRS;
  for (const [, name, quoted, bare] of text.matchAll(PAIR)) {
    if (left-- <= 0) break;
    if (name === '__proto__') continue;
    into[name!] = quoted === undefined ? bare! : quoted.replace(/\\(["\\])/g, '$1');
  }
  return into;
}

/** One line of comma-separated values, in which `"` quotes and is doubled within quotes. */
export function commaValues(text: string, most = 300): string[] {
  const values: string[] = [];
  let at = 0;
  while (at <= text.length && values.length < most) {
    if (text[at] === '"') {
      let end = text.indexOf('"', at + 1);
      while (end >= 0 && text[end + 1] === '"') end = text.indexOf('"', end + 2);
      if (end < 0) end = text.length;
      values.push(text.slice(at + 1, end).replaceAll('""', '"'));
      const comma = text.indexOf(',', end);
      at = comma < 0 ? text.length + 1 : comma + 1;
    } else {
      const comma = text.indexOf(',', at);
      const end = comma < 0 ? text.length : comma;
      values.push(text.slice(at, end));
      at = end + 1;
    }
  }
  return values;
}

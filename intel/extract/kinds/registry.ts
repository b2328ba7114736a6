import { withoutEnd } from '../line.js';
import type { Kind } from '../types.js';

const HIVES: Record<string, string> = {
  HKEY_LOCAL_MACHINE: 'HKLM',
  HKEY_CURRENT_USER: 'HKCU',
  HKEY_CLASSES_ROOT: 'HKCR',
  HKEY_USERS: 'HKU',
  HKEY_CURRENT_CONFIG: 'HKCC',
};
// A blank inside a key's name is taken when a backslash comes after it.
const KEY =
  /(?<![\w\\])(?:HKEY_(?:LOCAL_MACHINE|CURRENT_USER|CLASSES_ROOT|USERS|CURRENT_CONFIG)|HKLM|HKCU|HKCR|HKU|HKCC):?(?:\\{1,2}(?:\{[0-9a-f-]{36}\}|[^\s\\"'`<>|,;)\]}*]|(?<=\w) (?=[^\s\\"'`<>|,;)]{1,40}(?: [^\s\\"'`<>|,;)]{1,40}){0,2}\\)|(?<=\w) (?=[A-Z]\w{1,30}(?: [A-Z]\w{1,30})?\s*[|"'`(]))+)+/gi;

/** Registry keys and values, hives in their short form. */
const registry: Kind = {
  name: 'registry',
  *find({ text }) {
    for (const match of text.matchAll(KEY)) {
      const key = withoutEnd(match[0], '.:');
      // `reg add <key> /v <name>`
      const named = /^["']?\s+\/v\s+["']?([\w .-]{1,80}?)["']?(?=\s+\/|\s*$)/m.exec(
        text.slice(match.index + key.length, match.index + key.length + 120),
      );
      const raw = named ? `${key}\\${named[1]}` : key;
      const cut = raw.search(/[:\\]/);
      const hive = raw.slice(0, cut).toUpperCase();
      const value = `${HIVES[hive] ?? hive}${raw.slice(cut).replace(/^:/, '').replace(/\\\\/g, '\\')}`;
      yield { type: 'registry', value, from: match.index, to: match.index + key.length };
    }
  },
};
export default registry;

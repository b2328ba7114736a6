import { type Columns, csvColumns, csvRow } from './csv.js';
import type { Item } from './types.js';

const COMMENT = /^(?:#|\/\/|;|!)/;

/**
 * Reader of texts: a value a line, a hosts file (`0.0.0.0 evil.example`), an ad-blocker's list (`||evil.example^`), or CSV when a
 * header, possibly in a comment, names a column of values.
 * @returns a function that takes lines in order
 */
export function lineReader(): (line: string) => Item[] {
  let columns: Columns | null = null;
  let sawValue = false;
  return (raw) => {
    const line = raw.trim();
    if (line === '') return [];
    if (COMMENT.test(line)) {
      if (!sawValue) columns = csvColumns(line.replace(/^[#/;!\s]+/, '')) ?? columns;
      return [];
    }
    if (!sawValue && columns === null) {
      columns = csvColumns(line);
      if (columns) return [];
    }
    sawValue = true;
    return columns ? csvRow(columns, line) : plain(line);
  };
}

function plain(line: string): Item[] {
  const block = /^\|\|([^^|/$]+)\^/.exec(line);
  if (block) return [{ value: block[1]!, type: null }];
  const [first = '', second] = line.replace(/\s+(?:#|\/\/).*$/, '').split(/[\s,;]+/, 2);
  const hosts = second !== undefined && /^(?:0\.0\.0\.0|127\.0\.0\.1|::1?)$/.test(first);
  return [{ value: hosts ? second : first, type: null }];
}

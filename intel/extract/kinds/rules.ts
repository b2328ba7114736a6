import type { Kind } from '../types.js';

const YARA =
  /(?<!\w)(?:(?:private|global)\s{1,9}){0,2}rule\s{1,9}([A-Za-z_]\w{0,127})\s{0,20}(?::[\w ]{1,200})?\s{0,20}\{/g;
const SIGMA = /^([ \t]{0,40})title:[ \t]{0,40}(\S.{0,255})$/gm;
const MOST = 20_000;

/** Whole YARA rules, by name. */
export const yara: Kind = {
  name: 'yara',
  *find({ text }) {
    for (const match of text.matchAll(YARA)) {
      const body = text.slice(match.index, match.index + MOST);
      const condition = body.search(/\bcondition\s{0,9}:/);
      if (condition < 0 || !body.includes('}', condition)) continue;
      yield {
        type: 'yara',
        value: match[1]!,
        from: match.index,
        to: match.index + match[0].length,
      };
    }
  },
};

/** Whole Sigma rules, by title. */
export const sigma: Kind = {
  name: 'sigma',
  *find({ text }) {
    for (const match of text.matchAll(SIGMA)) {
      const body = text.slice(match.index, match.index + MOST);
      const end = /\n[ \t]{0,40}(?:```|---|\n\S(?![\w-]{0,40}:))/.exec(body)?.index ?? body.length;
      const block = body.slice(0, end);
      if (!/^[ \t]{0,40}logsource:/m.test(block) || !/^[ \t]{0,40}detection:/m.test(block)) continue;
      const value = match[2]!.trim().replace(/^(["'])(.*)\1$/, '$2');
      yield { type: 'sigma', value, from: match.index, to: match.index + match[0].length };
    }
  },
};

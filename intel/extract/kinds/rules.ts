import type { Kind } from '../types.js';

const YARA = /(?<!\w)(?:private\s+|global\s+)*rule\s+([A-Za-z_]\w{0,127})\s*(?::\s*[\w ]{1,200})?\s*\{/g;
const SIGMA = /^(\s*)title:\s*(.{1,256})$/gm;
const MOST = 20_000;

/** Whole YARA rules, by name. */
export const yara: Kind = {
  name: 'yara',
  *find({ text }) {
    for (const match of text.matchAll(YARA)) {
      const body = text.slice(match.index, match.index + MOST);
      const condition = /\bcondition\s*:[\s\S]*?\n?\s*\}/.exec(body);
      if (!condition) continue;
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
      const end = /\n\s*(?:```|---|\n\S(?![\w-]*:))/.exec(body)?.index ?? body.length;
      const block = body.slice(0, end);
      if (!/^\s*logsource:/m.test(block) || !/^\s*detection:/m.test(block)) continue;
      const value = match[2]!.trim().replace(/^(["'])(.*)\1$/, '$2');
      yield { type: 'sigma', value, from: match.index, to: match.index + match[0].length };
    }
  },
};

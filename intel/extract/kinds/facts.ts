import type { ExtractType, Kind } from '../types.js';

const kind = (type: ExtractType, pattern: RegExp, normal: (raw: string) => string): Kind => ({
  name: type,
  *find({ text }) {
    for (const match of text.matchAll(pattern))
      yield { type, value: normal(match[0]), from: match.index, to: match.index + match[0].length };
  },
});

/** CVE numbers, with whatever dash they were set. */
export const cve = kind('cve', /(?<![\w-])CVE[-_\u2010-\u2015 ]?\d{4}[-_\u2010-\u2015]\d{4,7}(?!\w)/gi, (raw) =>
  raw
    .toUpperCase()
    .replace(/[_\u2010-\u2015 ]/g, '-')
    .replace(/^CVE(?=\d)/, 'CVE-'),
);

/** Numbers of ATT&CK techniques. */
export const technique = kind(
  'technique',
  /(?<![\w.-]|[Mm]odel )T1\d{3}(?:\.\d{3})?(?![\w-]|\.\d)|(?<=\battack\.)t1\d{3}(?:\.\d{3})?(?![\w-]|\.\d)/g,
  (raw) => raw.toUpperCase(),
);

import { type Part, pagesOf } from './pages.js';
import type { Report } from './types.js';

/** The report as Markdown. Nothing out of a log is markup in it. */
export const toMarkdown = (report: Report): string => `${pagesOf(report).map(write).join('\n\n')}\n`;

function write(part: Part): string {
  if ('heading' in part) return `${'#'.repeat(part.level)} ${encode(part.heading)}`;
  if ('paragraph' in part) return encode(part.paragraph);
  const { columns, rows } = part.table;
  return [
    row(columns),
    row(
      columns.map(() => '---'),
      false,
    ),
    ...rows.map((cells) => row(cells)),
  ].join('\n');
}

const row = (cells: readonly string[], escaped = true): string =>
  `| ${cells.map((cell) => (escaped ? encode(cell) : cell)).join(' | ')} |`;

/** Line breaks and control characters become blanks; what could begin markup, a link or HTML is escaped. */
function encode(text: string): string {
  return text
    .replace(/[\p{Cc}\p{Cf}\u2028\u2029]+/gu, ' ')
    .replace(/[\\`*_{}[\]<>#|~!&]/g, '\\$&')
    .replace(/^(\s*)([-+]|\d+[.)])(?=\s)/, '$1\\$2')
    .replace(/(?:https?|ftp):|www\./gi, (start) => `${start.slice(0, -1)}\\${start.slice(-1)}`);
}

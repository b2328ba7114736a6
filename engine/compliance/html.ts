import { type Part, pagesOf } from './pages.js';
import type { Report } from './types.js';

const STYLE = `
  @page { size: A4; margin: 16mm 14mm; }
  body { font: 10.5pt/1.45 system-ui, sans-serif; color: #1b1f24; max-width: 62rem; margin: 2rem auto; padding: 0 1rem; }
  h1 { font-size: 1.6em; } h2 { margin-top: 2em; border-bottom: 1px solid #c8ccd0; } h3 { margin-top: 1.6em; }
  h2, h3 { break-after: avoid; }
  table { border-collapse: collapse; width: 100%; margin: .6em 0; font-size: .92em; }
  th, td { border: 1px solid #c8ccd0; padding: .25em .5em; text-align: left; vertical-align: top; overflow-wrap: anywhere; }
  th { background: #eef0f2; } thead { display: table-header-group; } tr { break-inside: avoid; }
  @media print { body { margin: 0; max-width: none; } }`;

/** The report as one HTML page that prints well; it loads nothing and runs nothing. */
export function toHtml(report: Report): string {
  const title = `${report.framework.name}: ${report.tenant.name}, ${report.period.text}`;
  return `<!doctype html>
<html lang="en">
<head>
<meta charset="utf-8">
<meta name="viewport" content="width=device-width">
<meta http-equiv="Content-Security-Policy" content="default-src 'none'; style-src 'unsafe-inline'">
<title>${encode(title)}</title>
<style>${STYLE}
</style>
</head>
<body>
${pagesOf(report).map(write).join('\n')}
</body>
</html>
`;
}

function write(part: Part): string {
  if ('heading' in part) return `<h${part.level}>${encode(part.heading)}</h${part.level}>`;
  if ('paragraph' in part) return `<p>${encode(part.paragraph)}</p>`;
  const { columns, rows } = part.table;
  const cells = (kind: 'th' | 'td', values: readonly string[]) =>
    `<tr>${values.map((value) => `<${kind}>${encode(value)}</${kind}>`).join('')}</tr>`;
  return `<table>
<thead>${cells('th', columns)}</thead>
<tbody>
${rows.map((values) => cells('td', values)).join('\n')}
</tbody>
</table>`;
}

const ENTITIES: Record<string, string> = { '&': '&amp;', '<': '&lt;', '>': '&gt;', '"': '&quot;', "'": '&#39;' };
const encode = (text: string): string =>
  text.replace(/[\p{Cc}\p{Cf}\u2028\u2029]+/gu, ' ').replace(/[&<>"']/g, (sign) => ENTITIES[sign]!);

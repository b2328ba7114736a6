import type { EventRef } from '../types.js';
import { moment } from '../words.js';
import type { Cell, Document, Part } from './document.js';

const STYLE = `
  :root { color-scheme: light dark; --ink: #1b1f24; --dim: #59636e; --line: #d0d5da; --head: #f1f3f5; --page: #ffffff; --link: #0b5cad; --said: #fff6dd; }
  @media (prefers-color-scheme: dark) {
    :root { --ink: #e6e9ed; --dim: #9aa4af; --line: #3a424b; --head: #22282f; --page: #14181d; --link: #7db7f5; --said: #332b12; }
  }
  * { box-sizing: border-box; }
  body { font: 15px/1.5 Inter, system-ui, sans-serif; color: var(--ink); background: var(--page); max-width: 70rem; margin: 2rem auto; padding: 0 1.2rem; }
  h1 { font-size: 1.7em; line-height: 1.25; margin: 0 0 .6em; overflow-wrap: anywhere; }
  h2 { font-size: 1.25em; margin: 2em 0 .6em; padding-bottom: .25em; border-bottom: 1px solid var(--line); break-after: avoid; }
  a { color: var(--link); text-decoration: none; } a:hover { text-decoration: underline; }
  dl { display: grid; grid-template-columns: max-content 1fr; gap: .2em 1em; margin: 0; } dt { color: var(--dim); } dd { margin: 0; overflow-wrap: anywhere; }
  ul { padding-left: 1.2em; } li { margin: .3em 0; overflow-wrap: anywhere; }
  .wide { overflow-x: auto; }
  table { border-collapse: collapse; width: 100%; margin: .6em 0 1em; font-size: .88em; }
  caption { text-align: left; font-weight: 600; padding: .6em 0 .3em; }
  th, td { border-bottom: 1px solid var(--line); padding: .35em .6em; text-align: left; vertical-align: top; overflow-wrap: anywhere; }
  th { background: var(--head); white-space: nowrap; } thead { display: table-header-group; } tr { break-inside: avoid; }
  td.tight { white-space: nowrap; } td.value { min-width: 9em; }
  code { font: .92em/1.4 ui-monospace, "Cascadia Mono", Menlo, Consolas, monospace; overflow-wrap: anywhere; }
  .cites { color: var(--dim); font-size: .9em; } .note { color: var(--dim); }
  .said { background: var(--said); border-left: 3px solid #c79a1b; padding: .4em 1em; } .said p { margin: .4em 0; overflow-wrap: anywhere; }
  figure { margin: 1em 0; padding: 8px; background: #ffffff; border: 1px solid var(--line); border-radius: 6px; overflow-x: auto; }
  figure svg { display: block; max-width: 100%; height: auto; margin: 0 auto; }
  tr:target { background: var(--said); }
  @page { size: A4; margin: 15mm 13mm; }
  @media print {
    :root { --ink: #000000; --dim: #444444; --line: #c8ccd0; --head: #f1f3f5; --page: #ffffff; --link: #000000; --said: #fff6dd; }
    body { margin: 0; max-width: none; padding: 0; font-size: 10pt; } figure svg { max-height: 240mm; }
  }`;

/**
 * The report as one HTML page that prints well; it loads nothing and runs nothing.
 * @param picture the chain as SVG, from `chainSvg`; null for none
 */
export function toHtml(of: Document, picture: string | null): string {
  return `<!doctype html>
<html lang="en">
<head>
<meta charset="utf-8">
<meta name="viewport" content="width=device-width, initial-scale=1">
<meta http-equiv="Content-Security-Policy" content="default-src 'none'; style-src 'unsafe-inline'">
<title>${encode(of.title)}</title>
<style>${STYLE}
</style>
</head>
<body>
<h1>${encode(of.title)}</h1>
${of.titleBy === null ? '' : `<p class="note">Title written by ${encode(of.titleBy)}.</p>\n`}<dl>
${of.facts.map(({ name, value }) => `<dt>${encode(name)}</dt><dd>${encode(value)}</dd>`).join('\n')}
</dl>
${of.sections
  .map(
    ({ id, title, parts }) =>
      `<section id="${id}">\n<h2>${encode(title)}</h2>\n${parts.map((part) => write(part, picture)).join('\n')}\n</section>`,
  )
  .join('\n')}
<section id="evidence">
<h2>Evidence</h2>
<p class="note">Every event that is named above. Times are UTC.</p>
<div class="wide"><table>
<thead>${cells('th', ['Event', 'Time', 'Host', 'Account', 'Kind', 'What'])}</thead>
<tbody>
${of.evidence.map(evidenceRow).join('\n')}
</tbody>
</table></div>
</section>
</body>
</html>
`;
}

function write(part: Part, picture: string | null): string {
  if (part.kind === 'claims')
    return `<ul>\n${part.claims.map(({ text, cites }) => `<li>${encode(text)} ${links(cites)}</li>`).join('\n')}\n</ul>`;
  if (part.kind === 'note') return `<p class="note">${encode(part.text)}</p>`;
  if (part.kind === 'picture') return picture === null ? '' : `<figure>\n${picture}\n</figure>`;
  if (part.kind === 'said') {
    const paragraphs = part.paragraphs.map((text) => `<p>${encode(text)}</p>`).join('\n');
    const by = `Written by ${encode(part.by)}, ${moment(part.at)} UTC, in place of what the investigation said.`;
    return `<div class="said">\n${paragraphs}\n<p class="note">${by}</p>\n</div>`;
  }
  const hasEvents = part.rows.some(({ cites }) => cites.length > 0);
  const rows = part.rows.map(
    (row) =>
      `<tr>${row.cells.map(cell).join('')}${hasEvents ? `<td class="cites">${row.cites.map(link).join(', ')}</td>` : ''}</tr>`,
  );
  return `<div class="wide"><table>
${part.caption ? `<caption>${encode(part.caption)}</caption>\n` : ''}<thead>${cells('th', [...part.columns, ...(hasEvents ? ['Events'] : [])])}</thead>
<tbody>
${rows.join('\n')}
</tbody>
</table></div>`;
}

const cells = (kind: 'th' | 'td', values: readonly string[]): string =>
  `<tr>${values.map((value) => `<${kind}>${encode(value)}</${kind}>`).join('')}</tr>`;

/** Times and small numbers are not broken. */
function cell(of: Cell): string {
  if (typeof of !== 'string') return `<td class="value"><code>${encode(of.code)}</code></td>`;
  return `<td${/^[\d:\- +,.]{1,19}$/.test(of) ? ' class="tight"' : ''}>${encode(of)}</td>`;
}

const link = (number: number): string => `<a href="#E${number}">E${number}</a>`;
const links = (cites: readonly number[]): string => `<span class="cites">[${cites.map(link).join(', ')}]</span>`;

const evidenceRow = ({ time, host, user, dataset, text, id }: EventRef, i: number): string =>
  `<tr id="E${i + 1}" title="${encode(id)}"><td>E${i + 1}</td>${cell(moment(time))}${[host, user].map((code) => cell(code === '' ? '' : { code })).join('')}<td>${encode(dataset)}</td>${cell({ code: text })}</tr>`;

const ENTITIES: Record<string, string> = { '&': '&amp;', '<': '&lt;', '>': '&gt;', '"': '&quot;', "'": '&#39;' };
/** For text and for values of attributes, of HTML and of XML. */
export const encode = (text: string): string => text.replace(/[&<>"']/g, (sign) => ENTITIES[sign]!);

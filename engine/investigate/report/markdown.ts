import { moment } from '../words.js';
import { type Cell, citeWords, type Document, type Part } from './document.js';

/**
 * The report as Markdown (CommonMark with the tables of GitHub). Nothing out of a log is markup, a link, HTML or a mention in it: prose is
 * escaped, and values stand in code spans, where nothing is read as anything.
 * @param picture name of the file that holds the chain as a picture, beside this one; null for none
 */
export function toMarkdown(of: Document, picture: string | null): string {
  const lines: string[] = [`# ${prose(of.title)}`];
  if (of.titleBy !== null) lines.push(`_Title written by ${prose(of.titleBy)}._`);
  lines.push(of.facts.map(({ name, value }) => `- **${name}:** ${prose(value)}`).join('\n'));
  for (const { title, parts } of of.sections)
    lines.push(`## ${title}`, ...parts.map((part) => write(part, picture)).filter(Boolean));
  lines.push('## Evidence', 'Every event that is named above. Times are UTC.');
  const rows = of.evidence.map(({ time, host, user, dataset, text, id }, i) =>
    row([`E${i + 1}`, moment(time), code(host), code(user), prose(dataset), code(text), code(id)]),
  );
  lines.push([...head(['Event', 'Time', 'Host', 'Account', 'Kind', 'What', 'Id']), ...rows].join('\n'));
  return `${lines.join('\n\n')}\n`;
}

function write(part: Part, picture: string | null): string {
  if (part.kind === 'claims')
    return part.claims.map(({ text, cites }) => `- ${prose(text)} \\[${citeWords(cites)}\\]`).join('\n');
  if (part.kind === 'note') return prose(part.text);
  // Its name is ours, not the log's.
  if (part.kind === 'picture') return picture === null ? '' : `![The attack chain, host by host](${picture})`;
  if (part.kind === 'said')
    return [
      ...part.paragraphs.map(prose),
      `_Written by ${prose(part.by)}, ${moment(part.at)} UTC, in place of what the investigation said._`,
    ].join('\n\n');
  const hasEvents = part.rows.some(({ cites }) => cites.length > 0);
  const rows = part.rows.map(({ cells, cites }) => row([...cells.map(cell), ...(hasEvents ? [citeWords(cites)] : [])]));
  const table = [...head([...part.columns, ...(hasEvents ? ['Events'] : [])]), ...rows].join('\n');
  return part.caption ? `**${part.caption}**\n\n${table}` : table;
}

const row = (cells: readonly string[]): string => `| ${cells.join(' | ')} |`;
const head = (columns: readonly string[]): string[] => [row(columns), row(columns.map(() => '---'))];
const cell = (of: Cell): string => (typeof of === 'string' ? prose(of) : code(of.code));

/** A code span: its fence is longer than any run of backticks in it. A table would split at a bar even there, so that one is escaped. */
function code(text: string): string {
  if (text === '') return '';
  const flat = text.replace(/\s+/g, ' ');
  const longest = Math.max(0, ...(flat.match(/`+/g) ?? []).map(({ length }) => length));
  const fence = '`'.repeat(longest + 1);
  const pad = /^[` ]|[` ]$/.test(flat) ? ' ' : '';
  return `${fence}${pad}${flat.replaceAll('|', '\\|')}${pad}${fence}`;
}

/**
 * Everything that could begin markup is escaped. What links by itself (addresses of pages and of mail, mentions) is broken by a
 * character that draws nothing, because renderers look for those after unescaping.
 */
function prose(text: string): string {
  return text
    .replace(/\s+/g, ' ')
    .replace(/[\\`*_{}[\]<>()#|~!&$^=]/g, '\\$&')
    .replace(/^(\s*)([-+]|\d+[.)])(?=\s|$)/, '$1\\$2')
    .replace(/@/g, '@\u200b')
    .replace(/:(?=\/\/)/g, ':\u200b')
    .replace(/\b(www|mailto|xmpp|javascript|data)(?=[.:])/gi, '$1\u200b');
}

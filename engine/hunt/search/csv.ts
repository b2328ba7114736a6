import type { Cell } from '../../lake/cells.js';

/** What a spreadsheet would take for a formula: values come from logs. */
const FORMULA = /^[=+\-@\t\r]/;
const NUMBER = /^-?\d+(?:\.\d+)?$/;

/** A value as text: times as ISO 8601 in UTC. */
export function cellText(cell: Cell, type = ''): string {
  if (cell === null) return '';
  if (typeof cell === 'number' && type.startsWith('TIMESTAMP')) {
    const date = new Date(cell);
    return Number.isNaN(date.getTime()) ? String(cell) : date.toISOString();
  }
  return typeof cell === 'object' ? JSON.stringify(cell) : String(cell);
}

function field(cell: Cell, type: string): string {
  const text = cellText(cell, type);
  const safe = FORMULA.test(text) && !NUMBER.test(text) ? `'${text}` : text;
  return /[",\r\n]/.test(safe) ? `"${safe.replaceAll('"', '""')}"` : safe;
}

/** RFC 4180, UTF-8 with a mark for spreadsheets; cells that would run as a formula begin with an apostrophe. In pieces, a row each. */
export function* csvOf(
  columns: readonly { name: string; type: string }[],
  rows: Iterable<readonly Cell[]>,
): Generator<string> {
  yield `\uFEFF${columns.map(({ name }) => field(name, '')).join(',')}\r\n`;
  for (const row of rows) yield `${columns.map(({ type }, i) => field(row[i] ?? null, type)).join(',')}\r\n`;
}

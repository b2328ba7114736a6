import type { Ecs } from '../../event.js';
import type { Cell } from '../../lake/cells.js';
import type { HuntChart, HuntChartSpec, HuntResult } from '../../store/huntruns.js';

/** Rows and characters of a value that a record keeps: a card shows fewer, the file has all. */
const KEPT_ROWS = 50;
const KEPT_CELL = 500;
const KEPT_COLUMNS = 60;
const MOST_LABELS = 400;
const DAY_MS = 86_400_000;

/** Everything that a hunt found. */
export interface Table {
  columns: { name: string; type: string }[];
  rows: Cell[][];
}

export const tableOf = (answer: { columns: Table['columns']; rows: Record<string, Cell>[] }): Table => ({
  columns: answer.columns,
  rows: answer.rows.map((row) => answer.columns.map(({ name }) => row[name] ?? null)),
});

function kept(cell: Cell): Cell {
  if (typeof cell === 'string') return cell.length > KEPT_CELL ? `${cell.slice(0, KEPT_CELL)}…` : cell;
  if (typeof cell !== 'object' || cell === null) return cell;
  // What is nested is shown as it is written: as a record's own fields, its names could be anything.
  const text = JSON.stringify(cell);
  return text.length > KEPT_CELL ? `${text.slice(0, KEPT_CELL)}…` : text;
}

/** A result as it is kept. */
export function resultOf(
  { columns, rows }: Table,
  { truncated, chart, notes, gaps }: Pick<HuntResult, 'truncated' | 'chart' | 'notes' | 'gaps'>,
): HuntResult {
  return {
    columns: columns
      .slice(0, KEPT_COLUMNS)
      .map(({ name, type }) => ({ name: name.slice(0, 100), type: type.slice(0, 100) })),
    rows: rows.slice(0, KEPT_ROWS).map((row) => row.slice(0, KEPT_COLUMNS).map(kept)),
    ...{ total: rows.length, truncated, chart, notes, gaps },
  };
}

/** Events of each day (UTC) from the first to the last that has one; null when a day's worth of bars says nothing. */
export function daysChart(counts: ReadonlyMap<string, number>, title = 'Events a day (UTC)'): HuntChart | null {
  const days = [...counts.keys()].sort();
  if (days.length < 2) return null;
  const labels: string[] = [];
  for (let at = Date.parse(days[0]!); at <= Date.parse(days.at(-1)!) && labels.length < MOST_LABELS; at += DAY_MS)
    labels.push(new Date(at).toISOString().slice(0, 10));
  return { title, kind: 'bar', labels, values: labels.map((day) => counts.get(day) ?? 0) };
}

/** The picture that a hunt asks for, of its own columns. */
export function chartOf({ columns, rows }: Table, { kind, x, y }: HuntChartSpec, title: string): HuntChart | null {
  const at = (name: string) => columns.findIndex((column) => column.name === name);
  const [ix, iy] = [at(x), at(y)];
  if (ix < 0 || iy < 0 || rows.length < 2) return null;
  const isTime = columns[ix]!.type.startsWith('TIMESTAMP');
  const shown = rows.slice(0, kind === 'bar' ? 40 : MOST_LABELS);
  return {
    ...{ title, kind },
    labels: shown.map((row) =>
      isTime
        ? new Date(Number(row[ix])).toISOString().slice(0, 16).replace('T', ' ')
        : String(row[ix] ?? '—').slice(0, 60),
    ),
    values: shown.map((row) => Number(row[iy] ?? 0) || 0),
  };
}

const HIT_COLUMNS: readonly (readonly [string, string, keyof Ecs])[] = [
  ['host', 'VARCHAR', 'host.name'],
  ['user', 'VARCHAR', 'user.name'],
  ['code', 'VARCHAR', 'event.code'],
  ['action', 'VARCHAR', 'event.action'],
  ['source_ip', 'VARCHAR', 'source.ip'],
  ['destination_ip', 'VARCHAR', 'destination.ip'],
  ['process', 'VARCHAR', 'process.executable'],
  ['command_line', 'VARCHAR', 'process.command_line'],
  ['parent', 'VARCHAR', 'process.parent.executable'],
  ['file', 'VARCHAR', 'file.path'],
  ['registry', 'VARCHAR', 'registry.path'],
  ['query', 'VARCHAR', 'dns.question.name'],
  ['url', 'VARCHAR', 'url.original'],
  ['target', 'VARCHAR', 'user.target.name'],
  ['service', 'VARCHAR', 'service.name'],
  ['message', 'VARCHAR', 'message'],
];

/** Characters of a value that stay of an event, in the file too: the whole of it is in the lake, under the event's id. */
const HIT_CELL = 2000;

/** What a hunt shows of an event, in the order of the columns; the rest of it need not be kept. */
export function cellsOf(ecs: Ecs): Cell[] {
  return HIT_COLUMNS.map(([, , field]) => {
    const value = ecs[field] as unknown;
    if (value === undefined || value === null) return null;
    if (typeof value === 'number' || typeof value === 'boolean') return value;
    const text = typeof value === 'string' ? value : JSON.stringify(value);
    // A copy: a part of the record's text would keep the whole of it in memory.
    const copy = Buffer.from(text.slice(0, HIT_CELL)).toString();
    return text.length > HIT_CELL ? `${copy}…` : copy;
  });
}

/** What a rule found, a row for each event; columns in which nothing stands are left out. */
export function hitsTable(hits: readonly { time: number; id: string; cells: readonly Cell[] }[]): Table {
  const used = HIT_COLUMNS.map(([name, type], at) => ({ name, type, at })).filter(({ at }) =>
    hits.some(({ cells }) => cells[at] !== null),
  );
  return {
    columns: [
      { name: 'time', type: 'TIMESTAMP' },
      ...used.map(({ name, type }) => ({ name, type })),
      { name: 'id', type: 'VARCHAR' },
    ],
    rows: hits.map(({ time, id, cells }) => [time, ...used.map(({ at }) => cells[at]!), id]),
  };
}

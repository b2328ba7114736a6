import { MdrError } from '../../errors.js';
import type { Formats } from '../../ingest/formats/index.js';
import type { TenantLake } from '../../lake/index.js';
import { seenOf } from '../input.js';
import type { Seen } from '../models/types.js';

/** Events that are read at a time. */
const PAGE = 10_000;
const TIMEOUT_MS = 60_000;
/** Time that is asked for at once: first, at most where events are few, and at least where they are too many for the lake. */
const SPAN = 3_600_000;
const MAX_SPAN = 24 * SPAN;
const MIN_SPAN = 60_000;
const TIMES = 4;
/** Before the ids of simulated events, so that a finding of nothing else is known as one. */
export const SIMULATED = '~';

/** What is known of a record that its format does not read again. */
export const UNREADABLE: Seen['ecs'] = Object.freeze({});

/** A place between events, in the order in which they are read. */
export interface Place {
  time: number;
  id: string;
  /** How much time is asked for from here on, in ms. */
  span?: number;
}

export interface Page {
  events: Seen[];
  /** Where to read on; null: there is nothing more before `until`. */
  next: Place | null;
}

const BEHIND = 'WHERE epoch_ms(time) > $1 OR (epoch_ms(time) = $1 AND id > $2) ORDER BY 1, 2';
// With a limit the lake keeps so many at hand, instead of sorting all that there is.
const SQL = `SELECT epoch_ms(time) AS at, id, format, simulated, host_name, original FROM events ${BEHIND} LIMIT `;
const NEXT_SQL = `SELECT epoch_ms(time) AS at, id FROM events ${BEHIND} LIMIT 1`;

/**
 * Events behind a place and before a time, in the order of time and id, each once. A page may be short, or empty, and not be the last.
 * @param until epoch ms
 */
export async function readPage(
  lake: TenantLake,
  formats: Formats,
  after: Place,
  until: number,
  most = PAGE,
): Promise<Page> {
  const { rows, truncated, end, span } = await stretch(lake, after, until, most);
  const recogniser = formats.recogniser();
  const events: Seen[] = [];
  let [time, id] = [after.time, after.id];
  for (const row of rows) {
    // A record that came in two batches is there twice.
    if (row.at === time && row.id === id) continue;
    [time, id] = [Number(row.at), String(row.id)];
    try {
      const { parsed } = recogniser.read(String(row.original), formats.byName(String(row.format)), time);
      const seen = seenOf(parsed, row.simulated === true ? `${SIMULATED}${id}` : id);
      // The shipper may have named what the record does not; and the lake says when it was.
      if (typeof row.host_name === 'string') seen.ecs['host.name'] ??= row.host_name;
      events.push({ ...seen, time });
    } catch (error) {
      if (!(error instanceof MdrError)) throw error;
      events.push({ id, time, ecs: UNREADABLE });
    }
  }
  if (truncated && rows.length === 0) return tooLarge(lake, after, end, span);
  if (truncated) return { events, next: { time, id, span } };
  if (end >= until) return { events, next: null };
  if (rows.length > 0) {
    const isQuiet = rows.length * TIMES * 2 < most;
    return { events, next: { time: end, id: '', span: isQuiet ? Math.min(MAX_SPAN, span * TIMES) : span } };
  }
  const first = await firstFrom(lake, end, until).catch(onlyTooMuch);
  return { events, next: first === null ? null : { time: first ?? end, id: '', span } };
}

/** One stretch of time; a smaller one, and fewer events, when that is too much for the lake. @throws MdrError of the lake */
async function stretch(lake: TenantLake, after: Place, until: number, most: number) {
  let span = after.span ?? SPAN;
  let maxRows = most;
  while (true) {
    const end = Math.min(until, after.time + span);
    try {
      const bounds = { from: after.time, until: end, maxRows, timeoutMs: TIMEOUT_MS };
      const { rows, truncated } = await lake.query(`${SQL}${maxRows + 1}`, [after.time, after.id], bounds);
      return { rows, truncated, end, span };
    } catch (error) {
      onlyTooMuch(error);
      if (span <= MIN_SPAN) throw error;
      span = Math.max(MIN_SPAN, Math.floor(Math.min(span, until - after.time) / TIMES));
      maxRows = Math.max(1, Math.floor(maxRows / TIMES));
    }
  }
}

function onlyTooMuch(error: unknown): undefined {
  if (error instanceof MdrError && (error.code === 'MDR_LAKE_MEMORY' || error.code === 'MDR_LAKE_TIMEOUT')) return;
  throw error;
}

/** The next event is larger than an answer of the lake may be: that there was one is all that is known of it. */
async function tooLarge(lake: TenantLake, after: Place, end: number, span: number): Promise<Page> {
  const bounds = { from: after.time, until: end, timeoutMs: TIMEOUT_MS };
  const { rows } = await lake.query(NEXT_SQL, [after.time, after.id], bounds);
  const [row] = rows;
  if (!row) return { events: [], next: { time: end, id: '', span } };
  const [time, id] = [Number(row.at), String(row.id)];
  return { events: [{ id, time, ecs: UNREADABLE }], next: { time, id, span } };
}

/** Time of the first event from a time on, before another; null: there is none. */
export async function firstFrom(lake: TenantLake, from: number, until: number): Promise<number | null> {
  const { rows } = await lake.query('SELECT epoch_ms(min(time)) AS at FROM events', [], { from, until });
  return typeof rows[0]?.at === 'number' ? rows[0].at : null;
}

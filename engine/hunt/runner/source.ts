import { MdrError } from '../../errors.js';
import type { Formats } from '../../ingest/formats/index.js';
import type { TenantLake } from '../../lake/index.js';
import { seenOf } from '../input.js';
import type { Seen } from '../models/types.js';

/** Events that are read at a time. */
const PAGE = 10_000;
const TIMEOUT_MS = 120_000;
/** Before the ids of simulated events, so that a finding of nothing else is known as one. */
export const SIMULATED = '~';

/** What is known of a record that its format does not read again. */
export const UNREADABLE: Seen['ecs'] = Object.freeze({});

/** A place between events, in the order in which they are read. */
export interface Place {
  time: number;
  id: string;
}

export interface Page {
  events: Seen[];
  /** Where to read on; null: there is nothing more before `until`. */
  next: Place | null;
}

const SQL = `SELECT epoch_ms(time) AS at, id, format, simulated, host_name, original FROM events
WHERE epoch_ms(time) > $1 OR (epoch_ms(time) = $1 AND id > $2) ORDER BY 1, 2`;

/**
 * Events behind a place and before a time, in the order of time and id, each once.
 * @param until epoch ms
 */
export async function readPage(
  lake: TenantLake,
  formats: Formats,
  after: Place,
  until: number,
  most = PAGE,
): Promise<Page> {
  const { rows, truncated } = await lake.query(SQL, [after.time, after.id], {
    from: after.time,
    until,
    maxRows: most,
    timeoutMs: TIMEOUT_MS,
  });
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
  if (truncated && rows.length === 0) throw new Error('an event is larger than an answer of the lake may be');
  return { events, next: truncated ? { time, id } : null };
}

/** Time of the first event from a time on, before another; null: there is none. */
export async function firstFrom(lake: TenantLake, from: number, until: number): Promise<number | null> {
  const { rows } = await lake.query('SELECT epoch_ms(min(time)) AS at FROM events', [], { from, until });
  return typeof rows[0]?.at === 'number' ? rows[0].at : null;
}

import type { TenantLake } from '../../lake/index.js';
import type { TenantRecord } from './types.js';

const DAY = 86_400_000;
const DAYS = 7;
/** Counted so often, by the clock. */
const EVERY = 3_600_000;

/** Count what came after its time was read: of the last seven days that are read through. Changes the record. */
export async function countLate(lake: TenantLake, record: TenantRecord, now: number): Promise<void> {
  const over = Math.floor(record.frontier / DAY);
  for (const day of Object.keys(record.read)) if (Number(day) < over - DAYS) delete record.read[day];
  if (now - record.counted < EVERY) return;
  record.counted = now;
  const days = Object.keys(record.read)
    .map(Number)
    .filter((day) => day < over);
  // The first of them may have been begun in the middle.
  const from = Math.min(...days) + 1;
  if (!(from < over)) return;
  const bounds = { from: from * DAY, until: over * DAY, timeoutMs: 120_000 };
  const { rows } = await lake.query(
    'SELECT epoch_ms(date_trunc($1, time)) AS day, count(*) AS n FROM events GROUP BY 1',
    ['day'],
    bounds,
  );
  let late = 0;
  for (const { day, n } of rows) {
    const read = record.read[Number(day) / DAY] ?? 0;
    if (Number(n) <= read) continue;
    // The lake may hold a record twice that came in two batches.
    const own = { ...bounds, from: Number(day), until: Number(day) + DAY };
    const { rows: exact } = await lake.query('SELECT count(DISTINCT id) AS n FROM events', [], own);
    late += Math.max(0, Number(exact[0]?.n ?? 0) - read);
  }
  record.late = late;
}

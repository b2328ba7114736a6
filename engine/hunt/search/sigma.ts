import { setImmediate as breathe } from 'node:timers/promises';
import type { OneRule } from '../../detect/index.js';
import type { RuleLogSource } from '../../detect/sigma/compile.js';
import { MdrError } from '../../errors.js';
import type { Parsed } from '../../event.js';
import type { Formats } from '../../ingest/formats/index.js';
import { type Cell, sizeOf } from '../../lake/cells.js';
import type { TenantLake } from '../../lake/index.js';
import { KINDS_SQL, kindsFor, type LakeKind, prefilterSql } from './prefilter.js';
import { cellsOf } from './result.js';

/** Events that are read at a time, and those that one query goes through. */
const PAGE = 20_000;
const MOST_SEARCHED = 2_000_000;
/** Bytes of what is kept of the events that were found. */
const MOST_BYTES = 64 * 1024 * 1024;
/** Others of this process have their turn after so many events. */
const SLICE = 500;

/** An event that the rule's own matcher confirmed. */
export interface SigmaHit {
  id: string;
  time: number;
  source: string;
  format: string;
  /** What is shown of it (`cellsOf`). */
  cells: Cell[];
}

export interface SigmaHunt {
  /** In the order of time and id, each once. */
  hits: SigmaHit[];
  /** Events of the kinds that the rule looks at; of them, those that the query let through; of these, those that could not be read again. */
  of: number;
  candidates: number;
  unreadable: number;
  /** The query that came before the matcher; null when there was no event of its kinds. */
  sql: string | null;
  /** More was there than could be looked at, or than is kept. */
  truncated: boolean;
  queries: { sql: string; ms: number; rows: number }[];
}

export interface SigmaOptions {
  from: number;
  until: number;
  maxHits?: number;
  maxBytes?: number;
  signal?: AbortSignal;
  /** Called with the part of the time that is done, 0 to 1. */
  progress?(part: number): Promise<void> | void;
}

/**
 * Look back in time with a rule: what the matcher would have found in the events of the lake. A query leaves out what certainly does not
 * match; the matcher decides on the rest, from the record as it came. Exceptions and filters of tenants are not looked at.
 * @throws MdrError MDR_LAKE_TIMEOUT when it was cancelled, and others of the lake
 */
export async function huntSigma(
  lake: TenantLake,
  one: OneRule,
  formats: Formats,
  { from, until, maxHits = 50_000, maxBytes = MOST_BYTES, signal, progress }: SigmaOptions,
): Promise<SigmaHunt> {
  const span = { from, until };
  const counted = await lake.query(KINDS_SQL, [], {
    ...span,
    timeoutMs: 120_000,
    maxRows: 10_000,
    ...(signal && { signal }),
  });
  const kinds = kindsFor(one.rule.logsource, counted.rows as unknown as LakeKind[]);
  const found: SigmaHunt = {
    ...{ hits: [], of: kinds.reduce((sum, { events }) => sum + events, 0), candidates: 0, unreadable: 0 },
    ...{ sql: null, truncated: false, queries: [{ sql: KINDS_SQL, ms: counted.ms, rows: counted.rows.length }] },
  };
  if (kinds.length === 0) return found;
  const sql = prefilterSql(one, kinds);
  found.sql = sql;
  const { from: first, until: last } = await bounds(lake, span);
  const confirm = confirmer(one, formats);
  const seen = new Set<string>();
  // The earliest on top: a stretch that holds too much is taken in halves.
  const stretches: [number, number][] = [];
  const step = Math.max(1, Math.ceil((last - first) / Math.ceil(found.of / MOST_SEARCHED)));
  for (let at = last; at > first; at -= step) stretches.push([Math.max(first, at - step), at]);
  const total = { sql, ms: 0, rows: 0 };
  let bytes = 0;
  while (stretches.length > 0) {
    const [begin, end] = stretches.pop()!;
    const { rows, truncated, ms } = await lake.query(sql, [], {
      ...{ from: begin, until: end, timeoutMs: 120_000, maxRows: PAGE },
      ...(signal && { signal }),
    });
    total.ms += ms;
    if (truncated && end - begin > 1) {
      const middle = Math.floor((begin + end) / 2);
      stretches.push([middle, end], [begin, middle]);
      continue;
    }
    found.truncated ||= truncated;
    total.rows += rows.length;
    found.candidates += rows.length;
    for (const [at, row] of rows.entries()) {
      if (at % SLICE === SLICE - 1) {
        await breathe();
        signal?.throwIfAborted();
      }
      const { id, time, format, source, original } = row as Record<string, string> & { time: never };
      if (seen.has(id!)) continue;
      const parsed = confirm(original!, format!, Number(time));
      if (parsed === undefined) found.unreadable++;
      if (!parsed) continue;
      seen.add(id!);
      if (found.hits.length >= maxHits || bytes >= maxBytes) {
        found.truncated = true;
        break;
      }
      const hit = { id: id!, time: Number(time), source: source!, format: format!, cells: cellsOf(parsed.ecs()) };
      bytes += sizeOf(hit.cells);
      found.hits.push(hit);
    }
    if (found.hits.length >= maxHits || bytes >= maxBytes) {
      found.truncated ||= stretches.length > 0;
      break;
    }
    await progress?.((end - first) / Math.max(1, last - first));
  }
  found.queries.push(total);
  found.hits.sort((a, b) => a.time - b.time || (a.id < b.id ? -1 : 1));
  return found;
}

/** Nothing is asked for before the first event or after the last. */
async function bounds(lake: TenantLake, { from, until }: { from: number; until: number }) {
  const status = await lake.status();
  return { from: Math.max(from, status.from ?? until), until: Math.min(until, (status.until ?? from) + 1) };
}

/** @returns the event when the rule matches it, null when it does not, undefined when the record cannot be read any more */
function confirmer({ matcher }: OneRule, formats: Formats) {
  const recogniser = formats.recogniser();
  const byName = new Map(formats.list.map((format) => [format.name, format]));
  return (original: string, format: string, time: number): Parsed | null | undefined => {
    const named = byName.get(format);
    if (!named) return undefined;
    try {
      const { parsed } = recogniser.read(original, named, time);
      return matcher.match(parsed).length > 0 ? parsed : null;
    } catch (error) {
      if (error instanceof MdrError) return undefined;
      throw error;
    }
  };
}

/** `windows/process_creation/*`, as the catalogue writes it. */
export const logsourceText = ({ product, category, service }: RuleLogSource): string =>
  [product, category, service].map((part) => part ?? '*').join('/');

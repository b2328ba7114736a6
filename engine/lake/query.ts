import { join } from 'node:path';
import type { Parameters } from './cells.js';
import { DATASETS } from './dataset.js';
import { Journal, type LakeFile } from './journal.js';
import { filesSql } from './parquet.js';
import { type Places, placesOf } from './places.js';
import type { Answer } from './session.js';
import { Sessions } from './sessions.js';
import { spooled, spooledSince } from './spool.js';

export interface QueryOptions {
  /** Only events from this time on, and before that one (epoch ms); only files that hold such events are opened. */
  from?: number;
  until?: number;
  /** Default 30 s, at most 10 min. */
  timeoutMs?: number;
  /** Default 10,000, at most 100,000; what is beyond is cut off and `truncated` set. */
  maxRows?: number;
  /** Default 1,024 MB, at most 2,048. */
  memoryMb?: number;
  /** Default 2, at most 16. */
  threads?: number;
  signal?: AbortSignal;
}

export interface QueryResult extends Answer {
  ms: number;
}

/** What of a tenant is in the lake. */
export interface LakeStatus {
  events: number;
  bytes: number;
  files: number;
  /** Times of the earliest and latest event, epoch ms; null when there is none. */
  from: number | null;
  until: number | null;
  /** Batches on their way: accepted, not in a file yet. */
  waiting: number;
  days: { day: string; dataset: string; events: number; bytes: number }[];
}

/** One tenant's part of the lake, to read. */
export interface TenantLake {
  readonly tenant: string;
  /**
   * Run one SELECT over the views `events` (everything), `process`, `network` … (engine/lake/dataset.ts); columns are those of
   * engine/lake/schema.ts. Values go in as parameters: `$1` from a list, `$name` from an object.
   * @throws MdrError MDR_LAKE_REFUSED, MDR_LAKE_QUERY, MDR_LAKE_TIMEOUT, MDR_LAKE_MEMORY, MDR_LAKE_BUSY
   */
  query(sql: string, params?: Parameters, options?: QueryOptions): Promise<QueryResult>;
  status(): Promise<LakeStatus>;
  /** Since when the batch waits that has waited longest for its file, epoch ms; null: none waits. */
  waitingSince(): Promise<number | null>;
}

export interface Lake {
  readonly root: string;
  /** @throws MdrError MDR_TENANT_UNKNOWN when this cannot be a tenant's id */
  forTenant(id: string): TenantLake;
  close(): void;
}

const within = (value: number | undefined, fallback: number, max: number): number =>
  Math.max(1, Math.min(Number.isFinite(value) ? value! : fallback, max));

/** The lake in a folder, to read. It need not exist yet: then it is empty. */
export function openLake(root: string): Lake {
  const sessions = new Sessions();
  return {
    root,
    forTenant: (id) => tenantLake(placesOf(root, id), sessions),
    close: () => sessions.close(),
  };
}

function tenantLake(places: Places, sessions: Sessions): TenantLake {
  const journal = new Journal(places);
  return {
    tenant: places.tenant,
    async query(sql, params = [], options = {}) {
      const started = performance.now();
      const { from, until, signal } = options;
      const files = [...(await journal.read()).files.values()].filter((file) => overlaps(file, from, until));
      await places.storage.fetch(
        files
          .filter(({ dataset }) => dataset === null || mentions(sql, dataset))
          .map(({ path, bytes }) => ({ path: join(places.events, path), bytes })),
      );
      const request = {
        folder: places.events,
        views: viewsOf(places, files, from, until),
        sql,
        params,
        maxRows: within(options.maxRows, 10_000, 100_000),
        memoryMb: within(options.memoryMb, 1024, 2048),
        threads: within(options.threads, 2, 16),
      };
      const answer = await sessions.run(request, within(options.timeoutMs, 30_000, 600_000), signal);
      return { ...answer, ms: performance.now() - started };
    },
    waitingSince: () => spooledSince(places),
    async status() {
      const { files } = await journal.read();
      const all = [...files.values()];
      const days = new Map<string, { day: string; dataset: string; events: number; bytes: number }>();
      for (const { day, dataset, rows, bytes } of all) {
        const key = `${day ?? 'recent'}/${dataset ?? 'all'}`;
        const found = days.get(key) ?? { day: day ?? 'recent', dataset: dataset ?? 'all', events: 0, bytes: 0 };
        days.set(key, { ...found, events: found.events + rows, bytes: found.bytes + bytes });
      }
      return {
        events: all.reduce((sum, { rows }) => sum + rows, 0),
        bytes: all.reduce((sum, { bytes }) => sum + bytes, 0),
        files: all.length,
        from: all.length > 0 ? Math.min(...all.map((file) => file.from)) : null,
        until: all.length > 0 ? Math.max(...all.map((file) => file.until)) : null,
        waiting: (await spooled(places)).length,
        days: [...days.entries()].sort(([a], [b]) => (a < b ? -1 : 1)).map(([, each]) => each),
      };
    },
  };
}

/** Whether a query may read a dataset's files: a view that is not named in it is not read. */
const mentions = (sql: string, dataset: string): boolean =>
  new RegExp(`(?:\\bevents\\b|\\b${dataset}\\b)`, 'i').test(sql);

const overlaps = (file: LakeFile, from = -Infinity, until = Infinity): boolean =>
  file.until >= from && file.from < until;

/** For each view its query. A file of one dataset is opened by that one's view alone; a shared file by all. */
function viewsOf(places: Places, files: LakeFile[], from?: number, until?: number): Record<string, string> {
  const bounds: string[] = [];
  if (from !== undefined) bounds.push(`time >= make_timestamp_ms(${Math.ceil(from)})`);
  if (until !== undefined) bounds.push(`time < make_timestamp_ms(${Math.ceil(until)})`);
  const view = (mine: LakeFile[], ...more: string[]) => {
    const where = [...bounds, ...more];
    return `SELECT * FROM (${filesSql(places, mine)})${where.length > 0 ? ` WHERE ${where.join(' AND ')}` : ''}`;
  };
  const views: Record<string, string> = { events: view(files) };
  const shared = files.filter(({ dataset }) => dataset === null);
  for (const dataset of DATASETS) {
    const own = view(files.filter((file) => file.dataset === dataset));
    views[dataset] = shared.length === 0 ? own : `${own} UNION ALL ${view(shared, `dataset = '${dataset}'`)}`;
  }
  return views;
}

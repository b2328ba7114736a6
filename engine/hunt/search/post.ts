import type { Clock } from '../../clock.js';
import { idOf } from '../../ids.js';
import type { Queues } from '../../queues.js';
import type { HuntFile, HuntPlace, ShownRun } from '../../store/dispatches.js';
import type { HuntRun } from '../../store/huntruns.js';
import type { TenantStore } from '../../store/index.js';

/** The same is posted into a channel at most once in this time. */
const AGAIN_MS = 5 * 60_000;
const SHOWN_ROWS = 15;
const SHOWN_CELL = 160;
const SHOWN_SQL = 2500;

/** A run as a card shows it: bounded, and without what only the worker needs. */
export function shownRun(run: HuntRun): ShownRun {
  const { request, result, queries } = run;
  const main = queries.at(-1)?.sql ?? ('sql' in request ? request.sql : '');
  return {
    ...{
      number: run.number,
      title: run.title,
      kind: request.kind,
      period: run.period,
      from: run.from,
      until: run.until,
    },
    ...{ by: run.by, hunt: run.hunt, scheduled: run.scheduled, state: run.state, progress: run.progress },
    ...{ techniques: run.techniques.slice(0, 20), error: run.error, file: run.file, created: run.created },
    name: 'name' in request ? (request.name ?? null) : request.kind === 'sigma' ? request.rule : null,
    sql: main.length > SHOWN_SQL ? `${main.slice(0, SHOWN_SQL)}…` : main,
    ms: queries.reduce((sum, { ms }) => sum + ms, 0),
    result: result && {
      ...{ total: result.total, truncated: result.truncated, notes: result.notes, gaps: result.gaps },
      ...{ columns: result.columns, hasChart: result.chart !== null },
      rows: result.rows
        .slice(0, SHOWN_ROWS)
        .map((row) =>
          row.map((cell) =>
            typeof cell === 'string' && cell.length > SHOWN_CELL ? `${cell.slice(0, SHOWN_CELL)}…` : cell,
          ),
        ),
    },
  };
}

/**
 * Put a run's card and files into a channel: they leave through the outbox.
 * @param isAsked whether somebody asks for it, who may do so again later; what comes by itself comes once
 */
export async function postRun(
  store: TenantStore,
  queues: Queues,
  run: HuntRun,
  to: HuntPlace,
  files: HuntFile[],
  clock: Clock,
  isAsked = true,
): Promise<void> {
  const now = clock();
  const { surface, channel, alone } = to;
  const when = isAsked ? String(Math.floor(now / AGAIN_MS)) : 'by itself';
  const _id = idOf('hunt', store.id, surface, channel, run._id, run.state, files.join(), when);
  await store.dispatches.insert({
    ...{
      _id,
      to: { kind: 'channel', surface, channel },
      content: { kind: 'hunt', id: run._id, run: shownRun(run), files, ...(alone !== undefined && { alone }) },
    },
    ...{ state: 'due', attempts: 0, due: now, created: now, ended: null, error: '' },
  });
  await queues.add('dispatches', { tenant: store.id, id: _id });
}

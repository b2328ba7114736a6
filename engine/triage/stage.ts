import type { Worker } from 'bullmq';
import type { Clock } from '../clock.js';
import { idOf } from '../ids.js';
import { withLock } from '../lock.js';
import type { Payloads, Queues } from '../queues.js';
import type { Alert, Observable } from '../store/alerts.js';
import type { Detection } from '../store/detections.js';
import type { Store, TenantStore } from '../store/index.js';
import { emptyAlert, grow, reaches, WINDOW_MS } from './group.js';
import { entityOf } from './observables.js';
import type { Judging } from './score.js';
import type { LiveVerdicts } from './trust.js';

const CONFLICT_TRIES = 8;
const LOCK_WAIT_MS = 15_000;
const MAX_LOG = 500;

export interface TriageParts {
  store: Store;
  queues: Queues;
  clock: Clock;
  /** Without them, every rule is trusted as at the beginning. */
  verdicts?: LiveVerdicts;
}

/** Consumer of the `detections` queue: detections become alerts, and the bot is told which alerts changed. */
export function startTriage(parts: TriageParts): Worker<Payloads['detections']> {
  return parts.queues.work('detections', 2, async (job) => {
    await triage(parts, job.data.tenant, job.data.ids);
  });
}

/**
 * Put detections into alerts. Doing it again changes nothing: a detection knows its alert, and an alert its detections.
 * @returns the numbers of the alerts that they are in
 */
export async function triage(
  { store, queues, clock, verdicts }: TriageParts,
  tenant: string,
  ids: readonly string[],
): Promise<number[]> {
  const scope = await store.forTenant(tenant);
  const lock = `${queues.prefix}:{${tenant}}:lock:triage`;
  const numbers = await withLock(queues.redis, lock, LOCK_WAIT_MS, async () => {
    const all = await scope.detections.find({ _id: { $in: [...ids] } }, { limit: ids.length });
    const groups = new Map<string, { entity: Observable; detections: Detection[] }>();
    const touched = new Set<number>();
    for (const detection of all) {
      // Those that a crash left between "joined" and "told" are told again.
      if (detection.alert !== null) touched.add(detection.alert);
      if (detection.alert !== null || detection.suppressed) continue;
      const entity = entityOf(detection.event.ecs, detection.event.source);
      const key = `${entity.kind}:${entity.value}`;
      const group = groups.get(key) ?? { entity, detections: [] };
      group.detections.push(detection);
      groups.set(key, group);
    }
    const judging = { profile: scope.tenant.profile, verdicts: await verdicts?.forTenant(scope) };
    for (const { entity, detections } of groups.values()) {
      detections.sort((a, b) => a.event.time - b.event.time || (a._id < b._id ? -1 : 1));
      for (const run of runs(detections)) touched.add(await place(scope, entity, run, judging, clock()));
    }
    return [...touched];
  });
  await queues.addBulk(
    'changes',
    numbers.map((number) => ({ data: { tenant, kind: 'alert' as const, number } })),
  );
  return numbers;
}

/** Cut detections, sorted by time, where the gap is longer than the window: each run belongs to one alert. */
function runs(detections: readonly Detection[]): Detection[][] {
  const cut: Detection[][] = [];
  for (const detection of detections) {
    const run = cut.at(-1);
    if (run && detection.event.time - run.at(-1)!.event.time <= WINDOW_MS) run.push(detection);
    else cut.push([detection]);
  }
  return cut;
}

/** Put one run of detections into the alert that reaches it, or into a new one. @returns the alert's number */
async function place(
  scope: TenantStore,
  entity: Observable,
  run: readonly Detection[],
  judging: Judging,
  now: number,
): Promise<number> {
  const ids = run.map((detection) => detection._id);
  for (let attempt = 0; attempt < CONFLICT_TRIES; attempt++) {
    const found = await findAlert(scope, entity, run);
    const alert = found ?? emptyAlert(scope.id, await scope.nextNumber('alert'), entity, run[0]!, now);
    const grown = grow(alert, run, judging, now);
    if (grown && !(await save(scope, found, grown.alert, grown.added.length, now))) continue;
    await scope.detections.updateMany({ _id: { $in: ids } }, { $set: { alert: alert.number } });
    return alert.number;
  }
  throw new Error(`alert of ${entity.value} keeps changing; the batch will be tried again`);
}

/** The alert that holds part of the run already (a repeated job), or the open one nearest in time that reaches it. */
async function findAlert(scope: TenantStore, entity: Observable, run: readonly Detection[]): Promise<Alert | null> {
  const first = run[0]!.event.time;
  const last = run.at(-1)!.event.time;
  const near = await scope.alerts.find(
    {
      'entity.value': entity.value,
      'entity.kind': entity.kind,
      first: { $lte: last + WINDOW_MS },
      last: { $gte: first - WINDOW_MS },
    },
    { sort: { last: -1 }, limit: 20 },
  );
  const ids = new Set(run.map((detection) => detection._id));
  return (
    near.find((alert) => alert.recent.some((id) => ids.has(id))) ??
    near.find((alert) => run.some((detection) => reaches(alert, detection.event.time))) ??
    null
  );
}

async function save(
  scope: TenantStore,
  found: Alert | null,
  grown: Alert,
  added: number,
  now: number,
): Promise<boolean> {
  if (!found) {
    const opened = {
      id: 'opened',
      at: now,
      actor: 'mdr',
      actorName: 'mdr',
      kind: 'opened' as const,
      text: grown.title,
    };
    return scope.alerts.insert({ ...grown, log: [opened], revision: 1 });
  }
  const { _id, tenant, number, state, log, revision, created, acknowledged, closed, assignee, reason, ...content } =
    grown;
  const names = grown.rules.slice(-added).map((rule) => `${rule.title} (${rule.level})`);
  const text = `${names.slice(0, 5).join('; ')}${names.length > 5 ? `; and ${names.length - 5} more` : ''}`;
  const entry = {
    id: `grew-${idOf(...grown.rules.map((rule) => rule.id)).slice(0, 12)}`,
    at: now,
    actor: 'mdr',
    actorName: 'mdr',
    kind: 'grew' as const,
    text,
  };
  const tell = added > 0 && log.length < MAX_LOG;
  return scope.alerts.update(
    { _id, revision },
    { $set: content, $inc: { revision: 1 }, ...(tell ? { $push: { log: entry } } : {}) },
  );
}

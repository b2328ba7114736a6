import type { Worker } from 'bullmq';
import type { Clock } from '../clock.js';
import { LEVELS } from '../detect/types.js';
import { INVESTIGATED_FROM, wantInvestigations } from '../investigate/work.js';
import { withLock } from '../lock.js';
import type { Payloads, Queues } from '../queues.js';
import type { Detection } from '../store/detections.js';
import type { Store, TenantStore } from '../store/index.js';
import { arrange } from './arrange.js';
import { linkCampaigns } from './campaigns.js';
import { FORTNIGHT, redisHabits } from './habits.js';
import { findNear, finish, groupsOf } from './near.js';
import { pointsOf } from './rules.js';
import { ChangedMeanwhile, save } from './save.js';
import type { Judging } from './score.js';
import { isByHand, type Strand, strandOf } from './strands.js';
import type { LiveVerdicts } from './trust.js';
import { WEIGHTS } from './weights.js';

const CONFLICT_TRIES = 8;
const LOCK_WAIT_MS = 15_000;
const DAY_MS = 86_400_000;

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
 * @returns the numbers of the alerts that they are in, or that changed because of them
 */
export async function triage(parts: TriageParts, tenant: string, ids: readonly string[]): Promise<number[]> {
  const { store, queues, verdicts } = parts;
  const scope = await store.forTenant(tenant);
  const lock = `${queues.prefix}:{${tenant}}:lock:triage`;
  const numbers = await withLock(queues.redis, lock, LOCK_WAIT_MS, async () => {
    const all = await scope.detections.find({ _id: { $in: [...ids] } }, { limit: ids.length });
    const fresh = all.filter(({ alert, suppressed }) => alert === null && !suppressed);
    // Those that a crash left between "joined" and "told" are told again.
    const touched = new Set(all.flatMap(({ alert }) => (alert ? [alert] : [])));
    const judging = { profile: scope.tenant.profile, verdicts: await verdicts?.forTenant(scope) };
    for (let attempt = 1; ; attempt++) {
      try {
        for (const number of await place(parts, scope, fresh, judging)) touched.add(number);
        return [...touched];
      } catch (error) {
        if (!(error instanceof ChangedMeanwhile) || attempt === CONFLICT_TRIES) throw error;
      }
    }
  });
  await queues.addBulk(
    'changes',
    numbers.map((number) => ({ data: { tenant, kind: 'alert' as const, number } })),
  );
  const grave = { number: { $in: numbers }, level: { $in: LEVELS.slice(LEVELS.indexOf(INVESTIGATED_FROM)) } };
  if (numbers.length > 0)
    await wantInvestigations(queues, tenant, await scope.alerts.find(grave, { limit: numbers.length }));
  return numbers;
}

/** Put new detections to what they belong to. @returns the numbers of the alerts that changed */
async function place(
  { queues, clock }: TriageParts,
  scope: TenantStore,
  fresh: readonly Detection[],
  judging: Judging,
): Promise<number[]> {
  if (fresh.length === 0) return [];
  const weights = judging.weights ?? WEIGHTS;
  const habits = redisHabits(queues.redis, queues.prefix);
  const strands = new Map(fresh.map((detection) => [detection, sureStrand(detection)]));
  const today = Math.max(...fresh.map(({ event }) => event.time));
  await habits.note(
    scope.id,
    [...strands.values()].map(({ id, links, first }) => ({ rule: id, links, time: first })),
  );
  const known = await habits.look(scope.id, [...strands.values()], today);
  const isLoud = (detection: Detection) => {
    const strand = strands.get(detection)!;
    return isByHand(strand) || pointsOf(strand, known, weights) >= weights.opens.least;
  };
  const loud = fresh.filter(isLoud);
  const silent = fresh.filter((detection) => !isLoud(detection));

  const again = await isFirstAfterLearning(queues, scope.id, today, known.history >= weights.opens.learning.days);
  const near = await findNear(
    scope,
    loud.map((detection) => strands.get(detection)!),
    known,
    again ? { quietFrom: weights.opens.from, since: today - FORTNIGHT * DAY_MS } : {},
  );
  const finished = await finish(scope, near, loud);
  const held = new Set(near.flatMap(({ record }) => record.recent));
  const joining = new Map([...strands].filter(([detection]) => !held.has(detection._id) && isLoud(detection)));
  const groups = groupsOf(near);
  const common = await habits.look(scope.id, [...joining.values(), ...groups.flatMap((group) => group.strands)], today);
  const arranged = arrange([...joining.values()], groups, common);
  const changed = await save(scope, arranged, { near, detections: joining, common, judging, now: clock() });
  const related = await linkCampaigns(scope, changed, common);
  await scope.detections.updateRead([{ records: silent, change: { $set: { alert: 0 } } }]);
  return [...finished, ...changed.map(({ number }) => number), ...related];
}

/** The strand of a detection; of an indicator's, with how sure that is. */
function sureStrand(detection: Detection): Strand {
  const strand = strandOf(detection);
  const { confidence } = detection.rule;
  return confidence === undefined ? strand : { ...strand, confidence };
}

/** When a tenant's first days are over, what stayed quiet in them is looked at once more. */
async function isFirstAfterLearning(queues: Queues, tenant: string, today: number, isOver: boolean): Promise<boolean> {
  if (!isOver) return false;
  const key = `${queues.prefix}:{${tenant}}:habit:reconsidered:${Math.floor(today / DAY_MS)}`;
  return (await queues.redis.set(key, '1', 'EX', 3 * 24 * 3600, 'NX')) !== null;
}

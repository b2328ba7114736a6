import { idOf } from '../ids.js';
import type { Alert, AlertEntry, Observable } from '../store/alerts.js';
import type { Detection } from '../store/detections.js';
import type { TenantStore } from '../store/index.js';
import type { Quiet } from '../store/quiets.js';
import { type Arranged, judge, opensAt } from './arrange.js';
import type { Commonness } from './commonness.js';
import { beginningId, type Content, contentOf, factsOf, newAlert, tookWith } from './compose.js';
import { moveDetections, moveQuiets, type Near, takeQuiets } from './near.js';
import { entityOf } from './observables.js';
import { matters } from './parts.js';
import type { Judging } from './score.js';
import { isByHand, type Strand, signatureOf, strandOf } from './strands.js';
import { WEIGHTS } from './weights.js';

const MAX_LOG = 500;
const MAX_SPLIT = 5000;

/** Somebody wrote the record in between: read again and try again. */
export class ChangedMeanwhile extends Error {
  override readonly name = 'ChangedMeanwhile';
}

export interface Saving {
  near: readonly Near[];
  /** New detections, each with its strand. */
  detections: ReadonlyMap<Detection, Strand>;
  common: Commonness;
  judging: Judging;
  /** Epoch ms. */
  now: number;
}

/** What is to be written of one arranged group. */
interface Plan {
  arranged: Arranged;
  keeper: Near | undefined;
  takes: Near[];
  fresh: Detection[];
  content: Content;
  judged: ReturnType<typeof judge>;
  opens: boolean;
}

/**
 * Write groups down: alerts that are new, grew, were taken in or split; quiet groups. First the records, then what the detections say of
 * them: whoever dies in between leaves something that `finish` recognises.
 * @returns the alerts that changed, as they are now
 * @throws ChangedMeanwhile
 */
export async function save(scope: TenantStore, all: readonly Arranged[], saving: Saving): Promise<Alert[]> {
  const plans = planOf(all, saving);
  const fallback = ({ fresh, content, keeper }: Plan) =>
    keeper?.kind === 'alert'
      ? keeper.record.entity
      : fresh[0]
        ? entityOf(fresh[0].event.ecs, fresh[0].event.source)
        : { kind: content.strands[0]!.links[0]!.kind as 'host', value: content.strands[0]!.links[0]!.value };
  const opening = plans.filter(({ keeper, opens }) => opens && keeper?.kind !== 'alert');
  const growing = plans.filter(({ keeper }) => keeper?.kind === 'alert');
  const staying = plans.filter(({ keeper, opens }) => !opens && keeper?.kind !== 'alert');
  const changed: Alert[] = [];
  const placed: { plan: Plan; number: number }[] = [];

  opening.sort(
    (a, b) =>
      a.content.first - b.content.first || (a.content.strands[0]!.example < b.content.strands[0]!.example ? -1 : 1),
  );
  const first = opening.length > 0 ? await scope.nextNumber('alert', opening.length) : 0;
  const opened = opening.map((plan, i): Omit<Alert, 'tenant'> & { tenant: string } => {
    const { arranged, content, judged, keeper, takes } = plan;
    const number = first + i;
    placed.push({ plan, number });
    const facts = factsOf(judged, content, fallback(plan), arranged.ties);
    const { _id, ...rest } = newAlert(scope.id, number, saving.now, beginningId('alert', scope.id, content.strands));
    const took = [keeper, ...takes].flatMap((near) => (near ? [near.record._id] : []));
    const from = splitFrom(plan, saving.near);
    const text = from ? `${facts.title}; split from alert ${from.number}: nothing joins them any more` : facts.title;
    // What was part of another begins with a detection of its own, so its id may be taken by the quiet group that it was.
    return {
      _id: from ? idOf(_id, 'split') : _id,
      ...rest,
      ...facts,
      detections: judged.count,
      took,
      log: [entry('opened', 'opened', saving.now, text)],
    };
  });
  if (opened.length > 0) {
    if ((await scope.alerts.insertNew(opened)) < opened.length)
      throw new ChangedMeanwhile('an alert was opened in between');
    changed.push(...opened);
  }

  for (const plan of growing) {
    const { arranged, content, judged, takes } = plan;
    const alert = (plan.keeper as Extract<Near, { kind: 'alert' }>).record;
    const facts = factsOf(judged, content, alert.entity, arranged.ties);
    const grown = {
      ...alert,
      ...facts,
      detections: judged.count,
      took: tookWith(alert, arranged.takes),
      updated: saving.now,
    };
    const entries = alert.log.length < MAX_LOG ? entriesOf(alert, grown, takes, saving.now) : [];
    const { detections, took, updated } = grown;
    const written = await scope.alerts.update(
      { _id: alert._id, revision: alert.revision },
      {
        $set: { ...facts, detections, took, updated },
        $inc: { revision: 1 },
        ...(entries.length > 0 && { $push: { log: { $each: entries } } }),
      },
    );
    if (!written) throw new ChangedMeanwhile(`alert ${alert.number} was changed in between`);
    placed.push({ plan, number: alert.number });
    changed.push({ ...grown, log: [...alert.log, ...entries], revision: alert.revision + 1 });
  }

  await saveQuiets(scope, staying);
  await scope.detections.updateRead([
    ...placed.map(({ plan, number }) => ({ records: plan.fresh, change: { $set: { alert: number } } })),
    ...staying.map((plan) => ({
      records: plan.fresh,
      change: { $set: { alert: 0, quiet: quietId(scope.id, plan) } },
    })),
  ]);
  for (const { plan, number } of placed) {
    const taken = [...(plan.keeper ? [plan.keeper] : []), ...plan.takes];
    await takeQuiets(
      scope,
      taken.flatMap((each) => (each.kind === 'quiet' ? [each.record] : [])),
      number,
    );
    for (const { kind, record } of plan.takes)
      if (kind === 'alert') changed.push(await closeInto(scope, record, number, plan.arranged.ties, saving.now));
    const from = splitFrom(plan, saving.near);
    if (from) await splitDetections(scope, from.number, number, plan.content.strands);
  }
  return changed;
}

/** What became of each group, but for those that nothing happened to. */
function planOf(all: readonly Arranged[], { near, detections, common, judging }: Saving): Plan[] {
  const records = new Map(near.map((each) => [each.record._id, each]));
  const homes = new Map<string, { strand: Strand; arranged: Arranged }[]>();
  for (const arranged of all)
    for (const strand of arranged.strands) {
      const signature = signatureOf(strand);
      homes.set(signature, [...(homes.get(signature) ?? []), { strand, arranged }]);
    }
  const fresh = new Map<Arranged, Detection[]>();
  for (const [detection, strand] of detections) {
    const home = homes
      .get(signatureOf(strand))
      ?.find(({ strand: of }) => of.first <= strand.first && strand.last <= of.last)?.arranged;
    if (home) fresh.set(home, [...(fresh.get(home) ?? []), detection]);
  }
  const opens = opensAt(common, judging.weights ?? WEIGHTS);
  return all.flatMap((arranged): Plan[] => {
    const keeper = arranged.keeps === null ? undefined : records.get(arranged.keeps);
    const takes = arranged.takes.map((id) => records.get(id)!);
    const news = fresh.get(arranged) ?? [];
    const isSame =
      keeper && news.length === 0 && takes.length === 0 && keeper.record.strands?.length === arranged.strands.length;
    if (isSame && keeper.kind === 'alert') return [];
    const parts = [keeper, ...takes].flatMap((each) => (each ? [each.record] : []));
    const isKept = (observable: Observable) => matters(observable, judging.profile, judging.weights ?? WEIGHTS);
    const content = contentOf(arranged.strands, parts, news, common, isKept);
    const judged = judge(arranged.strands, content.observables, common, judging, answersOf(keeper));
    const plan = {
      arranged,
      keeper,
      takes,
      fresh: news,
      content,
      judged,
      opens: judged.score >= opens || arranged.strands.some(isByHand),
    };
    return isSame && !plan.opens ? [] : [plan];
  });
}

const answersOf = (near: Near | undefined): Alert['answers'] =>
  near?.kind === 'alert' ? near.record.answers : undefined;

/** The alert that a new one was part of. */
function splitFrom({ arranged }: Plan, near: readonly Near[]): Alert | undefined {
  const from = near.find(({ record }) => record._id === arranged.leaves);
  return from?.kind === 'alert' ? from.record : undefined;
}

const entry = (id: string, kind: AlertEntry['kind'], at: number, text: string): AlertEntry => ({
  ...{ id, at, kind, text },
  actor: 'mdr',
  actorName: 'mdr',
});

function entriesOf(before: Alert, after: Alert, takes: readonly Near[], now: number): AlertEntry[] {
  const known = new Set(before.rules.map(({ id }) => id));
  const added = after.rules.filter(({ id }) => !known.has(id));
  const names = added.map((rule) => `${rule.title} (${rule.level})`);
  const entries: AlertEntry[] = [];
  if (names.length > 0) {
    const text = `${names.slice(0, 5).join('; ')}${names.length > 5 ? `; and ${names.length - 5} more` : ''}`;
    entries.push(entry(`grew-${idOf(...after.rules.map((rule) => rule.id)).slice(0, 12)}`, 'grew', now, text));
  }
  for (const { kind, record } of takes)
    if (kind === 'alert') {
      const why = after.ties?.at(-1);
      const text = `Took in alert ${record.number}, ${record.title}${why ? `: ${why}` : ''}`;
      entries.push(entry(`took-${record.number}`, 'merged', now, text));
    }
  return entries;
}

/** An alert that another has taken in is closed as its duplicate; its thread says where it goes on. */
async function closeInto(
  scope: TenantStore,
  alert: Alert,
  into: number,
  ties: readonly string[],
  now: number,
): Promise<Alert> {
  const why = ties.at(-1);
  const said = entry(`merged-${into}`, 'merged', now, `Goes on in alert ${into}${why ? `: ${why}` : ''}`);
  const set = { state: 'closed' as const, reason: 'duplicate' as const, closed: now, updated: now, mergedInto: into };
  const written = await scope.alerts.update(
    { _id: alert._id, revision: alert.revision },
    { $set: set, $inc: { revision: 1 }, $push: { log: said } },
  );
  if (!written) throw new ChangedMeanwhile(`alert ${alert.number} was changed in between`);
  await moveDetections(scope, alert, into);
  return { ...alert, ...set, log: [...alert.log, said], revision: alert.revision + 1 };
}

async function splitDetections(
  scope: TenantStore,
  from: number,
  to: number,
  strands: readonly Strand[],
): Promise<void> {
  const held = await scope.detections.find({ alert: from }, { limit: MAX_SPLIT });
  const leaving = held.filter((detection) => {
    const strand = strandOf(detection);
    const signature = signatureOf(strand);
    return strands.some(
      (each) => signatureOf(each) === signature && each.first <= strand.first && strand.last <= each.last,
    );
  });
  await scope.detections.updateRead([{ records: leaving, change: { $set: { alert: to } } }]);
}

const quietId = (tenant: string, { keeper, content }: Plan): string =>
  keeper?.record._id ?? beginningId('quiet', tenant, content.strands);

async function saveQuiets(scope: TenantStore, plans: readonly Plan[]): Promise<void> {
  const records = plans.map(
    (plan): Omit<Quiet, 'tenant'> => ({
      _id: quietId(scope.id, plan),
      ...plan.content,
      score: plan.judged.score,
      revision: (plan.keeper?.record.revision ?? 0) + 1,
    }),
  );
  const gone = plans.flatMap(({ takes }) => takes.map(({ record }) => record._id));
  const fresh = records.filter((_, i) => !plans[i]!.keeper);
  await scope.quiets.insertNew(fresh);
  await scope.quiets.updateEach(
    records.flatMap(({ _id, ...set }, i) => (plans[i]!.keeper ? [{ filter: { _id }, change: { $set: set } }] : [])),
  );
  await moveQuiets(
    scope,
    plans.flatMap((plan) =>
      plan.takes.flatMap((each) => (each.kind === 'quiet' ? [{ from: each.record, to: quietId(scope.id, plan) }] : [])),
    ),
  );
  await scope.quiets.deleteMany({ _id: { $in: gone } });
}

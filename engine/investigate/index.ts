import type { Clock } from '../clock.js';
import { MdrError } from '../errors.js';
import type { TenantLake } from '../lake/index.js';
import type { Log } from '../log.js';
import type { Alert, Observable } from '../store/alerts.js';
import type { TenantStore } from '../store/index.js';
import { campaignOf } from '../triage/campaigns.js';
import { worst } from '../triage/score.js';
import { blastOf } from './blast.js';
import { chainOf } from './chain.js';
import { type Budget, type Gathered, gather } from './gather.js';
import { impactOf } from './impact.js';
import { mitigationOf } from './mitigation.js';
import { eventIds } from './report/bounds.js';
import { eventText, storyOf } from './story.js';
import type { EventRef, Investigation } from './types.js';

const MAX_ALERTS = 30;
const MAX_OBSERVABLES = 200;
const MAX_EVENTS = 10;

export interface InvestigateParts {
  store: TenantStore;
  lake: TenantLake | null;
  clock: Clock;
  log?: Log;
  budget?: Budget;
}

/**
 * Find out what an alert, or the campaign that it is part of, was: from its detections and from the lake around them. Changes nothing.
 * @param whole the whole campaign, not only this alert
 * @param version of the investigation to be
 * @throws MdrError MDR_ALERT_UNKNOWN
 */
export async function investigate(
  { store, lake, clock, log, budget }: InvestigateParts,
  number: number,
  { whole = true, version = 1 }: { whole?: boolean; version?: number } = {},
): Promise<Investigation> {
  const alert = await store.alerts.findOne({ number });
  if (!alert)
    throw new MdrError(
      'MDR_ALERT_UNKNOWN',
      `there is no alert ${number} of ${store.tenant.name}.`,
      'See `alerts` for those that are open.',
    );
  const alerts = whole ? await campaign(store, alert) : [alert];
  const gathered = await gather(store, lake, alerts, { clock, ...(log && { log }), ...(budget && { budget }) });
  return concluded(store, alert, alerts, gathered, { made: clock(), version });
}

async function campaign(store: TenantStore, alert: Alert): Promise<Alert[]> {
  const first = campaignOf(alert);
  const others = await store.alerts.find(
    { campaign: first, mergedInto: { $exists: false } },
    { sort: { number: 1 }, limit: MAX_ALERTS },
  );
  return others.some(({ number }) => number === alert.number) ? others : [alert, ...others].slice(0, MAX_ALERTS);
}

/** What follows from what was gathered: the same gathered, the same conclusions. */
export function concluded(
  store: Pick<TenantStore, 'id' | 'tenant'>,
  alert: Alert,
  alerts: readonly Alert[],
  gathered: Gathered,
  { made, version }: { made: number; version: number },
): Investigation {
  const { profile } = store.tenant;
  const { chain, gaps, cut } = chainOf(gathered);
  const story = storyOf(chain, gaps, gathered);
  const blast = blastOf(chain, gathered, profile);
  const leading = alerts.reduce((a, b) => (b.score > a.score ? b : a), alert);
  const found: Omit<Investigation, 'events'> = {
    ...{ tenant: store.id, alert: alert.number, alerts: alerts.map(({ number }) => number), version, made },
    ...{
      title: leading.title,
      level: worst(alerts.map(({ level }) => level)),
      score: leading.score,
      reasons: leading.reasons,
    },
    ...{ chain, gaps, ...story, blast },
    impact: impactOf(chain, blast.touched, profile),
    mitigation: mitigationOf(chain, gathered),
    observables: observablesOf(gathered),
    spent: { queries: gathered.queries, ms: gathered.ms, cut: [...gathered.cut, ...cut] },
    simulated: alerts.some(({ simulated }) => simulated),
  };
  return { ...found, events: referred(found, gathered) };
}

/** Values worth remembering, each with events that name it. */
function observablesOf({ detections }: Gathered): Investigation['observables'] {
  const found = new Map<string, Observable & { events: string[] }>();
  for (const { event, observables } of detections)
    for (const { kind, value } of observables) {
      const key = `${kind}:${value.toLowerCase()}`;
      const known = found.get(key);
      if (!known) {
        if (found.size < MAX_OBSERVABLES) found.set(key, { kind, value, events: [event.id] });
      } else if (known.events.length < MAX_EVENTS && !known.events.includes(event.id)) known.events.push(event.id);
    }
  return [...found.values()].sort((a, b) => (a.kind < b.kind ? -1 : a.kind > b.kind ? 1 : a.value < b.value ? -1 : 1));
}

/** Every event that something rests on. */
function referred(found: Omit<Investigation, 'events'>, { events }: Gathered): Record<string, EventRef> {
  const refs: EventRef[] = [];
  for (const id of eventIds(found)) {
    const event = events.get(id);
    if (event)
      refs.push({
        id,
        time: event.time,
        host: event.host,
        user: event.user,
        dataset: event.dataset,
        text: eventText(event),
      });
  }
  refs.sort((a, b) => a.time - b.time || (a.id < b.id ? -1 : 1));
  return Object.fromEntries(refs.map((ref) => [ref.id, ref]));
}

import type { Worker } from 'bullmq';
import type { Clock } from '../clock.js';
import { LEVELS, type Level } from '../detect/types.js';
import { MdrError } from '../errors.js';
import { idOf } from '../ids.js';
import type { Lake, TenantLake } from '../lake/index.js';
import type { Log } from '../log.js';
import type { Payloads, Queues } from '../queues.js';
import type { Alert } from '../store/alerts.js';
import type { Store, TenantStore } from '../store/index.js';
import type { ReportRecord } from '../store/reports.js';
import { campaignOf } from '../triage/campaigns.js';
import { cvesOf } from '../triage/cves.js';
import { type Enriched, type EnrichFiles, type Enriching, loadEnriching } from '../triage/enrich/index.js';
import { change } from '../triage/work.js';
import { investigate } from './index.js';
import { bounded } from './report/bounds.js';
import { investigationOf, listVersions, saveVersion } from './report/keep.js';
import type { Investigation } from './types.js';
import { spanText } from './words.js';

/** Alerts of this level on are investigated by themselves, so long after they changed that what follows at once is in it. */
export const INVESTIGATED_FROM: Level = 'medium';
const FIRST_MS = 60_000;
const AGAIN_MS = 10 * 60_000;
const MOST_VERSIONS = 50;
/** More of them than this are not made by themselves. */
const MOST_WAITING = 100;
const MOST_TECHNIQUES = 50;
const BY_ITSELF = { id: 'mdr', name: 'mdr' };

export interface InvestigatingParts {
  store: Store;
  queues: Queues;
  lake: Lake;
  clock: Clock;
  log: Log;
  /** What an operator gives to be looked into for facts. */
  files?: EnrichFiles;
}

/** Consumer of the `investigations` queue. */
export function startInvestigating(parts: InvestigatingParts): Worker<Payloads['investigations']> {
  const loading = loadEnriching(parts);
  // Awaited with the first job, which says so when it fails.
  loading.catch(() => {});
  return parts.queues.work('investigations', 1, async ({ data }) => {
    await investigated({ ...parts, enriching: await loading }, data);
  });
}

/**
 * Investigate alerts that changed, once for each campaign, when they are grave enough. Asking again while it is still to be done does
 * nothing.
 */
export async function wantInvestigations(queues: Queues, tenant: string, alerts: readonly Alert[]): Promise<void> {
  const grave = alerts.filter(
    ({ level, mergedInto, state }) =>
      mergedInto === undefined && state !== 'closed' && LEVELS.indexOf(level) >= LEVELS.indexOf(INVESTIGATED_FROM),
  );
  if (grave.length === 0) return;
  // In a storm, the gravest: the rest is investigated by hand, or when it grows after the storm.
  const queue = queues.queue('investigations');
  const room = MOST_WAITING - (await queue.getJobCountByTypes('delayed', 'waiting', 'prioritized'));
  const gravest = grave.toSorted((a, b) => b.score - a.score || a.number - b.number).slice(0, Math.max(0, room));
  const wanted = new Map(gravest.map((alert) => [campaignOf(alert), alert]));
  await queues.addBulk(
    'investigations',
    [...wanted].map(([number, { log }]) => ({
      data: { tenant, number, by: null },
      options: {
        removeOnFail: true,
        jobId: `${tenant}:${number}:auto`.replaceAll(':', '-'),
        delay: log.some(({ kind }) => kind === 'investigated') ? AGAIN_MS : FIRST_MS,
      },
    })),
  );
}

/**
 * Run one investigation, keep it when it says something new, and say so in the thread. Doing it again adds nothing.
 * @param enriching who is asked what is known of its observables; nobody when absent
 */
export async function investigated(
  {
    store,
    queues,
    lake,
    clock,
    log,
    files,
    enriching,
  }: Omit<InvestigatingParts, 'queues'> & { queues: Pick<Queues, 'add'>; enriching?: Enriching },
  { tenant, number, by }: Payloads['investigations'],
): Promise<ReportRecord | null> {
  const scope = await store.forTenant(tenant);
  const last = await latest(scope, number);
  if (last && last.version >= MOST_VERSIONS) return last;
  const version = (last?.version ?? 0) + 1;
  let found: Investigation;
  try {
    found = await investigate({ store: scope, lake: lake.forTenant(tenant), clock, log }, number, { version });
  } catch (error) {
    if (error instanceof MdrError && error.code === 'MDR_ALERT_UNKNOWN') return null;
    throw error;
  }
  const known =
    enriching &&
    (await enrichedBy(enriching, found, {
      store: scope,
      lake: lake.forTenant(tenant),
      clock,
      ...(files && { files }),
    }));
  if (known) {
    found.facts = known.facts;
    found.spent.cut.push(...known.failed.map((what) => `${what} could not be found out`));
  }
  const before = last && investigationOf(last);
  if (before && contentOf(before) === contentOf(bounded(found)) && !hasNews(found, before)) return last;
  const record = await saveVersion(scope, found, by ?? BY_ITSELF);
  const said = `Version ${record.version}:`;
  await change(scope, number, by ?? BY_ITSELF, clock, (alert) => {
    const done = alert.log.find(({ kind, text }) => kind === 'investigated' && text.startsWith(said));
    return done ? { done } : { kind: 'investigated', text: `${said} ${summaryOf(found)}` };
  });
  await queues.add('changes', { tenant, kind: 'alert', number });
  return record;
}

/** The newest investigation of an alert, or of the campaign that it is part of. */
export async function latest(scope: TenantStore, number: number): Promise<ReportRecord | null> {
  return (await listVersions(scope, number))[0] ?? null;
}

/** Ask what is known of an investigation's observables and techniques, and of the vulnerabilities that its detections name. */
async function enrichedBy(
  enriching: Enriching,
  { alerts, chain, observables, made }: Investigation,
  { clock, ...parts }: { store: TenantStore; lake: TenantLake; clock: Clock; files?: EnrichFiles },
): Promise<Enriched> {
  const techniques = [...new Set(chain.flatMap((step) => step.techniques))].slice(0, MOST_TECHNIQUES);
  const vulnerabilities = await cvesOf(parts.store, alerts);
  return enriching.enrich(
    [
      ...techniques.map((value) => ({ kind: 'technique' as const, value })),
      ...vulnerabilities.map((value) => ({ kind: 'vulnerability' as const, value })),
      ...observables,
    ],
    { ...parts, now: clock(), first: Math.min(made, ...chain.map(({ first }) => first)), alerts },
  );
}

/** Whether a fact is news by itself and was not known before. What failed to be found out this time is none. */
function hasNews({ facts = [] }: Investigation, { facts: before = [] }: Investigation): boolean {
  const told = new Set(
    before.map(({ observable, text, source }) => idOf(observable.kind, observable.value, text, source)),
  );
  return facts.some(
    ({ isNews, observable, text, source }) =>
      isNews && !told.has(idOf(observable.kind, observable.value, text, source)),
  );
}

/** Hash of what an investigation concludes, whenever it was made and whatever it cost. */
const contentOf = ({ version: _v, made: _m, spent: _s, reasons: _r, facts: _f, ...found }: Investigation): string =>
  idOf(JSON.stringify(found, sorted));

/** Keys in one order, whoever has written them. */
const sorted = (_: string, value: unknown): unknown =>
  typeof value === 'object' && value !== null && !Array.isArray(value)
    ? Object.fromEntries(Object.entries(value).sort(([a], [b]) => (a < b ? -1 : 1)))
    : value;

/** `28 steps on 5 hosts in 46 minutes, 8 tactics; 2 crown jewels touched; 3 hosts within reach`. */
export function summaryOf({ chain, blast }: Pick<Investigation, 'chain' | 'blast'>): string {
  const counted = (n: number, one: string) => `${n} ${one}${n === 1 ? '' : 's'}`;
  const hosts = new Set(chain.map(({ host }) => host).filter(Boolean)).size;
  const tactics = new Set(chain.flatMap((step) => step.tactics)).size;
  const first = Math.min(...chain.map((step) => step.first));
  const last = Math.max(...chain.map((step) => step.last));
  const jewels = blast.touched.filter(({ crownJewel }) => crownJewel).length;
  return [
    chain.length === 0
      ? 'no step was found'
      : `${counted(chain.length, 'step')} on ${counted(hosts, 'host')} in ${spanText(last - first)}, ${counted(tactics, 'tactic')}`,
    ...(jewels > 0 ? [`${counted(jewels, 'crown jewel')} touched`] : []),
    ...(blast.reachable.length > 0 ? [`${counted(blast.reachable.length, 'further host')} within reach`] : []),
  ].join('; ');
}

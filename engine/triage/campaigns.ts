import type { Alert, AlertEntry } from '../store/alerts.js';
import type { TenantStore } from '../store/index.js';
import type { Commonness } from './commonness.js';
import { keyOf } from './links.js';
import { type Tie, tiesOf } from './strands.js';

/** Alerts this near in event time that share something rare belong to one campaign. */
export const CAMPAIGN_MS = 7 * 24 * 3600 * 1000;
const MAX_ALERTS = 1000;
const MAX_KEYS = 2000;
const MAX_LOG = 500;

type Member = Pick<Alert, 'entity' | 'first' | 'last' | 'strands'>;
/** What one alert is about and another names within this time makes them one campaign, however many use it. */
const SAME_MS = 24 * 3600 * 1000;

/** What an alert may share with others of its campaign, by key. */
export function tiesOfAlert({ strands = [] }: Pick<Alert, 'strands'>, common: Commonness): Map<string, Tie> {
  return new Map(strands.flatMap((strand) => tiesOf(strand, common).map((tie) => [tie.key, tie] as const)));
}

const names = ({ strands = [] }: Pick<Member, 'strands'>, { kind, value }: Member['entity']): boolean =>
  strands.some(({ links }) => links.some((link) => link.kind === kind && link.value === value));

/** By what two alerts belong to one campaign; null when they do not. */
export function campaignTie(a: Member, b: Member, common: Commonness): string | null {
  if (a.first - b.last > CAMPAIGN_MS || b.first - a.last > CAMPAIGN_MS) return null;
  const isNear = a.first - b.last <= SAME_MS && b.first - a.last <= SAME_MS;
  for (const [one, other] of [
    [a, b],
    [b, a],
  ] as const)
    if (isNear && names(other, one.entity)) return `${one.entity.value} is in both, within a day`;
  const ties = tiesOfAlert(b, common);
  for (const [key, { why }] of tiesOfAlert(a, common)) if (ties.has(key)) return why;
  return null;
}

/**
 * Link alerts that share something rare within a week: each knows the first alert of its campaign, and the threads of those that are
 * joined say so.
 * @param changed alerts as they are now; what is found is written into them
 * @returns numbers of further alerts that changed
 */
export async function linkCampaigns(
  scope: TenantStore,
  changed: readonly Alert[],
  common: Commonness,
): Promise<number[]> {
  const open = changed.filter(({ mergedInto }) => mergedInto === undefined);
  const keys = new Set<string>();
  for (const alert of open)
    for (const key of [...namedIn(alert), ...tiesOfAlert(alert, common).keys()])
      if (keys.size < MAX_KEYS) keys.add(key);
  if (keys.size === 0) return [];
  const found = await scope.alerts.find(
    {
      keys: { $in: [...keys] },
      mergedInto: { $exists: false },
      first: { $lte: Math.max(...open.map(({ last }) => last)) + CAMPAIGN_MS },
      last: { $gte: Math.min(...open.map(({ first }) => first)) - CAMPAIGN_MS },
    },
    { sort: { number: 1 }, limit: MAX_ALERTS },
  );
  const told = new Set<number>();
  for (const alert of open)
    for (const other of found) {
      if (other.number === alert.number) continue;
      const [earlier, later] = other.number < alert.number ? [other, alert] : [alert, other];
      if (campaignOf(earlier) === campaignOf(later)) continue;
      const why = campaignTie(earlier, later, common);
      if (why === null) continue;
      await unite(scope, earlier, later, why);
      const [from, to] = [campaignOf(later), Math.min(campaignOf(earlier), campaignOf(later))];
      for (const each of [...found, ...open])
        if (campaignOf(each) === from || each === earlier || each === later) each.campaign = to;
      told.add(earlier.number);
    }
  return [...told];
}

/** Keys of every host and account in an alert, shared or not. */
const namedIn = ({ strands = [] }: Alert): string[] =>
  strands.flatMap(({ links }) => links.filter(({ kind }) => kind === 'host' || kind === 'user').map(keyOf));

/** An alert without others is its own campaign. */
export const campaignOf = ({ campaign, number }: Pick<Alert, 'campaign' | 'number'>): number => campaign ?? number;

async function unite(scope: TenantStore, earlier: Alert, later: Alert, why: string): Promise<void> {
  const to = Math.min(campaignOf(earlier), campaignOf(later));
  const from = Math.max(campaignOf(earlier), campaignOf(later));
  const said: AlertEntry = {
    id: `related-${later.number}`,
    at: later.updated,
    actor: 'mdr',
    actorName: 'mdr',
    kind: 'related',
    text: `Alert ${later.number}, ${later.title}, belongs to the same campaign: ${why}`,
  };
  await scope.alerts.updateMany(
    { $or: [{ campaign: from }, { number: { $in: [from, later.number, earlier.number] } }] } as never,
    {
      $set: { campaign: to },
    },
  );
  if (earlier.log.length >= MAX_LOG || earlier.log.some(({ id }) => id === said.id)) return;
  await scope.alerts.update(
    { number: earlier.number, 'log.id': { $ne: said.id } },
    { $push: { log: said }, $inc: { revision: 1 } },
  );
  earlier.log.push(said);
}

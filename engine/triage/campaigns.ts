import { spanText } from '../investigate/words.js';
import type { Alert, AlertEntry } from '../store/alerts.js';
import type { TenantStore } from '../store/index.js';
import type { Commonness } from './commonness.js';
import { FORTNIGHT } from './habits.js';
import { keyOf } from './links.js';
import { type Tie, tiesOf } from './strands.js';

/** Alerts this near in event time that share something rare belong to one campaign. */
export const CAMPAIGN_MS = 7 * 24 * 3600 * 1000;
const MAX_ALERTS = 1000;
const MAX_KEYS = 2000;
const MAX_LOG = 500;

type Member = Pick<Alert, 'entity' | 'first' | 'last' | 'strands' | 'simulated'>;
/** What one alert is about and another names within this time makes them one campaign, however many use it. */
const SAME_MS = 24 * 3600 * 1000;

/** What an alert may share with others of its campaign, by key. */
export function tiesOfAlert({ strands = [] }: Pick<Alert, 'strands'>, common: Commonness): Map<string, Tie> {
  return new Map(strands.flatMap((strand) => tiesOf(strand, common).map((tie) => [tie.key, tie] as const)));
}

const names = ({ strands = [] }: Pick<Member, 'strands'>, { kind, value }: Member['entity']): boolean =>
  strands.some(({ links }) => links.some((link) => link.kind === kind && link.value === value));

/** Alerts on different machines that fall together within this time may be one story. */
const TOGETHER_MS = 60_000;
/** … when that is as unlikely as this. */
const UNLIKELY = 0.005;
/** Earlier days that have to be known before a coincidence can be called one. */
const LEAST_HISTORY = 3;
/** Most alerts come in working hours, a third of the day. */
const WORKING = 1 / 3;
const DAY_MS = 86_400_000;

/**
 * How often a tenant has alerts, in alerts per millisecond of its working hours; 0 while that is unknown.
 * @param alerts that began in the fortnight before, without simulated ones
 */
export const paceOf = (alerts: number, { history }: Pick<Commonness, 'history'>): number =>
  history < LEAST_HISTORY ? 0 : alerts / (history * DAY_MS * WORKING);

/** In words, that two alerts hardly came together by chance; null where they may have. */
function together(a: Member, b: Member, pace: number): string | null {
  // An exercise begins when somebody begins it: what comes at that time has nothing to do with it.
  if (a.simulated || b.simulated) return null;
  const gap = Math.max(0, a.first - b.last, b.first - a.last);
  const chance = pace * (a.last - a.first + (b.last - b.first) + 2 * Math.max(gap, 1000));
  if (gap > TOGETHER_MS || chance === 0 || chance > UNLIKELY) return null;
  return `at the same time, while an alert comes here about every ${spanText(1 / pace)}: by chance once in ${Math.floor(1 / chance)}`;
}

/**
 * By what two alerts belong to one campaign; null when they do not.
 * @param pace of the tenant's alerts, as of `paceOf`
 */
export function campaignTie(a: Member, b: Member, common: Commonness, pace = 0): string | null {
  if (a.first - b.last > CAMPAIGN_MS || b.first - a.last > CAMPAIGN_MS) return null;
  const isNear = a.first - b.last <= SAME_MS && b.first - a.last <= SAME_MS;
  for (const [one, other] of [
    [a, b],
    [b, a],
  ] as const)
    if (isNear && names(other, one.entity)) return `${one.entity.value} is in both, within a day`;
  const ties = tiesOfAlert(b, common);
  for (const [key, { why }] of tiesOfAlert(a, common)) if (ties.has(key)) return why;
  return together(a, b, pace);
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
  if (open.length === 0) return [];
  const notMerged = { mergedInto: { $exists: false } };
  const began = { first: Math.min(...open.map(({ first }) => first)), last: Math.max(...open.map(({ last }) => last)) };
  const within = (ms: number) => ({ first: { $lte: began.last + ms }, last: { $gte: began.first - ms } });
  const page = { sort: { number: 1 as const }, limit: MAX_ALERTS };
  const sharing = await scope.alerts.find({ ...notMerged, ...within(CAMPAIGN_MS), keys: { $in: [...keys] } }, page);
  const recent = { $gte: began.last - FORTNIGHT * DAY_MS, $lte: began.last };
  const real = { ...notMerged, simulated: { $ne: true } };
  const pace = paceOf(await scope.alerts.count({ ...real, first: recent }), common);
  const near = pace > 0 ? await scope.alerts.find({ ...real, ...within(TOGETHER_MS) }, page) : [];
  const found = [...new Map([...sharing, ...near].map((alert) => [alert.number, alert])).values()];
  const told = new Set<number>();
  for (const alert of open)
    for (const other of found) {
      if (other.number === alert.number) continue;
      const [earlier, later] = other.number < alert.number ? [other, alert] : [alert, other];
      if (campaignOf(earlier) === campaignOf(later)) continue;
      const why = campaignTie(earlier, later, common, pace);
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

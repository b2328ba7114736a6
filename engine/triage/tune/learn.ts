import { setImmediate as pause } from 'node:timers/promises';
import { LEVELS, type Level } from '../../detect/types.js';
import type { Fields } from '../../event.js';
import type { Formats } from '../../ingest/formats/index.js';
import type { Detection } from '../../store/detections.js';
import type { Condition } from '../../store/exceptions.js';
import type { TenantStore } from '../../store/index.js';
import type { Proposal, ProposedChange } from '../../store/proposals.js';
import { openRescore } from '../rescore.js';
import type { Verdicts } from '../trust.js';
import { WEIGHTS } from '../weights.js';
import { compileConditions } from './conditions.js';
import { effectOf, truePositives } from './effect.js';
import { weightOf } from './fields.js';
import { rereader } from './reread.js';
import { harmlessOf, narrowest } from './suggest.js';

/** Fewer verdicts than this say nothing of a rule; when so few of them were real, something is proposed. */
export const LEAST_VERDICTS = 5;
export const BOUND = 0.2;
/** How far the effect of a proposal is looked back at. */
export const WOULD_DAYS = 30;
const DAY_MS = 86_400_000;
/** An exception has to speak for so many of the alerts that were not real, and for this share of them. */
const LEAST_ALERTS = 3;
const LEAST_SHARE = 0.5;
/** Alerts of which each in turn is taken as the beginning of an exception. */
const MAX_SEEDS = 4;
/** Fields of at least this weight say who, where or what. */
const TELLING = 3;
const MAX_PAST = 60;
const MAX_ALERTS = 1000;

/** Whether verdicts fall under the bound. */
export function isOftenWrong({ real, benign, false: wrong }: Verdicts): boolean {
  const judged = real + benign + wrong;
  return judged >= LEAST_VERDICTS && real / judged < BOUND;
}

/** What would help against a rule that is mostly wrong here, and what it would have done. */
export type Learned = Pick<Proposal, 'rule' | 'change' | 'alert' | 'would'>;

/**
 * Look for what the false alerts of a rule share: then an exception is proposed; otherwise one level less. Nothing when either would have
 * hidden something real, and no lower level for a critical rule.
 * @param now epoch ms
 */
export async function learn(
  scope: TenantStore,
  formats: Formats,
  rule: Proposal['rule'],
  now: number,
): Promise<Learned | null> {
  const harmless = await harmlessOf(scope, rule.id, null, now);
  const alert = harmless.reduce<number | null>((last, each) => Math.max(last ?? 0, each.alert ?? 0) || last, null);
  const conditions = await sharedBy(harmless, formats, await attacksOf(scope, formats, rule.id));
  if (conditions) {
    const effect = await effectOf(scope, formats, { rules: [rule], conditions }, now, WOULD_DAYS);
    if (effect.truePositives.detections === 0) {
      const would = {
        days: WOULD_DAYS,
        what: 'detections' as const,
        count: effect.covered,
        of: effect.looked,
        real: 0,
      };
      return { rule, change: { kind: 'exception', conditions }, alert, would };
    }
  }
  const level = lower(rule.level);
  if (level === null) return null;
  const would = await levelEffect(scope, rule.id, level, now);
  return would.real > 0 ? null : { rule, change: { kind: 'level', level }, alert, would };
}

async function attacksOf(scope: TenantStore, formats: Formats, rule: string): Promise<Fields[]> {
  const read = rereader(formats);
  const attacks = await truePositives(scope, [rule]);
  return attacks.map(({ detection }) => read(detection)).filter((fields) => fields !== null);
}

/** The narrowest conditions that speak for most of the alerts, and for no attack; null when there are none. */
async function sharedBy(
  harmless: readonly Detection[],
  formats: Formats,
  attacks: readonly Fields[],
): Promise<Condition[] | null> {
  const read = rereader(formats);
  const byAlert = new Map<number, Fields[]>();
  for (const detection of harmless.slice(0, MAX_PAST)) {
    const fields = read(detection);
    if (fields && detection.alert) byAlert.set(detection.alert, [...(byAlert.get(detection.alert) ?? []), fields]);
  }
  const wanted = Math.max(LEAST_ALERTS, Math.ceil(byAlert.size * LEAST_SHARE));
  let best: { conditions: Condition[]; alerts: number } | null = null;
  for (const seed of [...byAlert.keys()].sort((a, b) => b - a).slice(0, MAX_SEEDS)) {
    // Each takes a tenth of a second: what else this process does goes on in between.
    await pause();
    if (best?.alerts === byAlert.size) break;
    const others = [...byAlert].flatMap(([number, events]) => (number === seed ? [] : events));
    const found = narrowest(byAlert.get(seed)!, others, attacks);
    if (!found || found.hitsTruePositives || !found.conditions.some(isShared)) continue;
    const { match } = compileConditions([{ id: 'x', conditions: found.conditions }]);
    // An alert is spoken for when all that the rule saw in it is.
    const alerts = [...byAlert.values()].filter((events) => events.every((event) => match(event).length > 0)).length;
    if (alerts > (best?.alerts ?? 0)) best = { conditions: found.conditions, alerts };
  }
  return best && best.alerts >= wanted ? best.conditions : null;
}

/** Whether it says who, where or what they have in common; lists of what each of them had are no reason. */
const isShared = ({ key, values }: Condition): boolean =>
  values.length === 1 && weightOf(key.split('|')[0]!) >= TELLING;

function lower(level: Level): Level | null {
  return level === 'critical' || level === 'informational' ? null : LEVELS[LEVELS.indexOf(level) - 1]!;
}

/** How many alerts of the last days would not have opened, had the rule been of another level; and how many of those were real. */
async function levelEffect(scope: TenantStore, rule: string, level: Level, now: number): Promise<Proposal['would']> {
  const judge = await openRescore(scope);
  const alerts = await scope.alerts.find(
    { 'rules.id': rule, created: { $gte: now - WOULD_DAYS * DAY_MS }, mergedInto: { $exists: false } },
    { sort: { number: -1 }, limit: MAX_ALERTS },
  );
  const quiet = alerts.filter((alert) => {
    const rules = alert.rules.map((each) => (each.id === rule ? { ...each, level } : each));
    return judge({ ...alert, rules }).after.score < WEIGHTS.opens.from;
  });
  const real = quiet.filter(({ state, reason }) => state === 'closed' && reason === 'true_positive').length;
  return { days: WOULD_DAYS, what: 'alerts', count: quiet.length, of: alerts.length, real };
}

/** Whether two changes are the same. */
export const sameChange = (a: ProposedChange, b: ProposedChange): boolean => JSON.stringify(a) === JSON.stringify(b);

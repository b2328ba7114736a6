import type { Level } from '../../detect/types.js';
import type { Fields } from '../../event.js';
import type { Formats } from '../../ingest/formats/index.js';
import type { Alert } from '../../store/alerts.js';
import type { Condition } from '../../store/exceptions.js';
import type { TenantStore } from '../../store/index.js';
import { compileConditions } from './conditions.js';
import { truePositives } from './effect.js';
import { type Leaf, leavesOf } from './fields.js';
import { rereader } from './reread.js';
import { type SharedCondition, sharedConditions, strengthOf } from './shared.js';
import { DAY_MS } from './work.js';

const MAX_OWN = 300;
const MAX_HISTORY = 300;
const HISTORY_DAYS = 90;
const MAX_HARMLESS_ALERTS = 200;
const MAX_SUGGESTIONS = 3;
/** Two conditions that tell something: less is no description of anything. */
const LEAST_STRENGTH = 5;

/** An exception that an alert suggests. */
export interface Suggestion {
  rules: { id: string; title: string; level: Level }[];
  conditions: Condition[];
  /** Detections of harmless alerts (false_positive, benign) that were known, and how many of them it covers. */
  history: { known: number; covered: number };
  /** It covers true positives: no narrower one was found. */
  hitsTruePositives: boolean;
}

/**
 * The narrowest exceptions that cover an alert's detections of each rule and as much as possible of that rule's history of harmless
 * alerts, without covering a true positive. Rules that come to the same conditions share one.
 * @param only use these fields; null: those that tell most
 * @returns the ones with the most detections first; empty when the detections are not kept any more or have too little in common
 */
export async function suggest(
  scope: TenantStore,
  formats: Formats,
  alert: Alert,
  now: number,
  { rule, only = null }: { rule?: string; only?: readonly string[] | null } = {},
): Promise<Suggestion[]> {
  const read = rereader(formats);
  const own = await scope.detections.find(
    { alert: alert.number, ...(rule && { 'rule.id': rule }) },
    { sort: { created: -1 }, limit: MAX_OWN },
  );
  const byRule = new Map<string, { rule: Suggestion['rules'][number]; events: Fields[] }>();
  for (const detection of own) {
    const fields = read(detection);
    if (!fields) continue;
    const { id, title, level } = detection.rule;
    const part = byRule.get(id) ?? { rule: { id, title, level }, events: [] };
    part.events.push(fields);
    byRule.set(id, part);
  }
  const parts = [...byRule.values()].sort((a, b) => b.events.length - a.events.length);
  const suggestions = new Map<string, Suggestion>();
  for (const part of parts.slice(0, 20)) {
    const harmless = await harmlessOf(scope, part.rule.id, alert.number, now);
    const known = harmless.map(read).filter((fields) => fields !== null);
    const attacks = (await truePositives(scope, [part.rule.id]))
      .map(({ detection }) => read(detection))
      .filter((fields) => fields !== null);
    const found = narrowest(part.events, known, attacks, only);
    if (!found) continue;
    const key = JSON.stringify(found.conditions);
    const same = suggestions.get(key);
    if (!same) suggestions.set(key, { rules: [part.rule], ...found });
    else {
      same.rules.push(part.rule);
      same.history.known += found.history.known;
      same.history.covered += found.history.covered;
      same.hitsTruePositives ||= found.hitsTruePositives;
    }
  }
  return [...suggestions.values()].slice(0, MAX_SUGGESTIONS);
}

/** Detections of a rule in alerts that turned out harmless, the latest first. @param except number of an alert to be left out */
export async function harmlessOf(scope: TenantStore, rule: string, except: number | null, now: number) {
  const alerts = await scope.alerts.find(
    {
      'rules.id': rule,
      state: 'closed',
      reason: { $in: ['false_positive', 'benign'] },
      updated: { $gte: now - HISTORY_DAYS * DAY_MS },
      ...(except !== null && { number: { $ne: except } }),
    },
    { sort: { updated: -1 }, limit: MAX_HARMLESS_ALERTS },
  );
  if (alerts.length === 0) return [];
  return scope.detections.find(
    { alert: { $in: alerts.map(({ number }) => number) }, 'rule.id': rule },
    { sort: { created: -1 }, limit: MAX_HISTORY },
  );
}

type Found = Omit<Suggestion, 'rules'>;

/**
 * Start with what the alert's own events share; then let in one harmless event of the past after the other, most similar first, as
 * long as what is left is still a description and covers no attack.
 */
export function narrowest(
  own: readonly Fields[],
  harmless: readonly Fields[],
  attacks: readonly Fields[],
  only: readonly string[] | null = null,
): Found | null {
  let events: ReadonlyMap<string, Leaf>[] = own.map(leavesOf);
  let conditions = sharedConditions(events, only);
  const enough = (found: readonly SharedCondition[]) =>
    only ? found.length > 0 : found.length >= 2 && strengthOf(found) >= LEAST_STRENGTH;
  if (!enough(conditions)) return null;
  const isAttack = (found: readonly Condition[]) => covered(found, attacks) > 0;
  let hitsTruePositives = isAttack(conditions);
  // Something that tells little otherwise may be all that tells it from an attack; then it stays as narrow as that.
  const narrow = hitsTruePositives && !only;
  if (narrow) {
    const more = sharedConditions(events, null, true);
    if (!isAttack(more)) {
      conditions = more;
      hitsTruePositives = false;
    }
  }

  const past = harmless.map((fields) => ({ fields, leaves: leavesOf(fields) }));
  const likeness = new Map(past.map((each) => [each, likenessOf(conditions, each.leaves)]));
  past.sort((a, b) => likeness.get(b)! - likeness.get(a)!);
  for (const each of past) {
    if (covered(conditions, [each.fields]) > 0) continue;
    const wider = [...events, each.leaves];
    const trial = sharedConditions(wider, only, narrow);
    if (!enough(trial) || trial.length < Math.min(3, conditions.length)) continue;
    if (!hitsTruePositives && isAttack(trial)) continue;
    events = wider;
    conditions = trial;
  }
  const plain = conditions.map(({ key, values }) => ({ key, values }));
  return {
    conditions: plain,
    history: { known: harmless.length, covered: covered(plain, harmless) },
    hitsTruePositives,
  };
}

function covered(conditions: readonly Condition[], events: readonly Fields[]): number {
  if (events.length === 0) return 0;
  const { match } = compileConditions([{ id: 'x', conditions }]);
  return events.filter((fields) => match(fields).length > 0).length;
}

/** How many of the conditions' values an event has as they are. */
function likenessOf(conditions: readonly SharedCondition[], leaves: ReadonlyMap<string, Leaf>): number {
  let sum = 0;
  for (const { key, values, weight } of conditions) {
    const value = String(leaves.get(key.split('|')[0]!) ?? '').toLowerCase();
    if (values.some((one) => String(one).toLowerCase() === value)) sum += weight;
  }
  return sum;
}

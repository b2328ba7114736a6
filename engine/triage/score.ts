import { LEVELS, type Level } from '../detect/types.js';
import type { Alert, AlertRule, ScoreReason } from '../store/alerts.js';
import type { Profile } from '../store/tenants.js';
import { answerReasons } from './answers.js';
import { withoutHarmless } from './harmless.js';
import { bySeverity, tacticsOf } from './order.js';
import { assetReasons, identityReasons, indicatorReasons, namesIn } from './parts.js';
import { progressReasons } from './progress.js';
import { trustIn, type Verdicts } from './trust.js';
import { WEIGHTS, type Weights } from './weights.js';

/** A rule of at least this rarity says something beside others. */
const TELLING = 0.3;
/** And of at least this one says that an attack went on: ordinary work has an order too. */
const SOUND = 0.5;

export const worst = (levels: readonly Level[]): Level =>
  LEVELS[Math.max(...levels.map((level) => LEVELS.indexOf(level)))] ?? 'informational';

/** What a score depends on beside the alert. */
export interface Judging {
  profile: Profile;
  /** Of the tenant's alerts so far, by rule id. */
  verdicts?: ReadonlyMap<string, Verdicts> | undefined;
  weights?: Weights;
}

/** Score an alert, 0 to 100, with the reasons that add up to it. Depends on nothing but its arguments. */
export function score(
  alert: Pick<Alert, 'rules' | 'observables' | 'entity' | 'answers'>,
  { profile, verdicts, weights = WEIGHTS }: Judging,
): { score: number; level: Level; reasons: ScoreReason[] } {
  const rules = alert.rules.map((rule) => withoutHarmless(rule, profile));
  const reasons: ScoreReason[] = leading(rules, verdicts, weights);

  // What is common here agrees with everything.
  const telling = rules.filter((rule) => (rule.rarity ?? 1) >= TELLING);
  const others =
    telling.reduce((sum, rule) => sum + (rule.rarity ?? 1), 0) -
    Math.max(0, ...telling.map((rule) => rule.rarity ?? 1));
  if (telling.length > 1)
    reasons.push({
      points: Math.round(Math.min(weights.rules.most, others * weights.rules.each)),
      text: `${telling.length} different rules agree`,
    });

  const tactics = tacticsOf(telling);
  if (tactics.length > 1)
    reasons.push({
      points: Math.min(weights.tactics.most, (tactics.length - 1) * weights.tactics.each),
      text: `${tactics.length} ATT&CK tactics seen: ${tactics.join(', ')}`,
    });
  reasons.push(
    ...progressReasons(
      telling.filter((rule) => (rule.rarity ?? 1) >= SOUND),
      weights,
    ),
    ...indicatorReasons(telling, weights),
    ...assetReasons(namesIn(alert), profile, weights),
    ...identityReasons(alert, profile, weights),
  );

  reasons.push(...answerReasons(alert, weights));

  const sum = reasons.reduce((total, reason) => total + reason.points, 0);
  const total = Math.max(0, Math.min(100, sum));
  return { score: total, level: levelOf(total, weights), reasons };
}

/** The rule that counts most: its level, and what its verdicts make of that. Of equals, the more serious one. */
function leading(
  rules: readonly AlertRule[],
  verdicts: ReadonlyMap<string, Verdicts> | undefined,
  weights: Weights,
): ScoreReason[] {
  const [first, ...others] = bySeverity(rules).map((rule) => {
    const points = weights.levels[rule.level];
    const rare = Math.round(points * (rule.rarity ?? 1));
    return {
      ...{ rule, points, rare },
      trusted: Math.round(points * (rule.rarity ?? 1) * trustIn(rule.level, verdicts?.get(rule.id), weights)),
    };
  });
  if (!first) return [{ points: weights.levels.informational, text: 'no rule in it is known any more' }];
  const most = others.reduce((best, each) => (each.trusted > best.trusted ? each : best), first);
  const { rule, points, rare, trusted } = most;
  const said =
    rule.level === first.rule.level
      ? `the most serious rule in it is ${rule.level}`
      : `the rule in it that counts most, ${rule.title}, is ${rule.level}`;
  const reasons: ScoreReason[] = [{ points, text: said }];
  if (rare !== points)
    reasons.push({ points: rare - points, text: `${rule.title} ${rule.common ?? 'is common here'}` });
  const seen = verdicts?.get(rule.id);
  if (trusted === rare || !seen) return reasons;
  const judged = seen.real + seen.benign + seen.false;
  const text = `${rule.title} was real in ${seen.real} of ${judged} judged alerts here`;
  return [...reasons, { points: trusted - rare, text }];
}

function levelOf(score: number, { from }: Weights): Level {
  return (
    [...LEVELS].reverse().find((level) => score >= (level === 'informational' ? 0 : from[level])) ?? 'informational'
  );
}

import { LEVELS, type Level } from '../detect/types.js';
import type { Alert, ScoreReason } from '../store/alerts.js';
import type { Profile } from '../store/tenants.js';
import { tacticsOf } from './order.js';

/** Points of a detection's own level; the highest of an alert counts. */
const LEVEL_POINTS: Record<Level, number> = { informational: 5, low: 15, medium: 35, high: 60, critical: 80 };
/** Least score of each level of an alert. */
const LEVEL_FROM: [number, Level][] = [
  [80, 'critical'],
  [60, 'high'],
  [35, 'medium'],
  [15, 'low'],
  [0, 'informational'],
];
const PRIVILEGED = new Set(['root', 'administrator', 'admin', 'krbtgt']);

export const worst = (levels: readonly Level[]): Level =>
  LEVELS[Math.max(...levels.map((level) => LEVELS.indexOf(level)))] ?? 'informational';

/** Score an alert, 0 to 100, with the reasons that add up to it. Depends on nothing but its arguments. */
export function score(
  alert: Pick<Alert, 'rules' | 'observables' | 'entity'>,
  profile: Profile,
): { score: number; level: Level; reasons: ScoreReason[] } {
  const reasons: ScoreReason[] = [];
  const top = worst(alert.rules.map((rule) => rule.level));
  reasons.push({ points: LEVEL_POINTS[top], text: `the most serious rule in it is ${top}` });

  const others = alert.rules.length - 1;
  if (others > 0)
    reasons.push({ points: Math.min(16, others * 4), text: `${alert.rules.length} different rules agree` });

  const tactics = tacticsOf(alert.rules);
  if (tactics.length > 1)
    reasons.push({
      points: Math.min(20, (tactics.length - 1) * 5),
      text: `${tactics.length} ATT&CK tactics seen: ${tactics.join(', ')}`,
    });

  const values = new Set([alert.entity, ...alert.observables].map((observable) => observable.value.toLowerCase()));
  const labels = new Set([...values].map((value) => value.split('.')[0]!));
  for (const jewel of profile.crownJewels) {
    const name = jewel.name.toLowerCase();
    if (!values.has(name) && !labels.has(name)) continue;
    reasons.push({ points: 15, text: `${jewel.name} is a crown jewel${jewel.why ? ` (${jewel.why})` : ''}` });
    break;
  }
  const privileged = alert.observables.find((o) => o.kind === 'user' && PRIVILEGED.has(o.value.toLowerCase()));
  if (privileged) reasons.push({ points: 5, text: `the privileged account ${privileged.value} is involved` });

  const total = Math.min(
    100,
    reasons.reduce((sum, reason) => sum + reason.points, 0),
  );
  return { score: total, level: LEVEL_FROM.find(([from]) => total >= from)![1], reasons };
}

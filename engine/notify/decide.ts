import { LEVELS, type Level } from '../detect/types.js';
import type { Alert } from '../store/alerts.js';
import type { Policy, PolicyRule } from './policy.js';
import { nextDigest, quietUntil } from './times.js';

/** What a policy says about an alert at one moment. */
export type Decision = { rule: PolicyRule } & (
  | { how: 'now' }
  | { how: 'never' }
  /** `due`: epoch ms of the digest that it goes into. */
  | { how: 'digest'; due: number; why: 'rule' | 'quiet' }
);

/** The first rule that fits. A policy covers every level, so there is one. */
export function ruleFor(policy: Policy, alert: Pick<Alert, 'level' | 'score'>): PolicyRule {
  const fits = (rule: PolicyRule) =>
    rule.levels ? rule.levels.includes(alert.level) : alert.score >= (rule.score ?? 101);
  return policy.rules.find(fits) ?? policy.rules.at(-1)!;
}

/** @param now epoch ms */
export function decide(policy: Policy, zone: string, alert: Pick<Alert, 'level' | 'score'>, now: number): Decision {
  const rule = ruleFor(policy, alert);
  if (rule.send === 'never') return { rule, how: 'never' };
  if (rule.send === 'digest') return { rule, how: 'digest', due: nextDigest(rule.digest!, zone, now), why: 'rule' };
  const spans = rule.quiet.filter((span) => !span.through.includes(alert.level));
  const until = quietUntil(spans, zone, now);
  if (until === null) return { rule, how: 'now' };
  return { rule, how: 'digest', due: rule.digest ? nextDigest(rule.digest, zone, now) : until, why: 'quiet' };
}

/** Whether one level is graver than another. */
export const isGraver = (a: Level, b: Level): boolean => LEVELS.indexOf(a) > LEVELS.indexOf(b);

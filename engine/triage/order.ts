import { LEVELS, TACTICS } from '../detect/types.js';
import type { AlertRule } from '../store/alerts.js';

/** An alert's rules, the most serious first; of equals, the one seen first. */
export function bySeverity(rules: readonly AlertRule[]): AlertRule[] {
  return [...rules].sort(
    (a, b) => LEVELS.indexOf(b.level) - LEVELS.indexOf(a.level) || a.first - b.first || (a.id < b.id ? -1 : 1),
  );
}

/** The ATT&CK tactics of an alert's rules, each once, in kill-chain order. */
export function tacticsOf(rules: readonly AlertRule[]): string[] {
  const seen = new Set(rules.flatMap((rule) => rule.tactics));
  return [...TACTICS.filter((tactic) => seen.delete(tactic)), ...[...seen].sort()];
}

import type { Level } from '../../detect/types.js';
import type { CloseReason } from '../../store/alerts.js';
import type { Spread } from './spans.js';

/** What is read of an alert: no text of it but the titles of its rules. Times are epoch ms. */
export interface Sample {
  number: number;
  level: Level;
  /** Of its first event. */
  first: number;
  created: number;
  /** When its state changed, oldest first. */
  changes: { at: number; kind: Change }[];
  state: 'new' | 'acknowledged' | 'closed';
  reason?: CloseReason;
  rules: { id: string; title: string }[];
  simulated: boolean;
}

export type Change = 'acknowledged' | 'closed' | 'reopened' | 'escalated' | 'published';

/** Alerts of a kind in a period. */
export interface Row {
  /** Created in the period, and closed in it for good. */
  opened: number;
  closed: number;
  /** Open at its end, and of those nobody had answered yet. */
  open: number;
  unanswered: number;
  /** First event to alert, of those created in the period. */
  mttd: Spread;
  /** Alert to first acknowledgement (or close), of those answered in the period. */
  mtta: Spread;
  /** Alert to its last close, of those closed in the period. */
  mttr: Spread;
}

export interface WeekRow extends Row {
  /** Epoch ms of its Monday, UTC; and the part of it that lies in the period. */
  monday: number;
  from: number;
  until: number;
}

/** What became of alerts with a rule in them: of those closed in the period, which were real. */
export interface RuleRow extends Row {
  id: string;
  title: string;
  real: number;
  benign: number;
  false: number;
}

/** Verdicts on one rule, week by week; a week without any has none. */
export interface RuleWeeks {
  id: string;
  title: string;
  /** Epoch ms of Mondays, UTC. */
  weeks: { monday: number; real: number; judged: number }[];
}

export interface Outcome {
  closed: number;
  mttr: Spread;
}

export interface Numbers {
  tenant: { id: string; name: string };
  /** Epoch ms; `until` is excluded and never in the future. */
  from: number;
  until: number;
  /** Whether only what was published to the customer is counted. */
  published: boolean;
  all: Row;
  levels: Partial<Record<Level, Row>>;
  /** Of the closed ones; duplicates and tests stand here and are counted nowhere else. */
  outcomes: Partial<Record<CloseReason | 'none', Outcome>>;
  weeks: WeekRow[];
  /** By how many alerts they were in. */
  rules: RuleRow[];
  /** Those of which most verdicts were wrong, worst first, among rules with enough verdicts. */
  worst: RuleRow[];
  /** Of the rules with most verdicts: how many there were in each week, and how many of them were real. */
  precision: RuleWeeks[];
  /** Open at the end: how old they were, and how long those without an answer had waited. */
  ages: Spread;
  waiting: Spread;
  oldest: { number: number; age: number } | null;
  /** Alert to its first publication, of those published in the period. */
  publishedAfter: Spread;
  /** Alerts with at least one call of an escalation in the period; and reopenings. */
  escalated: number;
  reopened: number;
  /** Left out of `mttd`: the first event is later than the alert, or so much earlier that a clock or a replay is the reason. */
  skewed: { later: number; earlier: number };
  /** Not counted at all: exercises. */
  simulated: number;
  /** More alerts or rules than were looked at. */
  truncated: boolean;
}

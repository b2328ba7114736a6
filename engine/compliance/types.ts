import type { Level } from '../detect/types.js';
import type { AlertState, CloseReason } from '../store/alerts.js';
import type { Coverage } from './coverage.js';

/**
 * What can show that a requirement is met, as far as logs go. `rules`: rules that watch for it. `sources`: log sources
 * that must send. `gaps`: days on which a source was silent. `response`: what people did about alerts. `retention`: how
 * far records go back. `outside`: nothing here shows it.
 */
export const MEANS = ['rules', 'sources', 'gaps', 'response', 'retention', 'outside'] as const;
export type Means = (typeof MEANS)[number];

/** What a log source is: product and service, or a category; null stands for any. */
export interface Selector {
  product: string | null;
  service: string | null;
  category: string | null;
}

export interface Requirement {
  /** As rules name it after the framework: `10.2.1.2` in `pci-dss-10.2.1.2`. */
  id: string;
  /** As the framework prints it: `164.312(b)`. */
  number: string;
  title: string;
  /** What it asks, in our own words. */
  text: string;
  by: readonly Means[];
  /** Log sources that it needs: any of those that are in scope. */
  sources: readonly Selector[];
  /** Further tags whose rules count for it, such as `pci-dss-10.2.1.5`. */
  same: readonly string[];
  /** Every rule counts for it. */
  every: boolean;
  /** How long records must be kept, in days. */
  keepDays: number | null;
  /** What logs do not show. */
  beyond: string;
}

export interface Framework {
  /** `pci-dss`. */
  id: string;
  name: string;
  version: string;
  source: string;
  requirements: readonly Requirement[];
}

/** A rule that covers a requirement. */
export interface CoveringRule {
  id: string;
  title: string;
  level: Level;
  file: string;
  /** Requirements it was written for: `pci-dss-10.2.1.2`. */
  tags: readonly string[];
  /** What it reads; several for a correlation of several rules. */
  reads: readonly Selector[];
}

/** Days, UTC. */
export interface Period {
  /** Epoch ms: from the first moment of the first day … */
  from: number;
  /** … to the first moment after the last day, or to now. */
  until: number;
  /** `2026-10-25 to 2026-11-23 (30 days, UTC)`. */
  text: string;
}

/** A detection's alert, and what was done about it. */
export interface Violation {
  number: number;
  title: string;
  level: Level;
  state: AlertState;
  /** Epoch ms of the first event, and of the record. */
  first: number;
  created: number;
  /** Detections in it by the requirement's rules, within the period. */
  detections: number;
  simulated: boolean;
  acknowledged: { at: number; by: string } | null;
  closed: { at: number; by: string; reason: CloseReason | null } | null;
}

export interface Response {
  alerts: number;
  acknowledged: number;
  closed: number;
  /** Neither acknowledged nor closed by now. */
  open: number;
  /** Milliseconds from an alert's record to its acknowledgement: half were faster. Null without any. */
  medianMs: number | null;
  /** Alerts that waited longer than a day, or still do. */
  late: number;
}

export type Status = 'covered' | 'gaps' | 'silent' | 'no-rule' | 'not-kept' | 'open' | 'outside';

export interface RuleInReport {
  rule: CoveringRule;
  /** Whether what it reads arrived in the period. */
  heard: boolean;
  /** Switched off for this tenant. */
  disabled: boolean;
  /** Detections in the period's alerts, and those that exceptions hid. */
  detections: number;
  hidden: number;
}

export interface RequirementReport {
  requirement: Requirement;
  status: Status;
  /** Why it has this status, in a sentence. */
  because: string;
  /** Rules that watch for it, and whether what they read arrived. */
  rules: RuleInReport[];
  sources: Coverage[];
  /** Wanted sources that sent nothing in the period. */
  absent: string[];
  violations: Violation[];
  /** Alerts beyond those listed. */
  more: number;
  response: Response | null;
}

/** How far records go back. */
export interface Retention {
  /** When the oldest alert was recorded, epoch ms; null without any. */
  oldestAlert: number | null;
  /** First day on which an event was counted, within the last 800. */
  firstDay: string | null;
}

export interface Report {
  framework: Framework;
  tenant: { id: string; name: string };
  period: Period;
  /** Epoch ms. */
  made: number;
  requirements: RequirementReport[];
  /** Every log source that sent in the period. */
  sources: Coverage[];
  retention: Retention;
  /** Rules that the tenant has switched off, and exceptions in force, which make this report see less. */
  tuned: { disabled: string[]; exceptions: { number: number; rules: string[]; reason: string; by: string }[] };
  simulated: boolean;
  /** Whether there were more alerts than a report looks at: the newest were taken. */
  cut: boolean;
  /** Whether alerts that the reader may not see are left out. */
  partial: boolean;
}

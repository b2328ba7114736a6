import type { CaseState, ClockKind, Severity } from '../../store/cases.js';
import type { Spread } from '../../triage/numbers/spans.js';

/** Of all cases of a tenant, or of those of one severity. */
export interface CaseRow {
  opened: number;
  closed: number;
  /** At the end of the period. */
  open: number;
  /** Stays in a state that ended in the period, in ms; and how many cases are in it at the end. */
  states: Record<Exclude<CaseState, 'closed'>, { stays: Spread; now: number }>;
  /** Times of the contract that ended or ran out in the period. */
  clocks: Record<ClockKind, { met: number; missed: number }>;
  tasks: {
    /** Done in the period; of those after their time. */
    done: number;
    late: number;
    /** At the end: open, and past their time. */
    open: number;
    overdue: number;
  };
}

export interface CaseNumbers {
  tenant: { id: string; name: string };
  /** Epoch ms, `until` excluded. */
  from: number;
  until: number;
  /** Whether only what was published to the customer was counted. */
  published: boolean;
  all: CaseRow;
  severities: Partial<Record<Severity, CaseRow>>;
  /** Cases with tasks past their time, those with most of them first. */
  overdue: { number: number; tasks: string[] }[];
  /** Left out: exercises; cases that went into another, duplicates and tests. */
  simulated: number;
  uncounted: number;
  truncated: boolean;
}

import { type Connection, Schema } from 'mongoose';
import type { Level } from '../detect/types.js';
import type { Brief, Document } from '../investigate/report/document.js';
import type { Format } from '../investigate/report/formats.js';
import type { Spread } from '../triage/numbers/spans.js';
import type { RuleWeeks, Numbers as TenantNumbers } from '../triage/numbers/types.js';
import type { CloseReason } from './alerts.js';
import type { HuntResult, HuntRun } from './huntruns.js';
import type { Proposal } from './proposals.js';
import type { ScheduleKind } from './schedules.js';

/** An alert as a digest shows it. */
export interface DigestItem {
  number: number;
  title: string;
  level: Level;
  score: number;
  entity: string;
  state: 'new' | 'acknowledged';
}

/** What a digest says. Fixed when it is made, so that a second attempt sends the same. */
export interface Digest {
  /** Epoch ms of the first decision in it, and of the digest itself. */
  from: number;
  due: number;
  /** Open alerts by level. */
  counts: Partial<Record<Level, number>>;
  /** The gravest open ones. */
  top: DigestItem[];
  /** Alerts that were closed before the digest. */
  closed: number;
  /** Repeats: how often which earlier alert came again. */
  repeats: { of: number; count: number; title: string }[];
  /** Every alert in it. */
  numbers: number[];
}

/** How a stretch of time went, from what the records say. Means are in ms; null where there is nothing to take the mean of. */
export interface Numbers {
  opened: number;
  perDay: number;
  closed: number;
  /** Of the closed ones, those closed as false positive. */
  falsePositives: number;
  /** Mean time to detect: from the first event to the alert. */
  mttd: number | null;
  /** Mean time to acknowledge: from the alert to the first acknowledgement, or to the close where nobody acknowledged. */
  mtta: number | null;
  /** Mean time to resolve: from the alert to its close. */
  mttr: number | null;
  /** The same with how many, median and p90. Absent, as what follows, in posts made before there were these. */
  spreads?: { mttd: Spread; mtta: Spread; mttr: Spread };
  /** At the end of the stretch: open, of those without an answer; and the oldest of them with its age in ms. */
  open?: number;
  unanswered?: number;
  oldest?: { number: number; age: number } | null;
  /** Alerts that the time to detect leaves out, because a clock was wrong. */
  leftOut?: number;
}

/** A week of a picture. */
export interface Week {
  /** Epoch ms of its Monday, UTC. */
  monday: number;
  opened: number;
  closed: number;
  /** At its end. */
  open: number;
  mtta: Spread;
  mttr: Spread;
}

export interface Day {
  /** `2026-11-24`, by the tenant's clock. */
  day: string;
  opened: Partial<Record<Level, number>>;
}

/** What a regular post says. Fixed when it is made, like a digest. */
/** A proposal for tuning, as a regular post names it. */
export type TuningProposal = Pick<Proposal, 'number' | 'rule' | 'change' | 'seen' | 'would'>;

export interface Report {
  kind: ScheduleKind;
  /** Epoch ms that it tells of, and that it is for. */
  from: number;
  due: number;
  /** Whether it comes well after that. */
  late: boolean;
  /** In this time, by level; acknowledged ones; and closed ones by reason. */
  opened: Digest['counts'];
  acknowledged: number;
  closed: Partial<Record<CloseReason, number>>;
  /** Open by now, by level; how many of them nobody has acknowledged; the gravest. */
  open: Digest['counts'];
  unacknowledged: number;
  top: DigestItem[];
  /** Assigned to the customer's people. */
  waiting: DigestItem[];
  /** What comes by itself in the next hours. */
  soon: { at: number; text: string }[];
  /** Of this week, of the one before, and the alerts of each day. */
  numbers: Numbers | null;
  before: Numbers | null;
  days: Day[];
  /** Of the numbers of a week: what verdicts suggest to tune; null when that could not be found out. */
  proposals?: TuningProposal[] | null;
  /** Of the numbers of a week: the weeks before it, for a picture. */
  weeks?: Week[];
  /** The same weeks: how right the rules with most verdicts were. */
  precision?: RuleWeeks[];
}

/** A question as the person who is asked sees it: nothing else of the alert. */
export interface AskedQuestion {
  number: number;
  text: string;
  /** Who asks. */
  by: string;
  /** Epoch ms until which an answer counts. */
  expires: number;
}

/** An incident report on its way: the card is fixed, its files are made from the record with the edits of then. */
export interface ReportPost {
  /** Of the record. */
  id: string;
  /** In whose thread it goes, where the channel has one. */
  alert: number;
  brief: Brief;
  formats: Format[];
  /** Whether with what is the provider's own; otherwise for the customer's eyes. */
  internal: boolean;
  edits: number;
}

/** A post-incident report on its way: all of it is fixed. */
export interface ReviewPost {
  /** In whose thread it goes, where the channel has one. */
  case: number;
  document: Document;
  format: Exclude<Format, 'stix'>;
  /** Whether with what is the provider's own; otherwise for the customer's eyes. */
  internal: boolean;
}

/** What comes with a hunt's result: its picture, all rows, a draft of a rule. */
export type HuntFile = 'chart' | 'csv' | 'rule';

/** A run of a hunt as a card shows it. */
export interface ShownRun
  extends Pick<
    HuntRun,
    | 'number'
    | 'title'
    | 'period'
    | 'from'
    | 'until'
    | 'by'
    | 'hunt'
    | 'scheduled'
    | 'state'
    | 'progress'
    | 'techniques'
    | 'error'
    | 'file'
    | 'created'
  > {
  kind: HuntRun['request']['kind'];
  /** Of a saved hunt, or id of the rule. */
  name: string | null;
  sql: string;
  ms: number;
  /** With the first rows. */
  result: (Omit<HuntResult, 'chart'> & { hasChart: boolean }) | null;
}

/** What a page says. `trigger` opens, the others follow what people did. */
export interface Page {
  action: 'trigger' | 'acknowledge' | 'resolve';
  /** The alert's; 0 when it is about a case. */
  number: number;
  /** Number of the case that it is about. */
  case?: number;
  run: number;
  title: string;
  level: Level;
  score: number;
  entity: { kind: string; value: string };
  /** Epoch ms: what it is about happened then. */
  at: number;
  /** Why it is sent, in words. */
  reason: string;
  simulated: boolean;
}

/**
 * Where the result of a hunt goes.
 * @property alone id of the person who is alone with us there; absent: it is a channel that was bound to the tenant
 */
export interface HuntPlace {
  surface: string;
  channel: string;
  alone?: string;
}

/** Where the audit log of a tenant ended on a day: kept where who has the database does not reach, it proves that nothing before it changed. */
export interface Anchor {
  /** `2026-11-27`, UTC. */
  day: string;
  seq: number;
  hash: string;
}

/** `due`: to be sent, or to be tried again. `failed`: refused, or tried often enough. `dropped`: nobody needs it any more. */
export type DispatchState = 'due' | 'sent' | 'failed' | 'dropped';

/** One thing that leaves the house by itself, other than an alert's thread: a digest, a page, a test of a way. */
export interface Dispatch {
  /** Hash of what it is: unique, so nothing is sent twice. */
  _id: string;
  tenant: string;
  /** The bot sends what goes to a channel, the engine what goes to a way of the policy. */
  to:
    | { kind: 'channel'; surface: string; channel: string }
    /** Alone with one person, by the surface's own id of them. */
    | { kind: 'person'; surface: string; user: string }
    | { kind: 'way'; name: string };
  content:
    | { kind: 'digest'; digest: Digest }
    | { kind: 'report'; report: Report }
    | { kind: 'numbers'; numbers: TenantNumbers }
    | { kind: 'incident'; report: ReportPost }
    | { kind: 'review'; review: ReviewPost }
    | { kind: 'question'; question: AskedQuestion }
    | { kind: 'hunt'; id: string; run: ShownRun; files: HuntFile[]; alone?: string; isMoved?: true }
    | { kind: 'page'; page: Page }
    | { kind: 'anchor'; anchor: Anchor }
    | { kind: 'test'; by: string };
  state: DispatchState;
  attempts: number;
  /** Epoch ms of the next attempt. */
  due: number;
  /** Epoch ms. */
  created: number;
  /** Epoch ms of its end, whichever it was. */
  ended: number | null;
  /** Why the last attempt failed; never holds a secret. */
  error: string;
}

const schema = new Schema<Dispatch>(
  {
    _id: { type: String, required: true },
    tenant: { type: String, required: true },
    to: { type: Schema.Types.Mixed, required: true },
    content: { type: Schema.Types.Mixed, required: true },
    state: { type: String, required: true },
    attempts: { type: Number, required: true },
    due: { type: Number, required: true },
    created: { type: Number, required: true },
    ended: { type: Number, default: null },
    error: { type: String, default: '' },
  },
  { versionKey: false, minimize: false },
);
schema.index({ tenant: 1, state: 1, 'to.kind': 1, due: 1 });
schema.index({ tenant: 1, 'content.page.number': 1 });
schema.index({ tenant: 1, created: -1 });
export const dispatchModel = (connection: Connection) => connection.model<Dispatch>('Dispatch', schema, 'dispatches');

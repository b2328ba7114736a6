import type { Level } from '../detect/types.js';
import type { Observable, ScoreReason } from '../store/alerts.js';

/** An event that something rests on. */
export interface EventRef {
  id: string;
  /** Epoch ms. */
  time: number;
  host: string;
  user: string;
  /** `process`, `network` …: the dataset of the lake, or `detection` for what only the detection keeps. */
  dataset: string;
  /** The event in one line, bounded; written by whoever wrote the log. */
  text: string;
}

/** A sentence and the ids of the events that say so: never none. */
export interface Sentence {
  text: string;
  events: string[];
}

/** One step of the attack chain. */
export interface Step {
  /** Epoch ms of its first and last event. */
  first: number;
  last: number;
  /** What happened, in a few words: the rule's title, or what was seen around it. */
  title: string;
  level: Level;
  /** ATT&CK tactics as Sigma spells them, and technique ids; empty when no rule names them. */
  tactics: string[];
  techniques: string[];
  /** The rule that saw it; null for what was found around it in the lake. */
  rule: string | null;
  /** Account and process that acted, as far as the events say. */
  actor: { user: string; process: string; commandLine: string };
  host: string;
  /** What it was done to: another host or account, an address, a file. */
  target: Observable | null;
  /** How often. */
  count: number;
  events: string[];
}

/** Between two steps nothing was seen, though the attack went on. */
export interface Gap {
  /** Index of the step after it. */
  before: number;
  ms: number;
  text: string;
}

/** Something that the attack touched, or could reach next. */
export interface Reach {
  entity: Observable;
  /** `logged on as svc-backup from ws-14`; with the events that show it. */
  why: string;
  events: string[];
  crownJewel: boolean;
}

export interface Measure {
  when: 'now' | 'today' | 'later';
  text: string;
  /** Why: the techniques that it answers, and ATT&CK mitigation ids. */
  techniques: string[];
  mitigations: string[];
}

/** What was known of an observable before, or elsewhere. The provider's own: never shown to the customer. */
export interface Fact {
  observable: { kind: Observable['kind'] | 'technique' | 'vulnerability'; value: string };
  /** Bounded; parts of it may be written by whoever wrote the log. */
  text: string;
  /** Where that is known from: `profile`, `lake`, the source of an indicator. */
  source: string;
  /** Numbers of the alerts that it rests on. */
  alerts?: number[];
  /** It is news by itself: worth a new version. */
  isNews?: true;
}

/** What is known of an alert or a campaign, and what it rests on. Made again, it is a new version. */
export interface Investigation {
  tenant: string;
  /** Number of the alert, or of the first alert of the campaign. */
  alert: number;
  /** All alerts that it is about. */
  alerts: number[];
  version: number;
  /** Epoch ms. */
  made: number;
  title: string;
  level: Level;
  score: number;
  reasons: ScoreReason[];
  chain: Step[];
  gaps: Gap[];
  who: Sentence[];
  what: Sentence[];
  when: Sentence[];
  how: Sentence[];
  blast: { touched: Reach[]; reachable: Reach[]; untouched: Reach[] };
  impact: Sentence[];
  mitigation: Measure[];
  observables: (Observable & { events: string[] })[];
  /** What was known of them (at most 100); absent when nobody was asked. */
  facts?: Fact[];
  /** Every event that is named above, by id. */
  events: Record<string, EventRef>;
  /** What it cost, and what was cut off by the budget. */
  spent: { queries: number; ms: number; cut: string[] };
  simulated: boolean;
}

/**
 * The contract of breach duties: what is known (facts and profile), what a rule says (regime), and what follows (duties).
 * Nothing here decides anything: duties.ts does, and it is pure.
 */

/** Shown with everything that is computed here. */
export const COUNSEL = 'Check with counsel: this is computed from recorded facts and is no legal advice.';

/** A number of people, exact (`from` = `to`) or between two; `to` null: no upper bound is known. */
export interface Range {
  from: number;
  to: number | null;
}

/** A time: an instant, or a day whose hour is not known (`2026-03-01`), which counts from its first moment. */
export type TimeValue = { at: number } | { day: string };

/** What somebody answered; null: "we do not know", which is an answer too. */
export type FactValue = boolean | string | Range | TimeValue | Decision | null;

/** What was decided about a duty. Kept as a fact: dated, attributed, and never erased. */
export interface Decision {
  /** `withdrawn`: what was decided before no longer holds. */
  decided: 'satisfied' | 'not-required' | 'paused' | 'withdrawn';
  /** Why; how it was shown. */
  reason: string;
  /** Who approved it: another person than who recorded it. Needed for `not-required`. */
  approver: string | null;
  /** When it was done, or when the pause began; epoch ms. */
  at: number;
  /** Of a pause: when it ends by itself; null: when somebody ends it. */
  until: number | null;
}

/** One answer. A later one on the same name corrects it; neither is ever erased. */
export interface Fact {
  /** `aware`, `people.US-CA`, `duty:eu.gdpr.33` (vocabulary.yaml). `aware@us.tx.521.053`: for this rule alone. */
  fact: string;
  value: FactValue;
  /** Who said so. */
  by: string;
  /** When it was said, epoch ms. */
  at: number;
  /** Where it is known from, or why it was corrected. */
  reason: string;
}

export const PARTIES = ['customer', 'provider'] as const;
/** Whose duty: the tenant's, or that of the provider which runs this product. */
export type Party = (typeof PARTIES)[number];

/** A clause of a tenant's own contracts, as a duty. */
export interface Clause {
  /** `acme-msa`: its duty is `contract.acme-msa`. */
  id: string;
  title: string;
  owes: Party;
  to: string;
  from: string;
  within: number;
  unit: Unit;
  /** Only when the fact of this name is yes; null: in every breach. */
  when: string | null;
  source: string;
}

/** Who the tenant is. What is absent is not known, and asked for; a list that is there is complete. */
export interface Profile {
  name: string;
  /** IANA time zone in which its days begin and end. */
  zone: string;
  /** Places whose law applies to it: `EU`, `DE`, `US-NY`, `UK`. */
  jurisdictions?: readonly string[];
  /** `controller`, `covered-entity` … (vocabulary.yaml). */
  roles?: readonly string[];
  /** Roles of the provider towards this tenant: `processor`, `business-associate` … */
  providerRoles?: readonly string[];
  /** Calendar of its public holidays (calendars/); null: only Saturdays and Sundays are free. */
  calendar: string | null;
  /** Hours, by rule id, that replace a rule's internal target where the law gives no number. */
  targets: Readonly<Record<string, number>>;
  clauses?: readonly Clause[];
}

/** A condition on facts, as the file has it. Of a fact that is not known the answer is not known. */
export type Condition =
  | { all: Condition[] }
  | { any: Condition[] }
  | { not: Condition }
  | { fact: string; is: boolean | string }
  /** A role of the tenant's, or of the party that owes. */
  | { role: string }
  /** The law of a place applies: by the profile, or because people there are affected and somebody said that it does. */
  | { law: string }
  /** At least one person of the place is affected. */
  | { residents: string }
  | ({ count: string; in?: string } & ({ 'more-than': number } | { 'at-least': number } | { 'fewer-than': number }));

export const UNITS = ['hours', 'days', 'business-days', 'months'] as const;
export type Unit = (typeof UNITS)[number];

/** One time limit. A duty has as many as the rule names; of those whose anchor is known, the earliest counts. */
export interface Limit {
  within: number;
  unit: Unit;
  /** Anchors: of several, the earliest that is known … */
  from: string[];
  /** … or the latest. */
  latest?: boolean;
  /** Not counted when `anchor` came more than so many hours after `from` (DORA: classified later than a day). */
  unless?: { anchor: string; later: number };
  /** Calendar of business days; `customer`: the tenant's own; absent: only Saturdays and Sundays are free. */
  calendar?: string;
  /** Zone in which days are counted; absent: the tenant's. */
  zone?: string;
  /** `17:30`: the last day ends then. */
  closes?: string;
  /**
   * `12:00`: where the last day is free it is still in time until then on the next working day (as DORA has it, and Regulation (EEC,
   * Euratom) No 1182/71, Article 3(4), with `23:59`). What is due stays the day itself, the earlier of the two.
   */
  relief?: string;
}

/** A reason of the law's not to notify: whoever claims it has to show it, so it never stops a clock by itself. */
export interface Exception {
  id: string;
  text: string;
  when: Condition | null;
}

export const EVIDENCE = ['text', 'secondary', 'general'] as const;

/** One rule of one law: one file in regimes/. */
export interface Regime {
  /** `eu.gdpr.33`, the file's name. */
  id: string;
  /** What is owed, as a sentence that begins with a verb. */
  title: string;
  /** The provision: `GDPR, Article 33(1)`. */
  law: string;
  version: number;
  /** `proposed`: not computed unless asked for. `unverified`: computed, and shown as such. */
  status: 'in force' | 'proposed' | 'unverified';
  /** How it is known: `text` of the rule or the regulator was read, `secondary` sources agree, `general` knowledge only. */
  evidence: (typeof EVIDENCE)[number];
  sources: string[];
  /** `2026-11-26` or `2026-11`; null: never. */
  verified: string | null;
  /** Of counsel who reviewed it; null: nobody yet. */
  reviewer: string | null;
  /** First and last day of anchors that it applies to. */
  effective: { from: string | null; to: string | null };
  /** Who owes it: the party and the role in which it does; role null: whoever the condition fits. */
  owes: { party: Party; role: string | null }[];
  to: string;
  /** Exceeding values are in `when`; the role of `owes` is a condition by itself. */
  when: Condition;
  /** One duty for each place below this one (`US`), or for each of these, `$place` in its conditions. */
  per?: string | string[];
  deadline: {
    /** The rule's own measure, in our words: `without undue delay, at most 72 hours`. */
    text: string;
    limits: Limit[];
    /** Where the law gives no number: hours from `from`, as an aim of our own. */
    target?: { hours: number; from: string[] };
  };
  exceptions: Exception[];
  /** Who may delay it: `law enforcement, in writing`; null: nobody. */
  pause: string | null;
  content: string[];
  /** What being late asks for; empty: nothing is said. */
  late: string;
  /** Rules that run beside it. */
  parallel: string[];
  notes: string;
}

export const STATES = ['candidate', 'running', 'satisfied', 'not-required', 'paused', 'missed'] as const;
export type DutyState = (typeof STATES)[number];

/** A fact that a duty rests on. */
export interface Basis {
  fact: string;
  value: FactValue;
  by: string;
  at: number;
}

/** What is owed, by when, and why. */
export interface Duty {
  /** Rule, place and party: `us.hipaa.406#US-CA`, `eu.gdpr.33.2/provider`. */
  id: string;
  rule: string;
  version: number;
  title: string;
  law: string;
  status: Regime['status'];
  evidence: Regime['evidence'];
  owes: Party;
  /** Role in which it is owed; null: none in particular. */
  as: string | null;
  to: string;
  place: string | null;
  state: DutyState;
  /** Epoch ms: the last moment in time. Of a candidate: what it would be. Null: the law gives no number, or the anchor is not known. */
  due: number | null;
  /** Epoch ms: until when it is in time all the same, because the last day is free; null: nothing later than `due`. */
  relief: number | null;
  /** Epoch ms: our own aim where the law gives no number. */
  target: number | null;
  /** Zone in which `due` is to be read. */
  zone: string;
  /** What the clock counts from. */
  anchor: { name: string; at: number } | null;
  deadline: string;
  /** How `due` was found, step by step. */
  how: string;
  basis: Basis[];
  /** Facts that would decide a candidate, or move the time. */
  decides: string[];
  exceptions: { id: string; text: string; holds: boolean | null }[];
  /** The facts as they are now no longer ask for it; it runs until a second person confirms that. */
  lapsed: { because: string; by: string; at: number } | null;
  /** What was decided, where something was. */
  decision: (Decision & { by: string; recorded: number }) | null;
  /** Facts with a part in it, or in an exception of it, that changed after it was decided: look again. */
  changed: string[];
  /** It was decided not to be required, and the ground for that no longer holds: the decision counts no more. */
  upset: { because: string; by: string; at: number } | null;
  /** Satisfied after it was due. */
  late: boolean;
  whenLate: string;
  pause: string | null;
  content: string[];
  parallel: string[];
  sources: string[];
  verified: string | null;
  notes: string;
  counsel: typeof COUNSEL;
}

/** A rule that asks for nothing here, and why. */
export interface Ruled {
  rule: string;
  title: string;
  status: Regime['status'];
  because: string;
}

export interface Duties {
  now: number;
  duties: Duty[];
  out: Ruled[];
  /** Facts that contradict each other; the larger number of people was taken. */
  warnings: string[];
  counsel: typeof COUNSEL;
}

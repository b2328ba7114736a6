import type { RuleInfo } from '../types.js';

/** One event (or firing of another correlation) that a correlation counts, as its window keeps it. */
export interface Entry {
  /** Event time, epoch ms. */
  time: number;
  /** Id of what is counted: an event, or the detection of a correlation below. What has the same unit counts once. */
  unit: string;
  /** Which of the correlation's rules it is of, by place in its list. */
  rule: number;
  /** Value of the condition's field; null when the condition has none. */
  value: string | number | null;
  host: string;
  user: string;
  ip: string;
  simulated: boolean;
  /** For each correlation above (`Correlation.above`): the groups and values that the event has there. */
  up: Above[];
}
export type Above = [groups: string[], values: (string | number | null)[]];

/** A window over which a condition holds. */
export interface Firing {
  /** The event that ends the window; the one that opens it when the window is judged afterwards. */
  at: number;
  from: number;
  to: number;
  /** What was counted or computed. */
  measure: number;
}

/** A correlation's condition, read. Pure: the same entries give the same firings. */
export interface Judge {
  /**
   * False: more events never undo a firing, so the condition is judged at once, over the timespan up to each event.
   * True: it may be undone (`lt`, `not rule_b`, an average), so it is judged when the window is over.
   */
  deferred: boolean;
  /** Whether a deferred window starts at its event and looks ahead; otherwise it ends there. */
  ahead: boolean;
  /** Fewest entries that can fire. */
  least: number;
  /** Of each class in a window that grew too large, how many of the first and of the last are kept. */
  keep: number;
  /** Whether what is kept decides the condition as well as everything would. */
  exact: boolean;
  /** Fields whose value is counted or computed. */
  fields: string[];
  numeric: boolean;
  /** Whether it matters which rules an event matched; otherwise an event counts once, for the first of them. */
  perRule: boolean;
  /** Entries of one class stand for each other. */
  classOf(entry: Entry): string;
  /** @param entries by time. @returns every window over which the condition holds, by `at` */
  fires(entries: readonly Entry[], timespan: number): Firing[];
  /** What was seen, for people: `12 events`, `5 values of TargetUserName`. */
  says(measure: number): string;
}

/** A correlation type. One file each. */
export interface Kind {
  /** As Sigma spells it. */
  type: string;
  /** @param names the rules it refers to, as written. @throws RuleError */
  read(condition: unknown, names: readonly string[]): Judge;
}

/** A correlation rule, ready to run. */
export interface Correlation {
  info: RuleInfo;
  /** Changes when the rule's meaning does, so that windows of an older version are left alone. */
  version: string;
  /** Ids of the rules it refers to, and how they are called there, in order. */
  rules: string[];
  names: string[];
  groupBy: string[];
  /** Alias → rule id → field. */
  aliases: Map<string, Map<string, string>>;
  /** Milliseconds, and as written. */
  timespan: number;
  span: string;
  judge: Judge;
  /** Correlations that it feeds, directly or through others, each with the ids on the way (for aliases). */
  above: { correlation: Correlation; ids: string[] }[];
  /** Those that refer to it, and at which place of their list. */
  parents: { correlation: Correlation; rule: number }[];
  /** How many correlations lie under it, at most. */
  depth: number;
  /** How long after a window late events are waited for, ms. */
  lateness: number;
  /** How much later than their events its firings may come, as it or a correlation below is judged afterwards, ms. */
  delay: number;
  /** A rule refers to it and does not ask for its detections. */
  silent: boolean;
}

/** All correlations of a rule base. */
export interface Correlations {
  all: readonly Correlation[];
  /** Correlations by the id of a detection rule that they refer to. */
  byRule: ReadonlyMap<string, readonly { correlation: Correlation; rule: number }[]>;
  /** Ids of rules that only feed correlations and make no detections of their own. */
  silent: ReadonlySet<string>;
}

/** A group's share of one correlation in one stretch of event time, one timespan long (`bucket` × timespan). */
export interface Cell {
  correlation: Correlation;
  /** Group values as JSON. */
  group: string;
  bucket: number;
}

/** What a cell and its two neighbours hold. */
export interface Held {
  entries: Entry[];
  /** Entries that came when the cell had been judged already. */
  late: number;
  /** Entries let go because a group or a correlation holds too many. */
  cut: number;
}

/** Where windows are kept: Redis, or the memory of one scan. */
export interface State {
  /** Add entries, each once however often it comes, and read what the windows hold then. One round trip. */
  add(tenant: string, additions: { cell: Cell; entries: Entry[] }[], now: number): Promise<Held[]>;
  /** Deferred cells that can be judged now. */
  due(tenant: string, correlations: readonly Correlation[], now: number, limit: number): Promise<Cell[]>;
  /** Take no more entries for a cell, and read what its windows hold. */
  close(tenant: string, cell: Cell): Promise<Held>;
  /** A closed cell has been judged, and what came of it stored. */
  done(tenant: string, cell: Cell): Promise<void>;
}

import type { Level, RuleInfo } from '../../detect/types.js';
import type { Fields } from '../../event.js';
import type { Correlated } from '../../store/detections.js';
import type { Exception } from '../../store/exceptions.js';
import type { RuleTuning } from '../../store/ruletunings.js';
import { compileConditions } from './conditions.js';

/** What a tenant's tuning says about one rule on one event. */
export interface Verdict {
  /** The rule is switched off for this tenant: nothing is kept of it. */
  disabled: boolean;
  /** The tenant's own level; null: the rule's. */
  level: Level | null;
  /** Id of the active exception that hides it. */
  suppressed: string | null;
  /** Ids of the exceptions in monitor mode that would have hidden it. */
  monitored: readonly string[];
}

/** What tuning leaves of an event's hits. */
export interface Sifted {
  /** Rules to be kept as detections, at the tenant's level. */
  kept: RuleInfo[];
  /** Those of them that nobody hid: for correlations. */
  heard: RuleInfo[];
  /** What to write on detections, by rule id; null: nothing. */
  marks: Map<string, Marks> | null;
}
export interface Marks {
  suppressed?: string;
  monitored?: string[];
}

interface RulePart {
  disabled: boolean;
  level: Level | null;
  /** Live exceptions of the rule. */
  exceptions: Map<string, 'monitor' | 'active'>;
}

/**
 * One tenant's tuning, compiled. Synchronous, and nothing but a look-up for rules that are not tuned: it runs for every
 * hit of the hot path.
 */
export class Tuning {
  private readonly parts = new Map<string, RulePart>();
  private readonly conditions: (fields: Fields) => string[];
  private readonly levels = new Map<string, RuleInfo>();
  /** The event looked at last, with the exceptions that hold for it: an event's hits share the work. */
  private last: Fields | null = null;
  private holding: ReadonlySet<string> = new Set();
  /** Exceptions that could not be compiled; they hide nothing. */
  readonly faults: { exception: string; reason: string }[];

  /** @param exceptions live ones only: monitor or active, not expired */
  constructor(tunings: readonly Pick<RuleTuning, 'rule' | 'disabled' | 'level'>[], exceptions: readonly Exception[]) {
    for (const { rule, disabled, level } of tunings)
      if (disabled || level) this.parts.set(rule, { disabled, level, exceptions: new Map() });
    const live = exceptions.filter(({ state }) => state === 'monitor' || state === 'active');
    for (const { _id, rules, state } of live)
      for (const { id } of rules) {
        const part = this.parts.get(id) ?? { disabled: false, level: null, exceptions: new Map() };
        part.exceptions.set(_id, state as 'monitor' | 'active');
        this.parts.set(id, part);
      }
    const { match, problems } = compileConditions(live.map(({ _id, conditions }) => ({ id: _id, conditions })));
    this.conditions = match;
    this.faults = problems.map(({ rule, reason }) => ({ exception: rule, reason }));
  }

  get empty(): boolean {
    return this.parts.size === 0;
  }

  /** @returns undefined when the tenant has not tuned the rule */
  judge(rule: Pick<RuleInfo, 'id'>, fields: Fields): Verdict | undefined {
    const part = this.parts.get(rule.id);
    if (!part) return undefined;
    const { disabled, level, exceptions } = part;
    if (disabled || exceptions.size === 0) return { disabled, level, suppressed: null, monitored: [] };
    if (this.last !== fields) {
      this.holding = new Set(this.conditions(fields));
      this.last = fields;
    }
    let suppressed: string | null = null;
    const monitored: string[] = [];
    for (const [id, state] of exceptions) {
      if (!this.holding.has(id)) continue;
      if (state === 'monitor') monitored.push(id);
      else suppressed ??= id;
    }
    return { disabled, level, suppressed, monitored };
  }

  /** @param hits rules that fired on one event; not changed */
  sift(hits: RuleInfo[], fields: Fields): Sifted {
    if (this.empty) return { kept: hits, heard: hits, marks: null };
    const kept: RuleInfo[] = [];
    const heard: RuleInfo[] = [];
    let marks: Sifted['marks'] = null;
    for (const hit of hits) {
      const verdict = this.judge(hit, fields);
      if (verdict?.disabled) continue;
      const rule = verdict?.level ? this.atLevel(hit, verdict.level) : hit;
      kept.push(rule);
      if (!verdict?.suppressed) heard.push(rule);
      if (verdict && (verdict.suppressed || verdict.monitored.length > 0)) {
        marks ??= new Map();
        marks.set(hit.id, {
          ...(verdict.suppressed && { suppressed: verdict.suppressed }),
          ...(verdict.monitored.length > 0 && { monitored: [...verdict.monitored] }),
        });
      }
    }
    // An event is looked at once; keeping it would keep it from being freed.
    this.last = null;
    return { kept, heard, marks };
  }

  /**
   * The same for detections that are made already, those of correlations: disabled rules go, levels and marks are set. Conditions are
   * about what the correlation groups by.
   */
  siftFound<T extends Tunable>(found: readonly T[]): (T & Marks)[] {
    if (this.empty) return [...found];
    return found.flatMap((detection): (T & Marks)[] => {
      const verdict = this.judge(detection.rule, groupFields(detection.correlated));
      if (!verdict) return [detection];
      if (verdict.disabled) return [];
      const { level, suppressed, monitored } = verdict;
      return [
        {
          ...detection,
          ...(level && { rule: { ...detection.rule, level } }),
          ...(suppressed && { suppressed }),
          ...(monitored.length > 0 && { monitored: [...monitored] }),
        },
      ];
    });
  }

  private atLevel(rule: RuleInfo, level: Level): RuleInfo {
    let changed = this.levels.get(rule.id);
    if (changed?.level !== level || changed.title !== rule.title) {
      changed = { ...rule, level };
      this.levels.set(rule.id, changed);
    }
    return changed;
  }
}

interface Tunable {
  rule: { id: string; level: Level };
  correlated?: Correlated;
}

/** A correlation's groups as fields, for the conditions of exceptions. */
export const groupFields = (correlated: Correlated | undefined): Fields =>
  Object.fromEntries((correlated?.group ?? []).map(({ field, value }) => [field, value]));

/** Write marks on the detections of one event. */
export function mark<T extends { rule: { id: string } }>(found: T[], marks: Sifted['marks']): (T & Marks)[] {
  return marks ? found.map((detection) => ({ ...detection, ...marks.get(detection.rule.id) })) : found;
}

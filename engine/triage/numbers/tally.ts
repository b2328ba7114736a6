import type { Level } from '../../detect/types.js';
import type { CloseReason } from '../../store/alerts.js';
import { endsOf, foundAfter, RowTally } from './rows.js';
import { Spans } from './spans.js';
import type { Numbers, RuleRow, Sample } from './types.js';
import { mondayOf, WEEK_MS } from './weeks.js';

/** Rules told apart, and those of them that are listed. */
const MAX_RULES = 5000;
const TOP_RULES = 20;
/** Rules whose precision is told week by week. */
const MAX_OVER_TIME = 5;
/** Fewer verdicts than this say nothing about a rule. */
const LEAST_VERDICTS = 5;
const VERDICTS: Partial<Record<CloseReason | 'none', keyof RuleTally['verdicts']>> = {
  ...{ true_positive: 'real', benign: 'benign', false_positive: 'false' },
};
/** They say nothing about how fast or how right anybody was. */
const UNCOUNTED: ReadonlySet<CloseReason | 'none'> = new Set(['duplicate', 'test']);

interface RuleTally {
  id: string;
  title: string;
  rows: RowTally;
  verdicts: { real: number; benign: number; false: number };
  /** Verdicts by the Monday of their week. */
  weeks: Map<number, { real: number; judged: number }>;
}

/**
 * Computes the numbers of a period from alerts, one after the other, in any order; the same alert twice is counted once.
 * Depends on nothing but what it is given.
 */
export class Tally {
  private readonly seen = new Set<number>();
  private readonly all: RowTally;
  private readonly levels = new Map<Level, RowTally>();
  private readonly weeks: { monday: number; rows: RowTally }[] = [];
  private readonly rules = new Map<string, RuleTally>();
  private readonly outcomes = new Map<CloseReason | 'none', { closed: number; mttr: Spans }>();
  private readonly ages = new Spans();
  private readonly waiting = new Spans();
  private readonly published = new Spans();
  private readonly counts = { escalated: 0, reopened: 0, simulated: 0 };
  private readonly skewed = { later: 0, earlier: 0 };
  private oldest: Numbers['oldest'] = null;
  private truncated = false;

  /** @param from epoch ms @param until epoch ms, excluded */
  constructor(
    private readonly from: number,
    private readonly until: number,
  ) {
    this.all = new RowTally(from, until);
    for (let monday = mondayOf(from); monday < until; monday += WEEK_MS)
      this.weeks.push({
        monday,
        rows: new RowTally(Math.max(from, monday), Math.min(until, monday + WEEK_MS)),
      });
  }

  private has = (at: number): boolean => at >= this.from && at < this.until;

  add(sample: Sample): void {
    if (this.seen.has(sample.number)) return;
    this.seen.add(sample.number);
    const { number, created, changes } = sample;
    const ends = endsOf(sample);
    if (sample.simulated) {
      if (this.has(created) || changes.some(({ at }) => this.has(at))) this.counts.simulated++;
      return;
    }
    if (this.has(ends.closed)) this.addOutcome(sample, ends.closed);
    if (sample.state === 'closed' && UNCOUNTED.has(sample.reason ?? 'none')) return;

    this.all.add(sample, ends);
    this.levelOf(sample.level).add(sample, ends);
    for (const { rows } of this.weeks) rows.add(sample, ends);
    for (const rule of sample.rules) this.addRule(rule, sample, ends.closed);

    if (this.has(created)) {
      const found = foundAfter(sample);
      if (typeof found !== 'number') this.skewed[found]++;
    }
    const told = changes.find(({ kind }) => kind === 'published')?.at;
    if (told !== undefined && this.has(told)) this.published.add(Math.max(0, told - created));
    if (changes.some(({ kind, at }) => kind === 'escalated' && this.has(at))) this.counts.escalated++;
    this.counts.reopened += changes.filter(({ kind, at }) => kind === 'reopened' && this.has(at)).length;
    if (created < this.until && ends.closed >= this.until) {
      const age = this.until - created;
      this.ages.add(age);
      if (ends.answered >= this.until) this.waiting.add(age);
      if (!this.oldest || age > this.oldest.age) this.oldest = { number, age };
    }
  }

  private addOutcome({ reason: said, created }: Sample, closed: number): void {
    const reason = said ?? 'none';
    const outcome = this.outcomes.get(reason) ?? { closed: 0, mttr: new Spans() };
    this.outcomes.set(reason, outcome);
    outcome.closed++;
    outcome.mttr.add(Math.max(0, closed - created));
  }

  private levelOf(level: Level): RowTally {
    const rows = this.levels.get(level) ?? new RowTally(this.from, this.until);
    this.levels.set(level, rows);
    return rows;
  }

  private addRule({ id, title }: Sample['rules'][number], sample: Sample, closed: number): void {
    let rule = this.rules.get(id);
    if (!rule) {
      if (this.rules.size >= MAX_RULES) {
        this.truncated = true;
        return;
      }
      const verdicts = { real: 0, benign: 0, false: 0 };
      rule = { id, title, rows: new RowTally(this.from, this.until), verdicts, weeks: new Map() };
      this.rules.set(id, rule);
    }
    rule.rows.add(sample, endsOf(sample));
    if (!this.has(closed)) return;
    const verdict = VERDICTS[sample.reason ?? 'none'];
    if (!verdict) return;
    rule.verdicts[verdict]++;
    const monday = mondayOf(closed);
    const week = rule.weeks.get(monday) ?? { real: 0, judged: 0 };
    week.judged++;
    if (verdict === 'real') week.real++;
    rule.weeks.set(monday, week);
  }

  /** Of the rules with most verdicts: the share that was real, week by week. */
  private overTime(): Numbers['precision'] {
    return [...this.rules.values()]
      .filter(({ verdicts }) => judged(verdicts) >= LEAST_VERDICTS)
      .sort((a, b) => judged(b.verdicts) - judged(a.verdicts) || (a.id < b.id ? -1 : 1))
      .slice(0, MAX_OVER_TIME)
      .map(({ id, title, weeks }) => ({
        ...{ id, title },
        weeks: this.weeks.map(({ monday }) => ({ monday, ...(weeks.get(monday) ?? { real: 0, judged: 0 }) })),
      }));
  }

  /** Say that there were more alerts than were added. */
  cut(): void {
    this.truncated = true;
  }

  numbers(of: Pick<Numbers, 'tenant' | 'published'>): Numbers {
    const rules = [...this.rules.values()]
      .filter(({ rows }) => !rows.isEmpty)
      .map(({ id, title, rows, verdicts }): RuleRow => ({ id, title, ...rows.row(), ...verdicts }));
    const byName = (a: RuleRow, b: RuleRow) => (a.id < b.id ? -1 : 1);
    return {
      ...of,
      from: this.from,
      until: this.until,
      all: this.all.row(),
      levels: Object.fromEntries(
        [...this.levels].filter(([, rows]) => !rows.isEmpty).map(([level, rows]) => [level, rows.row()]),
      ),
      outcomes: Object.fromEntries(
        [...this.outcomes].map(([reason, { closed, mttr }]) => [reason, { closed, mttr: mttr.spread() }]),
      ),
      weeks: this.weeks.map(({ monday, rows }) => ({ monday, from: rows.from, until: rows.until, ...rows.row() })),
      rules: rules.toSorted((a, b) => b.opened - a.opened || b.open - a.open || byName(a, b)).slice(0, TOP_RULES),
      worst: rules
        .filter((rule) => judged(rule) >= LEAST_VERDICTS && rule.real < judged(rule))
        .sort((a, b) => precision(a) - precision(b) || judged(b) - judged(a) || byName(a, b))
        .slice(0, TOP_RULES),
      precision: this.overTime(),
      ages: this.ages.spread(),
      waiting: this.waiting.spread(),
      oldest: this.oldest,
      publishedAfter: this.published.spread(),
      ...this.counts,
      skewed: { ...this.skewed },
      truncated: this.truncated,
    };
  }
}

/** Verdicts on a rule in the period. */
export const judged = (rule: Pick<RuleRow, 'real' | 'benign' | 'false'>): number =>
  rule.real + rule.benign + rule.false;

/** Which share of a rule's verdicts was real, 0 to 1; not a number without any. */
export const precision = (rule: Pick<RuleRow, 'real' | 'benign' | 'false'>): number => rule.real / judged(rule);

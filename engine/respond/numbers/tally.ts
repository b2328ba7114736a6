import { CASE_STATES, type Case, type CaseState, CLOCKS, type ClockKind, type Severity } from '../../store/cases.js';
import { Spans } from '../../triage/numbers/spans.js';
import type { CaseNumbers, CaseRow } from './types.js';

/** What is counted of a case. */
export type Sample = Pick<
  Case,
  'number' | 'severity' | 'created' | 'closed' | 'state' | 'outcome' | 'mergedInto' | 'simulated' | 'clocks' | 'tasks'
> & { log: readonly Pick<Case['log'][number], 'at' | 'field' | 'after'>[] };

const OPEN_STATES = CASE_STATES.filter((state): state is Exclude<CaseState, 'closed'> => state !== 'closed');
const MOST_LISTED = 10;
const isState = (value: unknown): value is CaseState => CASE_STATES.includes(value as CaseState);

class RowTally {
  private readonly counts = { opened: 0, closed: 0, open: 0 };
  private readonly stays = new Map(OPEN_STATES.map((state) => [state, { spans: new Spans(), now: 0 }]));
  private readonly clocks = new Map<ClockKind, { met: number; missed: number }>(
    CLOCKS.map((kind) => [kind, { met: 0, missed: 0 }]),
  );
  private readonly tasks = { done: 0, late: 0, open: 0, overdue: 0 };

  constructor(
    private readonly from: number,
    private readonly until: number,
  ) {}

  private has = (at: number): boolean => at >= this.from && at < this.until;

  /** @returns ids of its tasks that are past their time */
  add({ created, log, clocks, tasks }: Sample): string[] {
    const { from: _, until } = this;
    if (created >= until) return [];
    if (this.has(created)) this.counts.opened++;
    let state: CaseState = 'new';
    let since = created;
    for (const { field, after, at } of log) {
      if (field !== 'state' || !isState(after) || at >= until) continue;
      if (state !== 'closed' && this.has(at)) this.stays.get(state)!.spans.add(Math.max(0, at - since));
      if (after === 'closed' && this.has(at)) this.counts.closed++;
      [state, since] = [after, at];
    }
    if (state !== 'closed') {
      this.counts.open++;
      this.stays.get(state)!.now++;
    }
    for (const clock of clocks) {
      const of = this.clocks.get(clock.kind)!;
      const met = clock.met !== null && clock.met < until ? clock.met : null;
      if (met !== null && this.has(met)) of[met <= clock.due ? 'met' : 'missed']++;
      // What ran out and is not reached yet is missed already, unless the case ended otherwise.
      else if (met === null && this.has(clock.due) && state !== 'closed') of.missed++;
    }
    return this.addTasks(tasks, log, state === 'closed');
  }

  private addTasks(tasks: Sample['tasks'], log: Sample['log'], isClosed: boolean): string[] {
    return tasks.flatMap(({ id, state, due }) => {
      const ended = log.findLast(({ field }) => field === `task:${id}.state`)?.at;
      if (state === 'done' && ended !== undefined && ended < this.until) {
        if (!this.has(ended)) return [];
        this.tasks.done++;
        if (due !== null && ended > due) this.tasks.late++;
        return [];
      }
      if (state === 'dropped' || isClosed) return [];
      this.tasks.open++;
      if (due === null || due >= this.until) return [];
      this.tasks.overdue++;
      return [id];
    });
  }

  row(): CaseRow {
    const states = [...this.stays].map(([state, { spans, now }]) => [state, { stays: spans.spread(), now }]);
    return {
      ...this.counts,
      states: Object.fromEntries(states),
      clocks: Object.fromEntries(this.clocks) as CaseRow['clocks'],
      tasks: this.tasks,
    };
  }
}

/** Computes the numbers of a period from cases, one after the other, in any order; the same case twice is counted once. */
export class CaseTally {
  private readonly seen = new Set<number>();
  private readonly all: RowTally;
  private readonly severities = new Map<Severity, RowTally>();
  private readonly overdue: CaseNumbers['overdue'] = [];
  private readonly left = { simulated: 0, uncounted: 0 };

  constructor(
    private readonly from: number,
    private readonly until: number,
  ) {
    this.all = new RowTally(from, until);
  }

  add(sample: Sample): void {
    const { number, severity, simulated, mergedInto, outcome, created } = sample;
    if (this.seen.has(number) || created >= this.until) return;
    this.seen.add(number);
    if (simulated) this.left.simulated++;
    else if (mergedInto !== undefined || outcome === 'duplicate' || outcome === 'test') this.left.uncounted++;
    else {
      const tasks = this.all.add(sample);
      const rows = this.severities.get(severity) ?? new RowTally(this.from, this.until);
      this.severities.set(severity, rows);
      rows.add(sample);
      if (tasks.length > 0) this.overdue.push({ number, tasks });
    }
  }

  numbers(of: Pick<CaseNumbers, 'tenant' | 'published' | 'truncated'>): CaseNumbers {
    return {
      ...of,
      ...{ from: this.from, until: this.until, all: this.all.row() },
      severities: Object.fromEntries([...this.severities].map(([severity, rows]) => [severity, rows.row()])),
      overdue: this.overdue
        .sort((a, b) => b.tasks.length - a.tasks.length || a.number - b.number)
        .slice(0, MOST_LISTED),
      ...this.left,
    };
  }
}

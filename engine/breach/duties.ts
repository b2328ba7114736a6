import { canonical } from '../ids.js';
import type { Calendar } from './calendar.js';
import { clauseRules } from './clauses.js';
import { type Instance, instancesOf, type Judged, judgeInstance, truthOf } from './instance.js';
import { Known } from './known.js';
import { relevantTo } from './relevant.js';
import { COUNSEL, type Duties, type Duty, type Fact, type Profile, type Regime, type Ruled } from './types.js';
import { describeFact } from './words.js';

/** What duties are computed by: the rules and the calendars, as they were loaded. */
export interface Law {
  regimes: readonly Regime[];
  calendars: ReadonlyMap<string, Calendar>;
}

/**
 * Who has to tell whom of a breach, by when, and why. Pure: the same profile, facts (in any order), time and law always give the same.
 * A duty that ran and that the facts no longer ask for goes on running, and says so, until a second person confirms that it is not
 * required; a rule's exceptions never stop a clock by themselves.
 * @param facts all that were ever said; those said after `now` are not looked at
 * @param now epoch ms
 * @param proposed also rules that are not law yet
 */
export function duties(
  law: Law,
  profile: Profile,
  facts: readonly Fact[],
  now: number,
  { proposed = false }: { proposed?: boolean } = {},
): Duties {
  const history = new History(facts, now);
  const found: Duty[] = [];
  const out: Ruled[] = [];
  for (const regime of [...law.regimes, ...clauseRules(profile)]) {
    const { id: rule, title, status } = regime;
    if (status === 'proposed' && !proposed) {
      out.push({ rule, title, status, because: 'It is a proposal, not law: it is not computed unless asked for.' });
      continue;
    }
    const reasons: string[] = [];
    let count = 0;
    for (const instance of instancesOf(regime, history.now)) {
      const judge = (known: Known) => judgeInstance(instance, { known, profile, calendars: law.calendars, now });
      const judged = judge(history.now);
      const duty = dutyOf(instance, judged, history, judge, profile, now);
      if (duty) {
        found.push(duty);
        count++;
      } else reasons.push(judged.because);
    }
    if (count === 0)
      out.push({ rule, title, status, because: [...new Set(reasons)].join(' ') || 'No place is named.' });
  }
  const warnings = [...history.now.warnings].sort();
  return { now, duties: found.toSorted(byUrgency), out, warnings, counsel: COUNSEL };
}

/** What was known at each time that something was said. */
class History {
  readonly now: Known;
  private readonly times: readonly number[];
  private readonly cache = new Map<number, Known>();

  constructor(
    readonly facts: readonly Fact[],
    now: number,
  ) {
    this.now = new Known(facts, now);
    this.times = [...new Set(facts.map(({ at }) => at).filter((at) => at <= now))].sort((a, b) => b - a);
  }

  /** What was known at a time. */
  at(time: number): Known {
    let known = this.cache.get(time);
    if (!known) {
      known = new Known(this.facts, time);
      this.cache.set(time, known);
    }
    return known;
  }

  /**
   * The last state of knowledge in which `holds`, before the one of now, and what was said right after it. Only states right before
   * something relevant was said are looked at: in between nothing can have changed.
   */
  lastTime<T>(
    relevant: (fact: string) => boolean,
    holds: (known: Known) => T | null,
  ): { was: T; after: Fact[] } | null {
    const changes = new Set(this.facts.flatMap(({ fact, at }) => (relevant(fact) ? [at] : [])));
    for (const [i, at] of this.times.entries()) {
      const next = this.times[i - 1];
      if (next === undefined || !changes.has(next)) continue;
      const was = holds(this.at(at));
      if (was !== null)
        return { was, after: this.facts.filter((fact) => fact.at === next && relevant(fact.fact)).toSorted(byText) };
    }
    return null;
  }
}

const byText = (a: Fact, b: Fact): number => (canonical(a) < canonical(b) ? -1 : 1);

const isRunning = ({ truth, isAnchored }: Judged): boolean => truth === true && isAnchored;

/** @returns null: nothing is owed, and nothing ever was */
function dutyOf(
  instance: Instance,
  judged: Judged,
  history: History,
  judge: (known: Known) => Judged,
  profile: Profile,
  now: number,
): Duty | null {
  const decided = history.now.decision(instance.id);
  const isDecided = decided !== null && decided.decided !== 'withdrawn';
  let [stands, lapsed]: [Judged, Duty['lapsed']] = [judged, null];
  if (!isRunning(judged)) {
    // What nobody ever said anything about was never otherwise.
    const isFixed = judged.truth === false && judged.rests.every((name) => !history.now.get(name));
    const before = isFixed
      ? null
      : history.lastTime(relevantTo(instance), (known) => {
          if (truthOf(instance, known, profile).truth !== true) return null;
          const then = judge(known);
          return isRunning(then) ? then : null;
        });
    if (before) {
      const [last] = before.after;
      stands = before.was;
      lapsed = { because: told(before.after), by: last!.by, at: last!.at };
    } else if (judged.truth === false && !isDecided) return null;
  }
  const { regime, party, role, place } = instance;
  const pauses = pausesOf(history.facts, instance.id, stands, now);
  const due = stands.due !== null && pauses.over !== null ? Math.max(stands.due, pauses.over) : stands.due;
  const isCandidate = !lapsed && !isRunning(stands);
  const since = isDecided ? changedSince(history, decided.recorded, relevantTo(instance, true)) : [];
  const upset =
    decided && isDropped(decided) && since.length > 0 && isUpset(judge(history.at(decided.recorded)), judged)
      ? { because: told(since), by: since.at(-1)!.by, at: since.at(-1)!.at }
      : null;
  const duty: Duty = {
    ...{ id: instance.id, rule: regime.id, version: regime.version, title: regime.title, law: regime.law },
    ...{ status: regime.status, evidence: regime.evidence, owes: party, as: role, to: regime.to, place },
    ...{
      state: isCandidate
        ? 'candidate'
        : due !== null && now > Math.max(due, stands.relief ?? due)
          ? 'missed'
          : 'running',
    },
    ...{ due, relief: stands.relief, target: stands.target, zone: stands.zone, anchor: stands.anchor },
    ...{ deadline: regime.deadline.text, how: stands.how },
    ...{ basis: stands.basis, decides: judged.decides, exceptions: judged.exceptions, lapsed, decision: decided },
    ...{ changed: since.map(({ fact }) => fact), upset },
    ...{ late: false, whenLate: regime.late, pause: regime.pause, content: regime.content },
    ...{ parallel: regime.parallel, sources: regime.sources, verified: regime.verified, notes: regime.notes },
    counsel: COUNSEL,
  };
  if (!decided) return duty;
  if (decided.decided === 'satisfied')
    return { ...duty, state: 'satisfied', late: due !== null && decided.at > Math.max(due, stands.relief ?? due) };
  if (isDropped(decided) && !upset) return { ...duty, state: 'not-required' };
  const isPaused = decided.decided === 'paused' && pauses.inTime && regime.pause !== null && !isCandidate;
  return isPaused && (decided.until === null || now < decided.until) ? { ...duty, state: 'paused' } : duty;
}

const told = (facts: readonly Fact[]): string =>
  facts.map((fact) => `${describeFact(fact)}${fact.reason ? ` (${fact.reason})` : ''}`).join('; ');

/** Nobody approves what they recorded themselves. */
const isDropped = ({ decided, approver, by }: NonNullable<Duty['decision']>): boolean =>
  decided === 'not-required' && approver !== null && approver !== by;

/** What is known otherwise than at a time, as it was said last; in the order in which it was said. */
function changedSince(history: History, at: number, relevant: (fact: string) => boolean): Fact[] {
  const then = history.at(at);
  const names = new Set(history.facts.flatMap(({ fact, at: said }) => (said > at && relevant(fact) ? [fact] : [])));
  return [...names]
    .flatMap((name) => history.now.get(name) ?? [])
    .filter(({ fact, value }) => canonical(value) !== canonical(then.get(fact)?.value ?? null) || !then.get(fact))
    .toSorted((a, b) => a.at - b.at || byText(a, b));
}

/** Whether the ground is gone on which a duty was dropped: an exception that held, or that the law did not surely ask for it. */
const isUpset = (then: Judged, now: Judged): boolean =>
  (now.truth === true && then.truth !== true) ||
  then.exceptions.some(({ id, holds }) => holds === true && !now.exceptions.some((one) => one.id === id && one.holds));

/** What the pauses of a duty do to its time. */
interface Pauses {
  /** When the last one ended, by itself or by somebody; null: none is over. */
  over: number | null;
  /** The one that stands was said in time. */
  inTime: boolean;
}

/** A pause that is said when the time is over already moves nothing: what is late stays late. */
function pausesOf(facts: readonly Fact[], duty: string, { due, relief }: Judged, now: number): Pauses {
  const said = facts
    .filter(({ fact, at }) => fact === `duty:${duty}` && at <= now)
    .toSorted((a, b) => a.at - b.at || byText(a, b));
  let end = due === null ? Number.POSITIVE_INFINITY : Math.max(due, relief ?? due);
  const pauses: Pauses = { over: null, inTime: false };
  for (const [i, { value, at }] of said.entries()) {
    if (typeof value !== 'object' || value === null || !('decided' in value)) continue;
    pauses.inTime = value.decided === 'paused' && at <= end;
    if (!pauses.inTime) continue;
    const next = said[i + 1]?.at ?? Number.POSITIVE_INFINITY;
    const over = Math.min(value.until ?? Number.POSITIVE_INFINITY, next);
    if (over > now || at >= over) continue;
    pauses.over = over;
    end = Math.max(end, over);
  }
  return pauses;
}

const ORDER: Readonly<Record<Duty['state'], number>> = {
  missed: 0,
  running: 1,
  paused: 2,
  candidate: 3,
  satisfied: 4,
  'not-required': 5,
};

/** What is missed first, then what is due soonest. */
function byUrgency(a: Duty, b: Duty): number {
  const of = ({ due, target }: Duty) => due ?? target ?? Number.MAX_SAFE_INTEGER;
  return ORDER[a.state] - ORDER[b.state] || of(a) - of(b) || (a.id < b.id ? -1 : 1);
}

import type { CompiledRule } from './compile.js';
import { type Frame, KEYWORDS } from './frame.js';
import { guardOf } from './guard.js';
import type { Node } from './node.js';
import type { Atom } from './predicates.js';
import { type Memory, Probe } from './probe.js';
import type { Scanners } from './skipper.js';
import type { RateOf } from './trial.js';

/** A rule in a plan, with its condition as left after what the kind of event already decides. */
export interface PlannedRule {
  rule: CompiledRule;
  condition: Node;
}

type Test = (frame: Frame) => boolean;

/**
 * All rules for one kind of event as one matcher: one look at each guarded field names the few rules that can match,
 * and only these are evaluated.
 */
export class Plan {
  private readonly tests: Test[];
  private readonly probes: Probe[];
  /** For keyword searches, which look at every value of the event. */
  private readonly anywhere: Probe | null;
  private readonly unguarded: Int32Array;
  private readonly stamps: Float64Array;
  private stamp = 0;
  private readonly candidates: number[] = [];

  constructor(
    readonly rules: readonly PlannedRule[],
    names: readonly string[],
    memory: Memory,
    scanners: Scanners,
    rateOf: RateOf,
  ) {
    this.tests = rules.map(({ condition }) => testOf(condition));
    this.stamps = new Float64Array(rules.length);
    const unguarded: number[] = [];
    const atoms = new Map<number, { atom: Atom; rule: number }[]>();
    rules.forEach(({ condition }, rule) => {
      const guard = guardOf(condition, (slot) => names[slot]!, rateOf);
      if (!guard) unguarded.push(rule);
      for (const { slot, atom } of guard ?? []) {
        const list = atoms.get(slot) ?? [];
        list.push({ atom, rule });
        atoms.set(slot, list);
      }
    });
    this.unguarded = Int32Array.from(unguarded);
    const probes = [...atoms].map(([slot, list]) => new Probe(slot, list, memory, scanners, names[slot] === KEYWORDS));
    this.probes = probes.filter((probe) => names[probe.slot] !== KEYWORDS);
    this.anywhere = probes.find((probe) => names[probe.slot] === KEYWORDS) ?? null;
  }

  private readonly mark = (indexes: ArrayLike<number>): void => {
    for (let i = 0; i < indexes.length; i++) {
      const index = indexes[i]!;
      if (this.stamps[index] === this.stamp) continue;
      this.stamps[index] = this.stamp;
      this.candidates.push(index);
    }
  };

  /** Append the indexes of matching rules, in order. */
  match(frame: Frame, into: number[]): void {
    this.stamp++;
    if (this.candidates.length > 0) this.candidates.length = 0;
    if (this.unguarded.length > 0) this.mark(this.unguarded);
    for (const probe of this.probes) {
      const value = frame.value(probe.slot);
      if (typeof value === 'string') this.mark(probe.rulesFor(value));
      else if (value !== undefined && value !== null) this.probeOther(probe, value);
    }
    if (this.anywhere) this.mark(this.anywhere.rulesAnywhere(frame));
    if (this.candidates.length === 0) return;
    const from = into.length;
    for (const index of this.candidates) if (this.tests[index]!(frame)) into.push(index);
    if (into.length - from > 1) into.splice(from, into.length, ...into.slice(from).sort((a, b) => a - b));
  }

  private probeOther(probe: Probe, value: unknown): void {
    if (Array.isArray(value)) for (const item of value) this.probeOther(probe, item);
    else if (value !== null && value !== undefined && typeof value !== 'object')
      this.mark(probe.rulesFor(String(value)));
  }
}

/** A condition as one function; outcomes of predicates are remembered for the event, since rules share them. */
function testOf(node: Node): Test {
  switch (node.kind) {
    case 'const':
      return () => node.value;
    case 'test': {
      const { predicate } = node;
      const { id } = predicate;
      return (frame) => {
        const known = frame.memo[id]!;
        const base = frame.generation * 2;
        if (known >= base) return known > base;
        const result = predicate.test(frame);
        frame.memo[id] = result ? base + 1 : base;
        return result;
      };
    }
    case 'not': {
      const inner = testOf(node.child);
      return (frame) => !inner(frame);
    }
    default: {
      const tests = node.children.map(testOf);
      const stopAt = node.kind === 'or';
      return (frame) => {
        for (let i = 0; i < tests.length; i++) if (tests[i]!(frame) === stopAt) return stopAt;
        return !stopAt;
      };
    }
  }
}

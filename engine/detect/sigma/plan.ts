import type { CompiledRule } from './compile.js';
import type { Scanner } from './fold.js';
import { type Frame, KEYWORDS } from './frame.js';
import { guardOf } from './guard.js';
import type { Node } from './node.js';
import { tailOf } from './predicates.js';
import { scannerFor } from './skipper.js';

/** A rule in a plan, with its condition as left after what the kind of event already decides. */
export interface PlannedRule {
  rule: CompiledRule;
  condition: Node;
}

type Test = (frame: Frame) => boolean;

/** What is looked for in one field to find the rules that may match. */
interface Probe {
  slot: number;
  /** Keyword searches look at every value of the event. */
  anywhere: boolean;
  equals: Map<string, Int32Array> | null;
  longestEqual: number;
  tails: Map<string, Int32Array> | null;
  literals: Scanner | null;
}

/**
 * All rules for one kind of event as one matcher: one look at each guarded field names the few rules that can match,
 * and only these are evaluated.
 */
export class Plan {
  private readonly tests: Test[];
  private readonly probes: Probe[];
  private readonly unguarded: Int32Array;
  private readonly stamps: Float64Array;
  private stamp = 0;
  private readonly candidates: number[] = [];

  constructor(
    readonly rules: readonly PlannedRule[],
    names: readonly string[],
  ) {
    this.tests = rules.map(({ condition }) => testOf(condition));
    this.stamps = new Float64Array(rules.length);
    const unguarded: number[] = [];
    const fields = new Map<number, Record<'equals' | 'tail' | 'literal', Map<string, number[]>>>();
    rules.forEach(({ condition }, index) => {
      const guard = guardOf(condition, (slot) => names[slot]!);
      if (!guard) {
        unguarded.push(index);
        return;
      }
      for (const { slot, atom } of guard) {
        let kinds = fields.get(slot);
        if (!kinds) {
          kinds = { equals: new Map(), tail: new Map(), literal: new Map() };
          fields.set(slot, kinds);
        }
        const indexes = kinds[atom.kind].get(atom.text) ?? [];
        indexes.push(index);
        kinds[atom.kind].set(atom.text, indexes);
      }
    });
    this.unguarded = Int32Array.from(unguarded);
    const packed = (map: Map<string, number[]>) =>
      map.size === 0
        ? null
        : new Map([...map].map(([text, indexes]) => [text, Int32Array.from(new Set(indexes))] as const));
    this.probes = [...fields].map(([slot, kinds]) => ({
      slot,
      anywhere: names[slot] === KEYWORDS,
      equals: packed(kinds.equals),
      longestEqual: Math.max(0, ...[...kinds.equals.keys()].map((text) => text.length)),
      tails: packed(kinds.tail),
      literals: kinds.literal.size > 0 ? scannerFor(kinds.literal) : null,
    }));
  }

  private readonly mark = (indexes: Int32Array): void => {
    for (let i = 0; i < indexes.length; i++) {
      const index = indexes[i]!;
      if (this.stamps[index] === this.stamp) continue;
      this.stamps[index] = this.stamp;
      this.candidates.push(index);
    }
  };

  private probe(probe: Probe, text: string): void {
    if (probe.equals && text.length <= probe.longestEqual) {
      const found = probe.equals.get(text.toLowerCase());
      if (found) this.mark(found);
    }
    if (probe.tails) {
      const found = probe.tails.get(tailOf(text).toLowerCase());
      if (found) this.mark(found);
    }
    if (probe.literals) probe.literals.scan(text, this.mark);
  }

  /** Append the indexes of matching rules, in order. */
  match(frame: Frame, into: number[]): void {
    this.stamp++;
    this.candidates.length = 0;
    if (this.unguarded.length > 0) this.mark(this.unguarded);
    for (const probe of this.probes) {
      if (probe.anywhere) {
        frame.eachText((text) => this.probe(probe, text));
        continue;
      }
      const value = frame.value(probe.slot);
      if (value === undefined || value === null) continue;
      if (typeof value === 'string') this.probe(probe, value);
      else this.probeOther(probe, value);
    }
    if (this.candidates.length === 0) return;
    const from = into.length;
    for (const index of this.candidates) if (this.tests[index]!(frame)) into.push(index);
    if (into.length - from > 1) into.splice(from, into.length, ...into.slice(from).sort((a, b) => a - b));
  }

  private probeOther(probe: Probe, value: unknown): void {
    if (Array.isArray(value)) for (const item of value) this.probeOther(probe, item);
    else if (value !== null && value !== undefined && typeof value !== 'object') this.probe(probe, String(value));
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

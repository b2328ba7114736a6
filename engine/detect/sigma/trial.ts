import type { Frame } from './frame.js';
import type { Node } from './node.js';
import type { Predicate } from './predicates.js';

/** Events of a kind that are looked at one after the other, and then one of some, until so many more were. */
const FIRST = 32;
const EACH = 64;
const LATER = 64;

/** How often a predicate held among the events looked at, 0 to 1; undefined when it was not looked at. */
export type RateOf = (predicate: Predicate) => number | undefined;

/**
 * Watches the first events of a kind to learn how often each predicate holds there: what seldom does is a good guard. What rules
 * find does not depend on it, only how quickly.
 */
export class Trial {
  private readonly held = new Map<Predicate, number>();
  private seen = 0;
  private looked = 0;

  constructor(conditions: Iterable<Node>) {
    for (const condition of conditions) this.collect(condition);
  }

  private collect(node: Node): void {
    if (node.kind === 'test') {
      if (node.predicate.atoms) this.held.set(node.predicate, 0);
    } else if (node.kind === 'and' || node.kind === 'or') for (const child of node.children) this.collect(child);
  }

  /** @returns whether enough was learned since the last time to choose guards anew */
  note(frame: Frame): boolean {
    this.seen++;
    if (this.seen > FIRST && this.seen % EACH !== 0) return false;
    for (const [predicate, held] of this.held) if (predicate.test(frame)) this.held.set(predicate, held + 1);
    this.looked++;
    return this.looked === FIRST || this.isOver;
  }

  get isOver(): boolean {
    return this.looked === FIRST + LATER;
  }

  readonly rateOf: RateOf = (predicate) => {
    const held = this.held.get(predicate);
    return held === undefined ? undefined : held / this.looked;
  };
}

import type { Entry } from './types.js';

/** When each rule was seen. */
export class Presence {
  private readonly times = new Map<number, number[]>();

  /** @param entries by time */
  constructor(entries: readonly Entry[]) {
    for (const { rule, time } of entries) {
      const times = this.times.get(rule);
      if (times) times.push(time);
      else this.times.set(rule, [time]);
    }
  }

  /** Whether a rule was seen between two times, both included. */
  seen(rule: number, from: number, to: number): boolean {
    const times = this.times.get(rule);
    if (!times) return false;
    let low = 0;
    let high = times.length;
    while (low < high) {
      const middle = (low + high) >> 1;
      if (times[middle]! < from) low = middle + 1;
      else high = middle;
    }
    return low < times.length && times[low]! <= to;
  }
}

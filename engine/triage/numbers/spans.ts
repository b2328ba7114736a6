/** How spans of time spread, in ms; null where there is none. */
export interface Spread {
  count: number;
  mean: number | null;
  median: number | null;
  /** Nine of ten are at most this long. */
  p90: number | null;
}

const FIRST_ROOM = 16;

/** Spans of time, eight bytes each: a tenant can have very many. */
export class Spans {
  private values = new Float64Array(FIRST_ROOM);
  private count = 0;
  private sum = 0;

  /** @param ms not negative */
  add(ms: number): void {
    if (this.count === this.values.length) {
      const larger = new Float64Array(this.count * 2);
      larger.set(this.values);
      this.values = larger;
    }
    this.values[this.count++] = ms;
    this.sum += ms;
  }

  /** The median of an even count is the middle of the two; p90 is by nearest rank, a span that there was. */
  spread(): Spread {
    const { count } = this;
    if (count === 0) return { count, mean: null, median: null, p90: null };
    const sorted = this.values.slice(0, count).sort();
    const median = (sorted[(count - 1) >> 1]! + sorted[count >> 1]!) / 2;
    return { count, mean: this.sum / count, median, p90: sorted[Math.ceil(count * 0.9) - 1]! };
  }
}

import { Spans } from './spans.js';
import type { Row, Sample } from './types.js';

const MINUTE_MS = 60_000;
const DAY_MS = 24 * 3_600_000;
/** Clocks of log sources run a little ahead of ours: so much counts as at once. */
const AHEAD_MS = MINUTE_MS;
/** An event that is older than this when its alert is made comes from a wrong clock or a replay. */
const OLDEST_MS = 90 * DAY_MS;

/** When an alert was answered first and closed for good; infinity for not yet. A close that was taken back is none. */
export interface Ends {
  answered: number;
  closed: number;
}

export function endsOf({ state, changes }: Sample): Ends {
  const at = changes.find(({ kind }) => kind === 'acknowledged' || kind === 'closed')?.at;
  const closed = state === 'closed' ? changes.findLast(({ kind }) => kind === 'closed')?.at : undefined;
  return { answered: at ?? Number.POSITIVE_INFINITY, closed: closed ?? Number.POSITIVE_INFINITY };
}

/** How long the alert took to be found; or which way its first event cannot be right. */
export function foundAfter({ created, first }: Sample): number | 'later' | 'earlier' {
  const span = created - first;
  if (span < -AHEAD_MS) return 'later';
  return span > OLDEST_MS ? 'earlier' : Math.max(0, span);
}

/** Counts alerts into one row of a table. Open at the end + closed = open at the beginning + opened, always. */
export class RowTally {
  private readonly counts = { opened: 0, closed: 0, open: 0, unanswered: 0 };
  private readonly mttd = new Spans();
  private readonly mtta = new Spans();
  private readonly mttr = new Spans();

  /** @param from epoch ms @param until epoch ms, excluded */
  constructor(
    readonly from: number,
    readonly until: number,
  ) {}

  private has = (at: number): boolean => at >= this.from && at < this.until;

  add(sample: Sample, { answered, closed }: Ends): void {
    const { created } = sample;
    const { counts, until } = this;
    if (this.has(created)) {
      counts.opened++;
      const found = foundAfter(sample);
      if (typeof found === 'number') this.mttd.add(found);
    }
    if (this.has(answered)) this.mtta.add(Math.max(0, answered - created));
    if (this.has(closed)) {
      counts.closed++;
      this.mttr.add(Math.max(0, closed - created));
    }
    if (created < until && closed >= until) {
      counts.open++;
      if (answered >= until) counts.unanswered++;
    }
  }

  /** Whether anything was counted. */
  get isEmpty(): boolean {
    return this.counts.opened + this.counts.closed + this.counts.open === 0 && this.mtta.spread().count === 0;
  }

  row(): Row {
    return { ...this.counts, mttd: this.mttd.spread(), mtta: this.mtta.spread(), mttr: this.mttr.spread() };
  }
}

import type { ErrorCode } from '../errors.js';
import type { RefusedLine } from './records.js';

/** How many of one request's or file's refused records are kept one by one; the rest is counted. */
const MAX_KEPT = 1000;

/** What was refused on the way in: the first ones as they are, all of them as counts. */
export class Refusals {
  readonly kept: RefusedLine[] = [];
  readonly byCode = new Map<ErrorCode, number>();
  count = 0;

  /** @param times how often this was refused, when one record stands for many */
  add(line: RefusedLine, times = 1): void {
    if (this.kept.length < MAX_KEPT) this.kept.push(line);
    this.byCode.set(line.code, (this.byCode.get(line.code) ?? 0) + times);
    this.count += times;
  }
}

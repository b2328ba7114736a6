import { describe, expect, it } from 'vitest';
import type { AlertEntry } from '../../../engine/store/alerts.js';
import { sampleOf } from '../../../engine/triage/numbers/read.js';
import { Spans } from '../../../engine/triage/numbers/spans.js';
import { Tally } from '../../../engine/triage/numbers/tally.js';

const MINUTE = 60_000;
const HOUR = 60 * MINUTE;
const DAY = 24 * HOUR;
/** A Monday. */
const FROM = Date.UTC(2026, 10, 2);
const UNTIL = FROM + 14 * DAY;
const NONE = { count: 0, mean: null, median: null, p90: null };

type Row = Parameters<typeof sampleOf>[0];
let next = 0;
/** An alert: what happened so many minutes after it was made. */
function alert(created: number, log: [AlertEntry['kind'], number][], more: Partial<Row> = {}): Row {
  const kinds = log.map(([kind]) => kind);
  const last = kinds.findLast((kind) => kind === 'closed' || kind === 'reopened');
  next += 1;
  return {
    number: next,
    level: 'high',
    first: created - 10 * MINUTE,
    created,
    updated: created,
    state: last === 'closed' ? 'closed' : kinds.includes('acknowledged') ? 'acknowledged' : 'new',
    ...(last === 'closed' && { reason: 'true_positive' as const }),
    simulated: false,
    log: log.map(([kind, minutes]) => ({ kind, at: created + minutes * MINUTE })),
    rules: [{ id: 'r1', title: 'Rule one' }],
    ...more,
  };
}
function numbers(rows: Row[], from = FROM, until = UNTIL) {
  const tally = new Tally(from, until);
  for (const row of rows) tally.add(sampleOf(row));
  return tally.numbers({ tenant: { id: 'acme', name: 'Acme' }, published: false });
}

describe('spans', () => {
  it('have a mean, a median and a p90 that can be checked by hand', () => {
    const of = (...values: number[]) => {
      const spans = new Spans();
      for (const value of values) spans.add(value);
      return spans.spread();
    };
    expect(of()).toEqual(NONE);
    expect(of(7)).toEqual({ count: 1, mean: 7, median: 7, p90: 7 });
    expect(of(4, 1)).toEqual({ count: 2, mean: 2.5, median: 2.5, p90: 4 });
    // 1 to 20, out of order and more than fit at first: the 18th of 20 is the ninetieth percentile.
    expect(of(...Array.from({ length: 20 }, (_, i) => ((i * 7) % 20) + 1))).toEqual({
      count: 20,
      mean: 10.5,
      median: 10.5,
      p90: 18,
    });
  });
});

describe('the numbers of a period', () => {
  it('of nothing are empty, and have no mean', () => {
    const found = numbers([]);
    expect(found.all).toEqual({ opened: 0, closed: 0, open: 0, unanswered: 0, mttd: NONE, mtta: NONE, mttr: NONE });
    expect(found).toMatchObject({ levels: {}, outcomes: {}, rules: [], worst: [], oldest: null, truncated: false });
    expect(found.weeks.map(({ monday }) => monday)).toEqual([FROM, FROM + 7 * DAY]);
  });

  it('are those of known alerts', () => {
    const found = numbers([
      // Found after 10 min, answered after 5, closed after 60.
      alert(FROM + HOUR, [
        ['acknowledged', 5],
        ['closed', 60],
      ]),
      // Found after 30 min, nobody acknowledged: the close is the answer, after 120.
      alert(FROM + 2 * HOUR, [['closed', 120]], {
        first: FROM + 90 * MINUTE,
        level: 'low',
        reason: 'false_positive',
      }),
      // Answered after 25, open.
      alert(FROM + 8 * DAY, [['acknowledged', 25]]),
      // Nobody did anything.
      alert(UNTIL - 2 * HOUR, []),
    ]);
    expect(found.all).toEqual({
      opened: 4,
      closed: 2,
      open: 2,
      unanswered: 1,
      mttd: { count: 4, mean: 15 * MINUTE, median: 10 * MINUTE, p90: 30 * MINUTE },
      mtta: { count: 3, mean: 50 * MINUTE, median: 25 * MINUTE, p90: 120 * MINUTE },
      mttr: { count: 2, mean: 90 * MINUTE, median: 90 * MINUTE, p90: 120 * MINUTE },
    });
    expect(found.levels.low).toMatchObject({ opened: 1, closed: 1, open: 0 });
    expect(found.levels.high).toMatchObject({ opened: 3, closed: 1, open: 2, unanswered: 1 });
    expect(found.outcomes).toMatchObject({
      true_positive: { closed: 1, mttr: { mean: 60 * MINUTE } },
      false_positive: { closed: 1, mttr: { mean: 120 * MINUTE } },
    });
    expect(found.weeks.map(({ opened, closed, open }) => [opened, closed, open])).toEqual([
      [2, 2, 0],
      [2, 0, 2],
    ]);
    expect(found.ages).toMatchObject({ count: 2, p90: 6 * DAY });
    expect(found.waiting).toMatchObject({ count: 1, median: 2 * HOUR });
    expect(found.oldest?.age).toBe(6 * DAY);
  });

  it('belong to the period in which they ended, and the backlog adds up', () => {
    const before = alert(FROM - 3 * DAY, [
      ['acknowledged', 60],
      ['closed', 4 * 24 * 60],
    ]);
    const after = alert(FROM + DAY, [['closed', 30 * 24 * 60]]);
    const earlier = numbers([before, after], FROM - 7 * DAY, FROM);
    const now = numbers([before, after]);
    expect(earlier.all).toMatchObject({ opened: 1, closed: 0, open: 1, mtta: { mean: HOUR } });
    expect(now.all).toMatchObject({ opened: 1, closed: 1, open: 1, unanswered: 1, mttr: { mean: 4 * DAY } });
    expect(now.all.mtta).toEqual(NONE);
    expect(earlier.all.open + now.all.opened - now.all.closed).toBe(now.all.open);
  });

  it('take a close back when the alert was reopened, and time it to its last close', () => {
    const twice = alert(FROM + HOUR, [
      ['acknowledged', 10],
      ['closed', 20],
      ['reopened', 30],
      ['closed', 90],
    ]);
    const still = alert(FROM + HOUR, [
      ['closed', 20],
      ['reopened', 30],
    ]);
    const found = numbers([twice, still]);
    expect(found).toMatchObject({ reopened: 2, all: { opened: 2, closed: 1, open: 1, unanswered: 0 } });
    expect(found.all.mttr).toMatchObject({ count: 1, mean: 90 * MINUTE });
    expect(found.all.mtta).toMatchObject({ count: 2, mean: 15 * MINUTE });
    expect(found.ages.count).toBe(1);
  });

  it('leave out what clocks got wrong, say so, and let small differences be nothing', () => {
    const at = FROM + DAY;
    const found = numbers([
      alert(at, [], { first: at - 20 * MINUTE }),
      alert(at, [], { first: at + 30_000 }),
      alert(at, [], { first: at + 2 * HOUR }),
      alert(at, [], { first: 0 }),
    ]);
    expect(found.all.opened).toBe(4);
    expect(found.all.mttd).toEqual({ count: 2, mean: 10 * MINUTE, median: 10 * MINUTE, p90: 20 * MINUTE });
    expect(found.skewed).toEqual({ later: 1, earlier: 1 });
  });

  it('do not count exercises, duplicates and tests, and say how many there were', () => {
    const closed: [AlertEntry['kind'], number][] = [['closed', 1]];
    const found = numbers([
      alert(FROM + HOUR, closed, { reason: 'duplicate' }),
      alert(FROM + HOUR, closed, { reason: 'test' }),
      alert(FROM + HOUR, closed, { simulated: true }),
      alert(FROM - 9 * DAY, [], { simulated: true }),
    ]);
    expect(found.all).toMatchObject({ opened: 0, closed: 0, open: 0, mttr: NONE });
    expect(found).toMatchObject({ simulated: 1, outcomes: { duplicate: { closed: 1 }, test: { closed: 1 } } });
    expect(found.outcomes.true_positive).toBeUndefined();
  });

  it('count an alert once, however often it is read', () => {
    const one = alert(FROM + HOUR, [['acknowledged', 5]]);
    expect(numbers([one, one, { ...one }]).all).toMatchObject({ opened: 1, open: 1, mtta: { count: 1 } });
  });

  it('list rules by how much they bring and by how often they are wrong', () => {
    const of = (id: string, reason: Row['reason']) =>
      alert(FROM + HOUR, [['closed', 5]], { reason, rules: [{ id, title: `Rule ${id}` }] } as Partial<Row>);
    const found = numbers([
      ...Array.from({ length: 6 }, () => of('noisy', 'false_positive')),
      ...Array.from({ length: 4 }, () => of('mixed', 'benign')),
      ...Array.from({ length: 4 }, () => of('mixed', 'true_positive')),
      ...Array.from({ length: 5 }, () => of('right', 'true_positive')),
      ...Array.from({ length: 4 }, () => of('too-few', 'false_positive')),
    ]);
    expect(found.rules.map(({ id, opened }) => [id, opened])).toEqual([
      ['mixed', 8],
      ['noisy', 6],
      ['right', 5],
      ['too-few', 4],
    ]);
    expect(found.worst.map(({ id, real, benign, false: wrong }) => [id, real, benign, wrong])).toEqual([
      ['noisy', 0, 0, 6],
      ['mixed', 4, 4, 0],
    ]);
  });

  it('count escalations by alert, and when the customer was told', () => {
    const found = numbers([
      alert(FROM + HOUR, [
        ['escalated', 5],
        ['escalated', 15],
        ['acknowledged', 20],
        ['published', 45],
        ['published', 90],
      ]),
      alert(FROM - DAY, [['escalated', 5]]),
    ]);
    expect(found.escalated).toBe(1);
    expect(found.publishedAfter).toMatchObject({ count: 1, mean: 45 * MINUTE });
  });
});

it('the precision of the rules with most verdicts is told week by week, and of none with few', () => {
  const rows = (count: number, reason: Row['reason'], created: number, rule: string) =>
    Array.from({ length: count }, () =>
      alert(created, [['closed', 5]], { ...(reason && { reason }), rules: [{ id: rule, title: rule }] }),
    );
  const { precision } = numbers([
    ...rows(3, 'true_positive', FROM, 'loud'),
    ...rows(1, 'benign', FROM + DAY, 'loud'),
    ...rows(2, 'false_positive', FROM + 8 * DAY, 'loud'),
    ...rows(2, 'duplicate', FROM, 'loud'),
    ...rows(4, 'false_positive', FROM, 'quiet'),
  ]);
  expect(precision).toEqual([
    {
      ...{ id: 'loud', title: 'loud' },
      weeks: [
        { monday: FROM, real: 3, judged: 4 },
        { monday: FROM + 7 * DAY, real: 0, judged: 2 },
      ],
    },
  ]);
});

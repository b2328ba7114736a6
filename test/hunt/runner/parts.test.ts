import { describe, expect, it } from 'vitest';
import { findingOf } from '../../../engine/hunt/finding.js';
import type { Model, Seen } from '../../../engine/hunt/models/types.js';
import { driftOf, stability } from '../../../engine/hunt/runner/drift.js';
import { forget, shrink } from '../../../engine/hunt/runner/forget.js';
import { MAX_STATE } from '../../../engine/hunt/runner/keep.js';
import { GRID, Running } from '../../../engine/hunt/runner/one.js';
import { tuned } from '../../../engine/hunt/runner/threshold.js';
import { type DayFigures, newRecord } from '../../../engine/hunt/runner/types.js';
import { keyOf, rowOf, type Table, table } from '../../../engine/hunt/table.js';

const DAY = 86_400_000;

describe('a threshold', () => {
  it('stays with the model before there are verdicts', () => {
    expect(tuned(0.6, undefined, null).floor).toBe(0.6);
    expect(tuned(0.6, { real: 0, benign: 0, false: 2 }, null)).toMatchObject({
      floor: 0.6,
      why: expect.stringContaining('2 of its alerts'),
    });
  });
  it('rises with false alarms, within bounds, and never above what was real here', () => {
    const few = tuned(0.6, { real: 0, benign: 0, false: 4 }, null).floor;
    const many = tuned(0.6, { real: 0, benign: 0, false: 400 }, null).floor;
    expect(few).toBeGreaterThan(0.6);
    expect(many).toBeGreaterThan(few);
    expect(many).toBeLessThanOrEqual(0.8);
    expect(tuned(0.9, { real: 0, benign: 0, false: 400 }, null).floor).toBeLessThanOrEqual(0.97);
    const held = tuned(0.6, { real: 1, benign: 0, false: 40 }, 0.65);
    expect(held.floor).toBeCloseTo(0.64);
    expect(held.why).toContain('1 of 41 judged alerts');
    expect(tuned(0.6, { real: 0, benign: 8, false: 0 }, null).floor).toBeLessThan(
      tuned(0.6, { real: 0, benign: 0, false: 8 }, null).floor,
    );
  });
  it('falls a little where it was right', () => {
    const { floor } = tuned(0.6, { real: 50, benign: 0, false: 0 }, 0.6);
    expect(floor).toBeLessThan(0.6);
    expect(floor).toBeGreaterThanOrEqual(0.55);
  });
});

describe('drift', () => {
  const days = (of: (day: number) => Partial<DayFigures>): DayFigures[] =>
    Array.from({ length: 28 }, (_, day) => ({
      day,
      events: 1000,
      findings: 0,
      scores: [80, 10, 5, 3, 2, 0, 0, 0, 0, 0],
      ...of(day),
    }));
  it('is none while all is as before, and unknown at first', () => {
    expect(
      driftOf(
        days(() => ({})),
        28,
      ),
    ).toMatchObject({ state: 'steady', psi: expect.closeTo(0, 1) });
    expect(driftOf(days(() => ({})).slice(0, 9), 9).state).toBe('unknown');
  });
  it('is told when scores, data or findings are unlike before', () => {
    const scores = [20, 10, 10, 10, 10, 10, 10, 10, 5, 5];
    expect(
      driftOf(
        days((day) => (day > 20 ? { scores } : {})),
        28,
      ),
    ).toMatchObject({ state: 'drifted', words: expect.stringContaining('stability index') });
    expect(
      driftOf(
        days((day) => (day > 20 ? { events: 100 } : {})),
        28,
      ).words,
    ).toContain('it sees 100 events a day, before 1,000');
    expect(
      driftOf(
        days((day) => (day > 20 ? { findings: 2 } : {})),
        28,
      ).words,
    ).toContain('14 findings in the last week');
    expect(
      driftOf(
        days((day) => (day === 25 ? { findings: 2 } : {})),
        28,
      ).state,
    ).toBe('steady');
  });
  it('measures how far two distributions are apart', () => {
    expect(stability([50, 50], [50, 50])).toBe(0);
    // 0.2 · ln(0.7 / 0.5) + −0.2 · ln(0.3 / 0.5)
    expect(stability([50, 50], [70, 30])).toBeCloseTo(0.2 * Math.log(1.4) - 0.2 * Math.log(0.6));
  });
});

interface Counting {
  users: Table<{ last: number; pad: string }>;
}
const counting = (pad = 0): Model<Counting> => ({
  name: 'counting',
  title: 'Counting',
  summary: 'Counts.',
  needs: { data: 'anything', fields: ['user.name'] },
  baseline: { words: 'None.', days: 0 },
  speaks: 0.5,
  techniques: ['T1078'],
  tactic: 'discovery',
  start: () => ({ users: table() }),
  fold(state, events) {
    for (const { time, ecs } of events)
      rowOf(state.users, keyOf(ecs['user.name']!), () => ({ last: 0, pad: noise(pad) })).last = time;
    return state;
  },
  judge: (state, now, known) =>
    Object.entries(state.users.rows)
      .filter(([, { last }]) => last > now - DAY && 0.7 >= (known?.floor ?? 0.5))
      .map(([key, { last }]) =>
        findingOf(counting(), `${key}:${Math.floor(last / DAY)}`, {
          entity: { kind: 'user', name: key },
          from: last,
          to: last,
          score: 0.7,
          words: key,
          evidence: [],
          numbers: {},
        }),
      ),
});
const noise = (length: number): string => {
  let text = '';
  while (text.length < length) text += Math.random().toString(36).slice(2);
  return text;
};
const events = (count: number, time: number, from = 0): Seen[] =>
  Array.from({ length: count }, (_, i) => ({ id: `${i}`, time, ecs: { 'user.name': `u${from + i}` } }));
const running = (model: Model<Counting>, more: { off?: boolean; floor?: number } = {}) =>
  new Running(model as Model, newRecord(0), model.start(), {
    known: { floor: more.floor ?? 0.5 },
    off: more.off ?? false,
    every: GRID,
  });

describe('a running model', () => {
  it('is asked when a quarter of an hour is over, says each thing once, and keeps what is beyond twenty a day as low', () => {
    const one = running(counting());
    one.take(events(3, 1000));
    one.reach(GRID - 1);
    expect(one.fresh).toHaveLength(0);
    one.reach(GRID);
    expect(one.fresh).toHaveLength(3);
    one.take(events(30, GRID + 5));
    one.reach(2 * GRID);
    one.reach(3 * GRID);
    expect(one.fresh).toHaveLength(30);
    expect(one.low.size).toBe(10);
    expect(one.record).toMatchObject({ findings: 20, held: 10, events: 33 });
    one.reach(DAY);
    one.take(events(1, DAY + 5, 100));
    one.reach(DAY + GRID);
    expect(one.fresh).toHaveLength(31);
    expect(one.low.has(one.fresh.at(-1)!)).toBe(false);
    expect(one.record.days[0]!.scores).toEqual([0, 0, 0, 0, 0, 0, 0, 30, 0, 0]);
  });
  it('says the gravest first, whatever the order of its table, and lets what scores high through a full day', () => {
    const scored = (name: string) => (name.endsWith('u40') || name.endsWith('u71') ? 0.99 : 0.7);
    const model = counting();
    const one = running({
      ...model,
      judge: (state, now, known) =>
        model.judge(state, now, known).map((each) => ({ ...each, score: scored(each.entity.name) })),
    });
    one.take(events(50, 1000));
    one.reach(GRID);
    expect(one.fresh[0]).toMatchObject({ score: 0.99 });
    expect(one.record).toMatchObject({ findings: 20, held: 30 });
    one.take(events(30, GRID + 1000, 50));
    one.reach(2 * GRID);
    const grave = one.fresh.filter(({ score }) => score === 0.99);
    expect(grave).toHaveLength(2);
    expect(grave.some((each) => one.low.has(each))).toBe(false);
    expect(one.record).toMatchObject({ findings: 21, held: 59 });
    one.take(events(900, 2 * GRID + 1000, 100));
    one.reach(3 * GRID);
    expect(one.fresh).toHaveLength(21 + 500);
  });
  it('says nothing when it is off or below its threshold', () => {
    for (const more of [{ off: true }, { floor: 0.8 }]) {
      const one = running(counting(), more);
      one.take(events(3, 1000));
      one.reach(DAY);
      expect(one.fresh).toEqual([]);
      expect(one.record.events).toBe(3);
    }
  });
  it('forgets what is old, and keeps within its size, counting what it gave up', async () => {
    const one = running(counting());
    one.take(events(5, 1000));
    await one.pack(100 * DAY);
    one.take(events(2, 100 * DAY + 1, 50));
    const state = async (packed: Promise<Buffer>) =>
      JSON.parse(String((await import('node:zlib')).inflateSync(await packed)));
    expect((await state(one.pack(100 * DAY + GRID))).users.size).toBe(2);
    const large = running(counting(4_000));
    large.take(events(5000, 1000));
    expect((await large.pack(GRID)).length).toBeLessThanOrEqual(MAX_STATE);
    expect(large.record.shrunk).toBeGreaterThan(1000);
  });
});

it('tables are found in a state, whatever else is in it', () => {
  const state = { first: 3, list: [1], none: null, users: table<{ last: number }>(), hosts: table<{ last: number }>() };
  for (let i = 0; i < 10; i++) {
    rowOf(state.users, keyOf(`${i}`), () => ({ last: i }));
    rowOf(state.hosts, keyOf(`${i}`), () => ({ last: i }));
  }
  expect(forget(state, 4)).toBe(8);
  expect(state.users.size).toBe(6);
  expect(shrink(state)).toBeGreaterThanOrEqual(6);
  expect(Object.values(state.users.rows).map(({ last }) => last)).not.toContain(4);
});

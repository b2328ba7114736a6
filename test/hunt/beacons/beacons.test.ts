import { describe, expect, it } from 'vitest';
import { beaconScore } from '../../../engine/hunt/beacons/own.js';
import { periodicity } from '../../../engine/hunt/beacons/period.js';
import { referenceScore } from '../../../engine/hunt/beacons/reference.js';
import { seeded } from '../../../engine/hunt/stats.js';

const DAY = 86_400;
const clockwork = (every: number, hours: number): number[] =>
  Array.from({ length: Math.floor((hours * 3600) / every) + 1 }, (_, i) => i * every);
const alike = (times: number[]) => times.map(() => 412);

describe('the reference score', () => {
  it('is 1 for a call every minute all day', () => {
    const times = clockwork(60, 24);
    expect(referenceScore(times, alike(times), 0, DAY)).toEqual({
      ts: 1,
      ds: 1,
      hist: expect.closeTo(1, 1),
      dur: 1,
      score: expect.closeTo(1, 1),
    });
  });

  it('is lost on a beacon of three hours: the day is empty', () => {
    const times = clockwork(60, 3);
    const score = referenceScore(times, alike(times), 0, DAY)!;
    expect([score.ts, score.hist, score.dur]).toEqual([1, 0, 0]);
  });

  it('has quartiles without the middle value, and no skew in a narrow range', () => {
    // Gaps 10, 20, 40, 80, 160: Q1 15, Q2 40, Q3 120.
    const times = [0, 10, 30, 70, 150, 310];
    expect(referenceScore(times, [], 0, DAY)!.ts).toBeCloseTo((1 - 55 / 105 + (40 - 30) / 40) / 2, 3);
    expect(referenceScore([0, 1, 2], [], 0, DAY)).toBeNull();
  });
});

describe('our own score', () => {
  it('finds three hours of calling as well as a day of it', () => {
    const [short, long] = [clockwork(60, 3), clockwork(60, 24)];
    const scores = [short, long].map((times) => beaconScore(times, alike(times))!.score);
    expect(Math.min(...scores)).toBeGreaterThan(0.85);
  });

  it('stands jitter of 50 % and lost calls', () => {
    const random = seeded(5);
    const times: number[] = [];
    for (let at = 0; at < 6 * 3600; at += 300 * (0.5 + random())) if (random() > 0.2) times.push(Math.round(at));
    expect(beaconScore(times, alike(times))!.score).toBeGreaterThan(0.5);
  });

  it('is low for bursts of browsing, for chance, and for what every host does', () => {
    const random = seeded(6);
    const bursts = Array.from({ length: 12 }, () => random() * DAY).flatMap((at) => [at, at + 1, at + 3, at + 9]);
    const chance = Array.from({ length: 100 }, () => Math.round(random() * DAY));
    for (const times of [bursts, chance])
      expect(
        beaconScore(
          times.sort((a, b) => a - b),
          [],
        )!.score,
      ).toBeLessThan(0.3);
    const clock = clockwork(60, 24);
    expect(beaconScore(clock, alike(clock), 0.5)!.score).toBeLessThan(0.5);
  });

  it('takes a page being loaded for no beacon, and few calls for nothing', () => {
    const page = [0, 1, 2, 3, 4, 5, 6, 7, 8];
    expect(beaconScore(page, alike(page))!.score).toBeLessThan(0.1);
    expect(beaconScore([0, 60, 120], [])).toBeNull();
    expect(beaconScore([5, 5, 5, 5, 5], [])).toBeNull();
  });

  it('sees the period behind calls of several connections each', () => {
    const times = clockwork(600, 12).flatMap((at) => [at, at + 2, at + 2, at + 15]);
    expect(periodicity(times, times.at(-1)!)).toBeGreaterThan(0.9);
    expect(beaconScore(times, alike(times))!.score).toBeGreaterThan(0.5);
  });
});

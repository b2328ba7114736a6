import { describe, expect, it } from 'vitest';
import { nextDigest, quietUntil } from '../../engine/notify/times.js';

const ZONE = 'Europe/Copenhagen';
const iso = (ms: number | null) => (ms === null ? null : new Date(ms).toISOString().slice(0, 16));
const quiet = (from: string, to: string, days?: ('mon' | 'fri' | 'sat' | 'sun')[]) => ({ from, to, days, through: [] });

describe('quiet hours', () => {
  const night = [quiet('22:00', '07:00')];
  it.each([
    ['winter', '2026-01-10T22:00Z', '2026-01-11T06:00'],
    ['summer', '2026-07-10T22:00Z', '2026-07-11T05:00'],
    ['the night that is an hour short', '2026-03-28T22:00Z', '2026-03-29T05:00'],
    ['the night that is an hour long', '2026-10-24T21:00Z', '2026-10-25T06:00'],
    ['after midnight', '2026-03-29T01:30Z', '2026-03-29T05:00'],
  ])("end by the zone's own clock: %s", (_name, now, end) => {
    expect(iso(quietUntil(night, ZONE, Date.parse(now)))).toBe(end);
  });

  it.each(['2026-03-28T20:59Z', '2026-03-29T05:00Z', '2026-10-24T19:59Z', '2026-10-25T06:00Z'])(
    'are over or not begun: %s',
    (now) => {
      expect(quietUntil(night, ZONE, Date.parse(now))).toBeNull();
    },
  );

  it('belong to the day on which they begin', () => {
    const friday = [quiet('18:00', '08:00', ['fri'])];
    expect(iso(quietUntil(friday, 'UTC', Date.parse('2026-11-28T07:00Z')))).toBe('2026-11-28T08:00');
    expect(quietUntil(friday, 'UTC', Date.parse('2026-11-27T07:00Z'))).toBeNull();
    expect(quietUntil(friday, 'UTC', Date.parse('2026-11-28T19:00Z'))).toBeNull();
  });

  it('that meet are one: a weekend lasts until Monday morning', () => {
    const weekend = [quiet('18:00', '08:00', ['fri']), quiet('08:00', '08:00', ['sat', 'sun'])];
    expect(iso(quietUntil(weekend, 'UTC', Date.parse('2026-11-27T20:00Z')))).toBe('2026-11-30T08:00');
  });

  it('that never end are looked at a bounded number of times', () => {
    const always = quietUntil([quiet('00:00', '00:00')], 'UTC', Date.parse('2026-11-27T20:00Z'));
    expect(always).toBeGreaterThan(Date.parse('2026-11-28T00:00Z'));
  });
});

describe('the next digest', () => {
  it.each([
    ['spring', ['07:00'], '2026-03-28T17:00Z', '2026-03-29T05:00'],
    ['autumn', ['07:00'], '2026-10-24T17:00Z', '2026-10-25T06:00'],
    ['a time that the clock jumps over', ['02:30'], '2026-03-28T17:00Z', '2026-03-29T01:30'],
    ['a time that comes twice, first', ['02:30'], '2026-10-24T17:00Z', '2026-10-25T00:30'],
    ['a time that comes twice is told once', ['02:30'], '2026-10-25T00:30Z', '2026-10-26T01:30'],
    ['exactly now is not next', ['07:00'], '2026-07-01T05:00Z', '2026-07-02T05:00'],
    ['every four hours', { every: 4 }, '2026-07-01T05:00Z', '2026-07-01T06:00'],
  ])('%s', (_name, times, now, expected) => {
    expect(iso(nextDigest(times, ZONE, Date.parse(now)))).toBe(expected);
  });

  it('comes once a day on every day of a year, whatever the clock does', () => {
    let now = Date.parse('2026-01-01T00:00Z');
    let count = 0;
    for (; now < Date.parse('2027-01-01T00:00Z'); count++) now = nextDigest(['02:30'], ZONE, now);
    expect(count).toBe(366);
  });
});

import { describe, expect, it } from 'vitest';
import { readPeriod } from '../../engine/compliance/period.js';
import { MdrError } from '../../engine/errors.js';

const NOW = Date.UTC(2026, 10, 24, 9, 30);
const shown = (text: string) => readPeriod(text.split(' ').filter(Boolean), NOW).text;

describe('a period', () => {
  it.each([
    ['', '2026-10-26 to 2026-11-24 (30 days, UTC)'],
    ['last 30d', '2026-10-26 to 2026-11-24 (30 days, UTC)'],
    ['30 days', '2026-10-26 to 2026-11-24 (30 days, UTC)'],
    ['1d', '2026-11-24 to 2026-11-24 (1 day, UTC)'],
    ['last 2w', '2026-11-11 to 2026-11-24 (14 days, UTC)'],
    ['2026-10', '2026-10-01 to 2026-10-31 (31 days, UTC)'],
    ['2026-11', '2026-11-01 to 2026-11-24 (24 days, UTC)'],
    ['2026-10-14', '2026-10-14 to 2026-10-14 (1 day, UTC)'],
    ['2026-10-01..2026-10-31', '2026-10-01 to 2026-10-31 (31 days, UTC)'],
  ])('%j is %s', (text, period) => {
    expect(shown(text)).toBe(period);
  });

  it('begins at midnight and ends now when it is not over', () => {
    expect(readPeriod(['2026-11'], NOW)).toMatchObject({ from: Date.UTC(2026, 10, 1), until: NOW });
    expect(readPeriod(['2026-10'], NOW)).toMatchObject({ from: Date.UTC(2026, 9, 1), until: Date.UTC(2026, 10, 1) });
  });

  it.each([
    'soon',
    '0d',
    '2026-13',
    '2026-02-30',
    '2026-10-31..2026-10-01',
    '2027-01',
    '2020-01-01..2026-10-01',
    '99m',
  ])('%j is refused with what to write instead', (text) => {
    expect(() => shown(text)).toThrow(MdrError);
    expect(() => shown(text)).toThrow(/is not a period/);
  });
});

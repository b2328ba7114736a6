import { describe, expect, it } from 'vitest';
import { bsdTime } from '../../engine/ingest/formats/shared/syslog.js';
import { hasZone, isoTime, readTime } from '../../engine/ingest/formats/shared/time.js';

describe('times', () => {
  it.each([
    ['2026-03-04T08:00:11.218Z', '2026-03-04T08:00:11.218Z'],
    ['2026-03-04T08:00:11.218944417Z', '2026-03-04T08:00:11.218Z'],
    ['2026-03-04 08:00:11', '2026-03-04T08:00:11.000Z'],
    ['2026-03-04 08:00:11,5', '2026-03-04T08:00:11.500Z'],
    ['2026-03-04T08:00:11.2+01:00', '2026-03-04T07:00:11.200Z'],
    ['2026-03-04T08:00:11-0530', '2026-03-04T13:30:11.000Z'],
    ['2026-03-04T08:00:11.123456 +02:00', '2026-03-04T06:00:11.123Z'],
    ['2026-03-04T08:00Z', '2026-03-04T08:00:00.000Z'],
    ['2026-03-04', '2026-03-04T00:00:00.000Z'],
    ['2024-02-29T23:59:59Z', '2024-02-29T23:59:59.000Z'],
    ['2000-12-31T23:59:59.999Z', '2000-12-31T23:59:59.999Z'],
    ['Wed, 04 Mar 2026 08:00:11 GMT', '2026-03-04T08:00:11.000Z'],
    ['04/Mar/2026:08:00:11 +0100', '2026-03-04T07:00:11.000Z'],
    ['3/4/2026 8:00:11 AM', '2026-03-04T08:00:11.000Z'],
    ['/Date(1772611211218)/', '2026-03-04T08:00:11.218Z'],
    ['1772611211', '2026-03-04T08:00:11.000Z'],
    ['1772611211.218', '2026-03-04T08:00:11.218Z'],
    [1772611211, '2026-03-04T08:00:11.000Z'],
    [1772611211218, '2026-03-04T08:00:11.218Z'],
    [1772611211218944, '2026-03-04T08:00:11.218Z'],
    [1772611211218944000, '2026-03-04T08:00:11.218Z'],
  ])('reads %s', (given, expected) => {
    expect(new Date(readTime(given)).toISOString()).toBe(expected);
  });

  it.each([
    '',
    'yesterday',
    'user 5',
    '2026-13-01T00:00:00Z',
    '2026-02-29T00:00:00Z',
    '2026-03-04T24:00:00Z',
    '2026-03-04T08:61:00Z',
    '2026-03-04T08:00:00.Z',
    '2026-03-04T08:00:00X',
    '2026-03-04T08:00:00+99:00',
    '2026-03-04T08:00:00+1:00',
    '2026/xx/04T08:00:00Z',
    '1601-01-01T00:00:00Z',
    '9999-12-31T23:59:59Z',
    '0',
    'x'.repeat(100_000),
    0,
    -5,
    12,
    Number.NaN,
    Number.POSITIVE_INFINITY,
    true,
    null,
    undefined,
    [],
    {},
    ['2026-03-04T08:00:00Z'],
  ])('refuses %j', (given) => {
    expect(readTime(given)).toBeNaN();
  });

  it('agrees with Date.parse on every kind of day', () => {
    for (let ms = Date.UTC(1980, 0, 1, 1, 2, 3, 4); ms < Date.UTC(2100, 0, 1); ms += 86_400_000 * 0.9973)
      expect(isoTime(new Date(ms).toISOString())).toBe(Math.trunc(ms));
  });

  it('tells a time with a zone from one without', () => {
    for (const zoned of [
      '2026-03-04T08:00:00Z',
      '2026-03-04T08:00:00+01:00',
      '2026-03-04T08:00:00.1-05:00',
      '2026-03-04T08:00:00-0500',
    ])
      expect(hasZone(zoned)).toBe(true);
    for (const local of ['2026-03-04T08:00:00', '2026-03-04 08:00:00.123', '2026-03-04'])
      expect(hasZone(local)).toBe(false);
  });

  it('gives syslog times the year that lies closest behind the reception', () => {
    const at = (month: string, day: number, received: string) =>
      new Date(bsdTime(month, day, 0, Date.parse(received))).toISOString().slice(0, 10);
    expect(at('Dec', 31, '2026-01-01T00:10:00Z')).toBe('2025-12-31');
    expect(at('Jan', 1, '2025-12-31T23:50:00Z')).toBe('2026-01-01');
    expect(at('Mar', 4, '2026-03-04T12:00:00Z')).toBe('2026-03-04');
    expect(at('Feb', 29, '2026-03-04T12:00:00Z')).toBe('2024-02-29');
    expect(bsdTime('Foo', 4, 0, Date.parse('2026-03-04T12:00:00Z'))).toBeNaN();
    expect(bsdTime('Feb', 30, 0, Date.parse('2026-03-04T12:00:00Z'))).toBeNaN();
  });
});

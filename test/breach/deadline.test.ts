import { describe, expect, it } from 'vitest';
import { dueOf } from '../../engine/breach/deadline.js';
import { duties } from '../../engine/breach/duties.js';
import { readFacts, readProfile } from '../../engine/breach/files.js';
import { theLaw } from '../../engine/breach/index.js';

describe('a day without an hour', () => {
  it('counts by its first moment where the tenant is, also for a rule that counts in another zone', () => {
    // Monday in Berlin begins on Sunday in New York: four business days after that Sunday end on Thursday.
    const profile = readProfile('{ zone: Europe/Berlin, jurisdictions: [SEC, US], roles: [listed-company] }');
    const now = Date.parse('2026-03-03T12:00Z');
    const facts = readFacts('facts: { is_material: yes, material: 2026-03-02 }', now, profile.zone);
    const sec = duties(theLaw(), profile, facts, now).duties.find(({ rule }) => rule === 'us.sec.8k105')!;
    expect(sec.anchor).toEqual({ name: 'material', at: Date.parse('2026-03-02T00:00+01:00') });
    expect(sec.due).toBe(Date.parse('2026-03-05T17:30-05:00'));
  });

  it('is the same day in the tenant’s own zone', () => {
    const counting = { zone: 'Europe/Berlin', calendars: new Map(), calendar: null };
    const limit = { within: 3, unit: 'days', from: ['aware'] } as const;
    const { due } = dueOf({ ...limit, from: ['aware'] }, { name: 'aware', value: { day: '2026-03-02' } }, counting);
    expect(due).toBe(Date.parse('2026-03-05T23:59:59.999+01:00'));
  });
});

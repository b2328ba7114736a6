import { describe, expect, it } from 'vitest';
import habits, { usual } from '../../../engine/triage/enrich/habits.js';
import prevalence from '../../../engine/triage/enrich/prevalence.js';
import { T0 } from '../../support/detections.js';
import { connection, DAY_MS, signIn, world } from './world.js';

const HOUR_MS = 3_600_000;
const never = new AbortController().signal;
const all = await world({ timeZone: 'Europe/Berlin' });
const midnight = Math.floor(T0 / DAY_MS) * DAY_MS;

describe('prevalence', async () => {
  await all.write('acme', [
    connection(T0 - 3 * DAY_MS, 'WS01.corp.example', '203.0.113.9'),
    connection(T0 - 2 * DAY_MS, 'ws01', '203.0.113.9'),
    connection(T0 - DAY_MS, 'ws02', '203.0.113.9'),
    connection(T0 - 40 * DAY_MS, 'ws03', '203.0.113.9'),
  ]);
  await all.write('other', [connection(T0 - DAY_MS, 'secret', '203.0.113.77')]);

  it('tells the hosts that met it, first and last, within 30 days', async () => {
    const subjects = [
      { kind: 'ip', value: '203.0.113.9' },
      { kind: 'process', value: 'c:\\X\\bad.EXE' },
      { kind: 'user', value: 'CORP\\Eva' },
      { kind: 'ip', value: '203.0.113.77' },
    ] as const;
    const facts = await prevalence.enrich(subjects, await all.context(), never);
    const text = 'met by 2 hosts in 30 days, in 3 events; first 2026-11-21 03:00 UTC, last 2026-11-23 03:00 UTC';
    expect(new Set(facts.map((fact) => `${fact.observable.value} ${fact.text}`))).toEqual(
      new Set([`203.0.113.9 ${text}`, `c:\\X\\bad.EXE ${text}`, `CORP\\Eva ${text}`]),
    );
  });

  it('of one tenant is not that of another', async () => {
    const subjects = [{ kind: 'ip', value: '203.0.113.77' }] as const;
    expect(await prevalence.enrich(subjects, await all.context('other'), never)).toMatchObject([
      { text: 'met by 1 host in 30 days, in 1 event; first 2026-11-23 03:00 UTC', source: 'lake' },
    ]);
    expect(await prevalence.enrich(subjects, await all.context(), never)).toEqual([]);
  });

  it('takes values as values, whatever stands in them, and says nothing without a lake', async () => {
    const hostile = ["'; DROP TABLE events; --", '$ip', '%', '\u0000', '\ud800', 'x'.repeat(512)];
    const subjects = hostile.map((value) => ({ kind: 'file' as const, value }));
    expect(await prevalence.enrich(subjects, await all.context(), never)).toEqual([]);
    expect(await prevalence.enrich(subjects, await all.context('acme', { lake: null }), never)).toEqual([]);
  });
});

describe('habits', async () => {
  // Weekdays from eight to eleven in UTC, which is from nine in Berlin; and once at night.
  const days = Array.from({ length: 28 }, (_, i) => midnight - (i + 1) * DAY_MS).filter(
    (day) => ![0, 6].includes(new Date(day).getUTCDay()),
  );
  const berlin = (day: number, hour: number) =>
    day + (hour - 1) * HOUR_MS + (day < Date.UTC(2026, 9, 25) ? -HOUR_MS : 0);
  await all.write('acme', [
    ...days.flatMap((day) => [9, 10, 11].map((hour) => signIn(berlin(day, hour), 'ann', 'WS-14.corp.example'))),
    signIn(berlin(days[0]!, 23), 'ann', 'ws-15'),
    signIn(midnight + HOUR_MS, 'ann', 'dc01'),
    signIn(midnight - DAY_MS, 'Bob@corp.example', 'ws-16'),
  ]);
  const tell = async (users: string[], tenant = 'acme') =>
    (
      await habits.enrich(
        users.map((value) => ({ kind: 'user', value })),
        await all.context(tenant),
        never,
      )
    ).map(({ text }) => text);

  it('are the usual hours of the tenant’s clock, days and hosts, before the day of the attack', async () => {
    expect(await tell(['CORP\\Ann'])).toEqual([
      'usually signs in between 09:00 and 12:00 Europe/Berlin, Monday to Friday on ws-14 (60), ws-15 (1); 61 sign-ins in the 30 days before',
    ]);
  });

  it('are not read out of a few sign-ins; none is said to be none', async () => {
    expect(await tell(['eve', 'bob', 'SYSTEM', 'WS01$'])).toEqual([
      '1 sign-in in the 30 days before on ws-16 (1): too few to show a habit',
      'did not sign in during the 30 days before, as far as the lake knows',
    ]);
  });

  it('of another tenant are not told', async () => {
    expect(await tell(['ann'], 'other')).toEqual([
      'did not sign in during the 30 days before, as far as the lake knows',
    ]);
  });

  it('may pass midnight, or be no habit at all', () => {
    const night = Array.from({ length: 24 }, (_, hour) => (hour >= 22 || hour < 4 ? 5 : 0));
    expect(usual(night, 30)).toEqual([22, 28]);
    expect(usual(Array(24).fill(1), 24)).toEqual([0, 22]);
  });
});

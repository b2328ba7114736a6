import { describe, expect, it } from 'vitest';
import { applyBreach, type BreachChange } from '../../engine/breach/change.js';
import { duties } from '../../engine/breach/duties.js';
import { theLaw } from '../../engine/breach/index.js';
import { basisText } from '../../engine/breach/table.js';
import type { Duty, Fact, FactValue, Profile } from '../../engine/breach/types.js';
import type { Breach } from '../../engine/store/breaches.js';

const law = theLaw();
const HOUR = 3_600_000;
const BEGAN = Date.parse('2026-03-02T09:00Z');
const profile: Profile = {
  ...{ name: 'Acme', zone: 'Europe/Berlin', calendar: null, targets: {} },
  ...{ jurisdictions: ['DE', 'US'], roles: ['controller', 'covered-entity'], providerRoles: ['processor'] },
};
const ANA = { id: 'ana', name: 'Ana' };
const none = { reason: '', approver: null, until: null };
const BO = { id: 'bo', name: 'Bo' };

/** A breach to which things are done, one after the other, at hours after it began. */
function breach() {
  let record: Breach = {
    ...{ _id: 'b', tenant: 'acme', case: 1, facts: [], asked: [], told: [], log: [] },
    ...{ created: BEGAN, updated: BEGAN, revision: 1 },
  };
  let requests = 0;
  const change = (hours: number, what: BreachChange, by = ANA) => {
    const cause = { by, now: BEGAN + hours * HOUR, request: `r${++requests}`, law, profile };
    record = applyBreach(record, what, cause)!;
    return record.log.at(-1)!;
  };
  return {
    change,
    say: (hours: number, facts: Record<string, FactValue>) =>
      change(hours, {
        ...{ kind: 'facts', reason: '' },
        facts: Object.entries(facts).map(([fact, value]) => ({ fact, value })),
      }),
    drop(hours: number, duty: string) {
      change(hours, { kind: 'asked', duty, reason: 'as the facts say' });
      return change(hours, { kind: 'not-required', duty }, BO);
    },
    duty: (hours: number, id: string): Duty | undefined =>
      duties(law, profile, record.facts, BEGAN + hours * HOUR).duties.find((duty) => duty.id === id),
  };
}

describe('what was decided not to be required', () => {
  it('counts no more when the exception it rested on no longer holds: the duty runs again and says why', () => {
    const { say, drop, duty } = breach();
    say(0, { personal_data: true, aware: { at: BEGAN }, risk: 'unlikely' });
    drop(1, 'eu.gdpr.33');
    expect(duty(2, 'eu.gdpr.33')).toMatchObject({ state: 'not-required', upset: null, changed: [] });
    const entry = say(3, { risk: 'high' });
    expect(entry.moves).toContainEqual({
      duty: 'eu.gdpr.33',
      before: { state: 'not-required', due: BEGAN + 72 * HOUR },
      after: { state: 'running', due: BEGAN + 72 * HOUR },
    });
    expect(entry.text).toMatch(/eu\.gdpr\.33 .*not required.*counts no more.*risk: high/);
    const again = duty(4, 'eu.gdpr.33')!;
    expect(again).toMatchObject({ state: 'running', changed: ['risk'], upset: { by: 'Ana (ana)' } });
    expect(basisText(again)).toMatch(/not required.*approved by Bo \(bo\).*counts no more.*risk: high/);
    expect(duty(73, 'eu.gdpr.33')!.state).toBe('missed');
  });

  it('counts no more when a duty whose condition had lapsed is asked for again, and can be decided anew', () => {
    const { say, drop, duty } = breach();
    say(0, { personal_data: true, aware: { at: BEGAN } });
    say(1, { personal_data: false });
    drop(2, 'eu.gdpr.33');
    expect(duty(3, 'eu.gdpr.33')).toMatchObject({ state: 'not-required' });
    say(4, { personal_data: true });
    expect(duty(5, 'eu.gdpr.33')).toMatchObject({ state: 'running', changed: ['personal_data'] });
    drop(6, 'eu.gdpr.33');
    expect(duty(7, 'eu.gdpr.33')).toMatchObject({ state: 'not-required', upset: null, changed: [] });
  });

  it('stays when something else behind it changes, and says what to look at again', () => {
    const { say, drop, duty } = breach();
    say(0, { personal_data: true, aware: { at: BEGAN } });
    drop(1, 'eu.gdpr.33');
    say(2, { risk: 'high', ransom_paid: true });
    const decided = duty(3, 'eu.gdpr.33')!;
    expect(decided).toMatchObject({ state: 'not-required', changed: ['risk'], upset: null });
    expect(basisText(decided)).toContain('Changed since: risk. Look again.');
  });
});

describe('a pause', () => {
  const HIPAA = 'us.hipaa.404';
  const DAY = 24;
  const paused = (hours: number, until: number | null): Fact => ({
    ...{ fact: `duty:${HIPAA}`, by: 'Ana (ana)', at: BEGAN + hours * HOUR, reason: '' },
    value: { decided: 'paused', reason: 'letter', approver: null, at: BEGAN + hours * HOUR, until },
  });
  const told: Fact[] = [
    ...Object.entries({ health_data: true, encrypted: false, discovered: { at: BEGAN } }).map(([fact, value]) => ({
      ...{ fact, value, by: 'Ana (ana)', at: BEGAN, reason: '' },
    })),
  ];
  const at = (hours: number, ...pauses: Fact[]) =>
    duties(law, profile, [...told, ...pauses], BEGAN + hours * HOUR).duties.find(({ id }) => id === HIPAA)!;
  const due = at(1).due!;

  it('begun in time moves the time to its end', () => {
    const until = BEGAN + 70 * DAY * HOUR;
    expect(at(65 * DAY, paused(20 * DAY, until))).toMatchObject({ state: 'paused' });
    expect(at(70 * DAY, paused(20 * DAY, until))).toMatchObject({ state: 'running', due: until });
    // A second one, begun within the time that the first one gave.
    const later = BEGAN + 80 * DAY * HOUR;
    expect(at(80 * DAY, paused(20 * DAY, until), paused(69 * DAY, later))).toMatchObject({ due: later });
  });

  it('begun when the time was over moves nothing: what was missed stays missed', () => {
    const until = BEGAN + 70 * DAY * HOUR;
    expect(due).toBeLessThan(BEGAN + 62 * DAY * HOUR);
    for (const hours of [65 * DAY, 70 * DAY, 71 * DAY])
      expect(at(hours, paused(62 * DAY, until))).toMatchObject({ state: 'missed', due });
    expect(at(65 * DAY, paused(62 * DAY, null))).toMatchObject({ state: 'missed', due });
    const sent: Fact = {
      ...paused(71 * DAY, null),
      value: { ...none, decided: 'satisfied', at: BEGAN + 69 * DAY * HOUR },
    };
    expect(at(72 * DAY, paused(62 * DAY, until), sent)).toMatchObject({ state: 'satisfied', late: true, due });
    const { say, change } = breach();
    say(0, { health_data: true, encrypted: false, discovered: { at: BEGAN } });
    expect(() => change(62 * DAY, { kind: 'paused', duty: HIPAA, until: null, reason: 'letter' })).toThrow(
      expect.objectContaining({ code: 'MDR_BREACH_BAD' }),
    );
  });
});

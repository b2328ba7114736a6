import { describe, expect, it } from 'vitest';
import { duties } from '../../engine/breach/duties.js';
import { readFacts, readProfile } from '../../engine/breach/files.js';
import { readRegime, theLaw } from '../../engine/breach/index.js';
import { lintRegimes } from '../../engine/breach/lint.js';
import { toJson, toTable } from '../../engine/breach/table.js';
import type { Duty, Fact, Profile } from '../../engine/breach/types.js';
import { vocabulary } from '../../engine/breach/vocabulary.js';
import { canonical } from '../../engine/ids.js';
import { random as seededBy } from '../support/random.js';

const seeded = (seed: number) => seededBy(seed).next;
const law = theLaw();
const BEGAN = Date.parse('2026-03-02T00:00Z');
const HOUR = 3_600_000;

/** Random facts of a random breach, one after the other, corrections among them. */
function randomFacts(random: () => number, count: number): Fact[] {
  const pick = <T>(of: readonly T[]): T => of[Math.floor(random() * of.length)]!;
  const places = ['', '.US-CA', '.US-TX', '.US-NY', '.US-WA', '.FR', '.EU'];
  const names = Object.keys(vocabulary.facts);
  return Array.from({ length: count }, (_, i): Fact => {
    const name = pick(names);
    const known = vocabulary.facts[name]!;
    const of = { by: pick(['Ana', 'Bo']), at: BEGAN + Math.floor(i / 2) * HOUR, reason: '' };
    if (random() < 0.1) return { ...of, fact: name, value: null };
    if (known.kind === 'yes-no') return { ...of, fact: name, value: random() < 0.75 };
    if (known.kind === 'choice') return { ...of, fact: name, value: pick(known.of) };
    if (known.kind === 'time') return { ...of, fact: name, value: { at: BEGAN - Math.floor(random() * 400) * HOUR } };
    const from = Math.floor(random() * 1200);
    const to = random() < 0.2 ? null : from + (random() < 0.5 ? 0 : Math.floor(random() * 900));
    return { ...of, fact: `${name}${name === 'service_hours' ? '' : pick(places)}`, value: { from, to } };
  });
}

const everything: Profile = {
  name: 'Everything',
  zone: 'America/New_York',
  jurisdictions: ['EU', 'US', 'UK', 'IN', 'AU', 'CA', 'SG', 'JP', 'KR', 'BR', 'CN', 'CH', 'ZA'],
  roles: Object.keys(vocabulary.roles),
  providerRoles: ['processor', 'business-associate', 'bank-service-provider', 'data-maintainer'],
  calendar: 'us-federal',
  targets: {},
};

const isOn = ({ state }: Duty): boolean => state === 'running' || state === 'missed';

describe('duties', () => {
  it('never lets a running duty vanish when a fact is added: it stays, or says who decided otherwise and why', () => {
    let kept = 0;
    for (let seed = 1; seed <= 4; seed++) {
      const facts = randomFacts(seeded(seed), 40);
      const now = BEGAN + 60 * HOUR;
      let before = new Map<string, Duty>();
      for (let count = 2; count <= facts.length; count += 2) {
        const after = new Map(
          duties(law, everything, facts.slice(0, count), now).duties.map((duty) => [duty.id, duty]),
        );
        for (const [id, duty] of before) {
          if (!isOn(duty)) continue;
          const then = after.get(id);
          expect({ seed, count, id, is: then && isOn(then) }).toEqual({ seed, count, id, is: true });
          if (then!.lapsed) {
            expect(then!.lapsed.because).toMatch(/said by (Ana|Bo)/);
            kept++;
          }
        }
        before = after;
      }
    }
    expect(kept).toBeGreaterThan(5);
  });

  it('comes out the same in whichever order the facts are', () => {
    for (let seed = 1; seed <= 15; seed++) {
      const random = seeded(seed * 7);
      const facts = randomFacts(random, 50);
      const shuffled = facts
        .map((fact) => ({ fact, by: random() }))
        .sort((a, b) => a.by - b.by)
        .map(({ fact }) => fact);
      const now = BEGAN + 60 * HOUR;
      expect(canonical(duties(law, everything, shuffled, now))).toBe(canonical(duties(law, everything, facts, now)));
    }
  });

  it('does not look at what is said later', () => {
    const facts = randomFacts(seeded(3), 50);
    const now = BEGAN + 10 * HOUR;
    const known = facts.filter(({ at }) => at <= now);
    expect(known.length).toBeLessThan(facts.length);
    expect(canonical(duties(law, everything, facts, now))).toBe(canonical(duties(law, everything, known, now)));
  });

  it('takes the larger number of people where facts contradict each other, and says so', () => {
    const facts = readFacts(
      'facts: { health_data: yes, encrypted: no, discovered: 2026-03-01, people: 500, people.US-TX: 300, people.US-OK: 300 }',
      BEGAN,
      'UTC',
    );
    const found = duties(law, everything, facts, BEGAN);
    expect(found.duties.find(({ id }) => id === 'us.hipaa.408.large')?.state).toBe('running');
    expect(found.warnings.join()).toContain('at least 600 and at most 500');
  });

  it('says "check with counsel" in the table, in JSON and on each duty', () => {
    const facts = readFacts('facts: { personal_data: yes, aware: 2026-03-02T10:00+01:00 }', BEGAN + 24 * HOUR, 'UTC');
    const found = duties(law, everything, facts, BEGAN + 24 * HOUR);
    expect(toTable(found, { all: true })).toContain('Check with counsel');
    const json = toJson(found) as { counsel: string; duties: { counsel: string; due: string | null; id: string }[] };
    expect([json, ...json.duties].every(({ counsel }) => counsel.startsWith('Check with counsel'))).toBe(true);
    expect(json.duties.find(({ id }) => id === 'eu.gdpr.33')?.due).toBe('2026-03-05T09:00:00.000Z');
  });
});

describe('the rules', () => {
  it('are those of the reference, each with source, status and content', () => {
    const ids = law.regimes.map(({ id }) => id);
    const wanted =
      `eu.gdpr.33 eu.gdpr.33.2 eu.gdpr.33.5 eu.gdpr.34 eu.gdpr.omnibus uk.gdpr.33 uk.pecr us.hipaa.404 us.hipaa.406
      us.hipaa.408.large us.hipaa.408.small us.hipaa.410 us.ftc.safeguards us.ftc.hbnr us.sec.8k105 us.bank.36h us.bank.provider us.circia
      us.ny.dfs.500.17 us.ny.dfs.extortion us.ny.899aa us.ca.1798.82 us.ca.1798.82.f us.ca.1798.82.b us.tx.521.053 us.tx.521.053.ag us.tx.cra
      us.states us.co us.fl us.de pci.12.10.1 pci.visa.wtdic pci.amex pci.mastercard eu.nis2.23.a eu.nis2.23.b eu.nis2.23.d eu.dora.initial
      eu.dora.intermediate eu.dora.final in.certin in.dpdp.7 au.ndb.assess au.ndb.notify ca.pipeda sg.pdpa jp.appi.prompt kr.pipa br.lgpd
      cn.incident ch.fadp za.popia contract`.split(/\s+/);
    expect(ids).toEqual(expect.arrayContaining(wanted));
    for (const { sources, content, law: provision } of law.regimes)
      expect([sources.length > 0, content.length > 0, provision.length > 5]).toEqual([true, true, true]);
  });

  it('cover the residents of all 50 States, the District of Columbia, Puerto Rico, Guam and the Virgin Islands once', () => {
    const text = law.regimes
      .filter(({ id }) => id.startsWith('us.'))
      .map((regime) => ({ regime, when: JSON.stringify(regime.when) }));
    const listed = law.regimes.find(({ id }) => id === 'us.states')!.per as string[];
    const own = ['US-CA', 'US-NY', 'US-TX', 'US-CO', 'US-FL', 'US-DE'];
    expect(new Set([...listed, ...own]).size).toBe(54);
    for (const place of own) expect(text.some(({ when }) => when.includes(`"residents":"${place}"`))).toBe(true);
  });

  it('are linted: names that there are not, chains that never begin, and claims without reading are found', () => {
    const base = `title: Tell somebody
law: Law
version: 1
status: in force
evidence: secondary
sources: [here]
verified: "2026-11"
owes: [{ party: customer }]
to: Somebody
when: { fact: personal_data, is: true }
deadline: { text: soon, limits: [{ within: 1, unit: hours, from: aware }] }
content: [what]
`;
    const faults = (text: string) => lintRegimes([readRegime('x.yaml', text)], law.calendars).join();
    expect(faults(base)).toBe('');
    expect(faults(base.replace('from: aware', 'from: wake'))).toContain('no anchor');
    expect(faults(base.replace('from: aware', 'from: "submitted:x"'))).toContain('waits for its own submission');
    expect(faults(base.replace('from: aware', 'from: "submitted:y"'))).toContain('no anchor');
    expect(faults(base.replace('personal_data', 'purple_data'))).toContain('never');
    expect(faults(base.replace('evidence: secondary', 'evidence: general'))).toContain('general knowledge');
    expect(faults(base.replace('verified: "2026-11"\n', ''))).toContain('does not say when');
    expect(faults(base.replace('{ party: customer }', '{ party: customer, role: emperor }'))).toContain('no role');
    expect(faults(base.replace(', limits: [{ within: 1, unit: hours, from: aware }]', ''))).toContain(
      'neither a limit',
    );
    expect(faults(base.replace('unit: hours', 'unit: business-days, calendar: mars'))).toContain('no calendar');
    expect(() => readRegime('x.yaml', base.replace('unit: hours', 'unit: fortnights'))).toThrow(/MDR_CONFIG|no rule/);
  });
});

describe('files of facts and profiles', () => {
  it('are refused with what is wrong', () => {
    const code = (work: () => unknown) => {
      try {
        work();
        return null;
      } catch (error) {
        return (error as { code?: string }).code;
      }
    };
    for (const text of [
      'facts: { nonsense: yes }',
      'facts: { personal_data: perhaps }',
      'facts: { people: many }',
      'facts: { people: 9-4 }',
      'facts: { aware: soon }',
      'facts: { risk: 7 }',
      'nothing: 1',
      '- [',
      'facts: { people.us: 4 }',
      'facts: { __proto__: 1, constructor: yes }',
    ])
      expect([text, code(() => readFacts(text, BEGAN, 'UTC'))]).toEqual([text, 'MDR_BREACH_BAD']);
    for (const text of ['zone: Mars/Phobos', 'roles: [emperor]', 'jurisdictions: [Europe]', 'clauses: [{ id: a }]'])
      expect([text, code(() => readProfile(text))]).toEqual([text, 'MDR_BREACH_BAD']);
  });
});

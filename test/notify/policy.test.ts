import { describe, expect, it } from 'vitest';
import { LEVELS } from '../../engine/detect/types.js';
import { decide } from '../../engine/notify/decide.js';
import { DEFAULT_POLICY, policySchema } from '../../engine/notify/policy.js';

const ALL = [...LEVELS];
const rest = { levels: ALL, send: 'at once' };
const faults = (policy: unknown): string[] => {
  const parsed = policySchema.safeParse(policy);
  return parsed.success ? [] : parsed.error.issues.map(({ path, message }) => `${path.join('.')}: ${message}`);
};

describe('a policy', () => {
  it('is right as it stands in the example', () => {
    expect(
      faults({
        zone: 'Europe/Copenhagen',
        rules: [
          { score: 90, send: 'at once', escalate: 'soc' },
          { levels: ['critical', 'high'], send: 'at once', to: ['slack:C0SOC'], escalate: 'soc' },
          { levels: ['medium'], send: 'at once', quiet: [{ from: '22:00', to: '07:00' }], digest: ['07:00'] },
          { levels: ['low'], send: 'digest', digest: { every: 4 } },
          { levels: ['informational'], send: 'never' },
        ],
        chains: {
          soc: {
            steps: [
              { after: 5, people: ['ana'] },
              { after: 15, people: ['bo'], page: ['main'] },
            ],
            repeat: { times: 2, every: 60 },
          },
        },
        ways: { main: { kind: 'pagerduty', secret: 'pd-main' } },
        repeats: { hours: 24 },
        storm: { posts: 30, minutes: 10 },
      }),
    ).toEqual([]);
  });

  it.each([
    ['no rule for a level', { rules: [{ levels: ['high'], send: 'at once' }] }, /rules: nothing says where .*low/],
    ['a score alone does not cover a level', { rules: [{ score: 0, send: 'at once' }] }, /nothing says where/],
    ['levels and score', { rules: [{ ...rest, score: 3 }] }, /either levels or a score/],
    ['neither', { rules: [{ send: 'at once' }, rest] }, /either levels or a score/],
    ['a digest without times', { rules: [{ levels: ALL, send: 'digest' }] }, /needs its times/],
    [
      'no time of day',
      { rules: [{ ...rest, send: 'digest', digest: ['7:00'] }] },
      /is not a time of day: write it as "07:00"/,
    ],
    ['24:00', { rules: [{ ...rest, send: 'digest', digest: ['24:00'] }] }, /time of day/],
    ['times that are a number', { rules: [{ ...rest, send: 'digest', digest: 7 }] }, /no digest times: write/],
    ['every five hours', { rules: [{ ...rest, send: 'digest', digest: { every: 5 } }] }, /one of 1, 2, 3/],
    ['a digest that escalates', { rules: [{ ...rest, send: 'digest', digest: ['07:00'], escalate: 'x' }] }, /at once/],
    [
      'a chain that is not there',
      { rules: [{ ...rest, escalate: 'soc' }] },
      /rules.0.escalate: there is no chain "soc"/,
    ],
    ['a name of the prototype', { rules: [{ ...rest, escalate: 'constructor' }] }, /there is no chain/],
    [
      'a way that is not there',
      { rules: [rest], chains: { soc: { steps: [{ after: 1, page: ['pd'] }] } } },
      /chains.soc.steps.0.page: there is no way "pd"/,
    ],
    ['an empty step', { rules: [rest], chains: { soc: { steps: [{ after: 1 }] } } }, /names people or ways/],
    [
      'steps out of order',
      {
        rules: [rest],
        chains: {
          soc: {
            steps: [
              { after: 5, people: ['a'] },
              { after: 5, people: ['b'] },
            ],
          },
        },
      },
      /later than the one before/,
    ],
    [
      'a repeat that overtakes itself',
      { rules: [rest], chains: { soc: { steps: [{ after: 5, people: ['a'] }], repeat: { times: 1, every: 5 } } } },
      /longer than the chain/,
    ],
    ['a zone that is none', { rules: [rest], zone: 'Mars/Olympus' }, /zone: is not a time zone/],
    ['an unknown key', { rules: [rest], ruels: [] }, /ruels/],
    ['too many rules', { rules: Array.from({ length: 31 }, () => rest) }, /rules/],
    ['an endless chain', { rules: [rest], chains: { a: { steps: [], repeat: { times: 9999, every: 1 } } } }, /chains/],
  ])('is refused with what is wrong: %s', (_name, policy, expected) => {
    expect(faults(policy).join('\n')).toMatch(expected);
  });

  it('that nobody wrote shows every alert at once, in every channel of the provider, whatever the hour', () => {
    for (const level of LEVELS)
      for (let hour = 0; hour < 48; hour++)
        expect(decide(DEFAULT_POLICY, 'UTC', { level, score: 0 }, hour * 3_600_000)).toMatchObject({
          how: 'now',
          rule: { to: ['provider'] },
        });
  });
});

describe('the decision', () => {
  const policy = policySchema.parse({
    rules: [
      { score: 90, send: 'at once', to: ['slack:C9'] },
      { levels: ['critical', 'high'], send: 'at once', quiet: [{ from: '22:00', to: '07:00', through: ['critical'] }] },
      { levels: ['medium'], send: 'at once', quiet: [{ from: '22:00', to: '07:00' }], digest: ['12:00'] },
      { levels: ['low'], send: 'digest', digest: ['07:00', '15:00'] },
      { levels: ['informational'], send: 'never' },
    ],
  });
  const at = (text: string) => Date.parse(text);
  it.each([
    ['score first', 'low', 95, '2026-11-24T23:00Z', { how: 'now', rule: { to: ['slack:C9'] } }],
    ['breaks through', 'critical', 80, '2026-11-24T23:00Z', { how: 'now' }],
    [
      'held until the end of quiet hours',
      'high',
      70,
      '2026-11-24T23:00Z',
      { how: 'digest', due: at('2026-11-25T07:00Z') },
    ],
    [
      'quiet after midnight',
      'high',
      70,
      '2026-11-25T06:59:59Z',
      { how: 'digest', due: at('2026-11-25T07:00Z'), why: 'quiet' },
    ],
    ['not quiet any more', 'high', 70, '2026-11-25T07:00Z', { how: 'now' }],
    ['not quiet yet', 'high', 70, '2026-11-24T21:59:59Z', { how: 'now' }],
    [
      "held until the rule's own digest",
      'medium',
      40,
      '2026-11-24T23:00Z',
      { how: 'digest', due: at('2026-11-25T12:00Z') },
    ],
    [
      'the next of two digests',
      'low',
      20,
      '2026-11-24T07:00Z',
      { how: 'digest', due: at('2026-11-24T15:00Z'), why: 'rule' },
    ],
    ['the first of tomorrow', 'low', 20, '2026-11-24T15:00Z', { how: 'digest', due: at('2026-11-25T07:00Z') }],
    ['nowhere', 'informational', 5, '2026-11-24T15:00Z', { how: 'never' }],
  ] as const)('%s', (_name, level, score, time, expected) => {
    expect(decide(policy, 'UTC', { level, score }, at(time))).toMatchObject(expected);
  });
});

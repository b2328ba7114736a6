import { expect, it } from 'vitest';
import type { AlertAnswer } from '../../engine/store/answers.js';
import { profileSchema } from '../../engine/store/tenants.js';
import { answerReasons } from '../../engine/triage/answers.js';
import { score } from '../../engine/triage/score.js';
import { WEIGHTS } from '../../engine/triage/weights.js';
import { alertRecord } from '../commands/world.js';

const given = (person: string, said: AlertAnswer['said'], confirmed: boolean): AlertAnswer => ({
  ...{ question: 1, person, name: person, said, confirmed, at: 0 },
});
const alert = alertRecord(1);
const critical = [{ ...alert.rules[0]!, level: 'critical' as const }];
const points = (answers: AlertAnswer[], rules = alert.rules) =>
  answerReasons({ answers, rules }, WEIGHTS).map((reason) => reason.points);

it.each([
  ['no', true, 25],
  ['no', false, 5],
  ['unsure', true, 5],
  ['unsure', false, 0],
  ['yes', true, -20],
  ['yes', false, 0],
] as const)('an answer %s, confirmed %s, is worth %i', (said, confirmed, worth) => {
  expect(points([given('carla', said, confirmed)])).toEqual([worth]);
});

it('together they stay within bounds, and of one person the last counts', () => {
  expect(points([given('a', 'no', true), given('b', 'no', true), given('c', 'no', true)])).toEqual([25, 5, 0]);
  expect(points([given('a', 'yes', true), given('b', 'yes', true)])).toEqual([-20, 0]);
  expect(points([given('a', 'no', true), given('a', 'yes', true)])).toEqual([-20]);
  expect(points([given('a', 'yes', true), given('b', 'no', true)])).toEqual([-20, 25]);
});

it('a yes takes nothing from a critical rule, and says so; a no brings what it brings', () => {
  const [reason] = answerReasons({ answers: [given('carla', 'yes', true)], rules: critical }, WEIGHTS);
  expect(reason).toMatchObject({ points: 0, text: expect.stringContaining('takes nothing from a critical rule') });
  expect(points([given('carla', 'no', true)], critical)).toEqual([25]);
});

it('the score adds up, is never below nothing, and is the same as before without answers', () => {
  const judging = { profile: profileSchema.parse({}) };
  const low = { ...alert, rules: [{ ...alert.rules[0]!, level: 'low' as const }] };
  const answered = score({ ...low, answers: [given('carla', 'yes', true)] }, judging);
  expect(answered).toMatchObject({ score: 0, level: 'informational' });
  expect(score({ ...low, answers: [] }, judging)).toEqual(score(low, judging));
});

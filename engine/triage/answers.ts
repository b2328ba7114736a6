import { LEVELS } from '../detect/types.js';
import type { Alert, ScoreReason } from '../store/alerts.js';
import type { AlertAnswer } from '../store/answers.js';
import type { Weights } from './weights.js';

const WORDS: Record<AlertAnswer['said'], string> = {
  yes: 'says that it was them',
  no: 'says that it was not them',
  unsure: 'is not sure whether it was them',
};

/**
 * What people's answers do to a score, within the bounds of the weights. One reason for each person, also when it brings no points:
 * an analyst has to see that somebody said something, and why it does not count.
 */
export function answerReasons(
  { answers = [], rules }: Pick<Alert, 'answers' | 'rules'>,
  weights: Weights,
): ScoreReason[] {
  const { always, most, least } = weights.answers;
  const last = new Map(answers.map((answer) => [answer.person, answer]));
  const gravest = LEVELS.findLast((level) => rules.some((rule) => rule.level === level));
  const isKept = gravest !== undefined && always.includes(gravest);
  let sum = 0;
  return [...last.values()].map(({ name, said, confirmed }) => {
    const weight = weights.answers[said][confirmed ? 'confirmed' : 'unconfirmed'];
    const wanted = said === 'yes' ? (isKept ? 0 : -weight) : weight;
    const after = Math.min(most, Math.max(-least, sum + wanted));
    const points = after - sum;
    sum = after;
    const how = confirmed ? 'confirmed with the code' : 'not confirmed by a second channel';
    const kept = said === 'yes' && isKept ? `; that takes nothing from a ${gravest} rule` : '';
    return { points, text: `${name} ${WORDS[said]}, ${how}${kept}`, internal: true };
  });
}

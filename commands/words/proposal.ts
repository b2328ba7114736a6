import type { Proposal } from '../../engine/store/proposals.js';
import { conditionText } from '../../engine/triage/tune/conditions.js';

/** `an exception when User: CORP\svc-backup, and …`, `level low instead of medium`. */
export const changeText = ({ change, rule }: Pick<Proposal, 'change' | 'rule'>): string =>
  change.kind === 'exception'
    ? `an exception when ${change.conditions.map(conditionText).join(', and ')}`
    : `level ${change.level} instead of ${rule.level}`;

/** `2 of 12 judged were real`. */
export const seenText = ({ seen: { real, benign, false: wrong } }: Pick<Proposal, 'seen'>): string =>
  `${real} of ${real + benign + wrong} judged alerts were real`;

/** `would have hidden 41 of 60 detections in 30 days`. */
export function wouldText({ change, would: { days, what, count, of } }: Pick<Proposal, 'change' | 'would'>): string {
  const verb = change.kind === 'exception' ? 'would have hidden' : 'would have kept quiet';
  return `${verb} ${count.toLocaleString('en-US')} of ${of.toLocaleString('en-US')} ${what} in ${days} days, none of a real attack`;
}

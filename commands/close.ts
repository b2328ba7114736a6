import { CLOSE_REASONS, type CloseReason } from '../engine/store/alerts.js';
import { close as finish } from '../engine/triage/work.js';
import { doneCard } from './cards/done.js';
import type { Command } from './types.js';
import { clip, takeNumber, wrongUsage } from './words/arguments.js';
import { alertOf, changed } from './words/record.js';
import { didYouMean } from './words/suggest.js';

const close: Command = {
  name: 'close',
  summary: `Close an alert with a reason: ${CLOSE_REASONS.join(', ')}.`,
  usage: 'close [n] <reason> [words…]',
  examples: ['close 12 benign', 'close 12 false_positive the backup job does this every night'],
  role: 'responder',
  async run(context, args) {
    const { number, rest } = takeNumber(close, context, args);
    const { reason, words } = takeReason(rest);
    await alertOf(context, number);
    const by = { id: context.person._id, name: context.person.name };
    const outcome = await finish(context.tenant, number, by, context.clock, reason, words);
    await changed(context, number);
    return doneCard(context, outcome);
  },
};
export default close;

/** `false_positive`, `False-Positive` and `false positive` are the same reason. */
function takeReason(words: readonly string[]): { reason: CloseReason; words: string } {
  for (const length of [1, 2]) {
    const said = words.slice(0, length).join('_').toLowerCase().replaceAll('-', '_');
    const reason = CLOSE_REASONS.find((known) => known === said);
    if (reason) return { reason, words: words.slice(length).join(' ') };
  }
  const word = words[0];
  const reasons = `The reasons are ${CLOSE_REASONS.join(', ')}.`;
  if (word === undefined) throw wrongUsage(close, `a reason is needed. ${reasons}`);
  throw wrongUsage(close, `"${clip(word, 40)}" is not a reason.${didYouMean(word, CLOSE_REASONS)} ${reasons}`);
}

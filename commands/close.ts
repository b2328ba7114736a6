import { CLOSE_REASONS, type CloseReason } from '../engine/store/alerts.js';
import { close as finish } from '../engine/triage/work.js';
import { doneCard } from './cards/done.js';
import { REASON_NAMES } from './cards/labels.js';
import type { Command } from './types.js';
import { clip, takeNumber, wrongUsage } from './words/arguments.js';
import { alertOf, changed } from './words/record.js';
import { didYouMean } from './words/suggest.js';

/** What people call the reasons. */
const REASON_TERMS: Readonly<Record<string, CloseReason>> = {
  ...named(
    'true_positive',
    'true positive',
    'tp',
    'real',
    'real attack',
    'real thing',
    'actual attack',
    'genuine',
    'real incident',
  ),
  ...named(
    'benign',
    'benign',
    'harmless',
    'legit',
    'legitimate',
    'expected',
    'allowed',
    'authorised',
    'authorized',
    'approved',
  ),
  ...named('benign', 'planned', 'known good', 'normal behaviour', 'normal behavior', 'admin work', 'legit admin work'),
  ...named('false_positive', 'false positive', 'false positives', 'fp', 'false alarm', 'wrong detection'),
  ...named('duplicate', 'duplicate', 'dupe', 'dup', 'duplicated', 'double'),
  ...named('test', 'test', 'exercise', 'drill', 'pentest', 'pen test', 'penetration test', 'red team', 'simulation'),
};

const close: Command = {
  name: 'close',
  summary: `Close an alert with a reason: ${CLOSE_REASONS.join(', ')}.`,
  usage: 'close [n] <reason> [words…]',
  examples: ['close 12 benign', 'close 12 false_positive the backup job does this every night'],
  related: ['reopen', 'tune'],
  form: {
    title: 'Close alert',
    alert: true,
    fields: [
      {
        name: 'reason',
        label: 'What was it?',
        kind: 'select',
        choices: CLOSE_REASONS.map((value) => ({ value, label: REASON_NAMES[value] })),
      },
      { name: 'words', label: 'What was found', kind: 'text', optional: true, long: true },
    ],
  },
  role: 'responder',
  plain: [
    {
      phrases: [
        'close {alert} as {reason}',
        'close {alert}, it is {reason}',
        '{alert} is {reason}',
        '{alert} was {reason}, please close it',
        'close this as {reason}',
        'this is {reason}, close it',
        'mark {alert} as {reason}',
        'mark this as {reason}',
        'set {alert} to closed, {reason}',
        'resolve {alert} as {reason}',
        'resolve {alert}',
        'shut {alert} as {reason}',
        'shut down {alert}',
        'we are done with {alert}, {reason}',
        '{alert} can be closed as {reason}',
        'please close {alert} with reason {reason}',
        'close {alert} {reason} {text}',
        'close {alert} as {reason} {text}',
        'dismiss {alert} as {reason}',
        'finish {alert}',
        '{alert} turned out to be {reason}',
        '{alert} was just {reason}',
        'close {alert}',
        'you can close this, {reason}',
        '{reason}, close it',
      ],
      terms: { reason: REASON_TERMS },
      args: (said) => {
        const number = said.alert();
        const reason = said.one('reason');
        const text = said.one('text');
        if (number === null) return { missing: 'Which alert?' };
        if (reason === null)
          return {
            missing: `Close alert ${number} as what?`,
            args: [number],
            choices: CLOSE_REASONS.map((value) => ({ value, label: REASON_NAMES[value] })),
          };
        return [number, reason, ...(text === null ? [] : [text])];
      },
      label: ([number, reason = '', text]) =>
        `Close alert ${number} as ${reason.replace('_', ' ')}${text === undefined ? '' : `: ${text}`}`,
    },
  ],
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

function named(reason: CloseReason, ...terms: string[]): Record<string, CloseReason> {
  return Object.fromEntries(terms.map((term) => [term, reason]));
}

import { EXCEPTION_STATES, type ExceptionState } from '../../engine/store/exceptions.js';
import { conditionText } from '../../engine/triage/tune/conditions.js';
import { expireDue } from '../../engine/triage/tune/expire.js';
import type { Card, Inline } from '../cards/card.js';
import { counted } from '../cards/labels.js';
import type { Command, Context } from '../types.js';
import { clip, wrongUsage } from '../words/arguments.js';
import { didYouMean } from '../words/suggest.js';

const ROWS = 15;
const WORDS = [...EXCEPTION_STATES, 'all'] as const;

/** `tune list [state | all]`: those in effect and those that wait, unless another state is asked for. */
export async function list(command: Command, context: Context, args: readonly string[]): Promise<Card> {
  const word = args[0]?.toLowerCase();
  if (args.length > 1 || (word !== undefined && !WORDS.some((known) => known === word)))
    throw wrongUsage(command, `tune list takes one of ${WORDS.join(', ')}.${didYouMean(word ?? '', WORDS)}`);
  await expireDue(context.tenant, context.clock());
  const states: ExceptionState[] =
    word === undefined
      ? ['proposed', 'monitor', 'active']
      : word === 'all'
        ? [...EXCEPTION_STATES]
        : [word as ExceptionState];
  const filter = { state: { $in: states } };
  const [total, found] = await Promise.all([
    context.tenant.exceptions.count(filter),
    context.tenant.exceptions.find(filter, { sort: { updated: -1 }, limit: ROWS }),
  ]);
  const { name, _id } = context.tenant.tenant;
  const { detections } = context.tenant;
  const done = await Promise.all(
    found.map((each) =>
      Promise.all([detections.count({ suppressed: each._id }), detections.count({ monitored: each._id })]),
    ),
  );
  const more = total - found.length;
  return {
    title: `${counted(total, 'exception')} of ${name} (${_id})`,
    tone: 'neutral',
    blocks: [
      ...(found.length === 0
        ? []
        : [
            {
              kind: 'table' as const,
              columns: ['No.', 'State', 'Rules', 'Conditions', 'Hidden', 'Counted', 'Until', 'By'],
              rows: found.map((each, i): Inline[] => [
                `E${each.number}`,
                each.state,
                clip(each.rules.map(({ title }) => title).join('; '), 80),
                [{ code: clip(each.conditions.map(conditionText).join(', '), 120) }],
                done[i]![0].toLocaleString('en-US'),
                done[i]![1].toLocaleString('en-US'),
                [{ time: each.expires }],
                clip(each.author.name, 40),
              ]),
            },
          ]),
      ...(more > 0
        ? [{ kind: 'text' as const, text: `${counted(more, 'more exception')} not shown: name a state.` }]
        : []),
      {
        kind: 'note',
        text:
          found.length > 0
            ? ['Next: ', { code: `/mdr tune show E${found[0]!.number}` }, ' shows the first one in full.']
            : ['Next: ', { code: '/mdr tune <alert>' }, ' proposes one from an alert.'],
      },
    ],
  };
}

import { readPeriod } from '../engine/compliance/period.js';
import { MdrError } from '../engine/errors.js';
import { idOf } from '../engine/ids.js';
import { caseNumbersOf } from '../engine/respond/numbers/index.js';
import { type Numbers, numbersOf } from '../engine/triage/numbers/index.js';
import type { Action, Card } from './cards/card.js';
import { caseNumberBlocks } from './cards/case-numbers.js';
import { numbersCard } from './cards/numbers.js';
import type { Command, Context } from './types.js';
import { periodWords } from './words/period.js';
import { atLeast, need } from './words/preconditions.js';
import { shown } from './words/record.js';

const MINUTE_MS = 60_000;
/** The same numbers are posted into a channel at most once in this time, however often the button is pressed. */
const AGAIN_MS = 5 * MINUTE_MS;
const POST = 'post';

const numbers: Command = {
  name: 'numbers',
  summary: 'How long it takes to detect, acknowledge and resolve alerts, with a chart; and how cases keep their times.',
  usage: 'numbers [post] [period]',
  examples: ['numbers', 'numbers last 90d', 'numbers 2026-10', 'numbers post last 90d'],
  details: [
    'Without a period: the last 30 days. Days and weeks are those of UTC.',
    'numbers post puts them with their chart into the channel where it is said; the console has a page of them.',
    'What is still open stands beside what is done. Exercises, duplicates and tests are not counted, and it says how many.',
    'Of cases: time in each state, times of the contract, tasks that are late, by severity.',
    'They come by themselves each week: see /mdr help digest.',
  ],
  related: ['digest', 'compliance'],
  role: 'viewer',
  plain: [
    {
      phrases: [
        'show our numbers',
        'numbers for {period}',
        'response times {period}',
        'how fast do we respond',
        'how quickly do we close alerts',
        'mean time to respond',
        'mean time to detect {period}',
        'mean time to acknowledge',
        'what is our mttr',
        'mttd and mttr {period}',
        'mtta for {period}',
        'key figures {period}',
        'how long does it take until somebody acknowledges',
        'metrics {period}',
        'kpis for {period}',
        'statistics of alerts for {period}',
        'which rules are most often wrong',
        'noisiest rules {period}',
        'how big is the backlog',
        'trend of alerts {period}',
        'are we getting faster',
      ],
      reads: true,
      args: (said) => periodWords(said.all('period')),
    },
  ],
  async run(context, args) {
    const isPost = args[0]?.toLowerCase() === POST;
    const { from, until } = readPeriod(isPost ? args.slice(1) : args, context.clock());
    if (isPost) need(mayPost, context);
    const found = await numbersOf(context.tenant, { from, until }, shown(context));
    if (isPost) return post(context, found);
    const card = numbersCard(found, actionsOf(context, found));
    const cases = caseNumberBlocks(await caseNumbersOf(context.tenant, { from, until }, shown(context)));
    // Its last two blocks are what can be pressed and what is next.
    const end = card.blocks.findIndex(({ kind }) => kind === 'actions' || kind === 'note');
    return { ...card, blocks: [...card.blocks.slice(0, end), ...cases, ...card.blocks.slice(end)] };
  },
};
export default numbers;

const mayPost = atLeast<Context>(
  'analyst',
  ({ role }) =>
    new MdrError(
      'MDR_FORBIDDEN',
      `posting numbers needs the role analyst; you are ${role}.`,
      'Ask for them without post.',
    ),
);

/** Into the channel, with the chart below it: that leaves through the outbox, as a digest does. */
async function post(context: Context, found: Numbers): Promise<Card> {
  const { place, tenant, queues, clock } = context;
  if (!context.internal || !place || place.surface === 'terminal')
    throw new MdrError(
      'MDR_FORBIDDEN',
      'numbers are posted in a channel of the provider, or in a direct message.',
      'Ask for them there, or without post.',
    );
  const now = clock();
  const { surface, channel } = place;
  const _id = idOf('numbers', tenant.id, surface, channel, String(found.from), String(Math.floor(now / AGAIN_MS)));
  await tenant.dispatches.insert({
    _id,
    to: { kind: 'channel', surface, channel },
    content: { kind: 'numbers', numbers: found },
    state: 'due',
    attempts: 0,
    due: now,
    created: now,
    ended: null,
    error: '',
  });
  await queues.add('dispatches', { tenant: tenant.id, id: _id });
  return {
    title: 'The numbers are on their way into this channel',
    tone: 'ok',
    blocks: [{ kind: 'note', text: 'Next: their chart follows in the thread below them.' }],
  };
}

/** A chart is a file, and an answer that one person reads holds none. */
function actionsOf({ internal, place, tenant }: Context, { from, until }: Numbers): Action[] {
  if (!internal || !place || place.surface === 'terminal') return [];
  const day = (at: number) => new Date(at).toISOString().slice(0, 10);
  return [
    {
      id: 'post',
      label: 'Post here with a chart',
      command: 'numbers',
      tenant: tenant.id,
      record: POST,
      choice: `${day(from)}..${day(until - 1)}`,
    },
  ];
}

import { MdrError } from '../engine/errors.js';
import { dropExpired } from '../engine/ingest/deadletters.js';
import { openIntake } from '../engine/ingest/intake.js';
import { letterFilter, letterGroups, replayLetters, shownSample, type Which } from '../engine/ingest/letters.js';
import { log } from '../engine/log.js';
import type { DeadLetter } from '../engine/store/deadletters.js';
import type { Card, Inline } from './cards/card.js';
import { counted } from './cards/labels.js';
import type { Command, Context } from './types.js';
import { clip, wrongUsage } from './words/arguments.js';

const GROUPS = 15;
const LATEST = 5;
const SHORT = 10;
const MAX_SHOWN = 3000;

const deadletters: Command = {
  name: 'deadletters',
  summary: 'What the doors and formats refused, and queue it again once the cause is mended.',
  usage: 'deadletters [code | source | id] | replay <code | source | id | all>',
  examples: ['deadletters', 'deadletters MDR_FORMAT_UNKNOWN', 'deadletters replay MDR_LINE_TIME'],
  details: [
    'A code or a source shows those letters only; the beginning of an id shows one in full.',
    'replay queues records again that a door had accepted and no format could read, each once, up to 1,000 at a time.',
    'What a door itself refused (broken JSON, too long) was never accepted: its sender must send it again.',
    'Letters are kept for 30 days, at most 10,000 of a tenant.',
  ],
  related: ['status'],
  role: 'analyst',
  plain: [
    {
      phrases: [
        'show the dead letters',
        'what was refused',
        'which events were refused',
        'which logs could not be read',
        'what did not get in',
        'what was dropped',
        'are there logs that nobody could read',
        'why was {code} refused',
        'show {code}',
        'what does {code} mean here',
        'list what was rejected',
        'logs that failed to parse',
        'unreadable events',
        'which records failed',
        'what got lost',
        'any parse errors',
        'what could you not understand in our logs',
        'dead letters please',
        'refused records',
        'what did you not accept',
        'what could not be processed',
        'what is in the dead letters',
        'which of our logs are not taken',
        'events that bounced',
        'how many were refused',
      ],
      reads: true,
      args: (said) => {
        said.all('period');
        const code = said.one('code');
        return code === null ? [] : [code];
      },
    },
    {
      phrases: [
        'replay the dead letters',
        'replay {code}',
        'replay all dead letters',
        'queue the refused records again',
        'try the refused logs again',
        'put them in the queue again',
        'process the refused events again',
        'retry the rejected logs',
        'reprocess the dead letters',
        'retry {code}',
        'send the failed records through again',
        'run {code} again',
        'replay everything that failed',
        'replay what was refused',
        'try {code} again',
        'give the dead letters another try',
        'put everything that was refused back in the queue',
        'the parser is fixed, replay them',
        'feed the dropped events in again',
        'once more with the {code} letters',
      ],
      args: (said) => {
        const code = said.one('code');
        return ['replay', code ?? 'all'];
      },
      label: ([, which]) => `Queue ${which === 'all' ? 'all dead letters' : `dead letters with ${which}`} again`,
    },
  ],
  async run(context, args) {
    await dropExpired(context.tenant, context.clock());
    const replaying = args[0]?.toLowerCase() === 'replay';
    const words = replaying ? args.slice(1) : args;
    if (words.length > 1 || (replaying && words.length === 0))
      throw wrongUsage(
        deadletters,
        replaying ? 'say which ones: a code, a source, an id or all.' : 'one word at most.',
      );
    const which = whichOf(words[0]);
    if (replaying) return replay(context, which, words[0]!);
    return 'id' in which ? one(context, which.id) : list(context, which, words[0]);
  },
};
export default deadletters;

function whichOf(word: string | undefined): Which {
  if (word === undefined || word.toLowerCase() === 'all') return {};
  if (/^mdr_[a-z0-9_]{1,40}$/i.test(word)) return { code: word.toUpperCase() };
  return /^[0-9a-f]{8,32}$/.test(word) ? { id: word } : { source: word };
}

async function list(context: Context, which: Which, word: string | undefined): Promise<Card> {
  const { tenant } = context.tenant;
  const groups = await letterGroups(context.tenant, which, context.clock());
  const about = word === undefined ? '' : ` with “${clip(word, 60)}”`;
  if (groups.length === 0)
    return {
      title: `No dead letters of ${tenant.name} (${tenant._id})${about}`,
      tone: 'ok',
      blocks: [{ kind: 'note', text: ['Next: ', { code: '/mdr status' }, ' shows what was taken.'] }],
    };
  const latest = await context.tenant.deadletters.find(letterFilter(which), {
    sort: { at: -1, _id: 1 },
    limit: LATEST,
  });
  const total = groups.reduce((sum, { count }) => sum + count, 0);
  const first = groups.find(({ waiting }) => waiting > 0);
  return {
    title: `${counted(total, 'dead letter')} of ${tenant.name} (${tenant._id})${about}`,
    tone: 'medium',
    blocks: [
      {
        kind: 'table',
        columns: ['Source', 'Code', 'Kept', 'Can be replayed', 'Last'],
        rows: groups
          .slice(0, GROUPS)
          .map(({ source, code, count, waiting, last }): Inline[] => [
            clip(source, 64),
            [{ code }],
            count.toLocaleString('en-US'),
            waiting.toLocaleString('en-US'),
            [{ time: last }],
          ]),
      },
      ...(groups.length > GROUPS
        ? [
            {
              kind: 'text' as const,
              text: `${groups.length - GROUPS} more groups are not shown: name a code or a source.`,
            },
          ]
        : []),
      { kind: 'text', text: [{ bold: 'The latest' }] },
      {
        kind: 'table',
        columns: ['Id', 'Code', 'Why', 'Sample'],
        rows: latest.map((letter): Inline[] => [
          [{ code: letter._id.slice(0, SHORT) }],
          [{ code: letter.code }],
          clip(letter.message, 120),
          [{ code: clip(shownSample(letter).slice(0, 400), 100) || ' ' }],
        ]),
      },
      {
        kind: 'note',
        text: first
          ? [
              'Next: once the cause is mended, ',
              { code: `/mdr deadletters replay ${first.code}` },
              ' queues them again.',
            ]
          : ['Next: ', { code: `/mdr deadletters ${latest[0]!._id.slice(0, SHORT)}` }, ' shows the latest in full.'],
      },
    ],
  };
}

async function letterCalled(context: Context, id: string): Promise<DeadLetter> {
  const found = await context.tenant.deadletters.find(letterFilter({ id }), { limit: 2 });
  if (found.length === 1) return found[0]!;
  throw new MdrError(
    'MDR_LETTER_UNKNOWN',
    found.length
      ? `several dead letters begin with "${id}".`
      : `there is no dead letter "${id}" of ${context.tenant.tenant.name}.`,
    found.length ? 'Give more of its id.' : 'See /mdr deadletters for those that are kept.',
  );
}

async function one(context: Context, id: string): Promise<Card> {
  const letter = await letterCalled(context, id);
  const sample = shownSample(letter);
  const { replay, record } = letter;
  const state: Inline = replay?.done
    ? ['queued again ', { time: replay.at }, `, by ${clip(replay.by, 80)}`]
    : record
      ? 'kept whole: can be queued again'
      : 'refused before it was accepted, or too long to be kept whole: its sender must send it again';
  const short = letter._id.slice(0, SHORT);
  return {
    title: `Dead letter ${short}: ${letter.code}`,
    tone: 'medium',
    blocks: [
      { kind: 'text', text: clip(letter.message, 500) },
      {
        kind: 'fields',
        fields: [
          { name: 'Source', value: clip(letter.source, 64) },
          { name: 'Size', value: counted(letter.bytes, 'byte') },
          { name: 'Refused', value: [{ time: letter.at }] },
          { name: 'State', value: state },
        ],
      },
      { kind: 'code', text: clip(sample, MAX_SHOWN) },
      {
        kind: 'note',
        text:
          record && !replay?.done
            ? ['Next: once the cause is mended, ', { code: `/mdr deadletters replay ${short}` }, ' queues it again.']
            : 'Nothing to do here.',
      },
    ],
  };
}

async function replay(context: Context, which: Which, word: string): Promise<Card> {
  if ('id' in which) which = { id: (await letterCalled(context, which.id))._id };
  const { tenant, queues, clock, person } = context;
  const intake = openIntake({
    store: { forTenant: async () => tenant },
    queues,
    config: { MDR_MAX_WAITING: Number.MAX_SAFE_INTEGER },
    metrics: { accepted() {}, refused() {} },
    clock,
    log,
  });
  const { queued, left } = await replayLetters(tenant, intake, which, { by: person.name, now: clock() });
  return {
    title: queued ? `${counted(queued, 'dead letter')} queued again` : 'Nothing to replay',
    tone: queued ? 'ok' : 'neutral',
    blocks: [
      {
        kind: 'text',
        text: queued
          ? `Their records go the same way as new ones; those that are refused again will stand here as before.${left ? ` ${counted(left, 'more')} can be queued: type it again.` : ''}`
          : `No dead letter “${clip(word, 60)}” of ${tenant.tenant.name} (${tenant.id}) waits for that: it was queued already, or a door refused it before it was accepted.`,
      },
      { kind: 'note', text: ['Next: ', { code: '/mdr deadletters' }, ' shows what is left.'] },
    ],
  };
}

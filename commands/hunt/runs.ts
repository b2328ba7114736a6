import { LEVELS, type Level } from '../../engine/detect/types.js';
import { MdrError } from '../../engine/errors.js';
import { savedHunts } from '../../engine/hunt/saved/index.js';
import { hasDraft } from '../../engine/hunt/search/draft.js';
import { postRun, shownRun } from '../../engine/hunt/search/post.js';
import { cancelRun, runCalled } from '../../engine/hunt/search/runs.js';
import type { HuntFile } from '../../engine/store/dispatches.js';
import type { HuntRun } from '../../engine/store/huntruns.js';
import type { Raised } from '../../engine/triage/raise.js';
import type { Action, Card, Inline } from '../cards/card.js';
import { huntCard } from '../cards/hunt.js';
import { raiseHere } from '../raise.js';
import type { Context } from '../types.js';
import { clip } from '../words/arguments.js';

const LISTED = 20;

/** One run as its card, with what can be done about it. */
export async function runCard(context: Context, run: HuntRun): Promise<Card> {
  const draft = run.state === 'done' && hasDraft(run, await savedHunts());
  return huntCard(shownRun(run), context.tenant.tenant, { actions: runActions(context, run, draft) });
}

function runActions({ tenant, place }: Context, { number, state, result, file }: HuntRun, draft: boolean): Action[] {
  const button = { command: 'hunt', tenant: tenant.id, record: String(number) };
  if (state === 'waiting' || state === 'running')
    return [
      { ...button, id: 'again', label: 'Show again' },
      { ...button, id: 'cancel', label: 'Cancel', choice: 'cancel', style: 'danger' },
    ];
  const takesFiles = place !== undefined && place.surface !== 'terminal';
  return [
    ...(takesFiles && (file !== null || result?.chart)
      ? [{ ...button, id: 'files', label: 'Post with all rows', choice: 'files' }]
      : []),
    ...((result?.total ?? 0) > 0 ? [{ ...button, id: 'alert', label: 'Make this an alert', choice: 'alert' }] : []),
    ...(takesFiles && draft ? [{ ...button, id: 'rule', label: 'Make this a rule', choice: 'rule' }] : []),
  ];
}

/** `hunt 12`, `hunt 12 files`, `hunt 12 alert high`. @throws MdrError */
export async function oneRun(context: Context, number: number, words: readonly string[]): Promise<Card> {
  const [word = '', ...more] = words.map((each) => each.toLowerCase());
  const run = await runCalled(context.tenant, number);
  switch (word) {
    case '':
      return runCard(context, run);
    case 'cancel':
      return runCard(context, await cancelRun(context.tenant, number, context.clock));
    case 'files':
      return post(context, run, ['chart', 'csv']);
    case 'rule':
      if (!hasDraft(run, await savedHunts()))
        throw new MdrError(
          'MDR_HUNT_STATE',
          run.request.kind === 'sigma'
            ? 'this was found by a rule already.'
            : 'no rule that looks at one event at a time would find this.',
          'Drafts are made of values that were looked for, and of saved hunts that know how; others: docs/rule-writing.md.',
        );
      return post(context, run, ['rule']);
    case 'alert':
      return alert(context, run, more[0]);
    default:
      throw new MdrError(
        'MDR_COMMAND_USAGE',
        `"${clip(word, 40)}" is nothing to do with a run.`,
        `After the number: files, alert [level], rule or cancel. For example: /mdr hunt ${number} alert high.`,
      );
  }
}

async function post(context: Context, run: HuntRun, files: HuntFile[]): Promise<Card> {
  const { place, tenant, queues, clock } = context;
  if (run.state !== 'done')
    throw new MdrError(
      'MDR_HUNT_STATE',
      `hunt run ${run.number} has no result: ${run.state}.`,
      `See it: /mdr hunt ${run.number}.`,
    );
  if (!place || place.surface === 'terminal')
    throw new MdrError(
      'MDR_FORBIDDEN',
      'files are posted where there are threads: in a chat, or in the console.',
      `Ask there; /mdr hunt ${run.number} shows the first rows.`,
    );
  const to = { surface: place.surface, channel: place.channel, ...(place.direct && { alone: context.person._id }) };
  await postRun(tenant, queues, run, to, files, clock);
  return {
    title: `Hunt ${run.number} is on its way into this channel`,
    tone: 'ok',
    blocks: [{ kind: 'note', text: 'Next: its files follow in the thread below it.' }],
  };
}

async function alert(context: Context, run: HuntRun, word: string | undefined): Promise<Card> {
  const level = LEVELS.find((each) => each === word) ?? null;
  if (word !== undefined && level === null)
    throw new MdrError(
      'MDR_COMMAND_USAGE',
      `"${clip(word, 40)}" is no level: ${LEVELS.join(', ')}.`,
      `For example: /mdr hunt ${run.number} alert high.`,
    );
  if (run.state !== 'done' || (run.result?.total ?? 0) === 0)
    throw new MdrError(
      'MDR_HUNT_STATE',
      `hunt run ${run.number} found nothing to alert about.`,
      `See it: /mdr hunt ${run.number}.`,
    );
  const title = `Hunt ${run.number}: ${run.title}`;
  return raiseHere(context, {
    title,
    level: level ?? ('medium' satisfies Level),
    about: aboutOf(run),
    message: null,
    internal: true,
  });
}

const ABOUT: Readonly<Record<string, 'host' | 'user' | 'ip'>> = {
  ...{ host: 'host', host_name: 'host', user: 'user', user_name: 'user', source_ip: 'ip' },
};

/** What all rows that are kept name: a host, otherwise a user, otherwise an address. */
function aboutOf({ result }: HuntRun): Raised['about'] {
  if (!result || result.total > result.rows.length) return null;
  for (const wanted of ['host', 'user', 'ip'] as const)
    for (const [at, { name }] of result.columns.entries()) {
      if (ABOUT[name] !== wanted) continue;
      const values = new Set(result.rows.map((row) => row[at]));
      const [only] = values;
      if (values.size === 1 && typeof only === 'string' && only !== '')
        return { kind: wanted, value: only.slice(0, 250) };
    }
  return null;
}

/** The latest runs. */
export async function runs({ tenant }: Context, words: readonly string[]): Promise<Card> {
  const [name] = words;
  const filter = name ? { 'request.name': name.toLowerCase() } : {};
  const found = await tenant.huntRuns.find(filter, {
    sort: { number: -1 },
    limit: LISTED,
    fields: { 'result.rows': 0, queries: 0 },
  });
  return {
    title: `Hunts of ${tenant.tenant.name} (${tenant.id})${name ? `: ${clip(name, 60)}` : ''}: ${found.length === 0 ? 'none yet' : `the latest ${found.length}`}`,
    tone: 'neutral',
    blocks: [
      ...(found.length > 0
        ? [
            {
              kind: 'table' as const,
              columns: ['Run', 'What', 'When', 'By', 'State', 'Rows', 'Not logged'],
              rows: found.map(({ number, title, created, by, state, result, scheduled }): Inline[] => [
                String(number),
                clip(title, 80),
                [{ time: created }],
                `${clip(by.name, 40)}${scheduled ? ', by schedule' : ''}`,
                state,
                result ? String(result.total) : '—',
                clip(result?.gaps.join(', ') ?? '', 60) || '—',
              ]),
            },
          ]
        : []),
      {
        kind: 'note',
        text: [
          'Next: ',
          { code: '/mdr hunt ask failed logons last night by source' },
          ' asks; ',
          { code: '/mdr hunt list' },
          ' has what is saved.',
        ],
      },
    ],
  };
}

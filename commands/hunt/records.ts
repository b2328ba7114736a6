import { MdrError } from '../../engine/errors.js';
import { concludeHunt, huntCalled, noteHunt, openHunt } from '../../engine/hunt/search/records.js';
import { techniqueName } from '../../engine/investigate/attack.js';
import { HUNT_OUTCOMES, type Hunt, type HuntOutcome } from '../../engine/store/hunts.js';
import type { Action, Card, Inline } from '../cards/card.js';
import { counted } from '../cards/labels.js';
import type { Context } from '../types.js';
import { clip } from '../words/arguments.js';
import { byOf } from './start.js';

const NUMBER = /^h?#?([1-9]\d{0,8})$/i;
const LISTED = 25;
const SHOWN_RUNS = 25;
const SHOWN_NOTES = 15;
const OUTCOMES: Record<HuntOutcome, string> = {
  found: 'found',
  'not-found': 'not found',
  inconclusive: 'inconclusive',
};

/** @throws MdrError MDR_COMMAND_USAGE */
function numbered(words: readonly string[], verb: string): { number: number; rest: readonly string[] } {
  const digits = NUMBER.exec(words[0] ?? '')?.[1];
  if (!digits)
    throw new MdrError(
      'MDR_COMMAND_USAGE',
      `which hunt? "${clip(words[0] ?? '', 40)}" is no number of one.`,
      `For example: /mdr hunt ${verb} H1 …`,
    );
  return { number: Number(digits), rest: words.slice(1) };
}

export async function create(context: Context, words: readonly string[]): Promise<Card> {
  const hunt = await openHunt(context.tenant, words.join(' '), byOf(context), context.clock);
  return recordCard(context, hunt, `Hunt H${hunt.number} has begun`);
}

export async function note(context: Context, words: readonly string[]): Promise<Card> {
  const { number, rest } = numbered(words, 'note');
  const text = rest.join(' ').trim();
  if (text === '')
    throw new MdrError(
      'MDR_COMMAND_USAGE',
      'a note needs words.',
      `For example: /mdr hunt note H${number} ws-14 asks for many tickets.`,
    );
  return recordCard(context, await noteHunt(context.tenant, number, text, byOf(context), context.clock));
}

export async function conclude(context: Context, words: readonly string[]): Promise<Card> {
  const { number, rest } = numbered(words, 'conclude');
  const [word = '', ...more] = rest;
  const said = word.toLowerCase() === 'not' && more[0]?.toLowerCase() === 'found' ? 'not-found' : word.toLowerCase();
  const text = (said === 'not-found' && word.toLowerCase() === 'not' ? more.slice(1) : more).join(' ').trim();
  const outcome = HUNT_OUTCOMES.find((each) => each === said);
  if (!outcome || text === '')
    throw new MdrError(
      'MDR_COMMAND_USAGE',
      outcome ? 'a conclusion needs words.' : `"${clip(word, 40)}" is no outcome: ${HUNT_OUTCOMES.join(', ')}.`,
      `For example: /mdr hunt conclude H${number} not-found nobody asked for more than two tickets.`,
    );
  return recordCard(
    context,
    await concludeHunt(context.tenant, number, { outcome, text }, byOf(context), context.clock),
  );
}

export async function record(context: Context, words: readonly string[]): Promise<Card> {
  return recordCard(context, await huntCalled(context.tenant, numbered(words, 'record').number));
}

function recordCard({ tenant }: Context, hunt: Hunt, title?: string): Card {
  const { number, hypothesis, runs, notes, gaps, outcome, state } = hunt;
  const left = runs.length - SHOWN_RUNS;
  const button = { command: 'hunt', tenant: tenant.id };
  const last = runs.at(-1);
  const actions: Action[] = last
    ? [{ ...button, id: 'last', label: `Show run ${last.number}`, record: String(last.number) }]
    : [];
  return {
    title: title ?? `Hunt H${number}: ${state === 'open' ? 'open' : OUTCOMES[outcome!]}`,
    tone: outcome === 'found' ? 'medium' : outcome === 'not-found' ? 'ok' : 'neutral',
    blocks: [
      { kind: 'text', text: [{ bold: 'Hypothesis: ' }, clip(hypothesis, 1000)] },
      {
        kind: 'fields',
        fields: [
          { name: 'Tenant', value: `${tenant.tenant.name} (${tenant.id})` },
          { name: 'Begun', value: [{ time: hunt.created }, ` by ${clip(hunt.by.name, 80)}`] },
          ...(hunt.techniques.length > 0
            ? [{ name: 'Techniques', value: clip(hunt.techniques.map(techniqueName).join(', '), 300) }]
            : []),
          ...(hunt.concluded
            ? [{ name: 'Concluded', value: [{ time: hunt.concluded.at }, ` by ${clip(hunt.concluded.by.name, 80)}`] }]
            : []),
        ],
      },
      ...(hunt.conclusion
        ? [{ kind: 'text' as const, text: [{ bold: 'Conclusion: ' }, clip(hunt.conclusion, 1500)] }]
        : []),
      ...(runs.length > 0
        ? [
            {
              kind: 'table' as const,
              columns: ['Run', 'What', 'When', 'Rows', 'Took'],
              rows: runs
                .slice(-SHOWN_RUNS)
                .map(({ number: run, title: what, at, rows, ms }): Inline[] => [
                  String(run),
                  clip(what, 90),
                  [{ time: at }],
                  String(rows),
                  `${ms.toLocaleString('en-US')} ms`,
                ]),
            },
            ...(left > 0 ? [{ kind: 'note' as const, text: `and ${counted(left, 'earlier run')}` }] : []),
          ]
        : []),
      ...(notes.length > 0
        ? [
            {
              kind: 'list' as const,
              items: notes
                .slice(-SHOWN_NOTES)
                .map(({ at, by, text }): Inline => [{ time: at }, ` ${clip(by.name, 60)}: ${clip(text, 500)}`]),
            },
          ]
        : []),
      ...(gaps.length > 0
        ? [
            {
              kind: 'text' as const,
              text: [{ bold: 'Gaps in logging: ' }, `${clip(gaps.join(', '), 400)} had no event.`],
            },
          ]
        : []),
      ...(actions.length > 0 ? [{ kind: 'actions' as const, actions }] : []),
      {
        kind: 'note',
        text:
          state === 'open'
            ? [
                'What you run now is written into it. Next: ',
                { code: `/mdr hunt note H${number} …` },
                ', then ',
                { code: `/mdr hunt conclude H${number} found|not-found|inconclusive …` },
                '.',
              ]
            : ['Next: ', { code: '/mdr hunt coverage' }, ' shows what has not been hunted for.'],
      },
    ],
  };
}

/** The records of hunts, the latest first. */
export async function records({ tenant }: Context): Promise<Card> {
  const found = await tenant.hunts.find({}, { sort: { number: -1 }, limit: LISTED });
  return {
    title: `Hunt records of ${tenant.tenant.name} (${tenant.id}): ${found.length === 0 ? 'none yet' : found.length}`,
    tone: 'neutral',
    blocks: [
      ...(found.length > 0
        ? [
            {
              kind: 'table' as const,
              columns: ['Hunt', 'Hypothesis', 'By', 'Begun', 'Runs', 'Outcome'],
              rows: found.map(({ number, hypothesis, by, created, runs, outcome }): Inline[] => [
                `H${number}`,
                clip(hypothesis, 100),
                clip(by.name, 60),
                [{ time: created }],
                String(runs.length),
                outcome ? OUTCOMES[outcome] : 'open',
              ]),
            },
          ]
        : []),
      {
        kind: 'note',
        text: [
          'Next: ',
          { code: `/mdr hunt record H${found[0]?.number ?? 1}` },
          ' shows one; ',
          { code: '/mdr hunt new <hypothesis>' },
          ' begins one.',
        ],
      },
    ],
  };
}

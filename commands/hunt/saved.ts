import { type SavedHunt, savedCalled, savedHunts } from '../../engine/hunt/saved/index.js';
import { planHunt, unplanHunt } from '../../engine/hunt/search/plans.js';
import { nextDue, savedRun } from '../../engine/hunt/search/saved.js';
import { techniqueName } from '../../engine/investigate/attack.js';
import type { Action, Card, Inline } from '../cards/card.js';
import type { Context } from '../types.js';
import { clip, wrongUsage } from '../words/arguments.js';
import { byOf, parametersIn, placeOf } from './start.js';

const LISTED = 60;
const HISTORY = 8;
const USED = {
  usage: 'hunt schedule <name> daily|weekly|off [parameter=value …]',
  examples: ['hunt schedule kerberoasting daily'],
};

/** Saved hunts in which all of some words stand. */
export async function list({ tenant }: Context, words: readonly string[]): Promise<Card> {
  const wanted = words.map((word) => word.toLowerCase());
  const all = await savedHunts();
  const found = all.filter((hunt) => {
    const names = hunt.techniques.map(techniqueName);
    const text = [hunt.id, hunt.title, hunt.area, hunt.hypothesis, hunt.needs, hunt.query, ...names, ...hunt.data]
      .join(' ')
      .toLowerCase();
    return wanted.every((word) => text.includes(word));
  });
  const plans = new Map((await tenant.huntPlans.find()).map((plan) => [plan.name, plan]));
  return {
    title: `Saved hunts${wanted.length > 0 ? ` with “${clip(wanted.join(' '), 60)}”` : ''}: ${found.length} of ${all.length}`,
    tone: 'neutral',
    blocks: [
      ...(found.length > 0
        ? [
            {
              kind: 'table' as const,
              columns: ['Name', 'What', 'About', 'Techniques', 'By itself'],
              rows: found
                .slice(0, LISTED)
                .map(({ id, title, area, techniques }): Inline[] => [
                  [{ code: id }],
                  clip(title, 90),
                  area,
                  techniques.join(', '),
                  plans.get(id)?.every ?? '—',
                ]),
            },
          ]
        : []),
      {
        kind: 'note',
        text: [
          'Next: ',
          { code: `/mdr hunt show ${found[0]?.id ?? '<name>'}` },
          ' says what it is after; ',
          { code: '/mdr hunt run <name>' },
          ' runs one.',
        ],
      },
    ],
  };
}

/** One saved hunt: what it thinks, what it asks, what to look for, how it went here. */
export async function show(context: Context, words: readonly string[]): Promise<Card> {
  const { tenant } = context;
  const hunt = savedCalled(await savedHunts(), words[0] ?? '');
  const runs = await tenant.huntRuns.find(
    { 'request.name': hunt.id },
    { sort: { number: -1 }, limit: HISTORY, fields: { 'result.rows': 0, queries: 0 } },
  );
  const [plan] = await tenant.huntPlans.find({ name: hunt.id }, { limit: 1 });
  const button = { command: 'hunt', tenant: tenant.id };
  const actions: Action[] = [
    { ...button, id: 'run', label: 'Run it', record: 'run', choice: hunt.id, style: 'primary' },
  ];
  return {
    title: `${hunt.id}: ${hunt.title}`,
    tone: 'neutral',
    blocks: [
      { kind: 'text', text: [{ bold: 'Hypothesis: ' }, hunt.hypothesis.trim()] },
      { kind: 'fields', fields: fieldsOf(hunt, plan ? `${plan.every}, owner ${clip(plan.owner.name, 60)}` : 'no') },
      { kind: 'text', text: [{ bold: 'Look for' }] },
      { kind: 'list', items: hunt.look_for },
      { kind: 'text', text: [{ bold: 'Benign when' }] },
      { kind: 'list', items: hunt.benign },
      ...parameterBlocks(hunt),
      { kind: 'code', text: hunt.query.trim() },
      ...(runs.length > 0
        ? [
            { kind: 'text' as const, text: [{ bold: 'Runs here' }] },
            {
              kind: 'table' as const,
              columns: ['Run', 'When', 'By', 'State', 'Rows'],
              rows: runs.map(({ number, created, by, state, result }): Inline[] => [
                String(number),
                [{ time: created }],
                clip(by.name, 60),
                state,
                result ? String(result.total) : '—',
              ]),
            },
          ]
        : []),
      { kind: 'actions', actions },
      {
        kind: 'note',
        text: [
          'Next: ',
          { code: `/mdr hunt run ${hunt.id}` },
          ' runs it; ',
          { code: `/mdr hunt schedule ${hunt.id} daily` },
          ' lets it run by itself.',
        ],
      },
    ],
  };
}

const fieldsOf = (hunt: SavedHunt, plan: string) => [
  { name: 'Techniques', value: hunt.techniques.map(techniqueName).join(', ') },
  { name: 'Data', value: hunt.data.join(', ') },
  { name: 'Needs', value: hunt.needs.trim() },
  {
    name: 'Period',
    value: hunt.baseline ? `${hunt.period}, compared with the ${hunt.baseline} days before` : hunt.period,
  },
  { name: 'By itself', value: plan },
];

function parameterBlocks({ parameters }: SavedHunt): Card['blocks'] {
  const rows = Object.entries(parameters).map(([name, { type, default: value, why }]): Inline[] => [
    [{ code: name }],
    type,
    clip(String(value), 100) || '(nothing)',
    why,
  ]);
  return rows.length > 0 ? [{ kind: 'table', columns: ['Parameter', 'Type', 'Unless said', 'Why'], rows }] : [];
}

/** Let a saved hunt run by itself, or no more; without words, what does. */
export async function schedule(context: Context, words: readonly string[]): Promise<Card> {
  const { tenant, clock } = context;
  const [name, word = '', ...rest] = words;
  if (name === undefined) return planned(context);
  const hunt = savedCalled(await savedHunts(), name);
  const every = word.toLowerCase();
  const next: Inline = ['Next: ', { code: '/mdr hunt schedule' }, ' lists what runs by itself.'];
  if (every === 'off') {
    const wasThere = await unplanHunt(tenant, hunt.id);
    return {
      title: wasThere ? `${hunt.id} does not run by itself any more` : `${hunt.id} did not run by itself`,
      tone: 'ok',
      blocks: [{ kind: 'note', text: next }],
    };
  }
  if (every !== 'daily' && every !== 'weekly')
    throw wrongUsage(USED, `"${clip(word, 40)}" is neither daily, weekly nor off.`);
  const { said, others } = parametersIn(rest);
  if (others.length > 0) throw wrongUsage(USED, `"${clip(others.join(' '), 40)}" is no parameter.`);
  const now = clock();
  const zone = tenant.tenant.profile.timeZone;
  // What is wrong with a value is said now, not at three in the morning.
  savedRun(hunt, said, { words: [], zone, now }, byOf(context));
  const due = nextDue(every, zone, now);
  const post = placeOf(context);
  await planHunt(tenant, { name: hunt.id, params: said, every, owner: byOf(context), post, due, created: now });
  return {
    title: `${hunt.id} runs ${every} from now on`,
    tone: 'ok',
    blocks: [
      {
        kind: 'text',
        text: [
          'First ',
          { time: due },
          post
            ? '. What it finds comes into this channel; when it finds nothing, it is only kept.'
            : '. What it finds is kept: /mdr hunt runs.',
        ],
      },
      { kind: 'note', text: next },
    ],
  };
}

async function planned({ tenant }: Context): Promise<Card> {
  const plans = await tenant.huntPlans.find({}, { sort: { due: 1 } });
  return {
    title: `Hunts of ${tenant.tenant.name} (${tenant.id}) that run by themselves: ${plans.length}`,
    tone: 'neutral',
    blocks: [
      ...(plans.length > 0
        ? [
            {
              kind: 'table' as const,
              columns: ['Name', 'Every', 'Next', 'Owner', 'Parameters', 'Problem'],
              rows: plans.map(({ name, every, due, owner, params, error }): Inline[] => [
                [{ code: name }],
                every,
                [{ time: due }],
                clip(owner.name, 60),
                clip(
                  Object.entries(params)
                    .map(([key, value]) => `${key}=${value}`)
                    .join(' '),
                  100,
                ) || '—',
                error ? clip(error.message, 100) : '—',
              ]),
            },
          ]
        : []),
      { kind: 'note', text: ['Next: ', { code: '/mdr hunt schedule <name> daily' }, ' adds one.'] },
    ],
  };
}

import { DateTime } from 'luxon';
import { MdrError } from '../engine/errors.js';
import { zoneOf } from '../engine/notify/policy.js';
import { type Duty, onCall, rotasFor } from '../engine/oncall/duty.js';
import { giveBack, takeOver } from '../engine/oncall/work.js';
import { isAtLeast, roleOf } from '../engine/store/people.js';
import type { Rota } from '../engine/store/rotas.js';
import type { Block, Card, Inline } from './cards/card.js';
import type { Command, Context } from './types.js';
import { clip, wrongUsage } from './words/arguments.js';
import { personCalled } from './words/person.js';
import { inProviderLane, need, unless } from './words/preconditions.js';
import { didYouMean } from './words/suggest.js';
import { readUntil } from './words/until.js';

const WORDS = ['take', 'give', 'back'] as const;
const EVERYWHERE = 'everywhere';
const MAX_SHOWN = 5;

const oncall: Command = {
  name: 'oncall',
  summary: 'Who is on call now and next; take the duty for a while, or give it to somebody.',
  usage: 'oncall [take <4h> | give <person> until <18:00> | back]',
  examples: ['oncall', 'oncall take 4h', 'oncall give ana until 18:00'],
  details: [
    'A while: 30m, 4h, 2d, until 18:00, until 2026-11-25T08:00 (the time of the tenant; at most 14 days).',
    'oncall back ends what you have taken over.',
    'It counts for this tenant; with the word everywhere at the end, for all tenants without a rota of their own.',
    'Giving it away needs the role lead, or having it. A chain of /mdr notify calls whoever is on call by the name oncall.',
    'The rota comes from a file or a calendar, on the server: mdr oncall load.',
  ],
  related: ['notify', 'people'],
  role: 'responder',
  plain: [
    {
      phrases: [
        'who is on call',
        'who is on duty',
        'which analyst is on duty',
        'who is on call tonight',
        'is somebody on call',
        'who has the duty tonight',
        'who is on call next',
        'who has the pager',
        'who is carrying the pager',
        'on call please',
        'show the rota',
        'the on-call rota',
        'who is the duty analyst',
        'who is next on the rota',
      ],
      reads: true,
      args: () => [],
      label: () => 'Show who is on call',
    },
  ],
  async run(context, args) {
    need(maySee, context);
    const [word, ...rest] = args;
    if (word === undefined) return show(context, `On call for ${whom(context)}`);
    const what = WORDS.find((known) => known === word.toLowerCase());
    if (!what) throw wrongUsage(oncall, `"${clip(word, 40)}" is not understood.${didYouMean(word, WORDS)}`);
    const shared = rest.at(-1)?.toLowerCase() === EVERYWHERE;
    const words = shared ? rest.slice(0, -1) : rest;
    need(mayDecide, { ...context, shared });
    const rotas = shared ? context.tenant.providerRotas : context.tenant.rotas;
    const now = context.clock();
    if (what === 'back') {
      if (words.length) throw wrongUsage(oncall, 'oncall back takes no further words.');
      const ended = await giveBack(rotas, context.person._id, now);
      return show(context, ended > 0 ? 'Given back: the rota counts again' : 'There was nothing to give back');
    }
    const [who, ...length] = what === 'take' ? ['me', ...words] : words;
    if (who === undefined) throw wrongUsage(oncall, 'to whom? Say the person: oncall give ana until 18:00.');
    const person = await personCalled(oncall, context, who);
    await checkPerson(context, person.id);
    if (what === 'give') await checkGiver(context);
    const until = readUntil(oncall, length, zoneOf(context.tenant.tenant), now);
    const by = { id: context.person._id, name: context.person.name };
    await takeOver(rotas, { person, from: now, until, by, at: now });
    return show(context, `${person.name} is on call now`);
  },
};
export default oncall;

const maySee = inProviderLane(
  () =>
    new MdrError(
      'MDR_FORBIDDEN',
      "who is on call is the provider's, and shown in the provider's own channels.",
      'Write in this channel: your provider reads it.',
    ),
);
const mayDecide = unless<Context & { shared: boolean }>(
  ({ shared, person }) => !shared || roleOf(person, '*') !== null,
  () =>
    new MdrError(
      'MDR_FORBIDDEN',
      'the duty for all tenants is for those who have a role for all of them.',
      `Leave out the word ${EVERYWHERE}: then it is for this tenant.`,
    ),
);

const whom = ({ tenant }: Context): string => `${tenant.tenant.name} (${tenant.id})`;

async function checkPerson(context: Context, id: string): Promise<void> {
  const person = (await context.people()).find(({ _id }) => _id === id);
  if (person?.side === 'provider') return;
  throw new MdrError(
    'MDR_ROTA',
    "only the provider's people are on call.",
    'Name one of them: /mdr people shows who that is.',
  );
}

/** @throws MdrError MDR_FORBIDDEN */
async function checkGiver(context: Context): Promise<void> {
  if (isAtLeast(context.role, 'lead')) return;
  const { now } = onCall(await rotasFor(context.tenant), await context.people(), context.clock());
  if (now?.person === context.person._id) return;
  throw new MdrError(
    'MDR_FORBIDDEN',
    `giving the duty to others needs the role lead, or having it; you are ${context.role} of ${context.tenant.tenant.name}.`,
    'Take it yourself: oncall take 4h.',
  );
}

async function show(context: Context, title: string): Promise<Card> {
  const rotas = await rotasFor(context.tenant);
  const now = context.clock();
  const found = onCall(rotas, await context.people(), now);
  const zone = zoneOf(context.tenant.tenant);
  return {
    title: clip(title, 200),
    tone: found.now?.person ? 'ok' : 'medium',
    blocks: [
      {
        kind: 'fields',
        fields: [
          { name: 'Tenant', value: whom(context) },
          { name: 'Now', value: found.now ? dutyWords(found.now) : 'nobody' },
          {
            name: 'Next',
            value: found.next
              ? [
                  `${found.next.duty ? dutyWords(found.next.duty) : 'nobody'}, from `,
                  { time: found.next.at },
                  ` (${clock(found.next.at, zone)})`,
                ]
              : 'no change within five weeks',
          },
        ],
      },
      ...overrides(rotas, now),
      ...sources(rotas),
      {
        kind: 'note',
        text: found.exists
          ? ['Next: ', { code: '/mdr oncall take 4h' }, ' takes the duty over.']
          : [
              'Next: ',
              { code: '/mdr oncall take 4h' },
              ', or load a rota on the server: ',
              { code: 'mdr oncall load' },
              '.',
            ],
      },
    ],
  };
}

function dutyWords({ person, name, why, shared }: Duty): string {
  const how = [...(why === 'override' ? ['taken over'] : []), ...(shared ? ['for all tenants'] : [])].join(', ');
  return `${clip(name, 80)}${how ? ` (${how})` : ''}${person === null ? ': not known here, so they will not be called' : ''}`;
}

const clock = (at: number, zone: string): string => DateTime.fromMillis(at, { zone }).toFormat('ccc HH:mm, ') + zone;

function overrides(rotas: readonly Rota[], now: number): Block[] {
  const running = rotas.flatMap((rota) => rota.overrides.filter(({ until }) => until > now));
  if (running.length === 0) return [];
  return [
    { kind: 'text', text: [{ bold: 'Taken over' }] },
    {
      kind: 'list',
      items: running
        .slice(-MAX_SHOWN)
        .map(
          ({ person, until, by, at }): Inline => [
            `${clip(person.name, 80)} until `,
            { time: until },
            `, said by ${clip(by.name, 80)}, `,
            { time: at },
          ],
        ),
    },
  ];
}

function sources(rotas: readonly Rota[]): Block[] {
  return rotas
    .filter(({ source }) => source !== '')
    .map(
      ({ source, tenant, read, error }): Block => ({
        kind: 'note',
        text: [
          `Rota${tenant === '*' ? ' of all tenants' : ''}: ${clip(source, 100)}, read `,
          { time: read },
          error ? `. Since then it could not be read: ${clip(error, 200)}` : '.',
        ],
      }),
    );
}

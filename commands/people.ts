import { MdrError } from '../engine/errors.js';
import type { Changed } from '../engine/people/change.js';
import { isAtLeast, type Person, ROLES, roleOf } from '../engine/store/people.js';
import type { Card, Inline } from './cards/card.js';
import { counted } from './cards/labels.js';
import { CHANGES, change } from './people/change.js';
import type { Command, Context } from './types.js';
import { clip, wrongUsage } from './words/arguments.js';
import { atLeast, need } from './words/preconditions.js';
import { didYouMean } from './words/suggest.js';

const WORDS = [...CHANGES, 'history'] as const;
const MAX_ROWS = 50;
const MAX_HISTORY = 25;

const people: Command = {
  name: 'people',
  summary: 'Who may do what here; admins give and take roles and chat identities.',
  usage: 'people [add | grant | revoke | link | unlink | history]',
  examples: ['people', 'people history', 'people grant ben responder'],
  details: [
    'people add <id> <role> <surface:id> <provider|customer> [name]: somebody new, as in people add ben responder slack:U0123 customer "Ben Roe".',
    `people grant <person> <role>, people revoke <person>: a role of this tenant: ${ROLES.join(', ')}, each may do what those before it may.`,
    'people link <person> slack:U0123, people unlink <person> slack:U0123: by which chat identities they are known.',
    "Changes need the role admin. Nobody gives more than they have or changes themselves; a customer's admin manages the customer's people.",
    'Every change is kept with who made it: people history. Many at once, from a file, on the server: mdr people load.',
  ],
  related: ['tenant', 'oncall'],
  role: 'viewer',
  async run(context, args) {
    const [word, ...rest] = args;
    if (word === undefined) return list(context);
    const what = WORDS.find((known) => known === word.toLowerCase());
    if (!what) throw wrongUsage(people, `"${clip(word, 40)}" is not understood.${didYouMean(word, WORDS)}`);
    need(isAdmin, context);
    if (what === 'history') {
      if (rest.length) throw wrongUsage(people, 'history takes no further words.');
      return history(context);
    }
    return done(context, await change(people, context, what, rest));
  },
};
export default people;

const isAdmin = atLeast(
  'admin',
  ({ role, tenant }: Context) =>
    new MdrError(
      'MDR_FORBIDDEN',
      `changing people needs the role admin; you are ${role} of ${tenant.tenant.name}.`,
      'Ask an admin of this tenant: /mdr people shows who that is.',
    ),
);

async function list(context: Context): Promise<Card> {
  const { name, _id } = context.tenant.tenant;
  const found = await context.people();
  const isManager = isAtLeast(context.role, 'admin');
  const more = found.length - MAX_ROWS;
  // By which identities the provider's people are known is nothing for the customer.
  const knownBy = (person: Person): string =>
    context.internal || person.side === 'customer' ? clip(person.identities.join(' '), 200) : '—';
  return {
    title: `${counted(found.length, 'person', 'people')} with a role for ${name} (${_id})`,
    tone: 'neutral',
    blocks: [
      {
        kind: 'table',
        columns: ['Id', 'Name', 'Side', 'Role', ...(isManager ? ['Known by'] : [])],
        rows: found
          .slice(0, MAX_ROWS)
          .map((person): Inline[] => [
            [{ code: person._id }],
            clip(person.name, 60),
            person.side,
            roleWords(person, _id),
            ...(isManager ? [knownBy(person)] : []),
          ]),
      },
      ...(more > 0 ? [{ kind: 'text' as const, text: `and ${counted(more, 'more person', 'more people')}` }] : []),
      {
        kind: 'note',
        text: isManager
          ? [
              'Next: ',
              { code: '/mdr help people' },
              ' says how to change it; ',
              { code: '/mdr people history' },
              ' what was changed.',
            ]
          : `Nothing to do. You are ${context.role} here; admins give roles.`,
      },
    ],
  };
}

function roleWords(person: Person, tenant: string): string {
  const role = roleOf(person, tenant) ?? 'none';
  const own = person.grants.find((grant) => grant.tenant === tenant);
  return own?.role === role ? role : `${role} (of every tenant)`;
}

function done(context: Context, { person, lines }: Changed): Card {
  const { name, _id } = context.tenant.tenant;
  const isShown = context.internal || person.side === 'customer';
  return {
    title: lines.length ? `Changed: ${clip(person.name, 80)} (${person._id})` : `${person._id} is like that already`,
    tone: 'ok',
    blocks: [
      ...(lines.length ? [{ kind: 'list' as const, items: lines }] : []),
      {
        kind: 'fields',
        fields: [
          { name: 'Tenant', value: `${name} (${_id})` },
          { name: 'Side', value: person.side },
          { name: 'Role here', value: roleOf(person, _id) ?? 'none' },
          { name: 'Known by', value: isShown ? clip(person.identities.join(' '), 500) : '—' },
        ],
      },
      {
        kind: 'note',
        text: ['It counts at once, and is kept. Next: ', { code: '/mdr people' }, ' shows everybody here.'],
      },
    ],
  };
}

/** Who changed whom; of the provider's people only where the provider asks. */
async function history(context: Context): Promise<Card> {
  const { id, tenant } = context.tenant;
  const tenants = context.internal ? [id, '*'] : [id];
  const found = await context.tenant.people.changed(tenants);
  const entries = found
    .filter(({ side }) => context.internal || side === 'customer')
    .flatMap(({ log = [] }) => log.filter((entry) => tenants.includes(entry.tenant)))
    .sort((a, b) => b.at - a.at);
  const more = entries.length - MAX_HISTORY;
  return {
    title: `Changes of people of ${tenant.name} (${id})`,
    tone: 'neutral',
    blocks: [
      {
        kind: 'list',
        items: entries.length
          ? entries
              .slice(0, MAX_HISTORY)
              .map(({ at, actorName, text }): Inline => [{ time: at }, ` ${clip(actorName, 60)}: ${clip(text, 300)}`])
          : ['none that were kept'],
      },
      ...(more > 0 ? [{ kind: 'text' as const, text: `and ${counted(more, 'earlier change')}` }] : []),
      { kind: 'note', text: ['Next: ', { code: '/mdr people' }, ' shows who has which role now.'] },
    ],
  };
}

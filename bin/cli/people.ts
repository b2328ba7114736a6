import { readFile } from 'node:fs/promises';
import type { Command } from 'commander';
import { systemClock } from '../../engine/clock.js';
import { MdrError } from '../../engine/errors.js';
import { changePerson } from '../../engine/people/change.js';
import { foretellPeople, loadPeople, readPeople } from '../../engine/people/load.js';
import { OPERATOR } from '../../engine/people/rules.js';
import { type Person, peopleStore, ROLES, type Role } from '../../engine/store/people.js';
import { withRuntime } from './runtime.js';

const wrong = (text: string, hint: string) => new MdrError('MDR_CONFIG', text, hint);

/** People and what they may do: chat identities are the surface's own ids, never names. */
export default function people(program: Command): void {
  const group = program.command('people').description('who may do what, and by which chat identities they are known');

  group
    .command('add <id>')
    .description('add a person, or give a known one another identity or role')
    .option('--name <name>', 'name shown to others (default: the id)')
    .option('--side <side>', 'provider or customer (default: provider)')
    .option('--identity <surface:id...>', 'e.g. slack:U0123456789 or terminal:ada', [])
    .option('--tenant <tenant>', 'the tenant the role is for; * is every tenant, for the provider only')
    .option('--role <role>', ROLES.join(', '), 'analyst')
    .action(
      async (
        id: string,
        options: { name?: string; side?: string; identity: string[]; tenant?: string; role: string },
      ) => {
        const { side, tenant } = options;
        if (side !== undefined && side !== 'provider' && side !== 'customer')
          throw wrong(`"${side}" is no side.`, 'provider or customer.');
        const role = ROLES.find((known) => known === options.role);
        if (!role) throw wrong(`"${options.role}" is no role.`, `One of ${ROLES.join(', ')}.`);
        await withRuntime(async ({ store }) => {
          if (tenant && tenant !== '*') await store.forTenant(tenant);
          const { person, lines } = await changePerson(
            peopleStore(store.people),
            OPERATOR,
            id,
            systemClock,
            (known) => ({
              name: options.name ?? known?.name ?? id,
              side: side ?? known?.side ?? 'provider',
              identities: [...new Set([...(known?.identities ?? []), ...options.identity])],
              grants: tenant ? granted(known, tenant, role) : (known?.grants ?? []),
            }),
          );
          say(lines);
          console.log(`${id}: ${rolesOf(person) || 'no role yet (add --tenant and --role)'}`);
        });
      },
    );

  group
    .command('revoke <id>')
    .description('take a role, or an identity, from a person')
    .option('--tenant <tenant>', 'the tenant whose role goes; * for the role of every tenant')
    .option('--identity <surface:id...>', 'identities that are theirs no longer', [])
    .action(async (id: string, { tenant, identity }: { tenant?: string; identity: string[] }) => {
      if (!tenant && identity.length === 0) throw wrong('what is to be taken?', 'Give --tenant or --identity.');
      await withRuntime(async ({ store }) => {
        const { person, lines } = await changePerson(peopleStore(store.people), OPERATOR, id, systemClock, (known) => {
          if (!known) throw wrong(`there is nobody "${id}".`, 'See `mdr people list`.');
          return {
            ...known,
            identities: known.identities.filter((each) => !identity.includes(each)),
            grants: known.grants.filter((grant) => grant.tenant !== tenant),
          };
        });
        say(lines);
        console.log(`${id}: ${rolesOf(person) || 'no role any more'}`);
      });
    });

  group
    .command('load <file>')
    .description('make the people of a YAML file as it says; whoever is not in it stays as they are')
    .option('--dry-run', 'say what would change, and change nothing')
    .action(async (file: string, { dryRun }: { dryRun?: boolean }) => {
      const text = await readFile(file, 'utf8').catch((cause) => {
        throw new MdrError('MDR_FILE_UNREADABLE', `cannot read "${file}".`, 'Give a YAML file of people.', { cause });
      });
      await withRuntime(async ({ store }) => {
        const wanted = await readPeople(store, text);
        const lines = dryRun ? await foretellPeople(store, wanted) : await loadPeople(store, wanted, systemClock);
        say(lines);
        if (lines.length === 0) console.log(`nothing to change: ${wanted.length} people are as the file says`);
        else if (dryRun) console.log('nothing was changed');
      });
    });

  group
    .command('history')
    .description('who changed whom, the latest last')
    .action(async () => {
      await withRuntime(async ({ store }) => {
        const all = await store.people.find({ 'log.0': { $exists: true } }).lean<Person[]>();
        const entries = all.flatMap(({ log = [] }) => log).sort((a, b) => a.at - b.at);
        for (const { at, actor, tenant, text } of entries)
          console.log([new Date(at).toISOString(), actor, tenant, text].join('\t'));
      });
    });

  group
    .command('list')
    .description('list people with their identities and roles')
    .action(async () => {
      await withRuntime(async ({ store }) => {
        for (const person of await store.people.find().sort({ _id: 1 }).lean())
          console.log(
            [
              person._id,
              person.name,
              person.side,
              person.identities.join(' '),
              person.grants.map((g) => `${g.role}@${g.tenant}`).join(' '),
            ].join('\t'),
          );
      });
    });
}

const say = (lines: readonly string[]): void => {
  for (const line of lines) console.log(`- ${line}`);
};
const rolesOf = ({ grants }: Person): string => grants.map((grant) => `${grant.role} of ${grant.tenant}`).join(', ');
const granted = (known: Person | null, tenant: string, role: Role): Person['grants'] => [
  ...(known?.grants ?? []).filter((grant) => grant.tenant !== tenant),
  { tenant, role },
];

import type { Command } from 'commander';
import { MdrError } from '../../engine/errors.js';
import { ROLES, type Role } from '../../engine/store/people.js';
import { withRuntime } from './runtime.js';

const IDENTITY = /^[a-z]+:[\w.@+-]{1,128}$/;

/** People and what they may do: chat identities are the surface's own ids, never names. */
export default function people(program: Command): void {
  const group = program.command('people').description('who may do what, and by which chat identities they are known');

  group
    .command('add <id>')
    .description('add a person, or give a known one another identity or role')
    .option('--name <name>', 'name shown to others (default: the id)')
    .option('--side <side>', 'provider or customer', 'provider')
    .option('--identity <surface:id...>', 'e.g. slack:U0123456789 or terminal:ada', [])
    .option('--tenant <tenant>', 'the tenant the role is for; * is every tenant, for the provider only')
    .option('--role <role>', ROLES.join(', '), 'analyst')
    .action(
      async (
        id: string,
        options: { name?: string; side: string; identity: string[]; tenant?: string; role: string },
      ) => {
        const wrong = (text: string, hint: string) => new MdrError('MDR_CONFIG', text, hint);
        if (options.side !== 'provider' && options.side !== 'customer')
          throw wrong(`"${options.side}" is no side.`, 'provider or customer.');
        if (!ROLES.includes(options.role as Role))
          throw wrong(`"${options.role}" is no role.`, `One of ${ROLES.join(', ')}.`);
        if (options.tenant === '*' && options.side === 'customer')
          throw wrong('a customer cannot have every tenant.', 'Name the tenant.');
        for (const identity of options.identity)
          if (!IDENTITY.test(identity))
            throw wrong(`"${identity}" is no identity.`, 'Write surface and id: slack:U0123456789.');
        await withRuntime(async ({ store }) => {
          if (options.tenant && options.tenant !== '*') await store.forTenant(options.tenant);
          const taken = await store.people.findOne({ _id: { $ne: id }, identities: { $in: options.identity } }).lean();
          if (taken) throw wrong(`one of these identities is ${taken._id}'s.`, 'An identity belongs to one person.');
          const known = await store.people.findById(id).lean();
          const identities = [...new Set([...(known?.identities ?? []), ...options.identity])];
          if (identities.length === 0)
            throw wrong(
              `${id} has no chat identity.`,
              'Give one with --identity slack:U0123456789 or terminal:<user>.',
            );
          const grants = (known?.grants ?? []).filter((grant) => grant.tenant !== options.tenant);
          if (options.tenant) grants.push({ tenant: options.tenant, role: options.role as Role });
          await store.people.updateOne(
            { _id: id },
            {
              $set: {
                name: options.name ?? known?.name ?? id,
                side: options.side,
                identities,
                grants,
              },
            },
            { upsert: true },
          );
          console.log(
            `${id}: ${grants.map((grant) => `${grant.role} of ${grant.tenant}`).join(', ') || 'no role yet (add --tenant and --role)'}`,
          );
        });
      },
    );

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

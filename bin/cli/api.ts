import type { Command } from 'commander';
import { createApiToken } from '../../engine/api/tokens.js';
import { systemClock } from '../../engine/clock.js';
import { MdrError } from '../../engine/errors.js';
import { safe } from '../../engine/safe.js';
import { type ApiToken, SCOPES } from '../../engine/store/apitokens.js';
import { say, withRuntime } from './runtime.js';

const SHORT = 12;
const DAY_MS = 86_400_000;
const words = (text: string): string[] =>
  text
    .split(',')
    .map((word) => word.trim())
    .filter(Boolean);

/** `mdr api`: who may use the REST API. */
export default function api(program: Command): void {
  const group = program.command('api').description('tokens of the REST API (docs/api.md)');

  group
    .command('token <name>')
    .description(
      'make a token, shown once: for a person, with their roles; or for an integration, with a side and a role',
    )
    .requiredOption('--tenant <ids>', 'tenants that it is for, with commas')
    .requiredOption('--scope <scopes>', `what it may do, with commas: ${SCOPES.join(', ')}`)
    .option('--person <id>', 'whose it is; otherwise it is an integration’s')
    .option('--side <side>', 'of an integration: provider or customer', 'customer')
    .option('--role <role>', 'of an integration', 'viewer')
    .option('--days <n>', 'days until it expires', '365')
    .action(
      (
        name: string,
        given: { tenant: string; scope: string; person?: string; side: string; role: string; days: string },
      ) =>
        withRuntime(async ({ store }) => {
          const days = Number(given.days);
          if (!(days > 0 && days <= 3650))
            throw new MdrError('MDR_COMMAND_USAGE', `--days ${given.days} is no number of days.`, 'Give 1 to 3650.');
          const { side } = given;
          if (side !== 'provider' && side !== 'customer')
            throw new MdrError('MDR_COMMAND_USAGE', `"${side}" is no side.`, 'It is provider or customer.');
          const what = {
            name,
            tenants: words(given.tenant),
            scopes: words(given.scope),
            expires: systemClock() + days * DAY_MS,
          };
          const owner =
            given.person === undefined
              ? { side: side as ApiToken['side'], role: given.role }
              : { person: given.person };
          const { token } = await createApiToken(store, { ...what, ...owner }, systemClock);
          console.log(token);
          say('it is shown this once');
        }),
    );

  group
    .command('tokens')
    .description('list them: short id, name, whose, tenants, scopes, state')
    .action(() =>
      withRuntime(async ({ store }) => {
        const now = systemClock();
        for (const { _id, name, person, side, role, tenants, scopes, expires, revoked } of await store.apiTokens
          .find()
          .sort({ created: 1 })
          .limit(1000)
          .lean<ApiToken[]>()) {
          const state = revoked !== null ? 'revoked' : expires !== null && expires <= now ? 'expired' : 'good';
          const cells = [
            _id.slice(0, SHORT),
            name,
            person ?? `${side} ${role}`,
            tenants.join(','),
            scopes.join(','),
            state,
          ];
          console.log(cells.map((cell) => safe(cell, 300, true)).join('\t'));
        }
      }),
    );

  group
    .command('revoke <token>')
    .description('end a token, named by its short id; at once')
    .action((short: string) =>
      withRuntime(async ({ store }) => {
        const found = /^[0-9a-f]{8,64}$/.test(short)
          ? await store.apiTokens
              .find({ _id: { $regex: `^${short}` } })
              .limit(2)
              .lean<ApiToken[]>()
          : [];
        if (found.length !== 1)
          throw new MdrError(
            'MDR_COMMAND_USAGE',
            `"${short.slice(0, 64)}" names ${found.length ? 'several tokens' : 'no token'}.`,
            'See mdr api tokens.',
          );
        await store.apiTokens.updateOne({ _id: found[0]!._id, revoked: null }, { $set: { revoked: systemClock() } });
        say(`${found[0]!.name} is revoked`);
      }),
    );
}

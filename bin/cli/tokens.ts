import type { Command } from 'commander';
import { systemClock } from '../../engine/clock.js';
import { MdrError } from '../../engine/errors.js';
import { quotaText, readQuota } from '../../engine/ingest/quota.js';
import { createToken } from '../../engine/ingest/tokens.js';
import type { TenantStore } from '../../engine/store/index.js';
import type { Token } from '../../engine/store/tokens.js';
import { withRuntime } from './runtime.js';

const MAX_LISTED = 500;
/** How much of a token's hash names it. */
const SHORT = 12;

/** `mdr tenant token`, `tokens`, `quota` and `revoke`: who may send a tenant's events, and how many. */
export function tokenCommands(group: Command): void {
  group
    .command('token <id>')
    .description('make another token')
    .option('--source <source>', 'source that the token is for', '*')
    .option('--days <n>', 'days until it expires (default: never)')
    .option('--quota <quota>', 'how much may be sent: events per second and bytes per day, e.g. 500/s,2GiB/day', 'none')
    .action(async (id: string, options: { source: string; days?: string; quota: string }) => {
      await withRuntime(async ({ store }) => {
        await store.forTenant(id);
        const days = options.days === undefined ? null : Number(options.days);
        if (days !== null && !(days > 0))
          throw new MdrError('MDR_CONFIG', `--days ${options.days} is not a number of days.`, 'Give a number above 0.');
        const expires = days === null ? undefined : systemClock() + days * 86_400_000;
        const quota = readQuota(options.quota);
        console.log(await createToken(store, { tenant: id, source: options.source, expires, quota }));
      });
    });

  group
    .command('tokens <id>')
    .description('list the tokens of a tenant: short id, source, quota, expiry')
    .action(async (id: string) => {
      await withRuntime(async ({ store }) => {
        const { tokens } = await store.forTenant(id);
        const found = await tokens.find({}, { sort: { created: 1 }, limit: MAX_LISTED });
        for (const { _id, source, quota, expires } of found)
          console.log([_id.slice(0, SHORT), source, quotaText(quota), expiryText(expires)].join('\t'));
        if (found.length === 0) console.error(`no tokens: \`mdr tenant token ${id}\``);
      });
    });

  group
    .command('quota <id> <token> <quota>')
    .description(
      'change the quota of a token, named by its short id (`mdr tenant tokens`), e.g. 500/s,2GiB/day or none',
    )
    .action(async (id: string, short: string, text: string) => {
      await withRuntime(async ({ store }) => {
        const quota = readQuota(text);
        const scope = await store.forTenant(id);
        const { _id, source } = await tokenCalled(scope, short);
        await scope.tokens.update({ _id }, { $set: { quota } });
        console.log(`token ${_id.slice(0, SHORT)} for ${source} may send ${quotaText(quota)}, within 30 s`);
      });
    });

  group
    .command('revoke <id> <token>')
    .description('end a token, named by its short id (`mdr tenant tokens`)')
    .action(async (id: string, short: string) => {
      await withRuntime(async ({ store }) => {
        const scope = await store.forTenant(id);
        const { _id, source } = await tokenCalled(scope, short);
        await scope.tokens.deleteMany({ _id });
        console.log(`token ${_id.slice(0, SHORT)} for ${source} ends, within 30 s`);
      });
    });
}

function expiryText(expires: number | null): string {
  if (expires === null) return 'never expires';
  return `${expires <= systemClock() ? 'expired' : 'expires'} ${new Date(expires).toISOString().slice(0, 10)}`;
}

async function tokenCalled({ id, tokens }: TenantStore, short: string): Promise<Token> {
  const found = /^[0-9a-f]{8,64}$/.test(short) ? await tokens.find({ _id: { $regex: `^${short}` } }, { limit: 2 }) : [];
  if (found.length === 1) return found[0]!;
  const hint = `See \`mdr tenant tokens ${id}\`, and give at least the first 8 characters.`;
  throw new MdrError(
    'MDR_CONFIG',
    `"${short.slice(0, 64)}" names ${found.length ? 'several tokens' : 'no token'}.`,
    hint,
  );
}

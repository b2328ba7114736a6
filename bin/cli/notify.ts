import { readFile } from 'node:fs/promises';
import { text } from 'node:stream/consumers';
import type { Command } from 'commander';
import { parse, stringify } from 'yaml';
import { peopleOf } from '../../bot/people.js';
import { plain } from '../../commands/cards/card.js';
import { foretell, sums } from '../../commands/notify/preview.js';
import { policyLines } from '../../commands/notify/words.js';
import { systemClock } from '../../engine/clock.js';
import { MdrError } from '../../engine/errors.js';
import { readPolicy } from '../../engine/notify/check.js';
import { policyOf } from '../../engine/notify/policy.js';
import { savePolicy } from '../../engine/notify/save.js';
import { openSecrets } from '../../engine/notify/secrets.js';
import { withRuntime } from './runtime.js';

const BY = 'the operator';
const MAX_FILE = 256 * 1024;
const MAX_HOURS = 168;
const HOUR_MS = 3_600_000;
const NAME = /^[a-z][a-z0-9-]{0,30}$/;

/** `mdr notify`: whole policies from files, and the secrets that they use. */
export default function notify(program: Command): void {
  const group = program
    .command('notify')
    .description('who is told of alerts, where and when: policies and their secrets');

  group
    .command('show <tenant>')
    .description('print the policy as YAML, as `load` takes it')
    .action(async (id: string) => {
      await withRuntime(async ({ store }) => {
        console.log(stringify(policyOf((await store.forTenant(id)).tenant)).trimEnd());
      });
    });

  group
    .command('load <tenant> <file>')
    .description('check a policy and make it the one that holds')
    .option('--dry-run', 'check it and say what it means, and change nothing')
    .option('--preview <hours>', 'also say what it would have sent in the last hours')
    .action(async (id: string, file: string, options: { dryRun?: boolean; preview?: string }) => {
      const hours = options.preview === undefined ? null : hoursOf(options.preview);
      const content = await readYaml(file);
      await withRuntime(async ({ store, config }) => {
        const tenant = await store.forTenant(id);
        const [people, secrets] = await Promise.all([peopleOf(store, id), tenant.secrets.find({}, { limit: 100 })]);
        const policy = readPolicy(content, {
          tenant: tenant.tenant,
          people,
          secrets: secrets.map(({ name }) => name),
          allowed: config.MDR_NOTIFY_ALLOW,
        });
        const names = new Map(people.map(({ _id, name }) => [_id, name]));
        for (const line of policyLines({ policy, tenant: tenant.tenant, names })) console.log(`- ${plain(line)}`);
        if (hours !== null) {
          const now = systemClock();
          const { told, alerts } = await foretell(tenant, policy, now - hours * HOUR_MS, now);
          console.log(`\nFor the ${alerts} alerts of the last ${hours} hours it would have sent:`);
          for (const line of sums(told, names)) console.log(`- ${line}`);
          if (told.length === 0) console.log('- nothing');
        }
        if (options.dryRun) return console.log('\nNothing was changed.');
        await savePolicy(tenant, policy, BY, systemClock);
        console.log(`\nThis holds for ${id} from now on. Try every way with: /mdr notify test`);
      });
    });

  group
    .command('reset <tenant>')
    .description('everything at once again, as without a policy')
    .action(async (id: string) => {
      await withRuntime(async ({ store }) => {
        await savePolicy(await store.forTenant(id), null, BY, systemClock);
        console.log(`${id} has no policy of its own any more: everything at once`);
      });
    });

  group
    .command('secret <tenant> <name>')
    .description('keep a secret that a policy uses (a routing key, a signing key), read from standard input')
    .action(async (id: string, name: string) => {
      if (!NAME.test(name))
        throw new MdrError('MDR_CONFIG', `"${name}" cannot be a secret's name.`, 'Use 1 to 31 of a-z, 0-9 and "-".');
      if (process.stdin.isTTY) console.error('Type the secret, then Enter and Ctrl-D:');
      const secret = (await text(process.stdin)).trim();
      await withRuntime(async ({ store, config }) => {
        await openSecrets(config.MDR_SECRET_KEY).keep(await store.forTenant(id), name, secret, systemClock);
        console.log(`secret ${name} of ${id} is kept`);
      });
    });
}

/** @throws MdrError MDR_FILE_UNREADABLE, MDR_POLICY */
async function readYaml(file: string): Promise<unknown> {
  const content = await readFile(file, 'utf8').catch((cause) => {
    throw new MdrError('MDR_FILE_UNREADABLE', `cannot read "${file}".`, 'Give a YAML file.', { cause });
  });
  if (content.length > MAX_FILE)
    throw new MdrError('MDR_POLICY', `"${file}" is larger than a policy can be.`, 'See docs/notification.md for one.');
  try {
    return parse(content, { maxAliasCount: 20 });
  } catch (cause) {
    const [first] = (cause as Error).message.split('\n');
    throw new MdrError('MDR_POLICY', `"${file}" is not YAML: ${first}`, 'See docs/notification.md.', { cause });
  }
}

/** @throws MdrError MDR_CONFIG */
function hoursOf(word: string): number {
  const hours = Number(word);
  if (Number.isInteger(hours) && hours >= 1 && hours <= MAX_HOURS) return hours;
  throw new MdrError(
    'MDR_CONFIG',
    `--preview ${word} is not a number of hours from 1 to ${MAX_HOURS}.`,
    'Write --preview 24.',
  );
}

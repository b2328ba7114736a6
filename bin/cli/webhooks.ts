import type { Command } from 'commander';
import { systemClock } from '../../engine/clock.js';
import { readConfig } from '../../engine/config.js';
import { MdrError } from '../../engine/errors.js';
import { openSecrets } from '../../engine/notify/secrets.js';
import { safe } from '../../engine/safe.js';
import { addWebhook, removeWebhook, retryDead, rotateSecret, switchWebhook } from '../../engine/webhooks/hooks.js';
import { say, withRuntime } from './runtime.js';

const row = (...cells: (string | number)[]) =>
  console.log(cells.map((cell) => safe(String(cell), 300, true)).join('\t'));

/** `mdr webhooks`: other systems that are told of what happens. */
export default function webhooks(program: Command): void {
  const group = program
    .command('webhooks')
    .description('signed messages to other systems when a case or an alert changes (docs/api.md)');
  const secrets = () => openSecrets(readConfig().MDR_SECRET_KEY);

  group
    .command('add <tenant> <name> <url>')
    .description('tell somebody from now on; prints the secret that signs, once')
    .option('--events <events>', 'with commas: case.*, case.closed, alert.opened, *', 'case.*')
    .option('--lane <lane>', 'customer: only what the customer is shown; provider: everything', 'customer')
    .action((id: string, name: string, url: string, { events, lane }: { events: string; lane: string }) =>
      withRuntime(async ({ store }) => {
        if (lane !== 'provider' && lane !== 'customer')
          throw new MdrError('MDR_COMMAND_USAGE', `"${lane}" is no lane.`, 'It is provider or customer.');
        const wanted = events
          .split(',')
          .map((event) => event.trim())
          .filter(Boolean);
        const { MDR_NOTIFY_ALLOW } = readConfig();
        console.log(
          await addWebhook(
            await store.forTenant(id),
            secrets(),
            { name, url, events: wanted, lane },
            MDR_NOTIFY_ALLOW,
            systemClock,
          ),
        );
        say('it is shown this once');
      }),
    );

  group
    .command('list <tenant>')
    .description('name, on or off, lane, events, address; how many wait, were taken, are dead')
    .action((id: string) =>
      withRuntime(async ({ store }) => {
        const tenant = await store.forTenant(id);
        for (const { name, isOn, lane, events, url } of await tenant.webhooks.find({}, { sort: { name: 1 } })) {
          const [due, sent, dead] = await Promise.all(
            (['due', 'sent', 'dead'] as const).map((state) => tenant.webhookDeliveries.count({ webhook: name, state })),
          );
          row(name, isOn ? 'on' : 'off', lane, events.join(','), url, `${due} wait`, `${sent} taken`, `${dead} dead`);
        }
      }),
    );

  group
    .command('dead <tenant> <name>')
    .description('what was given up, the latest first, and why')
    .action((id: string, name: string) =>
      withRuntime(async ({ store }) => {
        const { webhookDeliveries } = await store.forTenant(id);
        for (const { _id, type, attempts, ended, error } of await webhookDeliveries.find(
          { webhook: name, state: 'dead' },
          { sort: { created: -1 }, limit: 100 },
        ))
          row(_id, type, `${attempts} tries`, new Date(ended ?? 0).toISOString(), error);
      }),
    );

  group
    .command('retry <tenant> <name>')
    .description('send again what was given up, under the same ids')
    .action((id: string, name: string) =>
      withRuntime(async ({ store }) =>
        say(`${await retryDead(await store.forTenant(id), name, systemClock)} are sent again`),
      ),
    );

  group
    .command('rotate <tenant> <name>')
    .description('another secret, printed once; the one before signs too for 24 hours')
    .action((id: string, name: string) =>
      withRuntime(async ({ store }) =>
        console.log(await rotateSecret(await store.forTenant(id), secrets(), name, systemClock)),
      ),
    );

  for (const [word, isOn] of [
    ['on', true],
    ['off', false],
  ] as const)
    group
      .command(`${word} <tenant> <name>`)
      .description(isOn ? 'send what waits, and go on' : 'what happens waits until it is on again')
      .action((id: string, name: string) =>
        withRuntime(async ({ store }) => switchWebhook(await store.forTenant(id), name, isOn)),
      );

  group
    .command('remove <tenant> <name>')
    .description('take it off, with what waits for it')
    .action((id: string, name: string) =>
      withRuntime(async ({ store }) => removeWebhook(await store.forTenant(id), name)),
    );
}

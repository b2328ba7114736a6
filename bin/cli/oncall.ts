import { readFile } from 'node:fs/promises';
import { basename } from 'node:path';
import type { Command } from 'commander';
import { IANAZone } from 'luxon';
import { peopleOf } from '../../bot/people.js';
import { systemClock } from '../../engine/clock.js';
import { MdrError } from '../../engine/errors.js';
import { zoneOf } from '../../engine/notify/policy.js';
import { type Duty, onCall, rotasFor } from '../../engine/oncall/duty.js';
import { addressOf, calendarReader } from '../../engine/oncall/fetch.js';
import { clearRota, setRota } from '../../engine/oncall/work.js';
import type { Store } from '../../engine/store/index.js';
import { withRuntime } from './runtime.js';

/** `mdr oncall`: rotas from files and calendars. What people take over is said in chat. */
export default function oncall(program: Command): void {
  const group = program.command('oncall').description('who is on call: rotas from files and calendars');

  group
    .command('load <tenant> <file-or-url>')
    .description(
      'take a rota (YAML), a calendar file (.ics) or the address of a calendar; tenant * is all without one of their own',
    )
    .option('--zone <zone>', 'time zone of a calendar’s times that name none (default: the tenant’s, or UTC)')
    .action(async (id: string, from: string, options: { zone?: string }) => {
      if (options.zone !== undefined && !IANAZone.isValidZone(options.zone))
        throw new MdrError('MDR_CONFIG', `"${options.zone}" is no time zone.`, 'Write it as Europe/Copenhagen.');
      const isAddress = /^(https?|webcals?):\/\//i.test(from);
      const text = isAddress
        ? ''
        : await readFile(from, 'utf8').catch((cause) => {
            throw new MdrError('MDR_FILE_UNREADABLE', `cannot read "${from}".`, 'Give a rota in YAML, or a calendar.', {
              cause,
            });
          });
      await withRuntime(async ({ store, config }) => {
        const rotas = await rotasOf(store, id);
        const zone = options.zone ?? (id === '*' ? 'UTC' : zoneOf((await store.forTenant(id)).tenant));
        const source = isAddress
          ? { url: addressOf(from), text: await calendarReader(config.MDR_NOTIFY_ALLOW)(from) }
          : { text, name: basename(from) };
        await setRota(rotas, source, zone, systemClock);
        console.log(
          `the rota of ${id === '*' ? 'all tenants without one of their own' : id} is read${isAddress ? ', and read again every 15 minutes' : ''}`,
        );
        if (id !== '*') await print(store, id);
      });
    });

  group
    .command('show <tenant>')
    .description('who is on call now, and next')
    .action((id: string) => withRuntime(({ store }) => print(store, id)));

  group
    .command('clear <tenant>')
    .description('forget the rota, and what was taken over; tenant * is the shared one')
    .action(async (id: string) => {
      await withRuntime(async ({ store }) => {
        const found = await clearRota(await rotasOf(store, id));
        console.log(found > 0 ? `${id} has no rota any more` : `${id} had no rota`);
      });
    });
}

const rotasOf = async (store: Store, id: string) => (id === '*' ? store.rotas : (await store.forTenant(id)).rotas);

async function print(store: Store, id: string): Promise<void> {
  const found = onCall(await rotasFor(await store.forTenant(id)), await peopleOf(store, id), systemClock());
  console.log(`now   ${words(found.now)}`);
  if (found.next) console.log(`next  ${words(found.next.duty)} from ${new Date(found.next.at).toISOString()}`);
  for (const { error, source } of found.rotas)
    if (error) console.log(`note  ${source} could not be read again: ${error}`);
}

const words = (duty: Duty | null): string =>
  duty === null ? 'nobody' : `${duty.name}${duty.person === null ? ' (not known here, so not called)' : ''}`;

import { readFile } from 'node:fs/promises';
import type { Command } from 'commander';
import { parse } from 'yaml';
import { systemClock } from '../../engine/clock.js';
import { MdrError } from '../../engine/errors.js';
import { createListToken, endListTokens } from '../../engine/respond/actions/blocks.js';
import { loadCarriers } from '../../engine/respond/actions/carriers/index.js';
import { readConnectors } from '../../engine/respond/actions/connectors.js';
import { withRuntime } from './runtime.js';

const MAX_FILE = 256 * 1024;

/** `mdr actions`: connectors of a tenant, and tokens for its block lists. */
export default function actions(program: Command): void {
  const group = program
    .command('actions')
    .description('what carries out actions: connectors, and tokens for block lists');

  group
    .command('connect <tenant> <file>')
    .description(
      'make the connectors of a YAML file those of a tenant (docs/actions.md); secrets are kept with: mdr notify secret',
    )
    .action(async (id: string, file: string) => {
      const text = await readFile(file, 'utf8').catch((cause) => {
        throw new MdrError('MDR_FILE_UNREADABLE', `cannot read "${file}".`, 'Give a YAML file.', { cause });
      });
      if (text.length > MAX_FILE)
        throw new MdrError('MDR_ACTION_BAD', `"${file}" is too large.`, 'See docs/actions.md for one.');
      const connectors = readConnectors(parse(text, { maxAliasCount: 0 }));
      await withRuntime(async ({ store }) => {
        await store.forTenant(id);
        await store.tenants.updateOne({ _id: id }, { $set: { connectors } });
        const scope = await store.forTenant(id);
        for (const carrier of await loadCarriers())
          if (carrier.isFor(scope)) console.log(`${carrier.name}\t${Object.keys(carrier.works).join(' ')}`);
      });
    });

  group
    .command('list-token <tenant>')
    .description('make a token with which firewalls fetch the block lists of a tenant; it is shown once')
    .action(async (id: string) => {
      await withRuntime(async ({ store }) => console.log(await createListToken(store, id, systemClock)));
    });

  group
    .command('end-list-tokens <tenant>')
    .description('end every token for the block lists of a tenant')
    .action(async (id: string) => {
      await withRuntime(async ({ store }) => {
        await endListTokens(store, id);
        console.log(`no token fetches the lists of ${id} any more`);
      });
    });
}

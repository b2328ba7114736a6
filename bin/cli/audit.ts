import type { Command } from 'commander';
import { anchorsOf } from '../../engine/audit/anchor.js';
import { entriesOf } from '../../engine/audit/chain.js';
import { AUDIT, chainsOf, sealAudit } from '../../engine/audit/log.js';
import { verifyChain } from '../../engine/audit/verify.js';
import { systemClock } from '../../engine/clock.js';
import { MdrError } from '../../engine/errors.js';
import { PROVIDER } from '../../engine/store/indicators.js';
import { say, withRuntime } from './runtime.js';
import { EXIT } from './types.js';

function anchorIn(text: string): { seq: number; hash: string } {
  const [, seq, hash] = /^(\d{1,12}):([0-9a-f]{64})$/.exec(text) ?? [];
  if (seq && hash) return { seq: Number(seq), hash };
  throw new MdrError(
    'MDR_CONFIG',
    `"${text.slice(0, 90)}" is no anchor.`,
    'Write number and hash as they were posted: 120:9f2c…',
  );
}

/** `mdr audit`: check and read the audit log. */
export default function audit(program: Command): void {
  const group = program.command('audit').description('the audit log: check it, read it');

  group
    .command('verify [tenant]')
    .description('check every entry of a tenant’s audit log, or of all; exit code 1 when anything is not right')
    .option('--anchor <seq:hash...>', 'heads that were posted: what they say has to be there', [])
    .action((tenant: string | undefined, { anchor }: { anchor: string[] }) =>
      withRuntime(async ({ store }) => {
        const given = anchor.map(anchorIn);
        const all = (await store.tenants.find({}, { _id: 1 }).sort({ _id: 1 }).lean<{ _id: string }[]>()).map(
          ({ _id }) => _id,
        );
        if (given.length > 0 && tenant === undefined)
          throw new MdrError(
            'MDR_TENANT_NEEDED',
            'an anchor is of one tenant.',
            'Name the tenant: mdr audit verify acme --anchor …',
          );
        for (const id of tenant === undefined ? [...all, PROVIDER] : [tenant]) {
          const chains = await chainsOf(store, id);
          await sealAudit(store, id, systemClock);
          const posted = id === PROVIDER ? [] : await anchorsOf(await store.forTenant(id));
          const { entries, head, faults } = await verifyChain(chains, AUDIT, [...posted, ...given]);
          for (const { text } of faults) console.log(`NOT RIGHT\t${id}\t${text}`);
          if (faults.length > 0) process.exitCode = EXIT.failed;
          else
            console.log(
              `${id}\twhole\t${entries} entries, ${posted.length + given.length} anchors\t${entries}:${head}`,
            );
        }
      }),
    );

  group
    .command('list <tenant>')
    .description('the entries as NDJSON on stdout; * for what is no tenant’s')
    .option('--after <seq>', 'only those after this one', '0')
    .action((tenant: string, { after }: { after: string }) =>
      withRuntime(async ({ store }) => {
        const chains = await chainsOf(store, tenant);
        await sealAudit(store, tenant, systemClock);
        let count = 0;
        for await (const page of entriesOf(chains, AUDIT, Number(after) || 0))
          for (const { _id, ...entry } of page) {
            console.log(JSON.stringify(entry));
            count++;
          }
        say(`${count} entries`);
      }),
    );
}

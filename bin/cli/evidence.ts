import { randomUUID } from 'node:crypto';
import { createReadStream, createWriteStream } from 'node:fs';
import { open, readFile, rm } from 'node:fs/promises';
import { hostname, userInfo } from 'node:os';
import { basename, resolve } from 'node:path';
import type { Command } from 'commander';
import { addEvidence } from '../../engine/breach/evidence/add.js';
import { evidenceOf, writeExport } from '../../engine/breach/evidence/export.js';
import { verifyExport } from '../../engine/breach/evidence/offline.js';
import { fingerprint, providerKey } from '../../engine/breach/evidence/signing.js';
import type { EvidenceDesk } from '../../engine/breach/evidence/types.js';
import { systemClock } from '../../engine/clock.js';
import { MdrError } from '../../engine/errors.js';
import { bytes, minute } from '../../engine/say.js';
import { countOf } from './lake.js';
import { say, withRuntime } from './runtime.js';
import { EXIT } from './types.js';

const withDesk = (tenant: string, work: (desk: EvidenceDesk) => Promise<void>) =>
  withRuntime(async ({ config, store }) =>
    work({ store: await store.forTenant(tenant), secret: config.MDR_SECRET_KEY, clock: systemClock }),
  );

const operator = () => ({ id: `operator:${userInfo().username}`, name: `${userInfo().username} (operator)` });
const unreadable = (path: string, cause: unknown) =>
  new MdrError('MDR_FILE_UNREADABLE', `cannot read "${path}".`, 'Give the path of a file.', { cause });

/** `mdr evidence`: bring large files in, write exports, and check them anywhere. */
export default function evidence(program: Command): void {
  const group = program.command('evidence').description('evidence: add files, export, verify an export offline');

  group
    .command('add <tenant> <file>')
    .description('make evidence of a file, of any size; "-" reads standard input')
    .requiredOption('--case <n>', 'the case that it is held for')
    .requiredOption('--how <text>', 'with what means it was taken: tool and version')
    .requiredOption('--why <text>', 'why it was taken')
    .option('--from <text>', 'from whom, or from what, it was taken', '')
    .option('--where <text>', 'where it was taken (default: this machine)')
    .option('--name <name>', 'as it is called (default: the name of the file)')
    .action(
      async (
        tenant: string,
        file: string,
        flags: { case: string; how: string; why: string; from: string; where?: string; name?: string },
      ) => {
        const source = file === '-' ? process.stdin : createReadStream(file);
        source.on('error', () => {});
        await withDesk(tenant, async (desk) => {
          const { item, isNew } = await addEvidence(desk, source, {
            ...{ case: countOf(flags.case, '--case'), name: flags.name ?? (file === '-' ? 'stdin' : basename(file)) },
            ...{ source: 'file', by: operator(), from: flags.from, where: flags.where ?? hostname() },
            ...{ how: flags.how, why: flags.why, request: randomUUID() },
          }).catch((error: NodeJS.ErrnoException) => {
            throw error.code === 'ENOENT' || error.code === 'EISDIR' || error.code === 'EACCES'
              ? unreadable(file, error)
              : error;
          });
          say(
            isNew
              ? `kept as EV${item.number}`
              : `known already: EV${item.number} has the same bytes; nothing more was kept`,
          );
          console.log(
            JSON.stringify({
              item: `EV${item.number}`,
              size: item.size,
              sha256: item.sha256,
              sha1: item.sha1,
              md5: item.md5,
            }),
          );
        });
      },
    );

  group
    .command('export <tenant>')
    .description('write a signed zip with all evidence of a case: bytes, custody records, timeline, hashes')
    .requiredOption('--case <n>', 'of which case')
    .requiredOption('--to <zip>', 'the file to write; it must not be there yet')
    .requiredOption('--why <text>', 'for whom and why; it stands in every custody record')
    .action(async (tenant: string, flags: { case: string; to: string; why: string }) => {
      const path = resolve(flags.to);
      await withDesk(tenant, async (desk) => {
        const of = await evidenceOf(desk.store, { case: countOf(flags.case, '--case') });
        const doing = {
          by: operator(),
          why: flags.why,
          where: hostname(),
          how: 'mdr evidence export',
          request: randomUUID(),
        };
        const handle = await open(path, 'wx', 0o600).catch((cause) => {
          throw new MdrError(
            'MDR_FILE_UNREADABLE',
            `cannot write "${flags.to}".`,
            'Name a file that is not there yet.',
            { cause },
          );
        });
        try {
          const sums = await writeExport(desk, of, doing, createWriteStream('', { fd: handle.fd, autoClose: false }));
          await handle.sync();
          say(`${of.items.length} items written to ${flags.to}`);
          console.log(`SHA256SUMS\t${sums}`);
        } catch (error) {
          await rm(path, { force: true });
          throw error;
        } finally {
          await handle.close();
        }
      });
    });

  group
    .command('verify <zip>')
    .description(
      'check an export, offline: files, signature, manifest and custody records; exit code 1 when anything is not right',
    )
    .option('--key <pem>', "the provider's public key, from elsewhere than the export")
    .option('--json', 'say it as JSON')
    .action(async (path: string, flags: { key?: string; json?: boolean }) => {
      const key =
        flags.key === undefined
          ? null
          : await readFile(flags.key, 'utf8').catch((cause) => {
              throw unreadable(flags.key!, cause);
            });
      const verdict = await verifyExport(path, key).catch((cause) => {
        throw unreadable(path, cause);
      });
      const { isWhole, faults, manifest, isKeyKnown, files } = verdict;
      if (!isWhole) process.exitCode = EXIT.failed;
      if (flags.json)
        return console.log(
          JSON.stringify(
            { isWhole, faults, isKeyKnown, fingerprint: verdict.fingerprint, files, items: manifest?.items ?? [] },
            null,
            2,
          ),
        );
      for (const { item, name, size, custody } of manifest?.items ?? [])
        console.log([item, name, bytes(size), `${custody.entries} custody entries`].join('\t'));
      for (const fault of faults) console.log(`NOT RIGHT\t${fault}`);
      if (manifest)
        say(`made ${minute(manifest.made)} by ${manifest.by.name} for ${manifest.name} (${manifest.tenant})`);
      say(
        `signed with ${verdict.fingerprint ?? 'no key'}${isKeyKnown ? '' : ': compare this with what the provider tells you, or give --key'}`,
      );
      console.log(isWhole ? `whole: ${files} files are what was exported` : `${faults.length} things are not right`);
    });

  group
    .command('key')
    .description("print the provider's public key, which exports are checked with; it is made at first use")
    .action(() =>
      withRuntime(async ({ config, store }) => {
        const [any] = await store.tenants.find({}, { _id: 1 }).limit(1).lean<{ _id: string }[]>();
        if (!any)
          throw new MdrError('MDR_TENANT_NEEDED', 'there is no tenant yet.', 'Add one first: mdr tenant add <id>.');
        const { publicKey } = await providerKey({
          store: await store.forTenant(any._id),
          secret: config.MDR_SECRET_KEY,
          clock: systemClock,
        });
        console.log(publicKey.trim());
        say(`fingerprint ${fingerprint(publicKey)}`);
      }),
    );
}

import { readFile, stat, writeFile } from 'node:fs/promises';
import type { Command } from 'commander';
import { systemClock } from '../../engine/clock.js';
import { MdrError } from '../../engine/errors.js';
import { unknownCase } from '../../engine/respond/case/error.js';
import { caseDocumentSchema, exportCase, MAX_DOCUMENT, readDocument } from '../../engine/respond/case/exchange.js';
import { importCase } from '../../engine/respond/case/import.js';
import { say, withRuntime } from './runtime.js';

const unreadable =
  (file: string) =>
  (cause: unknown): never => {
    throw new MdrError(
      'MDR_FILE_UNREADABLE',
      `cannot read or write "${file}".`,
      'Name a file that is there, or for an export one that is not.',
      { cause },
    );
  };

/** `mdr cases`: whole cases as documents, out of one installation and into another. */
export default function cases(program: Command): void {
  const group = program.command('cases').description('export and import of whole cases (docs/api.md)');

  group
    .command('export <tenant> <number>')
    .description('a case as one JSON document')
    .option('--out <file>', 'write it there instead of to stdout; a file that is there is kept')
    .action((id: string, digits: string, { out }: { out?: string }) =>
      withRuntime(async ({ store }) => {
        const { cases: all, tenant } = await store.forTenant(id);
        const number = /^[1-9]\d{0,8}$/.test(digits) ? Number(digits) : 0;
        const record = await all.findOne({ number });
        if (!record) throw unknownCase(number, tenant.name);
        const text = `${JSON.stringify(exportCase(record, { id, name: tenant.name }, systemClock()), null, 2)}\n`;
        if (out === undefined) process.stdout.write(text);
        else await writeFile(out, text, { flag: 'wx' }).catch(unreadable(out));
      }),
    );

  group
    .command('import <tenant> <file>')
    .description('a document as a case of its own; nothing that is there is changed, the same document is taken once')
    .action((id: string, file: string) =>
      withRuntime(async ({ store }) => {
        const { size } = await stat(file).catch(unreadable(file));
        if (size > MAX_DOCUMENT)
          throw new MdrError(
            'MDR_IMPORT_BAD',
            `"${file}" has ${size >> 20} MiB.`,
            `At most ${MAX_DOCUMENT >> 20} are read.`,
          );
        const text = await readFile(file, 'utf8').catch(unreadable(file));
        const by = { id: 'operator', name: 'Operator' };
        const { record, isNew } = await importCase(await store.forTenant(id), readDocument(jsonIn(text)), {
          by,
          clock: systemClock,
        });
        say(isNew ? `case ${record.number}` : `it is case ${record.number} already`);
      }),
    );

  group
    .command('schema')
    .description('the JSON Schema of such documents')
    .action(() => void process.stdout.write(`${JSON.stringify(caseDocumentSchema(), null, 2)}\n`));
}

function jsonIn(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch (cause) {
    throw new MdrError('MDR_IMPORT_BAD', 'the file is no JSON.', 'Give a document of mdr cases export.', { cause });
  }
}

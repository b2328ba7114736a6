import { writeFile } from 'node:fs/promises';
import type { Command } from 'commander';
import { systemClock } from '../../engine/clock.js';
import { MdrError } from '../../engine/errors.js';
import { unknownCase } from '../../engine/respond/case/error.js';
import { applyLesson } from '../../engine/respond/learn/apply.js';
import { compare } from '../../engine/respond/learn/compare.js';
import { reviewFile } from '../../engine/respond/learn/file.js';
import { lessonOf, markApplied, needAccepted } from '../../engine/respond/learn/keep.js';
import { postIncident } from '../../engine/respond/learn/report.js';
import { alertsOf } from '../../engine/respond/learn/review.js';
import { runOfCase } from '../../engine/respond/learn/runs.js';
import { ownPlaybooks } from '../../engine/respond/playbook/load.js';
import { safe } from '../../engine/safe.js';
import { say, withRuntime } from './runtime.js';

const FORMATS = ['pdf', 'html', 'markdown'] as const;
const numberOf = (word: string): number => {
  const digits = /^l?([1-9]\d{0,8})$/i.exec(word)?.[1];
  if (digits) return Number(digits);
  throw new MdrError(
    'MDR_COMMAND_USAGE',
    `"${word.slice(0, 40)}" is no number.`,
    'Write it as L2, or as 4 for a case.',
  );
};

/** `mdr review`: what cases suggest for playbooks, for whoever keeps the files; and their reports. */
export default function review(program: Command): void {
  const group = program
    .command('review')
    .description('what cases suggest to write into playbooks, and post-incident reports');

  group
    .command('list <tenant>')
    .description('proposals for playbooks, the newest first')
    .action((id: string) =>
      withRuntime(async ({ store }) => {
        const tenant = await store.forTenant(id);
        for (const { number, playbook, state, reasons, case: of } of await tenant.lessons.find(
          {},
          { sort: { number: -1 }, limit: 200 },
        ))
          console.log([`L${number}`, playbook, state, `case ${of}`, `${reasons.length} changes`].join('\t'));
      }),
    );

  group
    .command('show <tenant> <lesson>')
    .description(
      'one proposal in full: the reasons on stderr, the diff on stdout, for `patch -p1` or a review of your own',
    )
    .action((id: string, word: string) =>
      withRuntime(async ({ store }) => {
        const { reasons, diff } = await lessonOf(await store.forTenant(id), numberOf(word));
        for (const { text, from } of reasons) say(safe(`${text} [${from.join(', ')}]`, 1000, true));
        process.stdout.write(diff);
      }),
    );

  group
    .command('apply <tenant> <lesson>')
    .description('write an accepted proposal into its file, if the file says what it said when it was made')
    .option('--folder <folder>', 'where the playbooks are', ownPlaybooks)
    .action((id: string, word: string, { folder }: { folder: string }) =>
      withRuntime(async ({ store }) => {
        const tenant = await store.forTenant(id);
        const lesson = await lessonOf(tenant, numberOf(word));
        needAccepted(lesson);
        const file = await applyLesson(lesson, folder);
        await markApplied(tenant, lesson.number, 'operator', systemClock);
        say(`${file} written; look at it, and restart the bot and the workers`);
      }),
    );

  group
    .command('report <tenant> <case>')
    .description('the post-incident report of a case as a file')
    .option('--format <format>', FORMATS.join(', '), 'pdf')
    .option('--out <file>', 'where to; a file that is there is kept')
    .action((id: string, word: string, { format, out }: { format: string; out?: string }) =>
      withRuntime(async ({ store }) => {
        const wanted = FORMATS.find((each) => each === format);
        if (!wanted)
          throw new MdrError('MDR_COMMAND_USAGE', `"${format}" is no format.`, `There are ${FORMATS.join(', ')}.`);
        const tenant = await store.forTenant(id);
        const number = numberOf(word);
        const record = await tenant.cases.findOne({ number });
        if (!record) throw unknownCase(number, tenant.tenant.name);
        const alerts = await alertsOf(tenant, record);
        const now = systemClock();
        const document = postIncident(record, alerts, compare(record, alerts, await runOfCase(tenant, record), now), {
          tenant: tenant.tenant.name,
          now,
        });
        const { name, draw } = reviewFile({ case: number, document, format: wanted });
        await writeFile(out ?? name, await draw(), { flag: 'wx' }).catch((cause) => unwritable(out ?? name, cause));
        say(`${out ?? name} written`);
      }),
    );
}

const unwritable = (file: string, cause: unknown): never => {
  throw new MdrError('MDR_FILE_UNREADABLE', `cannot write "${file}".`, 'Name a place that can be written to.', {
    cause,
  });
};

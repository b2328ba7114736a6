import { readFile, stat, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import type { Command } from 'commander';
import { MdrError } from '../../engine/errors.js';
import { toCacao } from '../../engine/respond/playbook/cacao/export.js';
import { fromCacao, MAX_CACAO_BYTES } from '../../engine/respond/playbook/cacao/import.js';
import { diffPlaybooks } from '../../engine/respond/playbook/diff.js';
import { type DryLine, dryRun } from '../../engine/respond/playbook/dry.js';
import { versionOf } from '../../engine/respond/playbook/hash.js';
import { checkPlaybooks } from '../../engine/respond/playbook/lint/index.js';
import {
  type Library,
  libraryOf,
  loadFiles,
  ownPlaybooks,
  playbookCalled,
  problemLine,
} from '../../engine/respond/playbook/load.js';
import { outline } from '../../engine/respond/playbook/outline.js';
import { pin } from '../../engine/respond/playbook/run/index.js';
import { ID, playbookJsonSchema } from '../../engine/respond/playbook/schema.js';
import { skeleton } from '../../engine/respond/playbook/skeleton.js';
import { isListKind, type Kind, type Playbook, walk } from '../../engine/respond/playbook/types.js';
import { toYaml } from '../../engine/respond/playbook/yaml.js';
import { safe } from '../../engine/safe.js';
import { say } from './runtime.js';
import { EXIT } from './types.js';

const MAX_LINE = 2000;
const list = (value: string, before: string[] = []) => [...before, value];

/** `mdr playbook`: write, check, try and exchange response playbooks, without any service. */
export default function playbook(program: Command): void {
  const group = program
    .command('playbook')
    .description('response playbooks: check, show, try, compare, write, exchange');

  group
    .command('check [paths...]')
    .description(
      'playbook files or folders (default: our own) against their schema and for what cannot work; says file, line and what to do',
    )
    .action(async (paths: string[]) => {
      const files = await loadFiles(paths.length > 0 ? paths : [ownPlaybooks]);
      const problems = checkPlaybooks(files, await ownOnes());
      for (const problem of problems) console.log(safe(problemLine(problem), MAX_LINE, true));
      say(`${files.length} playbooks, ${problems.length} problems`);
      if (problems.length > 0) process.exitCode = EXIT.failed;
    });

  group
    .command('show [playbook]')
    .description('a playbook as people read it, by id or file; without one, the list')
    .action(async (wanted: string | undefined) => {
      if (wanted !== undefined) {
        const { playbook: found } = await find(wanted);
        print(outline(found, versionOf(found)));
        return;
      }
      for (const { id, use, name, summary } of (await ownOnes()).values())
        console.log([id, use, name, summary].map((text) => safe(text, 200, true)).join('\t'));
    });

  group
    .command('run <playbook>')
    .description('walk a playbook with given inputs and print the steps as they would go; nothing is carried out')
    .option('--dry', 'needed here: real runs belong to a case')
    .option('--input <name=value>', 'an input; lists with commas; may be repeated', list)
    .option('--answer <step.name=value>', 'what somebody would answer; may be repeated', list)
    .option('--choose <step=choice>', 'what somebody would decide; may be repeated', list)
    .action(async (wanted: string, options: { dry?: true; input?: string[]; answer?: string[]; choose?: string[] }) => {
      if (!options.dry)
        throw new MdrError(
          'MDR_COMMAND_USAGE',
          'A playbook runs on a case, not from here.',
          'Add --dry to walk it; on a case it is /mdr playbook run <case> <playbook>.',
        );
      const { playbook: found, library } = await find(wanted);
      const kinds = Object.fromEntries(Object.entries(found.inputs).map(([name, { kind }]) => [name, kind]));
      const program = pin(found, library);
      const lines = dryRun(program, valuesOf(options.input, kinds), {
        answers: valuesOf(options.answer, answerKinds(program.playbooks)),
        choices: Object.fromEntries(pairs(options.choose)),
      });
      for (const line of lines) console.log(safe(lineText(line), MAX_LINE, true));
    });

  group
    .command('diff <before> <after>')
    .description('what changed between two versions, by steps; each is a file or an id')
    .action(async (before: string, after: string) => {
      const [old, now] = [(await find(before)).playbook, (await find(after)).playbook];
      for (const { what, kind, id, keys, text } of diffPlaybooks(old, now))
        console.log([kind, what, id, keys.join(', ') || '-', text].map((cell) => safe(cell, 500, true)).join('\t'));
      say(`${versionOf(old).slice(0, 12)} -> ${versionOf(now).slice(0, 12)}`);
    });

  group
    .command('new <id>')
    .description('a new playbook that passes the check, to be filled in')
    .option('--out <file>', 'write it there (default: playbooks/<id>.yaml); a file that is there is kept')
    .action(async (id: string, { out }: { out?: string }) => {
      if (!ID.test(id) || id.length > 60)
        throw new MdrError(
          'MDR_COMMAND_USAGE',
          `"${id}" is no id.`,
          'Use lower-case words with hyphens, such as lost-device.',
        );
      await write(out ?? join(ownPlaybooks, `${id}.yaml`), skeleton(id));
    });

  group
    .command('schema')
    .description('the JSON Schema of playbooks for editors, as it stands in playbooks/schema.json')
    .action(() => void process.stdout.write(`${JSON.stringify(playbookJsonSchema(), null, 2)}\n`));

  group
    .command('export <playbook>')
    .description('a playbook as CACAO 2.0 (JSON)')
    .option('--out <file>', 'write it there instead of to stdout; a file that is there is kept')
    .action(async (wanted: string, { out }: { out?: string }) => {
      const { playbook: found } = await find(wanted);
      const text = `${JSON.stringify(toCacao(found, new Date()), null, 2)}\n`;
      if (out === undefined) process.stdout.write(text);
      else await write(out, text);
    });

  group
    .command('import <file>')
    .description('a CACAO 2.0 playbook (JSON) as one of ours (YAML); says what it could not take over')
    .option('--out <file>', 'write it there instead of to stdout; a file that is there is kept')
    .action(async (file: string, { out }: { out?: string }) => {
      const size = await stat(file).then((found) => found.size, unreadable(file));
      if (size > MAX_CACAO_BYTES)
        throw new MdrError(
          'MDR_PLAYBOOK_CACAO',
          `"${file}" has ${size >> 10} KiB.`,
          `At most ${MAX_CACAO_BYTES >> 10} are read.`,
        );
      const { playbook: found, notes } = fromCacao(await readFile(file, 'utf8').catch(unreadable(file)), [
        ...(await ownOnes()).keys(),
      ]);
      for (const note of notes) say(safe(note, MAX_LINE, true));
      if (out === undefined) print(toYaml(found));
      else await write(out, toYaml(found));
    });
}

const ownOnes = async (): Promise<Library> => libraryOf(await loadFiles([ownPlaybooks]));
const unreadable =
  (file: string) =>
  (cause: unknown): never => {
    throw new MdrError('MDR_FILE_UNREADABLE', `cannot read "${file}".`, 'Name a file that is there.', { cause });
  };

/** One of ours by its id, or one of a file. */
async function find(wanted: string): Promise<{ playbook: Playbook; library: Library }> {
  const own = await ownOnes();
  if (!/[./\\]/.test(wanted)) return { playbook: playbookCalled(own, wanted), library: own };
  const [file] = await loadFiles([wanted]);
  const problem = file!.problems[0];
  if (!file!.playbook)
    throw new MdrError('MDR_PLAYBOOK_SYNTAX', `${wanted}, line ${problem!.line}: ${problem!.what}`, problem!.todo);
  return { playbook: file!.playbook, library: new Map([...own, [file!.playbook.id, file!.playbook]]) };
}

async function write(file: string, text: string): Promise<void> {
  await writeFile(file, text, { flag: 'wx' }).catch((cause) => {
    throw new MdrError(
      'MDR_FILE_UNREADABLE',
      `cannot write "${file}".`,
      'Name a file that is not there yet, in a folder that is.',
      { cause },
    );
  });
  say(`${file} written`);
}

function pairs(given: readonly string[] = []): [string, string][] {
  return given.map((each) => {
    const at = each.indexOf('=');
    if (at < 1)
      throw new MdrError('MDR_COMMAND_USAGE', `"${each}" is no name=value.`, 'Write such as hosts=ws-1,ws-2.');
    return [each.slice(0, at), each.slice(at + 1)];
  });
}

function valuesOf(given: readonly string[] | undefined, kinds: Readonly<Record<string, Kind>>) {
  return Object.fromEntries(
    pairs(given).map(([name, text]) => [name, valueOfKind(text, Object.hasOwn(kinds, name) ? kinds[name]! : 'text')]),
  );
}

function valueOfKind(text: string, kind: Kind) {
  if (isListKind(kind)) return text.split(',').filter((part) => part !== '');
  if (kind === 'yes-no') return /^(yes|true)$/i.test(text);
  return kind === 'number' ? Number(text) : text;
}

/** Kinds of all answers by `step.answer`. */
function answerKinds(playbooks: Readonly<Record<string, Playbook>>): Record<string, Kind> {
  const kinds: Record<string, Kind> = {};
  for (const each of Object.values(playbooks))
    for (const { step } of walk(each.steps))
      if (step.type === 'manual')
        for (const [name, { kind }] of Object.entries(step.answers ?? {})) kinds[`${step.id}.${name}`] = kind;
  return kinds;
}

function lineText({ path, at, kind, text, detail }: DryLine): string {
  const hours = at / 3_600_000;
  return `${`${hours.toFixed(hours < 100 ? 1 : 0)} h`.padStart(7)}  ${kind.padEnd(7)} ${path}  ${text}${detail ? ` | ${detail}` : ''}`;
}

/** Playbooks come from files: nothing in them reaches the terminal as more than text. */
const print = (text: string) =>
  process.stdout.write(
    `${text
      .trimEnd()
      .split('\n')
      .map((each) => safe(each, MAX_LINE, true))
      .join('\n')}\n`,
  );

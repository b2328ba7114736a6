import { readFile } from 'node:fs/promises';
import type { Command } from 'commander';
import { duties as dutiesOf } from '../../engine/breach/duties.js';
import { readFacts, readProfile, readTime } from '../../engine/breach/files.js';
import { theLaw } from '../../engine/breach/index.js';
import { toJson, toTable } from '../../engine/breach/table.js';
import { systemClock } from '../../engine/clock.js';
import { MdrError } from '../../engine/errors.js';
import { say } from './runtime.js';

interface Options {
  profile?: string;
  facts: string;
  now?: string;
  json: boolean;
  all: boolean;
  proposed: boolean;
}

/** `mdr breach`: duties to notify, from files. */
export default function breach(program: Command): void {
  const group = program.command('breach').description('duties to notify of a breach');
  group
    .command('duties')
    .description('who has to be told of a breach, by when and why, from a profile and facts (docs/breach.md)')
    .requiredOption('--facts <file>', 'YAML with the facts')
    .option('--profile <file>', 'YAML with who the organisation is; without it, nothing is known of it')
    .option('--now <time>', 'at this time, such as 2026-03-01T12:00Z (default: now)')
    .option('--json', 'as JSON', false)
    .option('--all', 'also rules that ask for nothing, and why', false)
    .option('--proposed', 'also rules that are not law yet', false)
    .action(async ({ profile: profileFile, facts: factsFile, now: at, json, all, proposed }: Options) => {
      const profile = readProfile(profileFile === undefined ? '{}' : await read(profileFile));
      const now = at === undefined ? systemClock() : readTime(at, profile.zone);
      const facts = readFacts(await read(factsFile), now, profile.zone);
      const found = dutiesOf(theLaw(), profile, facts, now, { proposed });
      if (json) console.log(JSON.stringify(toJson(found), null, 2));
      else process.stdout.write(toTable(found, { all }));
    });
  group
    .command('rules')
    .description('every rule that duties are computed by, with its status and source')
    .action(() => {
      for (const { id, status, law, deadline, sources, verified } of theLaw().regimes)
        console.log([id, status, law, deadline.text, verified ?? 'not verified', sources.join('; ')].join('\t'));
      say('Check with counsel: sources were read as noted, and no rule is legal advice.');
    });
}

async function read(path: string): Promise<string> {
  try {
    return await readFile(path, 'utf8');
  } catch (cause) {
    throw new MdrError('MDR_FILE_UNREADABLE', `cannot read "${path}".`, 'Name a file that is there.', { cause });
  }
}

#!/usr/bin/env node
// First of all, so that everything else sees the settings of `.env`.
import './cli/env.js';
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { Command, CommanderError } from 'commander';
import { MdrError } from '../engine/errors.js';
import { projectRoot } from '../engine/root.js';
import actions from './cli/actions.js';
import api from './cli/api.js';
import audit from './cli/audit.js';
import breach from './cli/breach.js';
import cases from './cli/cases.js';
import chat from './cli/chat.js';
import compliance from './cli/compliance.js';
import demo from './cli/demo.js';
import doctor from './cli/doctor.js';
import evidence from './cli/evidence.js';
import hunt from './cli/hunt.js';
import indicators from './cli/indicators.js';
import lake from './cli/lake.js';
import notify from './cli/notify.js';
import numbers from './cli/numbers.js';
import oncall from './cli/oncall.js';
import people from './cli/people.js';
import playbook from './cli/playbook.js';
import processes from './cli/processes.js';
import replay from './cli/replay.js';
import review from './cli/review.js';
import rules from './cli/rules.js';
import scan from './cli/scan.js';
import tenant from './cli/tenant.js';
import triage from './cli/triage.js';
import { EXIT } from './cli/types.js';
import up from './cli/up.js';
import webhooks from './cli/webhooks.js';

const { version } = JSON.parse(readFileSync(join(projectRoot, 'package.json'), 'utf8')) as { version: string };

const program = new Command('mdr')
  .description('Managed Detection and Response that lives in chat.')
  .version(version)
  .showHelpAfterError('(add --help for the options)')
  .exitOverride()
  .addHelpText('after', '\nExit codes: 0 done, 1 failed, 2 wrong usage.');
for (const add of [
  up,
  processes,
  demo,
  replay,
  scan,
  rules,
  hunt,
  indicators,
  lake,
  chat,
  tenant,
  people,
  notify,
  oncall,
  actions,
  triage,
  numbers,
  playbook,
  review,
  api,
  webhooks,
  cases,
  compliance,
  evidence,
  audit,
  breach,
  doctor,
])
  add(program);

try {
  await program.parseAsync();
} catch (error) {
  if (error instanceof CommanderError) process.exitCode = error.exitCode === 0 ? EXIT.ok : EXIT.usage;
  else if (error instanceof MdrError) {
    console.error(error.toLine());
    process.exitCode = EXIT.failed;
  } else {
    console.error(`MDR_INTERNAL: ${(error as Error).stack ?? error}`);
    process.exitCode = EXIT.failed;
  }
}

import type { Command } from 'commander';
import { makeAnswer } from '../../bot/answer.js';
import { terminalChat } from '../../bot/surfaces/terminal/index.js';
import { loadCommands } from '../../commands/index.js';
import { systemClock } from '../../engine/clock.js';
import { log } from '../../engine/log.js';
import { withRuntime } from './runtime.js';
import { EXIT } from './types.js';

/** `mdr chat`: the terminal surface; the same commands as in Slack. */
export default function chat(program: Command): void {
  program
    .command('chat <text...>')
    .description('give a command as in chat, e.g. mdr chat --as ada "alerts high"')
    .requiredOption('--as <user>', 'who is asking: the identity terminal:<user> of `mdr people`')
    .option('--tenant <id>', 'tenant (default: the only one this person has)')
    .action(async (words: string[], options: { as: string; tenant?: string }) => {
      await withRuntime(async ({ store, queues }) => {
        const answer = makeAnswer({ store, queues, commands: await loadCommands(), clock: systemClock, log });
        const { text, ok } = await terminalChat({
          answer,
          user: options.as,
          tenant: options.tenant ?? null,
          text: words.join(' '),
          colour: process.stdout.isTTY === true,
        });
        console.log(text);
        if (!ok) process.exitCode = EXIT.failed;
      });
    });
}

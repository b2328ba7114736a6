import { MdrError } from '../engine/errors.js';
import { isAtLeast } from '../engine/store/people.js';
import type { Card, Inline } from './cards/card.js';
import type { Command, Context } from './types.js';
import { clip } from './words/arguments.js';
import { didYouMean } from './words/suggest.js';

const help: Command = {
  name: 'help',
  summary: 'What can be typed here; with a command, how to use it.',
  usage: 'help [command]',
  examples: ['help', 'help close'],
  role: 'viewer',
  async run(context, args) {
    const word = args[0]?.replace(/^\//, '').toLowerCase();
    if (word === undefined) return everything(context);
    const command = context.commands.find(({ name }) => name === word);
    if (command) return one(command, context);
    const names = context.commands.map(({ name }) => name);
    throw new MdrError(
      'MDR_COMMAND_UNKNOWN',
      `there is no command "${clip(word, 40)}".${didYouMean(word, names)}`,
      'See /mdr help for all commands.',
    );
  },
};
export default help;

function everything(context: Context): Card {
  return {
    title: 'What you can type',
    tone: 'neutral',
    blocks: [
      {
        kind: 'table',
        columns: ['Command', 'What it does'],
        rows: context.commands.map((command) => [
          [{ code: `/mdr ${command.usage}` }],
          isAtLeast(context.role, command.role) ? command.summary : `${command.summary} (needs role ${command.role})`,
        ]),
      },
      {
        kind: 'text',
        text: [
          "Inside an alert's thread the number may be left out. Words with spaces go in quotes. ",
          { code: '--tenant <id>' },
          ' names the tenant where the channel does not.',
        ],
      },
      {
        kind: 'note',
        text: [`You are ${context.role} here. Next: `, { code: '/mdr alerts' }, ' shows what is open.'],
      },
    ],
  };
}

function one(command: Command, context: Context): Card {
  const allowed = isAtLeast(context.role, command.role);
  const first = command.examples[0] ?? command.name;
  return {
    title: `/mdr ${command.usage}`,
    tone: 'neutral',
    blocks: [
      { kind: 'text', text: command.summary },
      ...(command.details ? [{ kind: 'list' as const, items: [...command.details] }] : []),
      { kind: 'list', items: command.examples.map((example): Inline => [{ code: `/mdr ${example}` }]) },
      {
        kind: 'note',
        text: allowed
          ? ['Next: try ', { code: `/mdr ${first}` }, '.']
          : `It needs the role ${command.role}; you are ${context.role} here. Ask an administrator of the service for it.`,
      },
    ],
  };
}

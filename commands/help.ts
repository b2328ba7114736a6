import { ERRORS, type ErrorCode, MdrError } from '../engine/errors.js';
import { isAtLeast } from '../engine/store/people.js';
import type { Block, Card, Inline } from './cards/card.js';
import type { Command, Context } from './types.js';
import { clip } from './words/arguments.js';
import { didYouMean } from './words/suggest.js';

const help: Command = {
  name: 'help',
  summary: 'What can be typed here; with a command or an error code, what it is and how to go on.',
  usage: 'help [command | code]',
  examples: ['help', 'help close', 'help MDR_FORBIDDEN'],
  related: ['alerts', 'status'],
  role: 'viewer',
  plain: [
    {
      phrases: [
        'help',
        'help me',
        'what can i type here',
        'what can i do here',
        'which commands are there',
        'show all commands',
        'how do i use this',
        'what do you understand',
        'what are you able to do',
        'how do i close something',
        'how can i assign an alert',
        'how to write a note',
        'how to propose an exception',
        'how do i use the rules command',
        'explain the command',
        'how does the command work',
        'what are the arguments of notify',
        'i do not know what to type',
        'i need help',
        'usage of the command',
        'teach me how to use this',
        'what can you do for me',
        'what are the options',
        'i am new here, where do i start',
        'show me the commands',
      ],
      reads: true,
      args: (said) => {
        said.all('level', 'reason');
        const named = said.words.filter((word) => word !== 'help' && said.commands.includes(word));
        // "How do I close an alert": what is done to it is meant.
        const word = named.find((name) => !name.startsWith('alert')) ?? named[0];
        return word === undefined ? [] : [word];
      },
    },
  ],
  async run(context, args) {
    const word = args[0]?.replace(/^\//, '').toLowerCase();
    if (word === undefined) return everything(context);
    const command = context.commands.find(({ name }) => name === word);
    if (command) return one(command, context);
    const code = word.toUpperCase();
    if (isCode(code)) return meaning(code);
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
      {
        kind: 'fields',
        fields: [{ name: 'Needs the role', value: `${command.role} or more; you are ${context.role} here` }],
      },
      ...(command.details ? [{ kind: 'list' as const, items: [...command.details] }] : []),
      { kind: 'text', text: [{ bold: 'Examples' }] },
      { kind: 'list', items: command.examples.map((example): Inline => [{ code: `/mdr ${example}` }]) },
      ...relatedBlocks(command, context),
      {
        kind: 'note',
        text: allowed
          ? ['Next: try ', { code: `/mdr ${first}` }, '.']
          : `It needs the role ${command.role}; you are ${context.role} here. Ask an administrator of the service for it.`,
      },
    ],
  };
}

/** What people need next or instead, one line each. */
function relatedBlocks(command: Command, context: Context): Block[] {
  const found = command.related.flatMap((name) => context.commands.find((known) => known.name === name) ?? []);
  if (found.length === 0) return [];
  return [
    { kind: 'text', text: [{ bold: 'See also' }] },
    { kind: 'list', items: found.map((other): Inline => [{ code: `/mdr help ${other.name}` }, `: ${other.summary}`]) },
  ];
}

const isCode = (word: string): word is ErrorCode => Object.hasOwn(ERRORS, word);

/** What an error code means: the error itself said what happened and what to do. */
function meaning(code: ErrorCode): Card {
  return {
    title: code,
    tone: 'neutral',
    blocks: [
      { kind: 'text', text: `It means: ${ERRORS[code]}.` },
      {
        kind: 'note',
        text: [
          'Next: do what the error itself says; ',
          { code: '/mdr help <command>' },
          ' shows how a command is used.',
        ],
      },
    ],
  };
}

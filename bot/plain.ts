import { randomBytes } from 'node:crypto';
import type { Action, Block, Card, Inline } from '../commands/cards/card.js';
import { holdLine } from '../commands/plain/held.js';
import { type Choice, lineText, openPlain, type PlainWords, type Understanding } from '../commands/plain/index.js';
import type { Command, Context } from '../commands/types.js';
import { clip } from '../commands/words/arguments.js';
import { MdrError } from '../engine/errors.js';
import { zoneOf } from '../engine/notify/policy.js';

/** A line may be tried as plain words when it was no command, or was one used wrongly: then nothing was done yet. */
const TRIED_ON = new Set(['MDR_COMMAND_UNKNOWN', 'MDR_COMMAND_USAGE']);
const MOST_LABEL = 75;

/** Runs a command line, with every check. */
type Run = (words: readonly string[]) => Promise<Card>;

/**
 * Command lines, and plain words where they are none. A command's own syntax goes first. Clear words that only ask to see something are
 * answered; clear words that change something get one button with the exact command; what is not clear is asked back. Nothing is ever
 * changed on a guess.
 */
export function openPlainWords(commands: readonly Command[]) {
  // Learnt at the first question: the command line asks one and ends, and has none most of the time.
  let plain: PlainWords | undefined;

  async function understand(context: Context, words: readonly string[]): Promise<Understanding | null> {
    if (words.length < 2) return null;
    plain ??= openPlain(commands);
    const { tenant } = context.tenant;
    const others = context.person.grants.map(({ tenant: id }) => id).filter((id) => id !== '*' && id !== tenant._id);
    const world = { people: await context.people(), tenant, others, now: context.clock(), zone: zoneOf(tenant) };
    return plain.understand(words, world, context.alert);
  }

  return {
    /** Learn now rather than at the first question. */
    learn(): void {
      plain ??= openPlain(commands);
    },

    /** @throws MdrError as the command does, when its words are not understood otherwise */
    async answer(context: Context, words: readonly string[], run: Run): Promise<Card> {
      const command = commands.find(({ name }) => name === words[0]?.toLowerCase());
      const isOwn = command?.syntax?.(words.slice(1)) ?? true;
      let refused: unknown;
      if (isOwn) {
        try {
          return await run(words);
        } catch (error) {
          if (!(error instanceof MdrError && TRIED_ON.has(error.code))) throw error;
          refused = error;
        }
      }
      // A command that nobody says in plain words was meant by its name.
      if (refused && command && !command.plain) throw refused;
      const understood = await understand(context, words);
      const [top] = understood?.choices ?? [];
      // Nor is another command offered, for one used wrongly, that changes something.
      if (refused && command && top && top.command !== command && (!top.plain.reads || isNamed(command, words)))
        throw refused;
      if (top && understood!.sure) {
        if (top.plain.reads) return echoed(await run(top.line!), top.line!);
        return ask(context, top);
      }
      // Who began with a command's name is better told how to use it, unless it is that command all the same and nothing more is missing.
      const helps =
        top !== undefined && top.command === command && (top.line !== null || top.missing?.choices !== undefined);
      if (command && isOwn && !helps) throw refused;
      if (!isOwn) return run(words);
      if (!top) throw refused;
      return askWhich(context, understood!.choices);
    },
  };
}

/** Whether the word after a command's name is one of its own: `oncall take …` is nothing else. */
function isNamed({ usage }: Command, [, word]: readonly string[]): boolean {
  return (
    word !== undefined &&
    /^[a-z]+$/i.test(word) &&
    usage
      .split(/[^a-z]+/i)
      .slice(1)
      .includes(word.toLowerCase())
  );
}

/** What was understood stands above the answer, so that nobody takes it for the answer to another question. */
function echoed(card: Card, line: readonly string[]): Card {
  return { ...card, blocks: [{ kind: 'note', text: ['Understood as ', commandSpan(line)] }, ...card.blocks] };
}

const commandSpan = (line: readonly string[]) => ({ code: clip(`/mdr ${lineText(line)}`, 500) });

/** One button, which says what it does. */
async function ask(context: Context, choice: Choice): Promise<Card> {
  const { name, _id } = context.tenant.tenant;
  return {
    title: `${clip(choice.label, 120)}?`,
    tone: 'neutral',
    blocks: [
      {
        kind: 'text',
        text: [commandSpan(choice.line!), ` for ${name} (${_id}). Nothing is changed until you say so.`],
      },
      { kind: 'actions', actions: [{ ...(await button(context, choice, 0)), style: 'primary' }] },
      { kind: 'note', text: 'Next: click, or type it as it stands here; or say it in other words.' },
    ],
  };
}

/** What it may have been, to choose from. */
async function askWhich(context: Context, choices: readonly Choice[]): Promise<Card> {
  const [top] = choices;
  const lines = choices.map(
    ({ line, label, command }): Inline =>
      line ? [commandSpan(line)] : [`${command.name}: ${label} `, { code: `/mdr ${command.usage}` }],
  );
  const actions: Action[] = [];
  for (const [at, choice] of choices.entries()) {
    if (choice.line) actions.push(await button(context, choice, at));
    else if (choice.missing?.choices) actions.push(...select(context, choice, at));
  }
  const blocks: Block[] = [
    { kind: 'list', items: lines },
    ...(actions.length ? [{ kind: 'actions' as const, actions }] : []),
    {
      kind: 'note',
      text: [
        'Nothing was done. Next: choose, or say it in other words; ',
        { code: '/mdr help' },
        ' shows all commands.',
      ],
    },
  ];
  const title = top!.missing ? top!.missing.missing : `Did you mean: /mdr ${clip(lineText(top!.line!), 100)}?`;
  return { title, tone: 'neutral', blocks };
}

/** The line is kept with us; the button carries only its number. */
async function button(context: Context, { line, label }: Choice, at: number): Promise<Action> {
  const record = randomBytes(8).toString('hex');
  await holdLine(context, record, line!);
  return { id: `yes-${at}`, label: clip(label, MOST_LABEL), command: 'yes', tenant: context.tenant.id, record };
}

/** The command's own select, as on the alert's card. */
function select({ tenant }: Context, { command, missing }: Choice, at: number): Action[] {
  const [record, ...more] = missing?.args ?? [];
  if (record === undefined || more.length) return [];
  return [
    {
      id: `pick-${at}`,
      label: clip(missing!.missing, MOST_LABEL),
      command: command.name,
      tenant: tenant.id,
      record,
      choices: [...missing!.choices!],
    },
  ];
}

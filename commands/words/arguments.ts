import { MdrError } from '../../engine/errors.js';
import { clip } from '../../engine/say.js';
import type { Command, Context } from '../types.js';

const NUMBER = /^#?([1-9]\d{0,8})$/;
const MARKED_NUMBER = /^#([1-9]\d{0,8})$/;

/** The error for arguments that a command cannot use: it shows the usage and one example. */
export function wrongUsage(command: Pick<Command, 'usage' | 'examples'>, problem: string): MdrError {
  const example = command.examples[0];
  return new MdrError(
    'MDR_COMMAND_USAGE',
    problem,
    `Usage: /mdr ${command.usage}${example ? ` — for example: /mdr ${example}` : ''}`,
  );
}

/**
 * The alert's number, `12` or `#12`, from the first word; inside an alert's thread it may be left out.
 * @param options.marked in a thread, take only `#12` for a number, because plain words follow that may begin with one
 * @returns the number and the words after it
 * @throws MdrError MDR_COMMAND_USAGE
 */
export function takeNumber(
  command: Pick<Command, 'usage' | 'examples'>,
  context: Pick<Context, 'alert'>,
  args: readonly string[],
  options: { marked?: boolean } = {},
): { number: number; rest: readonly string[] } {
  const pattern = options.marked && context.alert !== null ? MARKED_NUMBER : NUMBER;
  const digits = pattern.exec(args[0] ?? '')?.[1];
  if (digits) return { number: Number(digits), rest: args.slice(1) };
  if (context.alert !== null) return { number: context.alert, rest: args };
  const word = args[0];
  throw wrongUsage(
    command,
    word === undefined
      ? 'which alert? Outside of its thread, an alert is named by its number.'
      : `"${clip(word, 40)}" is not an alert's number.`,
  );
}

export { clip };

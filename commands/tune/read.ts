import { MdrError } from '../../engine/errors.js';
import type { Condition } from '../../engine/store/exceptions.js';
import { DEFAULT_DAYS } from '../../engine/triage/tune/work.js';
import type { Command, Context } from '../types.js';
import { clip, wrongUsage } from '../words/arguments.js';
import { atLeast } from '../words/preconditions.js';

const MAX_FIELDS = 12;

/** `E7`, as exceptions are called; null when it is something else. */
export function readNumber(word: string): number | null {
  const digits = /^e([1-9]\d{0,8})$/i.exec(word)?.[1];
  return digits ? Number(digits) : null;
}

/** `P3`, as proposals are called; null when it is something else. */
export function readProposal(word: string): number | null {
  const digits = /^p([1-9]\d{0,8})$/i.exec(word)?.[1];
  return digits ? Number(digits) : null;
}

/** The exception named by the first word, `E7` or `7`, and the words after it. @throws MdrError MDR_COMMAND_USAGE */
export function takeException(command: Command, args: readonly string[]): { number: number; rest: readonly string[] } {
  const word = args[0] ?? '';
  const number = readNumber(word) ?? readNumber(`E${word}`);
  if (number !== null) return { number, rest: args.slice(1) };
  throw wrongUsage(
    command,
    word === ''
      ? 'which exception? It is called by its number, as E7.'
      : `"${clip(word, 40)}" is not an exception's number, such as E7.`,
  );
}

/** `30`, `30d` or `30 days` at the beginning. @returns days, and the words after them */
export function takeDays(args: readonly string[]): { days: number; rest: readonly string[] } {
  const digits = /^(\d{1,4})(?:d|days?)?$/i.exec(args[0] ?? '')?.[1];
  if (!digits) return { days: DEFAULT_DAYS, rest: args };
  const rest = args.slice(/^days?$/i.test(args[1] ?? '') ? 2 : 1);
  return { days: Number(digits), rest };
}

/** A reason may begin with the word that says so. */
export const withoutBecause = (words: readonly string[]): readonly string[] =>
  words[0]?.toLowerCase() === 'because' ? words.slice(1) : words;

/** What a person says of the exception that an alert is to suggest. */
export interface Wish {
  /** A rule as typed. */
  rule: string | null;
  /** Fields to go by. */
  fields: string[] | null;
  /** Conditions of the person's own. */
  conditions: Condition[];
  reason: string;
}

/** @throws MdrError MDR_COMMAND_USAGE */
export function readWish(command: Command, words: readonly string[]): Wish {
  const wish: Wish = { rule: null, fields: null, conditions: [], reason: '' };
  for (let i = 0; i < words.length; i++) {
    const word = words[i]!;
    const lower = word.toLowerCase();
    const next = words[i + 1];
    if (lower === 'because') {
      wish.reason = words.slice(i + 1).join(' ');
      break;
    }
    if ((lower === 'rule' || lower === 'fields' || lower === 'field') && next !== undefined) {
      if (lower === 'rule') wish.rule = next;
      else wish.fields = next.split(',').filter(Boolean).slice(0, MAX_FIELDS);
      i++;
    } else if (word.includes('=')) addCondition(wish.conditions, word);
    else
      throw wrongUsage(
        command,
        `"${clip(word, 40)}" is not understood here. After the alert come: rule <rule>, fields A,B, conditions as Field=value, and at the end because <reason>.`,
      );
  }
  return wish;
}

/** The same field again adds a value to it. */
function addCondition(conditions: Condition[], word: string): void {
  const at = word.indexOf('=');
  const key = word.slice(0, at);
  const text = word.slice(at + 1);
  const value = /\|exists$/.test(key) && /^(true|false)$/i.test(text) ? /^true$/i.test(text) : text;
  const known = conditions.find((condition) => condition.key === key);
  if (known) known.values.push(value);
  else conditions.push({ key, values: [value] });
}

/** What hides needs a lead. */
export const leadFor = (what: string) =>
  atLeast(
    'lead',
    ({ role, tenant }: Context) =>
      new MdrError(
        'MDR_FORBIDDEN',
        `${what} needs the role lead; you are ${role} of ${tenant.tenant.name}.`,
        'Accept it as monitor, and ask a lead.',
      ),
  );

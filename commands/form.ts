import { MdrError } from '../engine/errors.js';
import { isAtLeast } from '../engine/store/people.js';
import type { Card, Inline } from './cards/card.js';
import { ALERT_FIELD, type Field, type Form } from './cards/form.js';
import { caseFor } from './case/words.js';
import type { Command, Context } from './types.js';
import { clip, wrongUsage } from './words/arguments.js';
import { alertOf } from './words/record.js';
import { didYouMean } from './words/suggest.js';

const WHICH: Field = { name: ALERT_FIELD, label: 'Alert', kind: 'alert' };
const WHICH_CASE: Field = { name: ALERT_FIELD, label: 'Case', kind: 'text', hint: 'Its number' };

const form: Command = {
  name: 'form',
  summary: 'Fill in what a command needs, where there are dialogs; elsewhere, see what to type.',
  usage: 'form <command> [n]',
  examples: ['form note 12', 'form close'],
  related: ['menu', 'help'],
  role: 'viewer',
  async run(context, args) {
    // A button has one word for both: `note:12`.
    const [name = '', ...said] = args
      .join(' ')
      .toLowerCase()
      .split(/[\s:]+/);
    const command = commandWithForm(context, name, said);
    const { form: asked, title } = command;
    const [number, ...words] = command.verb === null ? said : said.slice(1);
    const alert = asked.alert || asked.case ? await numberOf(context, asked, number) : null;
    const known = command.fill && alert !== null ? await command.fill(context, alert, words) : asked.fields;
    const fields = asked.filled && number !== undefined ? await asked.filled(context, [number, ...words]) : known;
    const which = asked.alert ? [WHICH] : asked.case ? [WHICH_CASE] : [];
    return {
      ...card(command, alert),
      form: {
        command: title,
        tenant: context.tenant.id,
        alert,
        title: alert === null ? asked.title : `${asked.title} · ${alert}`,
        fields: [...(alert === null ? which : []), ...numbered(prefilled(fields, context), asked, number, words[0])],
      },
    };
  },
};
export default form;

/** A command, or one of its verbs, with what it asks for. */
type WithForm = Command & { form: Form; verb: string | null; title: string };

/** @throws MdrError MDR_COMMAND_UNKNOWN, MDR_FORBIDDEN */
function commandWithForm(context: Context, name: string, [word = '']: readonly string[]): WithForm {
  const able = context.commands.filter((command) => command.form !== undefined || command.forms !== undefined);
  const names = able.map((command) => command.name);
  if (name === '') throw wrongUsage(form, `which command? Forms are there for ${names.join(', ')}.`);
  const command = able.find((known) => known.name === name);
  const found = command && formOf(command, word);
  if (!found)
    throw new MdrError(
      'MDR_COMMAND_UNKNOWN',
      `there is no form for "${clip(command ? `${name} ${word}` : name, 40)}".${command ? '' : didYouMean(name, names)}`,
      command
        ? `${name} has forms for ${Object.keys(command.forms ?? {}).join(', ')}.`
        : `Forms are there for ${names.join(', ')}.`,
    );
  if (!isAtLeast(context.role, found.role))
    throw new MdrError(
      'MDR_FORBIDDEN',
      `${found.title} needs the role ${found.role}; you are ${context.role} of ${context.tenant.tenant.name}.`,
      'Ask somebody who has that role, or an administrator of this service.',
    );
  if (found.form.internal && !context.internal)
    throw new MdrError(
      'MDR_FORBIDDEN',
      `${found.title} is for the provider's people, in the provider's own channels.`,
      'Ask there, or write your message in this channel without a command.',
    );
  return found;
}

function formOf(command: Command, word: string): WithForm | null {
  const { name, form: own, forms } = command;
  if (own) return { ...command, form: own, verb: null, title: name };
  const of = forms && Object.hasOwn(forms, word) ? forms[word] : undefined;
  return of ? { ...command, form: of, verb: word, title: `${name} ${word}` } : null;
}

/** @throws MdrError MDR_ALERT_UNKNOWN, MDR_CASE_UNKNOWN, MDR_COMMAND_USAGE */
async function numberOf(context: Context, { case: isCase }: Form, word: string | undefined): Promise<number | null> {
  const what = isCase ? 'a case' : 'an alert';
  if (word !== undefined && !/^#?[1-9]\d{0,8}$/.test(word))
    throw wrongUsage(form, `"${clip(word, 40)}" is not ${what}'s number.`);
  const here = isCase ? (context.case ?? null) : context.alert;
  const number = word === undefined ? here : Number(word.replace('#', ''));
  if (number !== null) await (isCase ? caseFor : alertOf)(context, number);
  return number;
}

/** A form about a message begins with its words, unless the customer is not to see them. */
function prefilled(fields: readonly Field[], { message }: Context): readonly Field[] {
  if (!message || message.internal) return fields;
  const first = fields.find(({ kind }) => kind === 'text');
  const value = clip(message.text.split('\n')[0] ?? '', 150);
  return fields.map((field) => (field === first ? { ...field, value } : field));
}

/** A form about another kind of record has a field for its number, and may have one for what was `seen` of it: a button gives them. */
function numbered(fields: readonly Field[], asked: Form, number = '', seen?: string): readonly Field[] {
  if (asked.alert || asked.case || !/^[A-Za-z]{0,2}[1-9]\d{0,8}$/.test(number)) return fields;
  const known: Record<string, string | undefined> = { number, seen };
  return fields.map((field) => {
    const value = Object.hasOwn(known, field.name) ? known[field.name] : undefined;
    return value === undefined ? field : { ...field, value: clip(value, 64) };
  });
}

/** The same for those without dialogs: what to type. */
function card(command: WithForm, alert: number | null): Card {
  const whole = command.verb === null ? command.usage : `${command.title} [n] …`;
  const usage = alert === null ? whole : whole.replace('[n]', String(alert));
  return {
    title: `Type /mdr ${usage}`,
    tone: 'neutral',
    blocks: [
      { kind: 'text', text: command.summary },
      {
        kind: 'list',
        items: command.examples
          .filter((example) => example.startsWith(command.title))
          .map((example): Inline => [{ code: `/mdr ${example}` }]),
      },
      { kind: 'note', text: ['Next: type it here, or see ', { code: `/mdr help ${command.name}` }, '.'] },
    ],
  };
}

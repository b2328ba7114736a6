import { MdrError } from '../engine/errors.js';
import { isAtLeast } from '../engine/store/people.js';
import type { Card, Inline } from './cards/card.js';
import { ALERT_FIELD, type Field } from './cards/form.js';
import type { Command, Context } from './types.js';
import { clip, wrongUsage } from './words/arguments.js';
import { alertOf } from './words/record.js';
import { didYouMean } from './words/suggest.js';

const WHICH: Field = { name: ALERT_FIELD, label: 'Alert', kind: 'alert' };

const form: Command = {
  name: 'form',
  summary: 'Fill in what a command needs, where there are dialogs; elsewhere, see what to type.',
  usage: 'form <command> [n]',
  examples: ['form note 12', 'form close'],
  related: ['menu', 'help'],
  role: 'viewer',
  async run(context, args) {
    // A button has one word for both: `note:12`.
    const [name = '', number, ...words] = args
      .join(' ')
      .toLowerCase()
      .split(/[\s:]+/);
    const command = commandWithForm(context, name);
    const alert = command.form.alert ? await numberOf(context, number) : null;
    const fields = command.fill && alert !== null ? await command.fill(context, alert, words) : command.form.fields;
    return {
      ...card(command, alert),
      form: {
        command: command.name,
        tenant: context.tenant.id,
        alert,
        title: alert === null ? command.form.title : `${command.form.title} · ${alert}`,
        fields: [...(command.form.alert && alert === null ? [WHICH] : []), ...prefilled(fields, context)],
      },
    };
  },
};
export default form;

type WithForm = Command & Required<Pick<Command, 'form'>>;

/** @throws MdrError MDR_COMMAND_UNKNOWN, MDR_FORBIDDEN */
function commandWithForm(context: Context, name: string): WithForm {
  const able = context.commands.filter((command): command is WithForm => command.form !== undefined);
  const names = able.map((command) => command.name);
  if (name === '') throw wrongUsage(form, `which command? Forms are there for ${names.join(', ')}.`);
  const command = able.find((known) => known.name === name);
  if (!command)
    throw new MdrError(
      'MDR_COMMAND_UNKNOWN',
      `there is no form for "${clip(name, 40)}".${didYouMean(name, names)}`,
      `Forms are there for ${names.join(', ')}.`,
    );
  if (!isAtLeast(context.role, command.role))
    throw new MdrError(
      'MDR_FORBIDDEN',
      `${command.name} needs the role ${command.role}; you are ${context.role} of ${context.tenant.tenant.name}.`,
      'Ask somebody who has that role, or an administrator of this service.',
    );
  if (command.form.internal && !context.internal)
    throw new MdrError(
      'MDR_FORBIDDEN',
      `${command.name} is for the provider's people, in the provider's own channels.`,
      'Ask there, or write your message in this channel without a command.',
    );
  return command;
}

/** @throws MdrError MDR_ALERT_UNKNOWN, MDR_COMMAND_USAGE */
async function numberOf(context: Context, word: string | undefined): Promise<number | null> {
  if (word !== undefined && !/^#?[1-9]\d{0,8}$/.test(word))
    throw wrongUsage(form, `"${clip(word, 40)}" is not an alert's number.`);
  const number = word === undefined ? context.alert : Number(word.replace('#', ''));
  if (number !== null) await alertOf(context, number);
  return number;
}

/** A form about a message begins with its words, unless the customer is not to see them. */
function prefilled(fields: readonly Field[], { message }: Context): readonly Field[] {
  if (!message || message.internal) return fields;
  const first = fields.find(({ kind }) => kind === 'text');
  const value = clip(message.text.split('\n')[0] ?? '', 150);
  return fields.map((field) => (field === first ? { ...field, value } : field));
}

/** The same for those without dialogs: what to type. */
function card(command: WithForm, alert: number | null): Card {
  const usage = alert === null ? command.usage : command.usage.replace('[n]', String(alert));
  return {
    title: `Type /mdr ${usage}`,
    tone: 'neutral',
    blocks: [
      { kind: 'text', text: command.summary },
      { kind: 'list', items: command.examples.map((example): Inline => [{ code: `/mdr ${example}` }]) },
      { kind: 'note', text: ['Next: type it here, or see ', { code: `/mdr help ${command.name}` }, '.'] },
    ],
  };
}

import { MdrError } from '../engine/errors.js';
import { note as write } from '../engine/triage/work.js';
import { doneCard } from './cards/done.js';
import type { Command } from './types.js';
import { takeNumber, wrongUsage } from './words/arguments.js';
import { inProviderLane, need } from './words/preconditions.js';
import { changed } from './words/record.js';

const note: Command = {
  name: 'note',
  summary: "Write a note on an alert; it stays in the provider's own channel.",
  usage: 'note [n] <words…>',
  examples: ['note 12 asked the owner, waiting for an answer'],
  related: ['alert', 'publish'],
  form: {
    title: 'Note on alert',
    alert: true,
    internal: true,
    fields: [{ name: 'words', label: 'Note', kind: 'text', long: true }],
  },
  role: 'responder',
  plain: [
    {
      phrases: [
        'add a note to {alert} {text}',
        'note on {alert} {text}',
        'write a note on {alert} {text}',
        'note for {alert} {text}',
        'add a comment to {alert} {text}',
        'comment on {alert} {text}',
        'please note on {alert} that',
        'write on {alert} that',
        'put in the notes of {alert} {text}',
        'remember for {alert} {text}',
        'record on {alert} {text}',
        'log this on {alert} {text}',
        'add this to the notes {text}',
        'leave a note on {alert} {text}',
        'make a note here {text}',
        'attach a note to {alert} {text}',
        'add to {alert} {text}',
        'write this down {text}',
        'new note on {alert} {text}',
        'write {text}',
        'please write to {alert} {text}',
        'notes on {alert} {text}',
        'append to {alert} {text}',
        'save on {alert} {text}',
        'for the record, {alert} {text}',
      ],
      args: (said) => {
        const number = said.alert();
        const text = said.one('text') ?? (said.says('that') ? said.rest('that') : null);
        if (number === null) return { missing: 'Which alert?' };
        return text === null
          ? { missing: `Write what on alert ${number}? Say it after a colon.` }
          : [`#${number}`, text];
      },
      label: ([number, text]) => `Note on alert ${number}: ${text}`,
    },
  ],
  async run(context, args) {
    need(mayWrite, context);
    const { number, rest } = takeNumber(note, context, args, { marked: true });
    const text = rest.join(' ').trim();
    if (text === '') throw wrongUsage(note, 'a note needs words.');
    const by = { id: context.person._id, name: context.person.name };
    const outcome = await write(context.tenant, number, by, context.clock, text);
    await changed(context, number);
    return doneCard(context, outcome);
  },
};
export default note;

const mayWrite = inProviderLane(
  () =>
    new MdrError(
      'MDR_FORBIDDEN',
      "notes belong to the provider's people, in the provider's own channels.",
      'Ask there, or write your message in this channel without a command.',
    ),
);

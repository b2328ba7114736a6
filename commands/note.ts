import { MdrError } from '../engine/errors.js';
import { note as write } from '../engine/triage/work.js';
import { doneCard } from './cards/done.js';
import type { Command } from './types.js';
import { takeNumber, wrongUsage } from './words/arguments.js';
import { changed } from './words/record.js';

const note: Command = {
  name: 'note',
  summary: "Write a note on an alert; it stays in the provider's own channel.",
  usage: 'note [n] <words…>',
  examples: ['note 12 asked the owner, waiting for an answer'],
  role: 'responder',
  async run(context, args) {
    if (!context.internal)
      throw new MdrError(
        'MDR_FORBIDDEN',
        "notes belong to the provider's people, in the provider's own channels.",
        'Ask there, or write your message in this channel without a command.',
      );
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

import { reopen as again } from '../engine/triage/work.js';
import { doneCard } from './cards/done.js';
import type { Command } from './types.js';
import { takeNumber, wrongUsage } from './words/arguments.js';
import { alertOf, changed } from './words/record.js';

const reopen: Command = {
  name: 'reopen',
  summary: 'Reopen a closed alert.',
  usage: 'reopen [n]',
  examples: ['reopen 12'],
  role: 'responder',
  async run(context, args) {
    const { number, rest } = takeNumber(reopen, context, args);
    if (rest.length) throw wrongUsage(reopen, 'reopening takes no further words; add what you know as a note.');
    await alertOf(context, number);
    const by = { id: context.person._id, name: context.person.name };
    const outcome = await again(context.tenant, number, by, context.clock);
    await changed(context, number);
    return doneCard(context, outcome);
  },
};
export default reopen;

import { assign as give } from '../engine/triage/work.js';
import { doneCard } from './cards/done.js';
import type { Command } from './types.js';
import { takeNumber } from './words/arguments.js';
import { personCalled } from './words/person.js';
import { alertOf, changed } from './words/record.js';

const assign: Command = {
  name: 'assign',
  summary: 'Give an alert to somebody; without a name, to yourself.',
  usage: 'assign [n] [me | name]',
  examples: ['assign 12', 'assign 12 me', 'assign 12 "Ana Silva"'],
  role: 'responder',
  async run(context, args) {
    const { number, rest } = takeNumber(assign, context, args);
    await alertOf(context, number);
    const to = await personCalled(assign, context, rest.join(' '));
    const by = { id: context.person._id, name: context.person.name };
    const outcome = await give(context.tenant, number, by, context.clock, to);
    await changed(context, number);
    return doneCard(context, outcome);
  },
};
export default assign;

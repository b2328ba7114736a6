import { acknowledge } from '../engine/triage/work.js';
import { doneCard } from './cards/done.js';
import type { Command } from './types.js';
import { takeNumber, wrongUsage } from './words/arguments.js';
import { alertOf, changed } from './words/record.js';

const ack: Command = {
  name: 'ack',
  summary: 'Acknowledge an alert: you have seen it and somebody is on it.',
  usage: 'ack [n]',
  examples: ['ack 12', 'ack #12'],
  role: 'responder',
  async run(context, args) {
    const { number, rest } = takeNumber(ack, context, args);
    if (rest.length) throw wrongUsage(ack, 'an acknowledgement takes no further words.');
    await alertOf(context, number);
    const by = { id: context.person._id, name: context.person.name };
    const outcome = await acknowledge(context.tenant, number, by, context.clock);
    await changed(context, number);
    return doneCard(context, outcome);
  },
};
export default ack;

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
  related: ['ack', 'close'],
  form: {
    title: 'Assign alert',
    alert: true,
    fields: [{ name: 'person', label: 'To whom', kind: 'person' }],
  },
  role: 'responder',
  plain: [
    {
      phrases: [
        'assign {alert} to {person}',
        'assign {alert} to me',
        'give {alert} to {person}',
        'i take {alert}',
        'i will handle {alert}',
        'let me have {alert}',
        '{person} takes {alert}',
        '{person} should do {alert}',
        '{person} will handle this one',
        'can {person} take {alert}',
        'move {alert} to {person}',
        'transfer {alert} to {person}',
        'make me the owner of {alert}',
        'make {person} responsible for {alert}',
        '{alert} belongs to {person} now',
        '{alert} is for {person}',
        '{alert} is mine',
        'change the owner of {alert} to {person}',
        'put {person} on {alert}',
        'ask {person} to look at {alert}',
        'assign this to {person}',
        'i want to work on {alert} myself',
        'take {alert} for me',
        'hand {alert} to {person}',
        '{alert} to {person}',
      ],
      args: (said) => {
        const number = said.alert();
        const person = said.one('person');
        if (number === null) return { missing: 'Which alert?' };
        return person === null ? [number] : [number, person];
      },
      label: ([number, person]) => `Assign alert ${number} to ${person ?? 'me'}`,
    },
  ],
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

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
  related: ['alert', 'close'],
  role: 'responder',
  plain: [
    {
      phrases: [
        'reopen {alert}',
        'open {alert} again',
        'please reopen this',
        'bring {alert} back',
        '{alert} must be opened again',
        'take {alert} out of closed',
        '{alert} is not done, reopen it',
        'it was wrong to close {alert}',
        '{alert} was closed by mistake',
        'undo the closing of {alert}',
        'we need to look at {alert} again, reopen it',
        'put {alert} back to open',
        '{alert} happened again, open it',
        'i want {alert} open again',
        'set {alert} back to open',
        'unclose {alert}',
        'closed {alert} too soon',
        'restore {alert}',
        '{alert} is back',
        '{alert} should be open',
        'we have to reopen this alert',
        'why is {alert} closed, open it',
        'closing {alert} was wrong',
        'turn {alert} back to open',
        'i would like to reopen {alert}',
      ],
      args: (said) => {
        said.all('reason', 'text');
        const number = said.alert();
        return number === null ? { missing: 'Which alert?' } : [number];
      },
      label: ([number]) => `Reopen alert ${number}`,
    },
  ],
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

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
  related: ['assign', 'note', 'close'],
  role: 'responder',
  plain: [
    {
      phrases: [
        'ack {alert}',
        'acknowledge {alert}',
        'acknowledge this alert',
        'i have seen {alert}',
        'i am looking at {alert}',
        'somebody is on {alert} now',
        'please acknowledge {alert} for me',
        'mark {alert} as acknowledged',
        'set {alert} to acknowledged',
        '{alert} seen',
        '{alert} is being looked at',
        'got {alert}, looking into it',
        'i am on it',
        'we are on it',
        'got this one',
        '{alert} received, thank you',
        'confirm that {alert} was seen',
        'tell them i saw {alert}',
        'acked {alert}',
        'ack this',
        'looking at {alert}',
        'i see {alert}, i am checking it',
        'working on {alert}, consider it acknowledged',
        '{alert} noted',
        'ok, i see it',
      ],
      args: (said) => {
        const number = said.alert();
        return number === null ? { missing: 'Which alert?' } : [number];
      },
      label: ([number]) => `Acknowledge alert ${number}`,
    },
  ],
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

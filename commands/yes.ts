import { takeLine } from './plain/held.js';
import type { Command } from './types.js';
import { wrongUsage } from './words/arguments.js';

const yes: Command = {
  name: 'yes',
  summary: 'Say yes to a command that mdr understood from plain words: what its button does.',
  usage: 'yes <id>',
  examples: ['yes 3f2a9c01b7d4e586'],
  details: ['The id stands in the button. It holds for an hour, once, and for whoever said the words.'],
  related: ['help'],
  role: 'viewer',
  async run(context, args) {
    const [id = '', ...more] = args;
    if (!/^[0-9a-f]{16}$/.test(id) || more.length) throw wrongUsage(yes, 'say yes to what? The button says it.');
    const line = await takeLine(context, id);
    if (typeof line !== 'string' && context.run) return context.run(line);
    return {
      title: line === 'other' ? 'Somebody else said that' : 'Nothing waits for this yes',
      tone: 'neutral',
      blocks: [
        {
          kind: 'text',
          text:
            line === 'other'
              ? 'It is done under the name of whoever asked for it.'
              : 'It was done already, or more than an hour ago.',
        },
        { kind: 'note', text: 'Next: say it yourself, in your own words or as a command.' },
      ],
    };
  },
};
export default yes;

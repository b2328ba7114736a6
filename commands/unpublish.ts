import { MdrError } from '../engine/errors.js';
import { unpublish as withdraw } from '../engine/triage/publish.js';
import { doneCard } from './cards/done.js';
import type { Command } from './types.js';
import { takeNumber, wrongUsage } from './words/arguments.js';
import { inProviderLane, need } from './words/preconditions.js';
import { alertOf, changed } from './words/record.js';

const unpublish: Command = {
  name: 'unpublish',
  summary: 'Stop showing an alert to the customer; its thread there says so.',
  usage: 'unpublish [n]',
  examples: ['unpublish 12'],
  details: ['What was posted already cannot be unsaid: it stays as it was. /mdr publish begins again.'],
  related: ['publish', 'note'],
  role: 'analyst',
  async run(context, args) {
    const { number, rest } = takeNumber(unpublish, context, args);
    if (rest.length) throw wrongUsage(unpublish, 'it takes no further words; say why in a note.');
    need(
      inProviderLane(
        () =>
          new MdrError(
            'MDR_FORBIDDEN',
            "what the customer is shown is decided by the provider's people, in the provider's own channels.",
            'Ask there.',
          ),
      ),
      context,
    );
    await alertOf(context, number);
    const by = { id: context.person._id, name: context.person.name };
    const outcome = await withdraw(context.tenant, number, by, context.clock);
    await changed(context, number);
    return doneCard(context, outcome);
  },
};
export default unpublish;

import { moveReminder } from '../engine/notify/reminders.js';
import { reminderCard } from './cards/reminder.js';
import { checkInternal } from './remind.js';
import { reminderOf, takeReminder } from './snooze.js';
import type { Command } from './types.js';
import { wrongUsage } from './words/arguments.js';

const dismiss: Command = {
  name: 'dismiss',
  summary: 'Be done with a reminder: it calls nobody any more.',
  usage: 'dismiss <reminder>',
  examples: ['dismiss 3'],
  related: ['remind', 'snooze'],
  role: 'responder',
  async run(context, args) {
    checkInternal(context);
    const number = takeReminder(dismiss, args);
    if (args.length > 1) throw wrongUsage(dismiss, 'it takes a number and no further words.');
    await reminderOf(context, number);
    const by = { id: context.person._id, name: context.person.name };
    const moved = await moveReminder(context.tenant, number, by, context.clock(), null);
    const present = await reminderOf(context, number);
    return reminderCard(`Reminder ${number} is done${moved ? '' : ' already: nothing was changed'}`, present);
  },
};
export default dismiss;

import { MdrError } from '../engine/errors.js';
import { zoneOf } from '../engine/notify/policy.js';
import { moveReminder } from '../engine/notify/reminders.js';
import type { Reminder } from '../engine/store/reminders.js';
import { reminderCard } from './cards/reminder.js';
import { checkInternal } from './remind.js';
import type { Command, Context } from './types.js';
import { wrongUsage } from './words/arguments.js';
import { takeWhen } from './words/when.js';

const MAX_AHEAD_MS = 92 * 24 * 3_600_000;

const snooze: Command = {
  name: 'snooze',
  summary: 'Be called about a reminder again later: in an hour, or when you say.',
  usage: 'snooze <reminder> [when]',
  examples: ['snooze 3', 'snooze 3 tomorrow', 'snooze 3 in 2h'],
  related: ['dismiss', 'remind'],
  role: 'responder',
  async run(context, args) {
    checkInternal(context);
    const number = takeReminder(snooze, args);
    const now = context.clock();
    const when = takeWhen(args.length > 1 ? args.slice(1) : ['1h'], zoneOf(context.tenant.tenant), now);
    if (!when || when.rest.length > 0 || when.due > now + MAX_AHEAD_MS)
      throw wrongUsage(snooze, 'until when? Write 1h, tomorrow 08:30 or friday.');
    await reminderOf(context, number);
    const by = { id: context.person._id, name: context.person.name };
    const moved = await moveReminder(context.tenant, number, by, now, when.due);
    const present = await reminderOf(context, number);
    return reminderCard(
      `Reminder ${number} ${moved ? 'comes again' : 'is done already: nothing was changed'}`,
      present,
    );
  },
};
export default snooze;

/** @throws MdrError MDR_COMMAND_USAGE */
export function takeReminder(command: Command, args: readonly string[]): number {
  const digits = /^#?([1-9]\d{0,8})$/.exec(args[0] ?? '')?.[1];
  if (!digits) throw wrongUsage(command, 'which reminder? Give its number; /mdr remind lists yours.');
  return Number(digits);
}

/** @throws MdrError MDR_REMINDER_UNKNOWN */
export async function reminderOf({ tenant }: Context, number: number): Promise<Reminder> {
  const found = await tenant.reminders.findOne({ number });
  if (found) return found;
  throw new MdrError(
    'MDR_REMINDER_UNKNOWN',
    `there is no reminder ${number} of ${tenant.tenant.name}.`,
    'See /mdr remind for yours.',
  );
}

import { MdrError } from '../engine/errors.js';
import { zoneOf } from '../engine/notify/policy.js';
import { remind as keep } from '../engine/notify/reminders.js';
import type { Card } from './cards/card.js';
import { reminderCard, reminderLine } from './cards/reminder.js';
import type { Command, Context } from './types.js';
import { takeNumber, wrongUsage } from './words/arguments.js';
import { alertOf } from './words/record.js';
import { takeWhen } from './words/when.js';

const MAX_MINE = 50;
const MAX_TEXT = 500;
const DAY_MS = 24 * 3_600_000;
const MAX_AHEAD_MS = 92 * DAY_MS;

const remind: Command = {
  name: 'remind',
  summary: 'Be called about an alert later, in its thread; without words, your reminders.',
  usage: 'remind [n] [when] [what]',
  examples: ['remind 12 in 2h check the mail gateway', 'remind 12 tomorrow 08:30', 'remind'],
  details: [
    'When: in 30m, in 2h, in 3 days, at 14:30, tomorrow, tomorrow 08:30, friday 17:00; by the clock of the tenant.',
    'A reminder calls you once, with buttons to be called again in an hour or tomorrow, or to be done with it.',
  ],
  related: ['snooze', 'dismiss'],
  role: 'responder',
  async run(context, args) {
    checkInternal(context);
    if (args.length === 0 && context.alert === null) return mine(context);
    const { number, rest } = takeNumber(remind, context, args, { marked: true });
    const now = context.clock();
    const when = takeWhen(rest, zoneOf(context.tenant.tenant), now);
    if (!when) throw wrongUsage(remind, 'when? Write in 2h, at 14:30, tomorrow 08:30 or friday.');
    if (when.due <= now || when.due > now + MAX_AHEAD_MS)
      throw wrongUsage(remind, 'a reminder lies at most three months ahead.');
    const alert = await alertOf(context, number);
    const text = when.rest.join(' ').slice(0, MAX_TEXT);
    const by = { id: context.person._id, name: context.person.name };
    const reminder = await keep(context.tenant, by, { alert: alert.number, due: when.due, text, now });
    return reminderCard(`Reminder ${reminder.number} is set`, reminder);
  },
};
export default remind;

/** Their threads are the provider's. @throws MdrError MDR_FORBIDDEN */
export function checkInternal({ internal }: Pick<Context, 'internal'>): void {
  if (internal) return;
  throw new MdrError(
    'MDR_FORBIDDEN',
    "reminders are called in the provider's own channels.",
    'Ask your provider there.',
  );
}

async function mine({ tenant, person }: Context): Promise<Card> {
  const found = await tenant.reminders.find(
    { 'person.id': person._id, state: { $ne: 'done' } },
    { sort: { due: 1 }, limit: MAX_MINE },
  );
  return {
    title: `Your reminders for ${tenant.tenant.name} (${tenant.id}): ${found.length || 'none'}`,
    tone: 'neutral',
    blocks: [
      ...(found.length ? [{ kind: 'list' as const, items: found.map(reminderLine) }] : []),
      {
        kind: 'note',
        text: found[0]
          ? [
              'Next: ',
              { code: `/mdr dismiss ${found[0].number}` },
              ' when it is done, or ',
              { code: `/mdr snooze ${found[0].number} 2h` },
              '.',
            ]
          : ['Next: ', { code: '/mdr remind 12 in 2h' }, ' sets one on alert 12.'],
      },
    ],
  };
}

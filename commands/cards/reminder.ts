import type { Reminder } from '../../engine/store/reminders.js';
import { clip } from '../words/arguments.js';
import type { Action, Card, Inline } from './card.js';

/** What can be done with a reminder that is not done. */
export function reminderActions(number: number, tenant: string): Action[] {
  const action = (rest: Pick<Action, 'id' | 'label' | 'command'> & Partial<Action>): Action => ({
    tenant,
    record: String(number),
    ...rest,
  });
  return [
    action({ id: 'snooze', label: 'Snooze 1 h', command: 'snooze', choice: '1h' }),
    action({ id: 'tomorrow', label: 'Tomorrow', command: 'snooze', choice: 'tomorrow' }),
    action({ id: 'dismiss', label: 'Done', command: 'dismiss', style: 'primary' }),
  ];
}

/** `Reminder 3 on alert 12 for Ana, Tue 09:00: check the gateway` */
export function reminderLine({ number, alert, person, due, text, state }: Reminder): Inline {
  return [
    `Reminder ${number} on alert ${alert} for ${clip(person.name, 60)}, `,
    state === 'told' ? 'called at ' : '',
    { time: due },
    ...(text ? [`: ${clip(text, 200)}`] : []),
  ];
}

/** A reminder as it is now. @param title what was done, or that it had been done */
export function reminderCard(title: string, reminder: Reminder): Card {
  const { state, changed, tenant, number, alert } = reminder;
  const done: Inline = [`Done by ${clip(changed.name, 60)}, `, { time: changed.at }, '.'];
  return {
    title,
    tone: 'ok',
    blocks: [
      { kind: 'text', text: state === 'done' ? done : reminderLine(reminder) },
      ...(state === 'done' ? [] : [{ kind: 'actions' as const, actions: reminderActions(number, tenant) }]),
      {
        kind: 'note',
        text:
          state === 'done'
            ? ['Next: ', { code: `/mdr remind ${alert} in 2h` }, ' sets a new one.']
            : ['It calls you in the thread of the alert. Next: ', { code: '/mdr remind' }, ' lists yours.'],
      },
    ],
  };
}

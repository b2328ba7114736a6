import { idOf } from '../ids.js';
import type { AlertEntry } from '../store/alerts.js';
import type { Store, TenantStore } from '../store/index.js';
import type { Reminder } from '../store/reminders.js';
import type { By } from '../triage/work.js';
import { addEntry, BY_US } from './record.js';
import { peopleCalled } from './steps.js';

const MAX_AT_ONCE = 200;

/** Keep a reminder. @param due epoch ms */
export async function remind(
  store: TenantStore,
  by: By,
  at: { alert: number; due: number; text: string; now: number },
): Promise<Reminder> {
  const number = await store.nextNumber('reminder');
  const record: Omit<Reminder, 'tenant'> = {
    _id: idOf('reminder', store.id, String(number)),
    number,
    alert: at.alert,
    person: { id: by.id, name: by.name },
    text: at.text,
    due: at.due,
    state: 'waiting',
    told: 0,
    created: at.now,
    changed: { at: at.now, id: by.id, name: by.name },
  };
  await store.reminders.insert(record);
  return { ...record, tenant: store.id };
}

/** @param due epoch ms of the next call; null: nobody needs it any more. @returns false when it was done before */
export async function moveReminder(
  store: TenantStore,
  number: number,
  by: By,
  now: number,
  due: number | null,
): Promise<boolean> {
  const changed = { at: now, id: by.id, name: by.name };
  const set = due === null ? { state: 'done' as const, changed } : { state: 'waiting' as const, due, changed };
  return store.reminders.update({ number, state: { $ne: 'done' } }, { $set: set });
}

/**
 * Call the people whose reminders are due, each in the thread of the alert. The entry in the alert's log has a key of its own and the
 * reminder moves on last: stopped anywhere, the next call goes on from there, and nobody is called twice.
 * @returns numbers of the alerts whose log this added to
 */
export async function callReminders(all: Store, store: TenantStore, now: number): Promise<number[]> {
  const due = await store.reminders.find(
    { state: 'waiting', due: { $lte: now } },
    { sort: { due: 1 }, limit: MAX_AT_ONCE },
  );
  const touched: number[] = [];
  for (const reminder of due) {
    const { number, alert, told, person } = reminder;
    // Who has lost the role for this tenant is not called into its threads.
    const [able] = await peopleCalled(all, store.id, [person.id]);
    const entry: AlertEntry = {
      id: `reminded-${number}-${told}`,
      at: now,
      ...BY_US,
      kind: 'reminded',
      text: reminder.text,
      reminder: number,
      ...(able ? { calls: [{ name: able.name, identities: able.identities.slice(0, 10) }] } : {}),
    };
    const added = able ? await addEntry(store, alert, entry) : null;
    const set = added ? { state: 'told' as const, told: told + 1 } : { state: 'done' as const };
    if (added) {
      touched.push(alert);
      // Whoever is called needs a thread to come to.
      const held = { number: alert, how: { $in: ['digest' as const, 'storm' as const] }, told: null };
      await store.notifications.updateMany(held, { $set: { how: 'now', due: null } });
    }
    // Unless somebody moved it meanwhile.
    await store.reminders.update({ number, state: 'waiting', due: reminder.due, told }, { $set: set });
  }
  return touched;
}

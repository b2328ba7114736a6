import { MdrError } from '../../errors.js';
import type { Alert } from '../../store/alerts.js';
import type { Case } from '../../store/cases.js';
import type { TenantStore } from '../../store/index.js';
import { change as changeAlert, lastOf, wrongState } from '../../triage/work.js';
import { idOfCase, newCase, type Opening, priorityOf, severityOf, shareOf, typeOf } from './create.js';
import { CaseStateError, unknownCase } from './error.js';
import { type Asking, causeOf, changeCase } from './save.js';
import { line } from './text.js';

export interface Opened {
  record: Case;
  /** False when it was there already. */
  isNew: boolean;
}

/** A case that nobody has an alert for. The same request is the same case. @throws MdrError MDR_CASE_BAD */
export async function openCase(
  store: TenantStore,
  asking: Asking,
  opening: Omit<Opening, 'origin' | 'alerts'>,
): Promise<Opened> {
  const origin = `request:${asking.request}`;
  const known = await store.cases.findOne({ _id: idOfCase(store.id, origin) });
  if (known) return { record: known, isNew: false };
  return keep(store, asking, await store.nextNumber('case'), { ...opening, origin, alerts: [] });
}

/**
 * Hand an alert over to a case of its own. The alert is claimed first, so of all who click at once one opens a case and the others
 * are shown it; whoever stops in between is finished by the next.
 * @throws MdrError MDR_ALERT_UNKNOWN, MDR_CONFLICT
 */
export async function openFromAlert(store: TenantStore, asking: Asking, number: number, reason = ''): Promise<Opened> {
  const alert = await claim(store, asking, number, async () => store.nextNumber('case'));
  const given = alert.case!;
  const known = await store.cases.findOne({ number: given });
  if (known) return { record: known, isNew: false };
  const entry = lastOf(alert, 'handed');
  // Whoever finishes it says who it was that began.
  const by = entry ? { id: entry.actor, name: entry.actorName } : asking.by;
  const share = shareOf(alert);
  const severity = severityOf(alert);
  const opening: Opening = {
    ...{ origin: `alert:${number}:${given}`, title: alert.title, type: typeOf(share.techniques), severity },
    ...{ priority: priorityOf(severity), alerts: [share], lead: alert.assignee ?? by, reason },
  };
  return keep(store, { ...asking, by }, given, opening);
}

/** Put an alert into a case that is there. @throws MdrError MDR_CASE_UNKNOWN, MDR_CASE_STATE, MDR_ALERT_UNKNOWN, MDR_CONFLICT */
export async function linkAlert(store: TenantStore, asking: Asking, to: number, number: number, reason = '') {
  const record = await store.cases.findOne({ number: to });
  if (!record) throw unknownCase(to, store.tenant.name);
  if (record.state === 'closed')
    throw new CaseStateError(record, `case ${to} is closed; it takes no alert.`, 'Reopen it first.');
  const alert = await claim(store, asking, number, async () => to);
  if (alert.case !== to)
    throw new MdrError(
      'MDR_CASE_STATE',
      `alert ${number} is part of case ${alert.case} already.`,
      `Merge the two: /mdr case merge ${Math.max(to, alert.case!)} ${Math.min(to, alert.case!)}.`,
    );
  return changeCase(store, to, asking, { kind: 'alert', alert: shareOf(alert), reason });
}

/** Take an alert out of a case. @throws MdrError as `linkAlert` */
export async function unlinkAlert(store: TenantStore, asking: Asking, from: number, number: number, reason: string) {
  const alert = await store.alerts.findOne({ number });
  if (!alert) throw new MdrError('MDR_ALERT_UNKNOWN', `there is no alert ${number}.`, 'See /mdr alerts.');
  const applied = await changeCase(store, from, asking, { kind: 'alert', alert: shareOf(alert), take: true, reason });
  await changeAlert(store, number, asking.by, asking.clock, (present) =>
    present.case === from
      ? { kind: 'handed', text: `Not part of case ${from} any more`, unset: ['case'] }
      : { done: present.log.at(-1)! },
  );
  return applied;
}

/** @returns the alert with the case that it is part of: the one given, or an earlier one */
export async function claim(
  store: TenantStore,
  { by, clock }: Asking,
  number: number,
  give: () => Promise<number>,
): Promise<Alert> {
  const present = await store.alerts.findOne({ number });
  if (present?.case !== undefined) return present;
  if (present?.mergedInto !== undefined)
    throw wrongState(present, 'part of a case', `All of it is in alert ${present.mergedInto}: go on there.`);
  // A number that nobody gets in the end is no loss.
  const wanted = present ? await give() : 0;
  const { alert } = await changeAlert(store, number, by, clock, (found) => {
    if (found.case !== undefined) return { done: lastOf(found, 'handed') ?? found.log.at(-1)! };
    return { kind: 'handed', text: `Part of case ${wanted}`, set: { case: wanted } };
  });
  return alert;
}

export async function keep(store: TenantStore, asking: Asking, number: number, opening: Opening): Promise<Opened> {
  const title = line(opening.title);
  const { tenant: _, ...record } = newCase(store.id, number, { ...opening, title }, causeOf(store, asking));
  const isNew = await store.cases.insert(record);
  // Somebody else finished the same just now.
  const kept = isNew ? { ...record, tenant: store.id } : await store.cases.findOne({ _id: record._id });
  if (!kept) throw new Error(`case ${number} of ${store.id} is another one than ${record._id}`);
  return { record: kept, isNew };
}

import type { Clock } from '../clock.js';
import { MdrError } from '../errors.js';
import type { AlertEntry, Said } from '../store/alerts.js';
import type { TenantStore } from '../store/index.js';
import { type By, change, type Outcome } from './work.js';

/**
 * Put a message on an alert's timeline, with its author and its own time. Each person pins for themselves; the same again does nothing.
 * @param at epoch ms when it was pinned in the surface: what comes later than a newer withdrawal is old news
 * @throws MdrError MDR_ALERT_UNKNOWN, MDR_CONFLICT, MDR_ALERT_STATE when its log is full
 */
export function pin(
  store: TenantStore,
  number: number,
  by: By,
  clock: Clock,
  said: Said,
  at: number,
): Promise<Outcome> {
  return change(store, number, by, clock, ({ log }) => {
    const last = lastPin(log, said, by.id);
    if (last && (last.kind === 'pinned' || (last.marked ?? 0) >= at)) return { done: last };
    return { kind: 'pinned', text: `Pinned: ${said.text}`, more: { said, marked: at } };
  });
}

/**
 * Mark what somebody pinned as withdrawn. It stays on the record, with who withdrew it and when.
 * @throws MdrError MDR_ALERT_STATE when this person has not pinned it; otherwise as `pin`
 */
export function unpin(
  store: TenantStore,
  number: number,
  by: By,
  clock: Clock,
  message: Pick<Said, 'surface' | 'channel' | 'message'>,
  at: number,
): Promise<Outcome> {
  return change(store, number, by, clock, ({ log }) => {
    const last = lastPin(log, message, by.id);
    if (!last?.said)
      throw new MdrError(
        'MDR_ALERT_STATE',
        `you have not pinned this message to alert ${number}.`,
        'Pin it first; what somebody else has pinned they withdraw themselves.',
      );
    if (last.kind === 'unpinned' || (last.marked ?? 0) > at) return { done: last };
    return { kind: 'unpinned', text: `Withdrawn: ${last.said.text}`, more: { said: last.said, marked: at } };
  });
}

function lastPin(
  log: readonly AlertEntry[],
  { surface, channel, message }: Pick<Said, 'surface' | 'channel' | 'message'>,
  by: string,
): AlertEntry | undefined {
  return log.findLast(
    ({ kind, actor, said }) =>
      (kind === 'pinned' || kind === 'unpinned') &&
      actor === by &&
      said?.surface === surface &&
      said.channel === channel &&
      said.message === message,
  );
}

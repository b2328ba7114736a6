import type { ActionRecord } from '../../store/actions.js';
import type { TenantStore } from '../../store/index.js';
import { changeAction, US } from './save.js';
import type { Seen } from './types.js';

export const RECHECK_MS = 60_000;
const LONGEST_MS = 86_400_000;
const ABSENT = { code: 'MDR_ACTION_FAILED', message: 'it was accepted there and did not happen.', hint: 'Look there.' };
const STILL = { code: 'MDR_ACTION_FAILED', message: 'it was taken back without effect.', hint: 'Take it back again.' };

/** Whether nobody knows yet what became of it: it failed and may have happened, or was accepted there and has not happened yet. */
export const isOpen = ({ state, effect }: Pick<ActionRecord, 'state' | 'effect'>): boolean =>
  effect === 'unknown' && (state === 'failed' || state === 'done' || state === 'undone');

/** Of what nobody knows: look again, less and less often, for a day. @param look at the world, as the action made it */
export async function lookAgain(
  store: TenantStore,
  record: ActionRecord,
  now: number,
  look: () => Promise<Seen>,
): Promise<void> {
  const seen = await look();
  const waited = now - (record.ended ?? now);
  const recheck = waited > LONGEST_MS ? null : now + Math.max(RECHECK_MS, waited);
  if (seen === 'unknown' || seen === 'pending') {
    // Nothing new to say: only the next look moves.
    await store.actions.update({ _id: record._id, revision: record.revision }, { $set: { recheck } });
    return;
  }
  const cause = { by: US, now, request: `found:${record.revision}` };
  await changeAction(store, record.number, cause, (present) => {
    if (!isOpen(present) || present.state !== record.state) return null;
    const found = { effect: seen, recheck: null };
    const holds = seen === 'holds';
    if (present.state === 'undone')
      return holds
        ? {
            set: { ...found, state: 'done', undo: null, error: STILL },
            text: 'not taken back after all: it is still there',
          }
        : { set: found, text: 'taken back: it is gone' };
    if (holds)
      return present.state === 'done'
        ? { set: found, text: 'done: it is there' }
        : { set: { ...found, state: 'done', error: null }, text: 'done after all: it is there' };
    return present.state === 'done'
      ? { set: { ...found, state: 'failed', error: ABSENT }, text: `failed: ${ABSENT.message}` }
      : { set: found, text: 'found out: it did not happen' };
  });
}

import type { TenantStore } from '../../store/index.js';

const MOST = 200;

/**
 * Write down that exceptions are over. They stopped hiding at their time already: whoever reads them compares it.
 * @param now epoch ms by the clock that events are processed by
 * @returns how many are newly over
 */
export async function expireDue(scope: TenantStore, now: number): Promise<number> {
  const due = await scope.exceptions.find(
    { state: { $in: ['monitor', 'active'] }, expires: { $lte: now } },
    { limit: MOST },
  );
  let expired = 0;
  for (const { _id, revision, expires } of due) {
    const entry = { at: expires, actor: 'mdr', actorName: 'mdr', kind: 'expired' as const, text: 'Its time is over' };
    const written = await scope.exceptions.update(
      { _id, revision },
      { $set: { state: 'expired', updated: now }, $push: { log: entry }, $inc: { revision: 1 } },
    );
    if (written) expired++;
  }
  return expired;
}

import { setTimeout as sleep } from 'node:timers/promises';
import type { Clock } from '../../clock.js';
import { MdrError } from '../../errors.js';
import type { Case } from '../../store/cases.js';
import type { TenantStore } from '../../store/index.js';
import type { By } from '../../triage/work.js';
import { type Applied, apply } from './change.js';
import { contractOf } from './contract.js';
import { unknownCase } from './error.js';
import type { Cause, Change } from './types.js';

const ATTEMPTS = 20;

/** Who asks, when, and by which request: the same request again changes nothing. */
export interface Asking {
  by: By;
  clock: Clock;
  request: string;
}

export const causeOf = (store: TenantStore, { by, clock, request }: Asking): Cause => ({
  ...{ by, request, now: clock() },
  contract: contractOf(store.tenant),
});

/**
 * Read, apply, and write only if nobody wrote in between; otherwise read again. So each change sees the case that it changes, and of
 * two people who click at once neither loses anything.
 * @param change or what makes one of the case as it is
 * @throws MdrError MDR_CASE_UNKNOWN, MDR_CASE_STATE, MDR_CASE_BAD, MDR_CONFLICT
 */
export async function changeCase(
  store: TenantStore,
  number: number,
  asking: Asking,
  change: Change | ((record: Case) => Change),
): Promise<Applied> {
  for (let attempt = 1; attempt <= ATTEMPTS; attempt++) {
    const record = await store.cases.findOne({ number });
    if (!record) throw unknownCase(number, store.tenant.name);
    const made = typeof change === 'function' ? change(record) : change;
    const applied = apply(record, made, causeOf(store, asking));
    if (!applied.changed || (await write(store, record, applied))) return applied;
    await sleep(Math.random() * 15 * attempt);
  }
  throw new MdrError(
    'MDR_CONFLICT',
    `case ${number} was changed by others ${ATTEMPTS} times while this was being written.`,
    'Nothing was changed by you: try again in a moment.',
  );
}

/** @returns whether it is still the case that was read: only then it is written */
function write(store: TenantStore, before: Case, { record, entries }: Applied): Promise<boolean> {
  const keys = new Set([...Object.keys(before), ...Object.keys(record)] as (keyof Case)[]);
  const set: Record<string, unknown> = {};
  const unset: Record<string, 1> = {};
  for (const key of keys) {
    if (key === 'log' || before[key] === record[key]) continue;
    if (record[key] === undefined) unset[key] = 1;
    else set[key] = record[key];
  }
  return store.cases.update(
    { number: before.number, revision: before.revision },
    {
      $set: set,
      ...(Object.keys(unset).length > 0 && { $unset: unset }),
      ...(entries.length > 0 && { $push: { log: { $each: entries } } }),
    },
  );
}

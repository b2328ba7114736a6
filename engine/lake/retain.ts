import type { Clock } from '../clock.js';
import { MdrError } from '../errors.js';
import type { Hold, Tenant } from '../store/tenants.js';
import type { Journal, LakeFile } from './journal.js';

const DAY_MS = 24 * 3600_000;

/** What a deletion did. */
export interface Deleted {
  files: number;
  events: number;
  /** Events that would have gone, but are held. */
  held: number;
}

/** Midnight (UTC) from which on a tenant's events stay, epoch ms; null: all stay. */
export function keptFrom({ lakeDays }: Pick<Tenant, 'lakeDays'>, now: number): number | null {
  return lakeDays === undefined ? null : Math.floor(now / DAY_MS) * DAY_MS - lakeDays * DAY_MS;
}

/** Of events: evidence has holds of its own among them (engine/breach/evidence/holds.ts). */
export const activeHolds = ({ holds = [] }: Pick<Tenant, 'holds'>): Hold[] =>
  holds.filter(({ released, of }) => !released && !of);

const holds = ({ from, until }: Hold, file: LakeFile): boolean =>
  file.until >= (from ?? -Infinity) && file.from < (until ?? Infinity);

/** A file goes when all its events are old, and came long ago: old records that were brought in yesterday stay their days. */
const isPast = (file: LakeFile, before: number): boolean => file.until < before && file.landed < before;

/**
 * Delete events from before a time: whole files, which are whole days. Queries see them no more at once; the disk has its space back
 * within the hour.
 * @param before epoch ms
 * @param tenant asked for anew right before, so that a hold that was just placed counts
 * @param strict refuse altogether when some of them are held (a person asked); otherwise those stay and the others go (retention)
 * @throws MdrError MDR_LAKE_HELD
 */
export async function deleteBefore(
  journal: Journal,
  before: number,
  { tenant, strict, clock }: { tenant: () => Promise<Pick<Tenant, 'holds'>>; strict: boolean; clock: Clock },
): Promise<Deleted> {
  const held = activeHolds(await tenant());
  const result: Deleted = { files: 0, events: 0, held: 0 };
  await journal.commit(({ files }) => {
    const past = [...files.values()].filter((file) => isPast(file, before));
    const kept = past.filter((file) => held.some((hold) => holds(hold, file)));
    if (strict && kept.length > 0) {
      const [hold] = held.filter((each) => holds(each, kept[0]!));
      throw new MdrError(
        'MDR_LAKE_HELD',
        `Some of these events are under legal hold ${hold!.id} (${hold!.why}).`,
        'Nothing was deleted. Two people release a hold in chat: `/mdr evidence release <hold> because …`.',
      );
    }
    const gone = past.filter((file) => !kept.includes(file));
    result.files = gone.length;
    result.events = gone.reduce((sum, { rows }) => sum + rows, 0);
    result.held = kept.reduce((sum, { rows }) => sum + rows, 0);
    return gone.length > 0 ? { at: clock(), add: [], remove: gone.map(({ path }) => path), batches: [] } : null;
  });
  return result;
}

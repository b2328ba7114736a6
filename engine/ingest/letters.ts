import { randomUUID } from 'node:crypto';
import type { DeadLetter } from '../store/deadletters.js';
import type { TenantStore } from '../store/index.js';
import { unseal } from './envelope.js';
import type { Intake } from './intake.js';
import { MAX_RECORD_BYTES } from './records.js';
import { Refusals } from './refusals.js';

/** Letters queued again in one go. */
export const MAX_REPLAYED = 1000;
/** A command that took letters and did not say that they are queued was interrupted: then another may take them. */
const CLAIM_MS = 60_000;
const MAX_GROUPS = 100;

/** Which letters: one by the beginning of its id, those with one code, those of one source, or all. */
export type Which = { id: string } | { code: string } | { source: string } | Record<string, never>;

export function letterFilter(which: Which): object {
  if ('id' in which) return { _id: { $regex: `^${which.id}` } };
  if ('code' in which) return { code: which.code };
  return 'source' in which ? { source: which.source } : {};
}

/** A letter that can be queued again, and was not. */
const waiting = (now: number) => ({
  record: { $ne: null },
  $or: [{ replay: null }, { 'replay.done': false, 'replay.at': { $lt: now - CLAIM_MS } }],
});

export interface LetterGroup {
  source: string;
  code: string;
  count: number;
  /** Of them, those that can be queued again and were not. */
  waiting: number;
  /** Epoch ms of the last one. */
  last: number;
}

/** Dead letters counted by source and code, the most frequent first; at most 100 groups. */
export async function letterGroups(store: TenantStore, which: Which, now: number): Promise<LetterGroup[]> {
  type Row = { _id: { source: string; code: string }; count: number; last: number };
  const grouped = (filter: object) =>
    store.deadletters.aggregate<Row>([
      { $match: filter },
      { $group: { _id: { source: '$source', code: '$code' }, count: { $sum: 1 }, last: { $max: '$at' } } },
      { $sort: { count: -1, last: -1 } },
      { $limit: MAX_GROUPS },
    ]);
  const [all, open] = await Promise.all([
    grouped(letterFilter(which)),
    grouped({ $and: [letterFilter(which), waiting(now)] }),
  ]);
  return all.map(({ _id: { source, code }, count, last }) => {
    const left = open.find(({ _id }) => _id.source === source && _id.code === code)?.count ?? 0;
    return { source, code, count, waiting: left, last };
  });
}

/** The record of a letter as it was received, without what its shipper said of it. */
export function shownSample({ sample, record }: DeadLetter): string {
  if (record?.carrier !== 'envelope' || !sample.includes('\t')) return sample;
  return unseal(sample).record;
}

/**
 * Queue letters again, the oldest first, as the records that they were: same source, format, time of arrival. Their events have
 * the ids that they would have had, so that what is queued twice all the same is detected once. A letter is marked before and
 * after, and one that is marked is left alone; when its record is refused again, the mark goes.
 * @returns how many were queued, and how many more could be
 * @throws MdrError MDR_SERVICE_DOWN
 */
export async function replayLetters(
  store: TenantStore,
  intake: Pick<Intake, 'take'>,
  which: Which,
  who: { by: string; now: number },
): Promise<{ queued: number; left: number }> {
  const { by, now } = who;
  const filter = { $and: [letterFilter(which), waiting(now)] };
  const found = await store.deadletters.find(filter, { sort: { at: 1, _id: 1 }, limit: MAX_REPLAYED });
  const claim = randomUUID();
  const ids = found.map(({ _id }) => _id);
  await store.deadletters.updateMany(
    { $and: [{ _id: { $in: ids } }, waiting(now)] },
    { $set: { replay: { claim, at: now, by, done: false } } },
  );
  const claimed = await store.deadletters.find(
    { 'replay.claim': claim },
    { sort: { at: 1, _id: 1 }, limit: MAX_REPLAYED },
  );
  // Before they are queued: a letter that is refused again at once is not one more.
  const left = await store.deadletters.count(filter);
  for (const letters of alike(claimed)) {
    const { source, record } = letters[0]!;
    const { format, carrier, simulated, received } = record!;
    const origin = { tenant: store.id, source, format, simulated, ...(carrier ? { carrier } : {}) };
    await intake.take(origin, {
      batches: [letters.map(({ sample, record }) => record!.whole || sample)],
      refused: new Refusals(),
      moment: `replay:${claim}:${letters[0]!._id}`,
      received,
    });
    const done = { _id: { $in: letters.map(({ _id }) => _id) }, 'replay.claim': claim };
    await store.deadletters.updateMany(done, { $set: { 'replay.done': true } });
  }
  return { queued: claimed.length, left };
}

/** Letters that came from batches of the same kind and time, in pieces that fit one batch. */
function alike(letters: readonly DeadLetter[]): DeadLetter[][] {
  const groups = new Map<string, { letters: DeadLetter[]; bytes: number }>();
  const full: DeadLetter[][] = [];
  for (const letter of letters) {
    const { format, carrier, simulated, received } = letter.record!;
    const key = JSON.stringify([letter.source, format, carrier, simulated, received]);
    let group = groups.get(key);
    if (group && group.bytes + letter.bytes > MAX_RECORD_BYTES) {
      full.push(group.letters);
      group = undefined;
    }
    if (!group) {
      group = { letters: [], bytes: 0 };
      groups.set(key, group);
    }
    group.letters.push(letter);
    group.bytes += letter.bytes;
  }
  return [...full, ...[...groups.values()].map((group) => group.letters)];
}

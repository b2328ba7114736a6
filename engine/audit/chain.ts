import { createHash } from 'node:crypto';
import { setTimeout as sleep } from 'node:timers/promises';
import { MdrError } from '../errors.js';
import { canonical, idOf } from '../ids.js';
import type { ChainEntry, ChainHead } from '../store/chains.js';
import type { TenantStore } from '../store/index.js';

/** What the first entry follows. */
export const GENESIS = '0'.repeat(64);
const ATTEMPTS = 40;
const PAGE = 2000;

/** Something to be written down. */
export interface Note {
  /** What it is of, unique within the chain: the same is written down once. */
  key: string;
  /** Epoch ms. */
  at: number;
  /** Plain JSON. */
  body: Record<string, unknown>;
}

type Chained = Pick<TenantStore, 'id' | 'chainEntries' | 'chainHeads'>;

/** SHA-256, hexadecimal, of an entry's canonical JSON. */
export function hashOf({ tenant, chain, seq, at, body, prev }: Omit<ChainEntry, '_id' | 'hash'>): string {
  return createHash('sha256').update(canonical({ tenant, chain, seq, at, body, prev })).digest('hex');
}

/**
 * Add entries to the end of a chain. They go into its head first, in one write that only one writer can win, and from there to their own
 * collection: a crash at any moment leaves the chain whole, and whoever comes next finishes.
 * @returns the entries as they stand, in the order of the notes; of a note that was written down before, that one
 * @throws MdrError MDR_CONFLICT
 */
export async function append(store: Chained, chain: string, notes: readonly Note[]): Promise<ChainEntry[]> {
  const _id = idOf('chain', store.id, chain);
  // What goes in and what is read back have to be the same JSON, to the last key.
  const plain = notes.map(({ key, at, body }) => ({
    ...{ _id: idOf('chain-entry', store.id, chain, key), at },
    body: JSON.parse(canonical(body), wellFormed) as Record<string, unknown>,
  }));
  for (let attempt = 1; attempt <= ATTEMPTS; attempt++) {
    const head = await settled(store, chain);
    if (!head) {
      await store.chainHeads.insert({ _id, name: chain, seq: 0, hash: GENESIS, tail: [] });
      continue;
    }
    const known = new Map((await store.chainEntries.find({ _id: { $in: plain.map((note) => note._id) } })).map(byId));
    let { seq, hash } = head;
    const tail: ChainEntry[] = [];
    for (const note of plain) {
      if (known.has(note._id)) continue;
      const entry = { ...note, tenant: store.id, chain, seq: ++seq, prev: hash };
      hash = hashOf(entry);
      tail.push({ ...entry, hash });
      known.set(note._id, tail.at(-1)!);
    }
    const all = () => plain.map((note) => known.get(note._id)!);
    if (tail.length === 0) return all();
    if (await store.chainHeads.update({ _id, seq: head.seq, hash: head.hash }, { $set: { seq, hash, tail } })) {
      await settled(store, chain);
      return all();
    }
    await sleep(Math.random() * 10 * attempt);
  }
  throw new MdrError('MDR_CONFLICT', `the record "${chain}" was written to by others all the time.`, 'Try again.');
}

/** Half a pair of surrogates, which the store keeps as another letter: so it is that letter before it is hashed. In keys too. */
function wellFormed(_: string, value: unknown): unknown {
  if (typeof value === 'string') return value.toWellFormed();
  if (value === null || typeof value !== 'object' || Array.isArray(value)) return value;
  return Object.fromEntries(Object.entries(value).map(([key, each]) => [key.toWellFormed(), each]));
}

const byId = (entry: ChainEntry): [string, ChainEntry] => [entry._id, entry];

/** The head of a chain, once all its entries are where they belong; null: there is no such chain. */
async function settled(store: Chained, chain: string): Promise<ChainHead | null> {
  const _id = idOf('chain', store.id, chain);
  const head = await store.chainHeads.findOne({ _id });
  if (!head || head.tail.length === 0) return head;
  await store.chainEntries.insertNew(head.tail);
  await store.chainHeads.update({ _id, seq: head.seq, hash: head.hash }, { $set: { tail: [] } });
  return { ...head, tail: [] };
}

/** Entries in order, those on their way too, in pages. @param after the last one that is known already */
export async function* entriesOf(store: Chained, chain: string, after = 0): AsyncGenerator<ChainEntry[]> {
  await settled(store, chain);
  for (let from = after; ; ) {
    // Two of one number can only be there when somebody put one in; no page ends between them.
    const found = await store.chainEntries.find({ chain, seq: { $gt: from } }, { sort: { seq: 1 }, limit: PAGE });
    const last = found.at(-1)?.seq;
    if (last === undefined) return;
    const isMore = found.length === PAGE && found[0]!.seq < last;
    yield isMore ? found.filter(({ seq }) => seq < last) : found;
    if (found.length < PAGE) return;
    from = isMore ? last - 1 : last;
  }
}

export const headOf = (store: Chained, chain: string): Promise<ChainHead | null> => settled(store, chain);

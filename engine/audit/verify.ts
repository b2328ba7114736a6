import type { TenantStore } from '../store/index.js';
import { entriesOf, headOf } from './chain.js';
import { ChainCheck, type Fault } from './check.js';

/** What became of a look at a chain in the store. */
export interface Checked {
  entries: number;
  /** Hash of the last entry. */
  head: string;
  faults: Fault[];
}

/**
 * Check every entry of a chain.
 * @param known hashes that entries have to have, from outside: what was posted as an anchor, or printed in an export
 */
export async function verifyChain(
  store: Pick<TenantStore, 'id' | 'chainEntries' | 'chainHeads'>,
  chain: string,
  known: readonly { seq: number; hash: string }[] = [],
): Promise<Checked> {
  const head = await headOf(store, chain);
  const end = { seq: head?.seq ?? 0, hash: head?.hash ?? '' };
  const check = new ChainCheck(store.id, chain, end);
  const open = new Map<number, Set<string>>();
  for (const { seq, hash } of known) open.set(seq, (open.get(seq) ?? new Set()).add(hash));
  const extra: Fault[] = [];
  for await (const page of entriesOf(store, chain))
    for (const entry of page) {
      check.add(entry);
      const hashes = open.get(entry.seq);
      if (!hashes) continue;
      open.delete(entry.seq);
      const text = `${chain}: entry ${entry.seq} is not the one that was anchored: it, or one before it, was written anew`;
      if (hashes.size > 1 || !hashes.has(entry.hash)) extra.push({ chain, at: entry.seq, kind: 'replaced', text });
    }
  for (const [seq] of open)
    extra.push({ chain, at: seq, kind: 'cut off', text: `${chain}: entry ${seq}, which was anchored, is not there` });
  return { entries: check.entries, head: end.hash, faults: [...check.finish(), ...extra] };
}

import type { Case } from '../../../store/cases.js';
import type { TenantStore } from '../../../store/index.js';
import { headOf } from '../../case/join.js';
import { runOf, write } from './keep.js';

/**
 * The case that a run belongs to. When that went into another one, the run goes on there, with its tasks as they are called there.
 * @returns null: the other case has not taken it in yet, or the case is gone
 */
export async function follow(store: TenantStore, number: number): Promise<Case | null> {
  const { record } = await runOf(store, number);
  const own = await store.cases.findOne({ number: record.case });
  if (!own || own.mergedInto === undefined) return own;
  const head = await store.cases.findOne({ number: await headOf(store, own.number) });
  if (!head || own.moves.length > 0) return null;
  const links = record.links.map((link) => {
    if (link.task === undefined || link.closed) return link;
    const there = head.tasks.find(({ how }) => how?.run === number && how.key === link.key);
    const { task: _, ...rest } = link;
    return there ? { ...link, task: there.id } : rest;
  });
  await write(store, record, { case: head.number, links }, []);
  return head;
}

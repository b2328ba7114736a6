import type { Case } from '../../store/cases.js';
import type { TenantStore } from '../../store/index.js';
import { loaded } from '../playbook/drive/keep.js';
import { factsOf } from './facts.js';
import type { RunFacts } from './types.js';

/** What a case was run by: of several runs the one that did most. @returns null where nothing was run. @throws MdrError MDR_PLAYBOOK_VERSION */
export async function runOfCase(store: TenantStore, record: Case): Promise<RunFacts | null> {
  const found = await store.playbookRuns.find({ case: record.number }, { sort: { number: 1 }, limit: 50 });
  const runs = await Promise.all(found.map((run) => loaded(store, run)));
  const [most] = runs.sort((a, b) => b.state.count - a.state.count || b.record.number - a.record.number);
  if (!most) return null;
  const numbers = most.record.links.flatMap(({ action }) => (action === undefined ? [] : [action]));
  const actions = await store.actions.find({ number: { $in: numbers } }, { limit: numbers.length || 1 });
  const ended = actions.flatMap(({ number, ended: at }): [number, number][] => (at === null ? [] : [[number, at]]));
  return factsOf(most.program, most.state, most.record.links, record, new Map(ended));
}

import { runsOf } from '../../engine/respond/playbook/drive/begin.js';
import { loaded } from '../../engine/respond/playbook/drive/keep.js';
import { linkKey, wanted } from '../../engine/respond/playbook/drive/steps.js';
import type { Loaded } from '../../engine/respond/playbook/drive/types.js';
import type { ActionRecord } from '../../engine/store/actions.js';
import type { TenantStore } from '../../engine/store/index.js';

/** A run, with the actions that stand for its open steps. */
export interface RunView extends Loaded {
  actions: ReadonlyMap<string, ActionRecord>;
}

export async function viewOf(store: TenantStore, run: Loaded): Promise<RunView> {
  const actions = new Map<string, ActionRecord>();
  for (const effect of wanted(run.program, run.state)) {
    const { action } = run.record.links.find(({ key }) => key === linkKey(run.state, effect.step)) ?? {};
    const found = action === undefined ? null : await store.actions.findOne({ number: action });
    if (found) actions.set(effect.step, found);
  }
  return { ...run, actions };
}

/** The runs of a case, oldest first, as their cards are made of them. */
export async function viewsOf(store: TenantStore, number: number): Promise<RunView[]> {
  const runs = await runsOf(store, number);
  return Promise.all(runs.reverse().map(async (record) => viewOf(store, await loaded(store, record))));
}

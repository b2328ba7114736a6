import type { Clock } from '../../clock.js';
import type { Queues } from '../../queues.js';
import type { HuntRun } from '../../store/huntruns.js';
import type { TenantStore } from '../../store/index.js';
import { postRun } from './post.js';
import { noteRun } from './records.js';

/** Write the end of a run into its hunt, and post it where that was asked for, unless that was done. Done twice, it is done once. */
export async function tell(
  { queues, clock }: { queues: Queues; clock: Clock },
  scope: TenantStore,
  run: HuntRun,
): Promise<void> {
  if (run.told !== false) return;
  await noteRun(scope, run, clock);
  if (run.post && (!run.scheduled || run.state === 'failed' || (run.result?.total ?? 0) > 0))
    await postRun(scope, queues, run, run.post, ['chart', 'csv'], clock, false);
  await scope.huntRuns.update({ _id: run._id }, { $set: { told: true } });
}

import { MdrError } from '../../../errors.js';
import { changeCase } from '../../case/save.js';
import { runOf } from './keep.js';
import { requestOf } from './steps.js';
import type { DriveParts } from './types.js';

/** Put what happened to a run on the timeline of its case, each entry once, and have its cards drawn again. */
export async function tell({ store, queues, clock }: DriveParts, number: number): Promise<void> {
  const { record } = await runOf(store, number);
  const { _id, log, told, revision, shown } = record;
  for (const { id, at, actor, actorName, lane, text, reason } of log.slice(told))
    try {
      await changeCase(
        store,
        record.case,
        { by: { id: actor, name: actorName }, clock, request: requestOf(_id, `told:${id}`) },
        { kind: 'playbook', run: number, text, at, lane, reason },
      );
    } catch (error) {
      // A case that is full or went into another one: the run's own log has all of it.
      if (!(error instanceof MdrError) || error.code === 'MDR_CONFLICT') throw error;
    }
  if (shown < revision || told < log.length)
    await queues.add('changes', { tenant: store.id, kind: 'case', number: record.case });
  const settled = record.status === 'ended' && record.links.every(({ closed }) => closed);
  // What came in meanwhile is told by the next look.
  await store.playbookRuns.update({ _id }, { $set: { told: log.length, shown: revision, looked: clock() } });
  if (settled) await store.playbookRuns.update({ _id, revision }, { $set: { settled: true } });
}

import { spanText } from '../../investigate/words.js';
import { clip, minute } from '../../say.js';
import type { Case, CaseTask, ClockKind } from '../../store/cases.js';
import { clockState } from '../case/clocks.js';
import { movesOf } from './times.js';
import type { Finding } from './types.js';

const SHOULD: Readonly<Record<ClockKind, string>> = {
  acknowledge: 'acknowledged',
  contain: 'contained',
  resolve: 'resolved',
};

/** What the case itself shows: times of the contract, tasks that came late or were dropped, steps back. */
export function caseFindings(record: Case, now: number): Finding[] {
  return [
    ...clockFindings(record, now),
    ...record.tasks.flatMap((task) => taskFindings(record, task, now)),
    ...backs(record),
  ];
}

function clockFindings({ clocks, state }: Case, now: number): Finding[] {
  return clocks.flatMap((clock): Finding[] => {
    const is = clockState(clock, now);
    if (is !== 'missed' && (is !== 'over' || state === 'closed')) return [];
    const took = (clock.met ?? now) - clock.started;
    const limit = clock.due - clock.started;
    const text =
      is === 'missed'
        ? `It was ${SHOULD[clock.kind]} after ${spanText(took)}; the contract gives ${spanText(limit)}.`
        : `It is not ${SHOULD[clock.kind]} after ${spanText(took)}; the contract gives ${spanText(limit)}.`;
    return [{ kind: 'clock', text, from: [`clock ${clock.kind}`], took, limit }];
  });
}

/** When a task was made, and when it came to its state, with the places in the log. */
export function taskTimes({ log, created }: Pick<Case, 'log' | 'created'>, { id }: Pick<CaseTask, 'id'>) {
  const made = log.findIndex(({ field, also }) => field === `task:${id}` || also?.includes(`task:${id}`));
  const ended = log.findLastIndex(({ field }) => field === `task:${id}.state`);
  return {
    made: made < 0 ? created : log[made]!.at,
    ended: ended < 0 ? null : { at: log[ended]!.at, entry: ended + 1, reason: log[ended]!.reason },
  };
}

function taskFindings(record: Case, task: CaseTask, now: number): Finding[] {
  const { id, title, state, due, lane } = task;
  const { ended, made } = taskTimes(record, task);
  const name = `${id}, “${clip(title, 120)}”,`;
  const from = [id, ...(ended ? [`#${ended.entry}`] : [])];
  if (state === 'dropped')
    return [
      {
        kind: 'skipped',
        text: `${name} was dropped.`,
        from,
        task: id,
        lane,
        ...(ended?.reason && { why: ended.reason }),
      },
    ];
  if (due === null) return [];
  const until = state === 'open' ? now : (ended?.at ?? null);
  if (until === null || until <= due) return [];
  const text =
    state === 'open'
      ? `${name} is still open; it was due ${minute(due)}.`
      : `${name} was done ${spanText(until - due)} after its time.`;
  return [{ kind: 'late', text, from, task: id, lane, took: until - made, limit: due - made }];
}

/** A case that had to go back: something was taken for done that was not. */
function backs(record: Case): Finding[] {
  const moves = movesOf(record);
  return moves.flatMap((move, i): Finding[] => {
    const before = moves[i - 1];
    if (!before || move.rank >= before.rank) return [];
    const text =
      before.to === 'closed'
        ? `It was closed, and opened again ${spanText(move.at - before.at)} later.`
        : `It went back from ${before.to} to ${move.to}: what came between was done too early, or not for good.`;
    return [{ kind: 'order', text, from: [`#${before.entry}`, `#${move.entry}`], at: move.at }];
  });
}

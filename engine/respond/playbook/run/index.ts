import { MdrError } from '../../../errors.js';
import { advance } from './advance.js';
import { effectOf, endedEffect } from './effects.js';
import { take } from './events.js';
import { checkInputs } from './program.js';
import type { Program, RunEvent, RunState, Turn } from './types.js';
import type { Work } from './work.js';

export { nextWake, outstanding } from './effects.js';
export { pin } from './program.js';
export type * from './types.js';

/**
 * The first turn of a run. Pure: the same arguments give the same state and effects.
 * @param run its id, unique; part of every key
 * @param given values of the playbook's inputs
 * @param now epoch ms
 * @throws MdrError MDR_PLAYBOOK_INPUT
 */
export function begin(program: Program, run: string, given: Record<string, unknown>, by: string, now: number): Turn {
  const state: RunState = {
    run,
    version: program.version,
    status: 'running',
    inputs: checkInputs(program.playbooks[program.root]!, given),
    steps: {},
    finished: {},
    signals: [],
    clock: now,
    lastBy: by,
    begunBy: by,
    count: 0,
  };
  return finish({ program, state, effects: [] });
}

/**
 * What an event makes of a run. Pure: no clock, no store; the state that is given is left as it is. An event that does not fit (twice, too
 * late, too early, by who may not) changes nothing and is `ignored` with a reason.
 * @param now epoch ms; a time before the latest that the run has seen counts as that
 * @throws MdrError MDR_PLAYBOOK_VERSION when the run began with another version
 */
export function step(program: Program, before: RunState, event: RunEvent, now: number): Turn {
  if (program.version !== before.version)
    throw new MdrError(
      'MDR_PLAYBOOK_VERSION',
      `The run ${before.run} began with version ${before.version.slice(0, 12)}, not ${program.version.slice(0, 12)}.`,
      'Load the program that was pinned when it began.',
    );
  const state = structuredClone(before);
  state.clock = Math.max(state.clock, now);
  const work: Work = { program, state, effects: [] };
  const ignored = take(work, event);
  if (ignored !== null) return { state: before, effects: [], ignored };
  return finish(work);
}

function finish(work: Work): Turn {
  const { program, state, effects } = work;
  if (state.status === 'running') advance(work);
  if (state.status === 'ended') return { state, effects: [endedEffect(program, state)] };
  // What was asked for and is over within one turn is not asked for at all.
  return { state, effects: effects.filter(({ key, step: path }) => effectOf(program, state, path)?.key === key) };
}

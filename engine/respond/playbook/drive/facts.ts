import type { ActionRecord } from '../../../store/actions.js';
import { CASE_STATES, type Case } from '../../../store/cases.js';
import type { TenantStore } from '../../../store/index.js';
import { isUndo } from '../run/scope.js';
import { actionFact, requestFor } from './actions.js';
import { linkKey, stepAt, wanted } from './steps.js';
import { taskFact, taskFor } from './tasks.js';
import { type DriveParts, type Happened, type Loaded, US } from './types.js';

/** `case-review`: the case has come to its review. */
const CASE_SIGNAL = /^case-(\w+)$/;

/**
 * What the world has done about a run since, in the order in which it happened: tasks that are done, actions that were approved or
 * are over, what the case has come to, and time.
 */
export async function factsOf(parts: DriveParts, run: Loaded, record: Case): Promise<Happened[]> {
  const { store, clock } = parts;
  const { program, state, record: kept } = run;
  if (state.status === 'ended') return [];
  const now = clock();
  if (record.state === 'closed' && record.mergedInto === undefined) {
    const event = { type: 'stop', by: US.id, why: `case ${record.number} was closed`, rollback: false } as const;
    return [{ event, at: now, who: US, text: 'stopped: its case was closed' }];
  }
  const facts: Happened[] = [];
  for (const effect of wanted(program, state)) {
    const key = linkKey(state, effect.step);
    if (effect.kind === 'task') {
      const task = taskFor(record, kept.number, key);
      const fact = task ? taskFact(record, task, effect) : null;
      if (fact) facts.push(fact);
    } else if ((effect.kind === 'act' || effect.kind === 'approve') && effect.action !== undefined) {
      // What is taken back is known once that was asked for.
      const link = isUndo(effect.step) ? kept.links.find((one) => one.key === key) : null;
      if (link === undefined) continue;
      const found = link === null ? await requestFor(store, run, key) : await byNumber(store, link.action);
      const fact = actionFact(run, effect, found, now);
      if (fact) facts.push(fact);
    }
  }
  facts.push(...signalsOf(run, record, now));
  // A paused run hears what became of actions, and nothing else.
  const heard = state.status === 'paused' ? facts.filter(({ event }) => event.type === 'result') : facts;
  const sorted = heard.sort((a, b) => a.at - b.at);
  const isDue = kept.wake !== null && kept.wake <= now;
  return isDue ? [...sorted, { event: { type: 'tick' }, at: now, who: US, text: null }] : sorted;
}

const byNumber = async (store: TenantStore, number: number | undefined): Promise<ActionRecord | null> =>
  number === undefined ? null : store.actions.findOne({ number });

/** What steps wait for that the case itself says. */
function signalsOf({ program, state }: Loaded, record: Case, now: number): Happened[] {
  return Object.entries(state.steps).flatMap(([path, { status }]): Happened[] => {
    const step = status === 'running' ? stepAt(program, state, path) : null;
    if (step?.type !== 'wait' || step.until === undefined || state.signals.includes(step.until)) return [];
    const wantedState = CASE_STATES.find((each) => each === CASE_SIGNAL.exec(step.until!)?.[1]);
    if (!wantedState || CASE_STATES.indexOf(record.state) < CASE_STATES.indexOf(wantedState)) return [];
    return [{ event: { type: 'signal', name: step.until }, at: now, who: US, text: `the case is in ${record.state}` }];
  });
}

import { spanText } from '../../investigate/words.js';
import { clip } from '../../say.js';
import { CASE_STATES, type Case } from '../../store/cases.js';
import { ms } from '../playbook/duration.js';
import { Order } from '../playbook/lint/order.js';
import { isUndo, type Scope, scopeOf } from '../playbook/run/scope.js';
import type { StepState } from '../playbook/run/types.js';
import { fillText } from '../playbook/text.js';
import type { Phase, Playbook, Step } from '../playbook/types.js';
import { taskTimes } from './case-side.js';
import { movesOf, rankAt, rankOf } from './times.js';
import type { Finding, RunFacts } from './types.js';

const NOBODY = 'mdr';
/** Playbooks within one run that are looked at for their order; each costs the square of its steps. */
const MOST_FRAMES = 60;

/** The state of a case that a phase belongs to; the others belong to none. */
const STATE_OF: Partial<Record<Phase, number>> = {
  triage: rankOf('triage'),
  contain: rankOf('contain'),
  eradicate: rankOf('eradicate'),
  recover: rankOf('recover'),
};

interface Seen {
  path: string;
  at: StepState;
  scope: Scope;
  step: Step;
  name: string;
  ended: number | null;
}

/** What the run shows beside the playbook that it went by, and what the case has that the playbook has not. */
export function runFindings(record: Case, run: RunFacts): Finding[] {
  const seen = seenOf(run);
  return [
    ...seen.flatMap(ofStep),
    ...seen.flatMap((each) => tooLate(record, each)),
    ...outOfOrder(seen),
    ...notReached(run),
    ...added(record, run),
  ];
}

function seenOf({ program, state, ended }: RunFacts): Seen[] {
  return Object.entries(state.steps).flatMap(([path, at]): Seen[] => {
    const scope = scopeOf(program, state, path);
    if (!scope) return [];
    const { step } = scope.placed;
    const title = clip(fillText(step.title, scope.look), 120);
    const name = isUndo(path) ? `Taking back “${title}”` : `“${title}”`;
    return [{ path, at, scope, step, name, ended: Object.hasOwn(ended, path) ? ended[path]! : null }];
  });
}

/** Of one step: left out by a person, failed, tried again, longer than it may take. */
function ofStep({ path, at, step, name, ended }: Seen): Finding[] {
  const base = { from: [`step ${path}`], step: path };
  const why = at.why ? { why: at.why } : {};
  const found: Finding[] = [];
  const isByPerson = at.by !== undefined && at.by !== NOBODY;
  if (at.status === 'skipped' && isByPerson)
    found.push({ ...base, ...why, kind: 'skipped', text: `${name} was left out.` });
  if (at.status === 'failed' || at.status === 'given-up')
    found.push({
      ...{ ...base, ...why, kind: 'failed' },
      text: `${name} failed${at.status === 'failed' ? '' : isByPerson ? ', and was left' : ', and the run went on'}.`,
    });
  if (at.attempt > 1 && at.status === 'done')
    found.push({ ...base, ...why, kind: 'retried', text: `${name} was tried ${at.attempt} times.`, tries: at.attempt });
  const limit = step.timeout === undefined || step.type === 'wait' || isUndo(path) ? null : ms(step.timeout);
  const took = ended === null ? null : ended - at.since;
  // Of several tries the time of all of them counts: people waited for it.
  if (limit !== null && took !== null && took > limit && at.status !== 'skipped')
    found.push({
      ...{ ...base, kind: 'late', took, limit },
      text: `${name} took ${spanText(took)}; it has ${spanText(limit)}.`,
    });
  return found;
}

/** A step that began when the case was further than the phase of the step. */
function tooLate(record: Case, { path, at, scope, step, name }: Seen): Finding[] {
  if (isUndo(path) || at.status === 'skipped' || step.type === 'finish') return [];
  const { around } = scope.placed;
  const phase = step.phase ?? around.findLast((outer) => outer.phase !== undefined)?.phase;
  const own = phase && STATE_OF[phase];
  if (own === undefined) return [];
  const rank = rankAt(movesOf(record), at.since);
  if (rank <= own) return [];
  const text = `${name}, of the phase ${phase}, began when the case was in ${CASE_STATES[rank]}.`;
  return [{ kind: 'order', text, from: [`step ${path}`, 'state'], step: path }];
}

/** Steps that ended after others had begun that stand behind them. */
function outOfOrder(seen: readonly Seen[]): Finding[] {
  const frames = new Map<string, { playbook: Playbook; steps: Seen[] }>();
  for (const each of seen) {
    const { frame, playbook } = each.scope;
    if (isUndo(each.path) || each.path.slice(frame.length).includes('[') || each.at.status !== 'done') continue;
    const found = frames.get(frame) ?? { playbook, steps: [] };
    found.steps.push(each);
    frames.set(frame, found);
  }
  return [...frames.values()].slice(0, MOST_FRAMES).flatMap(({ playbook, steps }) => {
    const order = new Order(playbook.steps);
    return steps.flatMap((first): Finding[] => {
      const over = first.ended;
      // What stands behind the next one is behind this one too: the first of them says it.
      const second = steps
        .filter((each) => over !== null && over > each.at.since && order.isBefore(first.step.id, each.step.id))
        .sort((a, b) => a.at.since - b.at.since)[0];
      if (!second) return [];
      const text = `${second.name} began before ${first.name} was over, which stands before it.`;
      return [{ kind: 'order', text, step: second.path, from: [`step ${first.path}`, `step ${second.path}`] }];
    });
  });
}

/** Of a run that did not come to its end: what of the playbook itself it never came to. */
function notReached({ program, state }: RunFacts): Finding[] {
  if (state.status !== 'ended' || state.outcome === 'completed') return [];
  const { steps } = program.playbooks[program.root]!;
  return steps
    .filter(({ id }) => state.steps[id] === undefined)
    .map(({ id, title }) => ({
      ...{ kind: 'not-reached', from: [`step ${id}`], step: id, ...(state.why && { why: state.why }) },
      text: `“${clip(title, 120)}” was never reached: the run ended as ${state.outcome}.`,
    }));
}

/** Tasks that people gave the case beside those of the run. */
function added(record: Case, { tasks }: RunFacts): Finding[] {
  const ofRun = new Set(Object.values(tasks));
  return record.tasks
    .filter(({ id, state }) => !ofRun.has(id) && state === 'done')
    .map((task): Finding => {
      const { made, ended } = taskTimes(record, task);
      return {
        ...{
          kind: 'added',
          task: task.id,
          at: made,
          lane: task.lane,
          from: [task.id, ...(ended ? [`#${ended.entry}`] : [])],
        },
        text: `${task.id}, “${clip(task.title, 120)}”, is in no step of the playbook, and was done.`,
      };
    });
}

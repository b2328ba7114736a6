import { ms } from '../duration.js';
import { judge, parseExpression, type Value } from '../expression.js';
import { fill, fillText } from '../text.js';
import type { Choice, Step } from '../types.js';
import { rollBack } from './rollback.js';
import { pathOf, roundsOf, type Scope, scopeOf } from './scope.js';
import { isOver } from './types.js';
import {
  argsOf,
  close,
  digestOf,
  emit,
  end,
  expire,
  fail,
  leave,
  NOBODY,
  open,
  openAction,
  type Work,
} from './work.js';

const MOST_ITEMS = 100;
const MOST_STEPS = 5000;

/** Go on as far as it goes without the world: until it waits, or is over. */
export function advance(work: Work): void {
  const { state, program } = work;
  let before = '';
  const mark = () => `${state.count} ${state.rollback !== undefined}`;
  // What ends in one place may be what another waits for: again until nothing more ends.
  while (state.status === 'running' && before !== mark()) {
    before = mark();
    expire(work);
    if (state.status !== 'running') return;
    if (state.rollback) rollBack(work);
    else if (list(work, program.playbooks[program.root]!.steps, '', '') && !state.rollback)
      end(work, 'completed', state.finished[''] ?? 'every step is over');
  }
}

/** @returns whether all of it is over */
function list(work: Work, steps: readonly Step[], prefix: string, frame: string): boolean {
  for (const each of steps) {
    if (!one(work, each, prefix + each.id)) return false;
    if (work.state.finished[frame] !== undefined) return true;
  }
  return true;
}

function one(work: Work, step: Step, path: string): boolean {
  const { state } = work;
  if (state.status !== 'running' || state.rollback) return false;
  const at = state.steps[path];
  if (isOver(at)) return true;
  if (at?.status === 'failed') return false;
  // A step that has no state yet still has a scope: that of the steps around it.
  const scope = scopeOf(work.program, state, path);
  if (!scope) return false;
  if (!at) {
    const rounds = roundsOf(path.slice(scope.frame.length));
    const isReady = (step.needs ?? []).every((id) =>
      isOver(state.steps[pathOf(scope.playbook, scope.frame, rounds, id)]),
    );
    if (!isReady) return false;
    if (step.when !== undefined && !judge(parseExpression(step.when), scope.look)) {
      leave(work, path, step, 'its guard says no');
      return true;
    }
    begin(work, step, path, scope);
  }
  if (!isOver(state.steps[path]) && state.steps[path]?.status === 'running') inside(work, step, path, scope);
  return isOver(state.steps[path]);
}

function begin(work: Work, step: Step, path: string, scope: Scope): void {
  const { state } = work;
  const due = step.timeout === undefined ? undefined : state.clock + ms(step.timeout);
  if (step.type === 'action') openAction(work, path, step.action, argsOf(step.with, scope, fill), step.timeout);
  else if (step.type === 'manual') {
    open(work, path, { due });
    emit(work, path);
  } else if (step.type === 'approval') {
    open(work, path, {
      status: 'approval',
      due,
      requestedBy: state.lastBy,
      digest: digestOf('', { ask: fillText(step.ask, scope.look) }),
    });
    emit(work, path);
  } else if (step.type === 'decision') {
    open(work, path, { due });
    const isGuarded = step.choices.some(({ when }) => when !== undefined);
    if (!isGuarded) emit(work, path);
    else
      choose(
        work,
        step,
        path,
        step.choices.find(({ when }) => when === undefined || judge(parseExpression(when), scope.look))!,
        NOBODY,
      );
  } else if (step.type === 'wait') open(work, path, { due: step.for === undefined ? due : state.clock + ms(step.for) });
  else if (step.type === 'playbook') {
    const part = work.program.playbooks[step.playbook]!;
    const given = argsOf(step.with, scope, fill);
    open(work, path, {
      inputs: Object.fromEntries(Object.keys(part.inputs).map((name) => [name, given[name] ?? null])),
    });
  } else if (step.type === 'loop') {
    const over = fill(step.over, scope.look);
    const items = over === null ? [] : distinct(Array.isArray(over) ? over : [over]);
    open(work, path, { items });
    if (items.length > MOST_ITEMS || Object.keys(state.steps).length + items.length > MOST_STEPS)
      fail(work, path, `there are ${items.length} of them: too many to go through`);
  } else if (step.type === 'finish') {
    state.finished[scope.frame] = fillText(step.outcome, scope.look);
    open(work, path);
    close(work, path, 'done', NOBODY);
  } else open(work, path);
}

const distinct = (values: Value[]): Value[] => [
  ...new Map(values.map((value) => [JSON.stringify(value), value])).values(),
];

/** Take a choice: the others are left. Its own steps come next. */
export function choose(
  work: Work,
  step: Extract<Step, { type: 'decision' }>,
  path: string,
  taken: Choice,
  by: string,
): void {
  const at = work.state.steps[path]!;
  at.answers = { choice: taken.id };
  at.by = by;
  delete at.due;
  const prefix = path.slice(0, path.length - step.id.length);
  for (const choice of step.choices)
    if (choice !== taken)
      for (const inner of choice.steps) leave(work, prefix + inner.id, inner, `"${taken.label}" was chosen`);
}

/** Go on with what is inside a step, and end it when that is over. */
function inside(work: Work, step: Step, path: string, scope: Scope): void {
  const { state } = work;
  const at = state.steps[path]!;
  const prefix = path.slice(0, path.length - step.id.length);
  const isEnded = () => state.finished[scope.frame] !== undefined;
  if (step.type === 'wait') {
    if (step.until !== undefined && state.signals.includes(step.until)) close(work, path, 'done', NOBODY);
  } else if (step.type === 'decision') {
    const taken = step.choices.find(({ id }) => id === at.answers?.choice);
    if (taken && list(work, taken.steps, prefix, scope.frame)) close(work, path, 'done', at.by ?? NOBODY);
  } else if (step.type === 'parallel') {
    const over = step.branches.map(({ steps }) => list(work, steps, prefix, scope.frame));
    if (over.every(Boolean)) close(work, path, 'done', NOBODY);
  } else if (step.type === 'loop') {
    let isAll = true;
    for (const round of at.items!.keys()) {
      const isRound = list(work, step.steps, `${path}[${round}]/`, scope.frame);
      isAll &&= isRound;
      if (!isRound && !step.atOnce) break;
    }
    if (isAll && !isEnded()) close(work, path, 'done', NOBODY);
  } else if (step.type === 'playbook') {
    const part = work.program.playbooks[step.playbook]!;
    if (!list(work, part.steps, `${path}/`, `${path}/`)) return;
    const look = outputLook(work, path, part.steps[0]!);
    const answers = Object.fromEntries(
      Object.entries(part.outputs).map(([name, { from }]) => [name, fill(from, look)]),
    );
    close(work, path, 'done', NOBODY, { answers });
  }
}

/** What names hold at the end of a part. */
const outputLook = (work: Work, path: string, first: Step): Scope['look'] =>
  scopeOf(work.program, work.state, `${path}/${first.id}`)?.look ?? (() => null);

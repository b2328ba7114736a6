import { listsOf, type Step } from '../types.js';
import type { Linted } from './types.js';

/** What must be over before what can begin: a graph over the beginning (`<id`) and the end (`>id`) of each step. */
export class Order {
  private readonly after = new Map<string, string[]>();
  private readonly seen = new Map<string, Set<string>>();

  constructor(steps: readonly Step[]) {
    this.list(steps, '<', '>');
  }

  private edge(from: string, to: string): void {
    const list = this.after.get(from);
    if (list) list.push(to);
    else this.after.set(from, [to]);
  }

  private list(steps: readonly Step[], start: string, end: string): void {
    let last = start;
    for (const step of steps) {
      this.edge(last, `<${step.id}`);
      this.edge(`<${step.id}`, `>${step.id}`);
      for (const { steps: inner } of listsOf(step)) this.list(inner, `<${step.id}`, `>${step.id}`);
      for (const need of step.needs ?? []) this.edge(`>${need}`, `<${step.id}`);
      last = `>${step.id}`;
    }
    this.edge(last, end);
  }

  /** Whether the first is surely over when the second begins. */
  isBefore(first: string, second: string): boolean {
    return this.reach(`>${first}`).has(`<${second}`);
  }

  /** Whether a step would have to wait for itself. */
  isCyclic(id: string): boolean {
    return this.reach(`>${id}`).has(`<${id}`);
  }

  private reach(from: string): Set<string> {
    const known = this.seen.get(from);
    if (known) return known;
    const reached = new Set<string>();
    const todo = [from];
    while (todo.length > 0)
      for (const next of this.after.get(todo.pop()!) ?? [])
        if (!reached.has(next)) {
          reached.add(next);
          todo.push(next);
        }
    this.seen.set(from, reached);
    return reached;
  }
}

/** Steps that wait for each other, that need what is not there or what is never done together with them, and steps that are never reached. */
export function lintOrder({ playbook, placed, byId, report }: Linted, order: Order): void {
  for (const { step, path, around } of placed)
    for (const [i, need] of (step.needs ?? []).entries()) {
      const at = [...path, 'needs', i];
      const other = byId.get(need);
      if (!other)
        report(at, `"${step.id}" needs "${need}", and there is no such step.`, 'Name a step of this playbook.');
      else if (around.includes(other.step) || other.around.includes(step) || other.step === step)
        report(at, `"${step.id}" needs "${need}", which is around or inside it.`, 'Name a step elsewhere.');
      else if (order.isCyclic(step.id))
        report(at, `"${step.id}" and "${need}" wait for each other.`, 'Take one of the needs away.');
      else if (inOtherChoice(step, around, other.step, other.around))
        report(at, `"${step.id}" needs "${need}" of another choice: never both are done.`, 'Take the need away.');
      else if (loopsAround(other.around).some((loop) => !around.includes(loop)))
        report(at, `"${step.id}" needs "${need}" inside a loop.`, 'Name the loop instead.');
    }
  lintReach(playbook.steps, ['steps'], report);
}

const loopsAround = (around: readonly Step[]): Step[] => around.filter(({ type }) => type === 'loop');

function inOtherChoice(a: Step, aroundA: readonly Step[], b: Step, aroundB: readonly Step[]): boolean {
  const shared = aroundA.filter((step) => aroundB.includes(step)).at(-1);
  if (shared?.type !== 'decision') return false;
  const side = (step: Step, around: readonly Step[]) => {
    const direct = around[around.indexOf(shared) + 1] ?? step;
    return shared.choices.findIndex(({ steps }) => steps.includes(direct));
  };
  return side(a, aroundA) !== side(b, aroundB);
}

/** @returns whether the list always ends the playbook */
function lintReach(steps: readonly Step[], path: readonly PropertyKey[], report: Linted['report']): boolean {
  let ended: string | null = null;
  for (const [i, step] of steps.entries()) {
    if (ended !== null) {
      report(
        [...path, i],
        `"${step.id}" is never reached: "${ended}" ends the playbook.`,
        'Move it before that, or delete it.',
      );
      return true;
    }
    const ends = listsOf(step).map(({ steps: inner, at }) => lintReach(inner, [...path, i, ...at], report));
    const always =
      step.type === 'finish' ||
      (step.type === 'decision' && ends.length > 0 && ends.every(Boolean)) ||
      (step.type === 'parallel' && ends.some(Boolean));
    if (always && step.when === undefined) ended = step.id;
  }
  return ended !== null;
}

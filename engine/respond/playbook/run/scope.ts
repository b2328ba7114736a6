import type { Value } from '../expression.js';
import type { Placed, Playbook } from '../types.js';
import { stepsOf } from './program.js';
import type { Program, RunState, Values } from './types.js';

/** Where a step stands in a run: its playbook, and what names hold there. */
export interface Scope {
  placed: Placed;
  playbook: Playbook;
  /** Path of the part around it with a slash behind; `''` in the playbook itself. */
  frame: string;
  inputs: Values;
  items: Values;
  look(name: string): Value;
}

const UNDO = '~undo';
export const undoPath = (path: string): string => `${path}${UNDO}`;
export const isUndo = (path: string): boolean => path.endsWith(UNDO);
export const undone = (path: string): string => (isUndo(path) ? path.slice(0, -UNDO.length) : path);

/** The scope of a path; null when the program has no such step, or the run has not come there. */
export function scopeOf(program: Program, state: RunState, path: string): Scope | null {
  const parts = undone(path).split('/');
  let playbook = program.playbooks[program.root]!;
  let inputs = state.inputs;
  let items: Values = {};
  let frame = '';
  let rounds = new Map<string, number>();
  for (const [i, part] of parts.entries()) {
    const [, id, round] = /^([a-z0-9-]+)(?:\[(\d{1,4})\])?$/.exec(part) ?? [];
    const placed = id === undefined ? undefined : stepsOf(playbook).get(id);
    if (!placed) return null;
    if (i === parts.length - 1)
      return round === undefined
        ? { placed, playbook, frame, inputs, items, look: looker(state, playbook, frame, inputs, items, rounds) }
        : null;
    const at = parts.slice(0, i).concat(id!).join('/');
    const outer = state.steps[at];
    if (!outer) return null;
    const { step } = placed;
    if (step.type === 'loop' && round !== undefined) {
      const item = outer.items?.[Number(round)];
      if (item === undefined) return null;
      items = { ...items, [step.as]: item };
      rounds = new Map([...rounds, [step.id, Number(round)]]);
    } else if (step.type === 'playbook' && round === undefined && outer.inputs && program.playbooks[step.playbook]) {
      playbook = program.playbooks[step.playbook]!;
      inputs = outer.inputs;
      items = {};
      rounds = new Map();
      frame = `${at}/`;
    } else return null;
  }
  return null;
}

/** The path of another step of the same playbook, in the same rounds of the loops around both. */
export function pathOf(playbook: Playbook, frame: string, rounds: ReadonlyMap<string, number>, id: string): string {
  const loops =
    stepsOf(playbook)
      .get(id)
      ?.around.filter(({ type }) => type === 'loop') ?? [];
  return `${frame}${loops.map((loop) => `${loop.id}[${rounds.get(loop.id) ?? 0}]/`).join('')}${id}`;
}

export function roundsOf(path: string): Map<string, number> {
  return new Map([...path.matchAll(/([a-z0-9-]+)\[(\d+)\]/g)].map((found) => [found[1]!, Number(found[2])]));
}

function looker(
  state: RunState,
  playbook: Playbook,
  frame: string,
  inputs: Values,
  items: Values,
  rounds: ReadonlyMap<string, number>,
): Scope['look'] {
  return (name) => {
    const [first, part] = name.split('.') as [string, string | undefined];
    if (part === undefined) return own(items, first) ?? own(inputs, first) ?? null;
    return own(state.steps[pathOf(playbook, frame, rounds, first)]?.answers ?? {}, part) ?? null;
  };
}

const own = (values: Values, name: string): Value | undefined =>
  Object.hasOwn(values, name) ? values[name] : undefined;

import { effectOf } from '../run/effects.js';
import { type Effect, outstanding, type Program, type RunState } from '../run/index.js';
import { isUndo, scopeOf, undone } from '../run/scope.js';
import { fillText } from '../text.js';
import type { Lane, Step } from '../types.js';

/** `S4`: how people call a step. Steps come into a run in an order that never changes. */
export function handleOf(state: RunState, path: string): string {
  return `S${Object.keys(state.steps).indexOf(path) + 1}`;
}

/** The path of a step by its handle or path; null when the run has no such step. */
export function pathOfHandle(state: RunState, word: string): string | null {
  const paths = Object.keys(state.steps);
  const digits = /^s([1-9]\d{0,4})$/i.exec(word)?.[1];
  if (digits) return paths[Number(digits) - 1] ?? null;
  return Object.hasOwn(state.steps, word) ? word : null;
}

export const stepAt = (program: Program, state: RunState, path: string): Step | null =>
  scopeOf(program, state, path)?.placed.step ?? null;

/** What a step is called in this run, its names filled in. */
export function titleAt(program: Program, state: RunState, path: string): string {
  const scope = scopeOf(program, state, path);
  if (!scope) return path;
  const title = fillText(scope.placed.step.title, scope.look);
  return isUndo(path) ? `Take back: ${title}` : title;
}

export const laneAt = (program: Program, state: RunState, path: string): Lane =>
  stepAt(program, state, undone(path))?.lane ?? 'provider';

/** What the run waits for, also while it is paused. */
export const wanted = (program: Program, state: RunState): Effect[] =>
  state.status === 'ended' ? [] : outstanding(program, { ...state, status: 'running' });

/** The effect of one step as it stands. */
export const effectAt = (program: Program, state: RunState, path: string): Effect | null =>
  Object.hasOwn(state.steps, path) ? effectOf(program, state, path) : null;

/** One try of one step: what stands for it outside is known by this. */
export const linkKey = (state: RunState, path: string): string => `${path}:${state.steps[path]!.attempt}`;
export function partsOfKey(key: string): { path: string; attempt: number } {
  const at = key.lastIndexOf(':');
  return { path: key.slice(0, at), attempt: Number(key.slice(at + 1)) };
}
/** The request by which cases and actions know it: the same again is the same. */
export const requestOf = (run: string, key: string): string => `run:${run}:${key}`;

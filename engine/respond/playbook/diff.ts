import { canonical } from '../../ids.js';
import { type Playbook, type Step, walk } from './types.js';

export interface Difference {
  /** `playbook` for what stands outside of the steps. */
  what: 'playbook' | 'step';
  kind: 'added' | 'removed' | 'changed' | 'moved';
  id: string;
  /** Which of its parts changed. */
  keys: string[];
  text: string;
}

interface Flat {
  step: Step;
  own: Record<string, unknown>;
  /** The steps around it. */
  place: string;
}

/** What changed from one version of a playbook to another, by steps; a step is known by its id. */
export function diffPlaybooks(before: Playbook, after: Playbook): Difference[] {
  const out: Difference[] = [];
  const { steps: _a, ...headBefore } = before;
  const { steps: _b, ...headAfter } = after;
  for (const id of changedKeys(headBefore, headAfter))
    out.push({ what: 'playbook', kind: 'changed', id, keys: [id], text: id });
  const old = flat(before.steps);
  const now = flat(after.steps);
  for (const [id, { step }] of old)
    if (!now.has(id)) out.push({ what: 'step', kind: 'removed', id, keys: [], text: step.title });
  for (const [id, { step, own, place }] of now) {
    const was = old.get(id);
    if (!was) {
      out.push({ what: 'step', kind: 'added', id, keys: [], text: step.title });
      continue;
    }
    const keys = changedKeys(was.own, own);
    if (keys.length > 0) out.push({ what: 'step', kind: 'changed', id, keys, text: step.title });
    if (was.place !== place) out.push({ what: 'step', kind: 'moved', id, keys: [], text: step.title });
  }
  return out;
}

const changedKeys = (a: object, b: object): string[] => {
  const [left, right] = [a as Record<string, unknown>, b as Record<string, unknown>];
  return [...new Set([...Object.keys(left), ...Object.keys(right)])]
    .sort()
    .filter((key) => canonical(left[key]) !== canonical(right[key]));
};

function flat(steps: readonly Step[]): Map<string, Flat> {
  const out = new Map<string, Flat>();
  for (const { step, around } of walk(steps))
    out.set(step.id, { step, own: withoutInner(step), place: around.map(({ id }) => id).join('/') });
  return out;
}

function withoutInner(step: Step): Record<string, unknown> {
  if (step.type === 'decision')
    return {
      ...step,
      choices: step.choices.map(({ steps, ...rest }) => ({ ...rest, steps: steps.map(({ id }) => id) })),
    };
  if (step.type === 'parallel')
    return { ...step, branches: step.branches.map(({ id, steps }) => ({ id, steps: steps.map((inner) => inner.id) })) };
  return step.type === 'loop' ? { ...step, steps: step.steps.map(({ id }) => id) } : { ...step };
}

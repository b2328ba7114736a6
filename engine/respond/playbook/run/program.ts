import { MdrError } from '../../../errors.js';
import { canonical } from '../../../ids.js';
import { sha256 } from '../hash.js';
import { cycleFrom, expandedSize, partsOf } from '../lint/parts.js';
import { type Library, playbookCalled } from '../load.js';
import { isListKind, type Kind, type Placed, type Playbook, walk } from '../types.js';
import type { Program, Values } from './types.js';

const MOST_EXPANDED = 1000;
const MAX_TEXT = 2000;
const MOST_ITEMS = 100;

/**
 * A playbook and all its parts, as they are now.
 * @throws MdrError MDR_PLAYBOOK_UNKNOWN, MDR_PLAYBOOK_BAD for parts that come back to themselves or are too many
 */
export function pin(root: Playbook, library: Library): Program {
  const all: Library = new Map([...library, [root.id, root]]);
  const playbooks: Record<string, Playbook> = {};
  const todo = [root.id];
  while (todo.length > 0) {
    const id = todo.pop()!;
    if (playbooks[id]) continue;
    const playbook = playbookCalled(all, id);
    const cycle = cycleFrom(id, all);
    if (cycle)
      throw new MdrError(
        'MDR_PLAYBOOK_BAD',
        `"${id}" comes back to itself: ${cycle.join(' → ')}.`,
        'Run `mdr playbook check`.',
      );
    playbooks[id] = playbook;
    todo.push(...partsOf(playbook));
  }
  if (expandedSize(root, all) > MOST_EXPANDED)
    throw new MdrError(
      'MDR_PLAYBOOK_BAD',
      `"${root.id}" has more than ${MOST_EXPANDED} steps.`,
      'Run `mdr playbook check`.',
    );
  return { root: root.id, version: sha256(canonical(playbooks)), playbooks };
}

const indexes = new WeakMap<Playbook, Map<string, Placed>>();
export function stepsOf(playbook: Playbook): Map<string, Placed> {
  let index = indexes.get(playbook);
  if (!index) {
    index = new Map([...walk(playbook.steps)].map((placed) => [placed.step.id, placed]));
    indexes.set(playbook, index);
  }
  return index;
}

/** Whether a value is of a kind; bounded. */
export function isOfKind(value: unknown, kind: Kind): boolean {
  if (isListKind(kind))
    return (
      Array.isArray(value) &&
      value.length <= MOST_ITEMS &&
      value.every((each) => isOfKind(each, kind.slice(0, -1) as Kind))
    );
  if (kind === 'yes-no') return typeof value === 'boolean';
  if (kind === 'number') return typeof value === 'number' && Number.isFinite(value);
  return typeof value === 'string' && value.length > 0 && value.length <= MAX_TEXT;
}

/** @throws MdrError MDR_PLAYBOOK_INPUT naming the input that is missing, unknown or of another kind */
export function checkInputs(playbook: Playbook, given: Record<string, unknown>): Values {
  const known = `"${playbook.id}" takes ${
    Object.entries(playbook.inputs)
      .map(([name, { kind, optional }]) => `${name} (${kind}${optional ? ', optional' : ''})`)
      .join(', ') || 'no input'
  }.`;
  const inputs: Values = {};
  for (const name of Object.keys(given))
    if (!Object.hasOwn(playbook.inputs, name))
      throw new MdrError('MDR_PLAYBOOK_INPUT', `There is no input "${name.slice(0, 60)}".`, known);
  for (const [name, { kind, optional }] of Object.entries(playbook.inputs)) {
    const value = Object.hasOwn(given, name) ? given[name] : undefined;
    if (value === undefined && optional) inputs[name] = isListKind(kind) ? [] : null;
    else if (value === undefined) throw new MdrError('MDR_PLAYBOOK_INPUT', `The input "${name}" is missing.`, known);
    else if (!isOfKind(value, kind))
      throw new MdrError('MDR_PLAYBOOK_INPUT', `The input "${name}" is no ${kind}.`, known);
    else inputs[name] = value as Values[string];
  }
  return inputs;
}

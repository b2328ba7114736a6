import type { Library } from '../load.js';
import { type Playbook, walk } from '../types.js';
import type { Linted } from './types.js';

const MOST_EXPANDED = 1000;

/** Ids of the playbooks that one uses directly. */
export function partsOf(playbook: Playbook): string[] {
  const ids = [...walk(playbook.steps)].flatMap(({ step }) => (step.type === 'playbook' ? [step.playbook] : []));
  return [...new Set(ids)];
}

/** The way from a playbook back to itself, or null. */
export function cycleFrom(id: string, library: Library): string[] | null {
  const done = new Set<string>();
  const seek = (at: string, way: string[]): string[] | null => {
    for (const next of library.has(at) ? partsOf(library.get(at)!) : []) {
      if (next === id) return [...way, next];
      if (done.has(next)) continue;
      done.add(next);
      const found = seek(next, [...way, next]);
      if (found) return found;
    }
    return null;
  };
  return seek(id, [id]);
}

/** Steps of a playbook with those of its parts in their places. There must be no cycle. */
export function expandedSize(playbook: Playbook, library: Library, known = new Map<string, number>()): number {
  const before = known.get(playbook.id);
  if (before !== undefined) return before;
  let size = 0;
  for (const { step } of walk(playbook.steps)) {
    size += 1;
    const part = step.type === 'playbook' ? library.get(step.playbook) : undefined;
    if (part) size += expandedSize(part, library, known);
  }
  known.set(playbook.id, size);
  return size;
}

/** Parts that are not there, get what they do not take, or come back to the playbook itself. */
export function lintParts({ playbook, placed, library, broken, report }: Linted): void {
  const cycle = cycleFrom(playbook.id, library);
  for (const { step, path } of placed) {
    if (step.type !== 'playbook' || broken.has(step.playbook)) continue;
    const part = library.get(step.playbook);
    if (!part) {
      const parts = [...library.values()].filter(({ use }) => use === 'part').map(({ id }) => id);
      report(
        [...path, 'playbook'],
        `"${step.id}": there is no playbook "${step.playbook}".`,
        `Parts: ${parts.join(', ') || 'none'}.`,
      );
      continue;
    }
    if (cycle?.[1] === step.playbook)
      report(
        [...path, 'playbook'],
        `"${step.id}" comes back to this playbook: ${cycle.join(' → ')}.`,
        'Take one of these steps away.',
      );
    for (const name of Object.keys(step.with))
      if (!Object.hasOwn(part.inputs, name))
        report(
          [...path, 'with', name],
          `"${step.id}": ${part.id} has no input "${name}".`,
          `It has ${Object.keys(part.inputs).join(', ') || 'none'}.`,
        );
    for (const [name, { optional, about }] of Object.entries(part.inputs))
      if (!optional && !Object.hasOwn(step.with, name))
        report(path, `"${step.id}": ${part.id} needs the input "${name}" (${about}).`, 'Add it under with.');
  }
  if (cycle === null && expandedSize(playbook, library) > MOST_EXPANDED)
    report(['steps'], `With its parts it has more than ${MOST_EXPANDED} steps.`, 'Use fewer parts in parts.');
}

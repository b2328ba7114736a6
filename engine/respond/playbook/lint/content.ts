import { attack } from '../../../investigate/attack.js';
import { ACTIONS, isAction } from '../../actions/catalog.js';
import { tagName } from '../tags.js';
import { PHASES, type Phase, type Step } from '../types.js';
import type { Linted } from './types.js';

const MOST_STEPS = 150;
const MOST_DEEP = 8;
const LEAST = { questions: 3, containment: 2 };
/** Steps that wait for something, and can be told for how long. */
const TIMED: readonly Step['type'][] = ['manual', 'action', 'decision', 'wait', 'approval'];

/** What each step says, and what a playbook of an incident must say. */
export function lintContent(linted: Linted): void {
  const { playbook, placed, report } = linted;
  const seen = new Set<string>();
  for (const { step, path, around } of placed) {
    if (seen.has(step.id)) report([...path, 'id'], `There are two steps "${step.id}".`, 'Give each its own id.');
    seen.add(step.id);
    if (around.length > MOST_DEEP)
      report(path, `"${step.id}" is nested deeper than ${MOST_DEEP}.`, 'Make a part of it.');
    for (const [i, tag] of step.tags.entries())
      if (tagName(tag) === null)
        report([...path, 'tags', i], `"${tag}" is no tag that we know.`, 'See engine/respond/playbook/tags.ts.');
    if (step.timeout !== undefined && !TIMED.includes(step.type))
      report(
        [...path, 'timeout'],
        `"${step.id}" is of several steps and has a time-out.`,
        'Put it on the steps inside.',
      );
    if (step.retries && step.type !== 'action')
      report([...path, 'retries'], `"${step.id}" is no action and cannot be tried again.`, 'Delete retries.');
    if (step.type === 'wait' && (step.for === undefined) === (step.until === undefined))
      report(path, `"${step.id}" must wait for a time or until something.`, 'Give it either for or until.');
    if (step.type === 'wait' && step.until !== undefined && step.timeout === undefined)
      report(path, `"${step.id}" may wait for ever.`, 'Give it a timeout.');
    if (step.type === 'action') lintAction(step, path, linted);
    const many = around.find(({ type }) => type === 'loop' || type === 'parallel');
    if (step.type === 'finish' && many)
      report(
        path,
        `"${step.id}" ends the playbook from within "${many.id}", beside which others run.`,
        'Decide after it.',
      );
  }
  if (placed.length > MOST_STEPS)
    report(['steps'], `It has ${placed.length} steps.`, `At most ${MOST_STEPS}: make parts of them.`);
  for (const [i, technique] of (playbook.for?.techniques ?? []).entries())
    if (!attack().techniques[technique])
      report(['for', 'techniques', i], `ATT&CK has no technique ${technique}.`, 'Look its id up at attack.mitre.org.');
  if (playbook.use === 'incident') lintIncident(linted);
}

function lintAction(step: Extract<Step, { type: 'action' }>, path: PropertyKey[], { report }: Linted): void {
  if (!isAction(step.action)) {
    report(
      [...path, 'action'],
      `"${step.id}": there is no action "${step.action}".`,
      `Actions: ${Object.keys(ACTIONS).join(', ')}.`,
    );
    return;
  }
  const { args, isDangerous } = ACTIONS[step.action]!;
  for (const name of Object.keys(step.with))
    if (!Object.hasOwn(args, name))
      report(
        [...path, 'with', name],
        `"${step.id}": ${step.action} has no argument "${name}".`,
        `It has ${Object.keys(args).join(', ')}.`,
      );
  for (const [name, { optional, about }] of Object.entries(args))
    if (!optional && !Object.hasOwn(step.with, name))
      report(path, `"${step.id}": ${step.action} needs "${name}" (${about}).`, 'Add it under with.');
  if (step.approver && !isDangerous)
    report(
      [...path, 'approver'],
      `"${step.id}": ${step.action} needs no approval.`,
      'Put an approval step before it if somebody should be asked.',
    );
}

function lintIncident(linted: Linted): void {
  const { playbook, report } = linted;
  const fits = playbook.for;
  if (![fits?.techniques, fits?.responses, fits?.tags].some((list) => list && list.length > 0))
    report([], 'It says of no alert that it fits.', 'Add for: with techniques, responses or tags.');
  for (const name of ['questions', 'containment'] as const)
    if (playbook[name].length < LEAST[name])
      report([name], `It has ${playbook[name].length} ${name}.`, `Write at least ${LEAST[name]}.`);
  if (linted.placed.some(({ step }) => step.type === 'playbook' && linted.broken.has(step.playbook))) return;
  const { phases, lanes } = reachOf(linted, playbook.steps, undefined, new Set([playbook.id]));
  for (const phase of PHASES)
    if (!phases.has(phase))
      report(['steps'], `No step is of the phase ${phase}.`, 'Add one, or say of a step which phase it is.');
  for (const lane of ['provider', 'customer'])
    if (!lanes.has(lane)) report(['steps'], `No step is for people of the ${lane}.`, 'Say what they do or are told.');
}

/** Phases and lanes of the steps, those of parts included. */
function reachOf({ library }: Linted, steps: readonly Step[], around: Phase | undefined, seen: Set<string>) {
  const phases = new Set<Phase>();
  const lanes = new Set<string>();
  const visit = (list: readonly Step[], outer: Phase | undefined) => {
    for (const step of list) {
      const phase = step.phase ?? outer;
      if (phase) phases.add(phase);
      lanes.add(step.lane);
      if (step.type === 'decision') for (const { steps: inner } of step.choices) visit(inner, phase);
      if (step.type === 'parallel') for (const { steps: inner } of step.branches) visit(inner, phase);
      if (step.type === 'loop') visit(step.steps, phase);
      if (step.type !== 'playbook' || seen.has(step.playbook)) continue;
      seen.add(step.playbook);
      visit(library.get(step.playbook)?.steps ?? [], phase);
    }
  };
  visit(steps, around);
  return { phases, lanes };
}

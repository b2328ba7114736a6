import { attack } from '../../investigate/attack.js';
import { CASE_STATES, type Case, type CaseTask } from '../../store/cases.js';
import { checkPlaybooks } from '../playbook/lint/index.js';
import { type Library, parsePlaybook } from '../playbook/load.js';
import { skeleton } from '../playbook/skeleton.js';
import type { Phase, Playbook, Step } from '../playbook/types.js';
import { toYaml } from '../playbook/yaml.js';
import { taskTimes } from './case-side.js';
import type { Reason } from './propose.js';
import { movesOf, rankAt } from './times.js';
import { general, idFor, type Whose } from './wording.js';

const MOST_STEPS = 20;
const MOST_TECHNIQUES = 20;
/** Share of their words that two tasks have in common when they are the same task. */
const SAME = 0.6;

export interface Draft {
  playbook: string;
  after: string;
  /** For each step where it comes from. */
  reasons: Reason[];
}

interface Group {
  title: string;
  words: Set<string>;
  phase: Phase;
  of: { record: Case; task: CaseTask; share: number }[];
}

/** Behind which step of the skeleton a phase's own steps stand. */
const BEHIND: readonly [Phase, string][] = [
  ['triage', 'look'],
  ['contain', 'cut'],
  ['eradicate', 'cause'],
  ['recover', 'back'],
  ['learn', 'talk'],
];
const PHASES: readonly Phase[] = ['triage', 'triage', 'contain', 'eradicate', 'recover', 'learn', 'learn'];

/**
 * A playbook of what was done in cases that are alike: the tasks that more than one of them had, in the phase and order that they were done
 * in, within the frame of a new playbook. It passes the check; what people must still write (questions, ways to contain) is the frame's.
 * @param cases closed ones; the most alike first
 * @returns null when they have nothing in common that was done
 */
export function draftOf(cases: readonly Case[], library: Library, whose: Whose): Draft | null {
  const groups = groupsOf(cases, whose);
  const least = cases.length > 1 ? 2 : 1;
  const shared = groups
    .filter(({ of }) => new Set(of.map(({ record }) => record.number)).size >= least)
    .sort((a, b) => placeOf(a) - placeOf(b) || (a.title < b.title ? -1 : 1))
    .slice(0, MOST_STEPS);
  if (shared.length === 0) return null;
  const type = cases[0]!.type;
  const id = idFor(`${type} from cases`, new Set(library.keys()));
  const frame = parsePlaybook(skeleton(id), `${id}.yaml`).playbook!;
  const taken = new Set(
    frame.steps.flatMap(function ids(step: Step): string[] {
      return [
        step.id,
        ...('steps' in step ? step.steps.flatMap(ids) : []),
        ...('choices' in step ? step.choices.flatMap(({ steps }) => steps.flatMap(ids)) : []),
      ];
    }),
  );
  const steps = frame.steps.flatMap((step): Step[] => {
    const phase = BEHIND.find(([, behind]) => behind === step.id)?.[0];
    return phase
      ? [step, ...shared.filter((group) => group.phase === phase).map((group) => stepOf(group, taken))]
      : [step];
  });
  const numbers = cases.map(({ number }) => number);
  const playbook: Playbook = {
    ...frame,
    name: `${type.charAt(0).toUpperCase()}${type.slice(1).replaceAll('-', ' ')}, from cases`,
    summary: `Drafted from what people did in ${numbers.length === 1 ? 'one case' : `${numbers.length} cases`} of the type ${type}. Questions and containment are still to be written.`,
    for: fitsOf(cases, id),
    steps,
  };
  const after = toYaml(playbook);
  if (checkPlaybooks([parsePlaybook(after, `${id}.yaml`)], library).length > 0) return null;
  return { playbook: id, after, reasons: shared.map(reasonOf) };
}

function groupsOf(cases: readonly Case[], whose: Whose): Group[] {
  const groups: Group[] = [];
  for (const record of cases) {
    const moves = movesOf(record);
    const done = record.tasks.filter(({ state }) => state === 'done');
    for (const [i, task] of done.entries()) {
      const title = general(task.title, record, whose);
      const words = new Set(
        title
          .toLowerCase()
          .split(/[^\p{L}\p{N}]+/u)
          .filter((word) => word.length > 1),
      );
      if (words.size === 0) continue;
      const state = rankAt(moves, taskTimes(record, task).ended?.at ?? record.created);
      const phase = PHASES[Math.min(state, CASE_STATES.length - 1)]!;
      const one = { record, task, share: i / done.length };
      const same = groups.find((group) => likeness(group.words, words) >= SAME);
      if (same) same.of.push(one);
      else groups.push({ title, words, phase, of: [one] });
    }
  }
  return groups;
}

function likeness(a: ReadonlySet<string>, b: ReadonlySet<string>): number {
  const both = [...a].filter((word) => b.has(word)).length;
  return both / (a.size + b.size - both);
}

const placeOf = ({ of }: Group): number => of.reduce((sum, { share }) => sum + share, 0) / of.length;

function stepOf({ title, phase, of }: Group, taken: Set<string>): Step {
  const id = idFor(title, taken);
  taken.add(id);
  const isTheirs = of.filter(({ task }) => task.lane === 'customer').length * 2 > of.length;
  return {
    ...{ id, type: 'manual', title, phase, onFail: 'ask', tags: [] },
    role: isTheirs ? 'customer-lead' : 'analyst',
    lane: isTheirs ? 'customer' : 'provider',
    do: /[.!?…]$/.test(title) ? title : `${title}.`,
    doneWhen: 'The case says what came of it.',
  };
}

const reasonOf = ({ title, of }: Group): Reason => ({
  text: `${title}: done in ${of.map(({ record }) => `case ${record.number}`).join(', ')}.`,
  from: of.map(({ record, task }) => `case ${record.number} ${task.id}`),
});

/** Techniques that most of them show; where there are none, the type of case as a tag. */
function fitsOf(cases: readonly Case[], id: string): NonNullable<Playbook['for']> {
  const counts = new Map<string, number>();
  for (const { techniques } of cases)
    for (const each of new Set(techniques)) counts.set(each, (counts.get(each) ?? 0) + 1);
  const techniques = [...counts]
    .filter(([technique, count]) => count * 2 > cases.length && attack().techniques[technique])
    .map(([technique]) => technique)
    .sort()
    .slice(0, MOST_TECHNIQUES);
  return techniques.length > 0 ? { techniques } : { tags: [id] };
}

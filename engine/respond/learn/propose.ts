import { createTwoFilesPatch } from 'diff';
import { CASE_STATES, type Case } from '../../store/cases.js';
import { versionOf } from '../playbook/hash.js';
import { checkPlaybooks } from '../playbook/lint/index.js';
import { type Library, type PlaybookFile, parsePlaybook } from '../playbook/load.js';
import { scopeOf } from '../playbook/run/scope.js';
import { type Phase, walk } from '../playbook/types.js';
import { type Edit, edited } from './edit.js';
import { movesOf, rankAt } from './times.js';
import type { Finding, Review, RunFacts } from './types.js';
import { general, idFor, roomFor, type Whose } from './wording.js';

const MOST_EDITS = 20;
/** A step that took longer than so many times what it has needs something else than more time. */
const MOST_TIMES = 5;
const MAX_NOTE = 1500;
const MAX_RETRIES = 5;

/** Why a line of a playbook should change, and the parts of the record that say so. */
export interface Reason {
  text: string;
  from: string[];
}

/** Changes of one playbook file, to be looked over by a person. */
export interface Proposed {
  playbook: string;
  /** Of the file that it is made for. */
  version: string;
  /** The whole file after it. */
  after: string;
  /** Unified diff against the file: `patch -p1` in the folder above `playbooks` applies it. */
  diff: string;
  reasons: Reason[];
  /** What was found too, and could not be put into the text. */
  left: Reason[];
}

/** Texts of playbook files by id, as they are now. */
export type Texts = ReadonlyMap<string, string>;

/**
 * What the findings say about the playbook and its parts, as changes of their files. Pure. Each text passes the check of playbooks, if it
 * did before; a change that would break it, or whose step is not in the file any more, is `left`.
 */
export function propose(
  record: Case,
  review: Review,
  run: RunFacts,
  texts: Texts,
  library: Library,
  whose: Whose,
): Proposed[] {
  const wanted = new Map<string, { edit: (file: PlaybookFile) => Edit | null; reason: Reason }[]>();
  for (const finding of review.findings) {
    const change = changeFor(record, finding, run, whose);
    if (change) wanted.set(change.playbook, [...(wanted.get(change.playbook) ?? []), change]);
  }
  return [...wanted].flatMap(([playbook, changes]): Proposed[] => {
    const before = texts.get(playbook);
    const made = before === undefined ? null : applied(playbook, before, changes, library);
    return made ? [made] : [];
  });
}

interface Change {
  playbook: string;
  edit: (file: PlaybookFile) => Edit | null;
  reason: Reason;
}

function applied(
  playbook: string,
  before: string,
  changes: readonly Omit<Change, 'playbook'>[],
  library: Library,
): Proposed | null {
  const name = `${playbook}.yaml`;
  const problems = (text: string) => checkPlaybooks([parsePlaybook(text, name)], library).length;
  const first = parsePlaybook(before, name);
  if (!first.playbook) return null;
  const allowed = problems(before);
  let text = before;
  const reasons: Reason[] = [];
  const left: Reason[] = [];
  for (const { edit, reason } of changes) {
    const file = parsePlaybook(text, name);
    const made = reasons.length < MOST_EDITS ? edit(file) : null;
    const next = made && edited(text, file, made);
    if (!next || next === text || problems(next) > allowed) left.push(reason);
    else {
      text = next;
      reasons.push(reason);
    }
  }
  if (reasons.length === 0) return null;
  const path = `playbooks/${name}`;
  const diff = createTwoFilesPatch(`a/${path}`, `b/${path}`, before, text, undefined, undefined, { context: 3 });
  return { playbook, version: versionOf(first.playbook), after: text, diff, reasons, left };
}

function changeFor(record: Case, finding: Finding, run: RunFacts, whose: Whose): Change | null {
  const { from, step: path } = finding;
  const because = (text: string): Reason => ({ text: `${text} (case ${record.number})`, from });
  if (finding.kind === 'added') {
    const after = lastBefore(run, finding.at ?? record.created);
    return {
      playbook: run.program.root,
      reason: because(`People added it, and it was done: ${finding.text}`),
      edit: (file) => stepFor(record, finding, file, after, whose),
    };
  }
  const scope = path === undefined ? null : scopeOf(run.program, run.state, path);
  if (!scope) return null;
  const { step } = scope.placed;
  const playbook = scope.playbook.id;
  if (finding.kind === 'late' && finding.took !== undefined && finding.limit) {
    const { took, limit } = finding;
    if (took > MOST_TIMES * limit)
      return { playbook, reason: because(`${finding.text} More time is no answer to that.`), edit: () => null };
    return {
      playbook,
      reason: because(`${finding.text} Give it the time that it takes, or more people.`),
      edit: () => ({ kind: 'set', step: step.id, key: 'timeout', value: roomFor(took) }),
    };
  }
  if (finding.kind === 'retried' && step.type === 'action' && !step.retries)
    return {
      playbook,
      reason: because(`${finding.text} It can be tried again without a person.`),
      edit: () => ({
        kind: 'set',
        step: step.id,
        key: 'retries',
        value: { times: Math.min(MAX_RETRIES, (finding.tries ?? 2) - 1), every: '1m' },
      }),
    };
  if (finding.kind === 'skipped' || finding.kind === 'failed') {
    const words = finding.why ? general(finding.why, record, whose, 300) : '';
    if (words === '') return null;
    const said = finding.kind === 'skipped' ? 'It was left out once' : 'It failed once';
    return {
      playbook,
      reason: because(`${finding.text} Whoever comes to it should know why.`),
      edit: (file) => {
        const present = [...walk(file.playbook!.steps)].find((each) => each.step.id === step.id)?.step.note ?? '';
        const value = `${present.trim()} ${said}: ${words}${/[.!?…]$/.test(words) ? '' : '.'}`.trim();
        return present.includes(words) || value.length > MAX_NOTE
          ? null
          : { kind: 'set', step: step.id, key: 'note', value };
      },
    };
  }
  return null;
}

/** The last step at the top of the playbook that had begun by then; the first one when none had. */
function lastBefore({ program, state }: RunFacts, time: number): string {
  const { steps } = program.playbooks[program.root]!;
  const begun = steps.filter(({ id }) => {
    const at = state.steps[id];
    return at !== undefined && at.status !== 'skipped' && at.since <= time;
  });
  return (begun.at(-1) ?? steps[0]!).id;
}

const PHASE_OF: Record<string, Phase> = {
  contain: 'contain',
  eradicate: 'eradicate',
  recover: 'recover',
  review: 'learn',
  closed: 'learn',
};

function stepFor(
  record: Case,
  { task: id, at, lane }: Finding,
  { playbook }: PlaybookFile,
  after: string,
  whose: Whose,
): Edit | null {
  const task = record.tasks.find((one) => one.id === id);
  const title = task && general(task.title, record, whose);
  if (!title || !playbook) return null;
  const placed = [...walk(playbook.steps)].map(({ step }) => step);
  // Somebody has written it in since.
  if (placed.some((step) => step.title.toLowerCase() === title.toLowerCase())) return null;
  const state = CASE_STATES[rankAt(movesOf(record), at ?? record.created)]!;
  const items = task.checklist.map(({ text }) => general(text, record, whose)).filter(Boolean);
  return {
    kind: 'insert',
    after,
    step: {
      id: idFor(title, new Set(placed.map((step) => step.id))),
      type: 'manual',
      title,
      phase: PHASE_OF[state] ?? 'triage',
      ...(lane === 'customer' && { role: 'customer-lead', lane }),
      do: [`${title}${/[.!?…]$/.test(title) ? '' : '.'}`, ...items.map((item) => `- ${item}`)]
        .join('\n')
        .slice(0, 1900),
      doneWhen: items.length > 0 ? 'Each point is done, and the case says so.' : 'The case says what came of it.',
    },
  };
}

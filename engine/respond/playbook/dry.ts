import {
  begin,
  type Effect,
  nextWake,
  outstanding,
  type Program,
  type RunEvent,
  step,
  type Turn,
  type Values,
} from './run/index.js';
import { scopeOf } from './run/scope.js';
import { fillText } from './text.js';
import { isListKind, type Kind } from './types.js';

/** One line of a dry run: what would happen, in order. */
export interface DryLine {
  path: string;
  /** Milliseconds from the beginning. */
  at: number;
  kind: Effect['kind'] | 'skipped' | 'waited' | 'went';
  text: string;
  detail: string;
}

export interface Supposed {
  /** By `step.answer`. */
  answers?: Readonly<Record<string, Values[string]>>;
  /** By step: the id of the choice. */
  choices?: Readonly<Record<string, string>>;
}

const MOST_TURNS = 5000;

/**
 * Walk a playbook as a run would go, with nothing carried out: each action succeeds, each approval is given, each answer is yes or one example
 * unless it is supposed otherwise, and of choices that people make the first is taken.
 * @throws MdrError MDR_PLAYBOOK_INPUT
 */
export function dryRun(program: Program, inputs: Record<string, unknown>, supposed: Supposed = {}): DryLine[] {
  const lines: DryLine[] = [];
  const told = new Set<string>();
  let turn: Turn = begin(program, 'dry', inputs, 'you', 0);
  for (let i = 0; i < MOST_TURNS; i++) {
    note(program, turn, lines, told);
    if (turn.state.status === 'ended') return lines;
    const [first] = outstanding(program, turn.state);
    const wake = nextWake(turn.state);
    if (first) turn = step(program, turn.state, answer(first, supposed), turn.state.clock);
    else if (waitedFor(program, turn) !== null)
      turn = step(program, turn.state, { type: 'signal', name: waitedFor(program, turn)! }, turn.state.clock);
    else if (wake !== null) turn = step(program, turn.state, { type: 'tick' }, wake);
    else return lines;
    if (turn.ignored !== undefined) {
      lines.push({
        path: first?.step ?? '',
        at: turn.state.clock,
        kind: 'stuck',
        text: 'The walk stops here',
        detail: turn.ignored,
      });
      return lines;
    }
  }
  return lines;
}

function note(program: Program, turn: Turn, lines: DryLine[], told: Set<string>): void {
  const { clock: at } = turn.state;
  // What nobody was asked about: guards, waits, parts that began.
  for (const [path, state] of Object.entries(turn.state.steps)) {
    const scope = scopeOf(program, turn.state, path);
    const kind = scope?.placed.step;
    const isOver =
      state.status === 'skipped' ||
      (state.status === 'done' && (kind?.type === 'wait' || kind?.type === 'finish')) ||
      (kind?.type === 'decision' && state.answers);
    if (!scope || !kind || !isOver || told.has(path)) continue;
    told.add(path);
    const detail =
      state.status === 'skipped'
        ? (state.why ?? '')
        : kind.type === 'decision'
          ? String(state.answers!.choice)
          : kind.type === 'finish'
            ? kind.outcome
            : (kind.type === 'wait' && (kind.for ?? kind.until)) || '';
    lines.push({
      path,
      at,
      kind: state.status === 'skipped' ? 'skipped' : kind.type === 'wait' ? 'waited' : 'went',
      text: fillText(kind.title, scope.look),
      detail,
    });
  }
  for (const effect of turn.effects)
    lines.push({ path: effect.step, at, kind: effect.kind, text: effect.title, detail: detailOf(effect) });
}

function detailOf(effect: Effect): string {
  switch (effect.kind) {
    case 'task':
      return `${effect.role} (${effect.lane}): ${effect.text}${effect.doneWhen ? ` Done when: ${effect.doneWhen}` : ''}`;
    case 'approve':
      return `${effect.approver}: ${effect.text}${effect.effect ? ` Side effect: ${effect.effect}` : ''}`;
    case 'act':
      return `${effect.action} ${JSON.stringify(effect.args)}`;
    case 'stuck':
      return effect.why;
    case 'ended':
      return `${effect.outcome}: ${effect.why}`;
  }
}

function answer(effect: Effect, { answers = {}, choices = {} }: Supposed): RunEvent {
  const id = effect.step.split('/').at(-1)!;
  if (effect.kind === 'act') return { type: 'result', step: effect.step, attempt: effect.attempt, ok: true };
  if (effect.kind === 'approve')
    return { type: 'approved', step: effect.step, attempt: effect.attempt, digest: effect.digest, by: 'somebody else' };
  if (effect.kind === 'stuck') return { type: 'resolve', step: effect.step, how: 'skip', by: 'you' };
  if (effect.kind !== 'task') return { type: 'tick' };
  if (effect.choices)
    return { type: 'chosen', step: effect.step, choice: choices[id] ?? effect.choices[0]!.id, by: 'you' };
  const given = Object.entries(effect.answers ?? {}).map(([name, { kind }]) => [
    name,
    answers[`${id}.${name}`] ?? example(kind, name),
  ]);
  return { type: 'done', step: effect.step, by: 'you', answers: Object.fromEntries(given) };
}

function example(kind: Kind, name: string): Values[string] {
  if (isListKind(kind)) return [`<${name}>`];
  return kind === 'yes-no' ? true : kind === 'number' ? 1 : `<${name}>`;
}

function waitedFor(program: Program, { state }: Turn): string | null {
  for (const [path, at] of Object.entries(state.steps)) {
    const waiting = at.status === 'running' ? scopeOf(program, state, path)?.placed.step : undefined;
    if (waiting?.type === 'wait' && waiting.until !== undefined && !state.signals.includes(waiting.until))
      return waiting.until;
  }
  return null;
}

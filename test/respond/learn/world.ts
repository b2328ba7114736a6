import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { apply } from '../../../engine/respond/case/change.js';
import type { Change } from '../../../engine/respond/case/types.js';
import type { RunFacts } from '../../../engine/respond/learn/types.js';
import { libraryOf, ownPlaybooks, parsePlaybook } from '../../../engine/respond/playbook/load.js';
import {
  begin,
  nextWake,
  outstanding,
  type Program,
  type RunEvent,
  type RunState,
  step,
  type Turn,
} from '../../../engine/respond/playbook/run/index.js';
import { isOver } from '../../../engine/respond/playbook/run/types.js';
import type { Kind } from '../../../engine/respond/playbook/types.js';
import { isListKind } from '../../../engine/respond/playbook/types.js';
import type { Case } from '../../../engine/store/cases.js';
import type { random } from '../../support/random.js';
import { cause } from '../case/world.js';

export const MINUTE = 60_000;
export const HOUR = 60 * MINUTE;

/** A case with changes made one after the other: minutes after it was opened, and what. */
export const worked = (record: Case, ...changes: readonly (readonly [number, Change])[]): Case =>
  changes.reduce(
    (at, [minutes, change]) => apply(at, change, cause({ now: record.created + minutes * MINUTE })).record,
    record,
  );

/** A run that keeps when each of its steps ended. */
export class Driven {
  readonly ended: Record<string, number> = {};
  constructor(
    readonly program: Program,
    public turn: Turn,
  ) {
    this.note();
  }

  static begin(program: Program, inputs: Record<string, unknown>, now: number): Driven {
    return new Driven(program, begin(program, 'r1', inputs, 'ada', now));
  }

  get state(): RunState {
    return this.turn.state;
  }

  go(now: number, ...events: RunEvent[]): this {
    for (const event of events) {
      const next = step(this.program, this.state, event, now);
      if (next.ignored !== undefined) throw new Error(`${JSON.stringify(event)}: ${next.ignored}`);
      this.turn = next;
      this.note();
    }
    return this;
  }

  facts(tasks: Record<string, string> = {}): RunFacts {
    return { program: this.program, state: this.state, ended: { ...this.ended }, tasks };
  }

  private note(): void {
    for (const [path, at] of Object.entries(this.state.steps)) if (isOver(at)) this.ended[path] ??= this.state.clock;
  }
}

const example = (kind: Kind): never =>
  (isListKind(kind) ? ['ws-1', 'ws-2'] : kind === 'yes-no' ? true : kind === 'number' ? 1 : 'ws-1') as never;

/** Every input that a playbook takes, as an example. */
export const inputsOf = (program: Program): Record<string, unknown> =>
  Object.fromEntries(
    Object.entries(program.playbooks[program.root]!.inputs).map(([name, { kind }]) => [name, example(kind)]),
  );

/** Walk a run to some point, at random: things are done, late, left out, fail and are tried again. */
export function wander(program: Program, dice: ReturnType<typeof random>, start: number, most = 80): Driven {
  const run = Driven.begin(program, inputsOf(program), start);
  let now = start;
  for (let i = 0; i < most && run.state.status === 'running'; i++) {
    now += dice.int(3 * 60) * MINUTE;
    const open = outstanding(program, run.state);
    const wake = nextWake(run.state);
    const effect = open.length > 0 ? dice.pick(open) : null;
    if (!effect) {
      if (wake === null) break;
      now = Math.max(now, wake);
    }
    const event = effect ? eventFor(effect, dice) : ({ type: 'tick' } as const);
    const next = step(program, run.state, event, now);
    if (next.ignored === undefined) run.go(now, event);
  }
  return run;
}

function eventFor(effect: ReturnType<typeof outstanding>[number], dice: ReturnType<typeof random>): RunEvent {
  const at = effect.step;
  if (effect.kind === 'act')
    return {
      type: 'result',
      step: at,
      attempt: effect.attempt,
      ok: dice.int(4) > 0,
      why: 'no answer from {host} on ws-1',
    };
  if (effect.kind === 'approve')
    return {
      type: dice.int(6) > 0 ? 'approved' : 'refused',
      step: at,
      attempt: effect.attempt,
      digest: effect.digest,
      by: 'ben',
      why: 'not now',
    };
  if (effect.kind === 'stuck') return { type: 'resolve', step: at, how: dice.pick(['retry', 'skip']), by: 'ada' };
  if (effect.kind !== 'task') return { type: 'tick' };
  if (effect.choices) return { type: 'chosen', step: at, choice: dice.pick(effect.choices).id, by: 'ada' };
  if (dice.int(5) === 0)
    return { type: 'skip', step: at, by: 'ada', why: 'ws-1 is "not" ours: #1\n- see {nothing} 🙂' };
  const answers = Object.fromEntries(
    Object.entries(effect.answers ?? {}).map(([name, { kind }]) => [name, example(kind)]),
  );
  return { type: 'done', step: at, by: 'ada', answers };
}

/** Our own playbooks, as texts and as a library. */
export function ownTexts(ids: readonly string[]): Map<string, string> {
  return new Map(ids.map((id) => [id, readFileSync(join(ownPlaybooks, `${id}.yaml`), 'utf8')]));
}
export const libraryFrom = (texts: ReadonlyMap<string, string>) =>
  libraryOf([...texts].map(([id, text]) => parsePlaybook(text, `${id}.yaml`)));

import { describe, expect, it } from 'vitest';
import { canonical } from '../../../engine/ids.js';
import { ACTIONS } from '../../../engine/respond/actions/catalog.js';
import { checkPlaybooks } from '../../../engine/respond/playbook/lint/index.js';
import {
  begin,
  type Effect,
  nextWake,
  outstanding,
  type RunEvent,
  type RunState,
  step,
  type Turn,
} from '../../../engine/respond/playbook/run/index.js';
import { random } from '../../support/random.js';
import { program, sampleFiles } from './sample.js';

const MIN = 60_000;
const start = (hosts = ['ws-1', 'ws-2'], user: string | undefined = 'carla') =>
  begin(program, 'r1', { hosts, ...(user && { user }) }, 'ada', 0);
/** Take events one after the other; each must be taken. */
function go(turn: Turn, now: number, ...events: RunEvent[]): Turn {
  let at = turn;
  for (const event of events) {
    at = step(program, at.state, event, now);
    expect(at.ignored, JSON.stringify(event)).toBeUndefined();
  }
  return at;
}
const approve = (state: RunState, path: string, by = 'ben'): RunEvent => {
  const { attempt, digest } = state.steps[path]!;
  return { type: 'approved', step: path, attempt, digest: digest!, by };
};
const ok = (path: string, attempt = 1): RunEvent => ({ type: 'result', step: path, attempt, ok: true });
const looked = (real: boolean): RunEvent => ({ type: 'done', step: 'look', by: 'ada', answers: { real } });
const kinds = (effects: Effect[]) => effects.map(({ kind, step: at }) => `${kind} ${at}`);

describe('a run', () => {
  it('is of a playbook that the check finds nothing wrong with', () => {
    expect(checkPlaybooks(sampleFiles)).toEqual([]);
  });

  it('goes from its first task to its end', () => {
    let turn = start();
    expect(turn.effects).toMatchObject([
      { kind: 'task', step: 'look', text: 'Look at ws-1, ws-2.', doneWhen: 'Looked.' },
    ]);
    expect(nextWake(turn.state)).toBe(60 * MIN);
    turn = go(turn, 1, looked(true));
    expect(kinds(turn.effects)).toEqual(['act each[0]/collect', 'act each[1]/collect', 'approve closed/disable']);
    turn = go(turn, 2, ok('each[0]/collect'));
    expect(turn.effects).toMatchObject([
      { kind: 'approve', step: 'each[0]/isolate', action: 'isolate-host', requestedBy: 'ada' },
    ]);
    turn = go(turn, 3, approve(turn.state, 'each[0]/isolate'));
    expect(turn.effects).toMatchObject([
      { kind: 'act', action: 'isolate-host', args: { host: 'ws-1', reason: 'test' } },
    ]);
    turn = go(turn, 4, ok('each[0]/isolate'), ok('each[1]/collect'));
    turn = go(turn, 5, approve(turn.state, 'each[1]/isolate'), ok('each[1]/isolate'));
    turn = go(turn, 6, approve(turn.state, 'closed/disable'), ok('closed/disable'));
    turn = go(turn, 7, { type: 'done', step: 'closed/revoke', by: 'ben', answers: { said: 'Not me' } });
    expect(turn.effects).toMatchObject([{ kind: 'task', step: 'told', lane: 'customer', text: 'Not me about carla' }]);
    turn = go(turn, 8, { type: 'done', step: 'told', by: 'ben' });
    expect(turn.effects).toMatchObject([{ kind: 'task', step: 'pick', choices: [{ id: 'a' }, { id: 'b' }] }]);
    turn = go(turn, 9, { type: 'chosen', step: 'pick', choice: 'b', by: 'ben' });
    expect(outstanding(program, turn.state)).toEqual([]);
    expect(step(program, turn.state, { type: 'chosen', step: 'pick', choice: 'a', by: 'ben' }, 9).ignored).toMatch(
      /decide/,
    );
    expect(turn.state.steps.a1?.status).toBe('skipped');
    expect(step(program, turn.state, { type: 'tick' }, 100 * MIN).state.steps.agree).toBeUndefined();
    turn = go(turn, 121 * MIN, { type: 'signal', name: 'password-reset' }, { type: 'tick' });
    expect(step(program, turn.state, approve(turn.state, 'agree', 'ben'), 122 * MIN).ignored).toMatch(/somebody else/);
    turn = go(turn, 122 * MIN, approve(turn.state, 'agree', 'carla'));
    expect(turn.effects).toMatchObject([{ kind: 'ended', outcome: 'completed' }]);
    expect(turn.state.steps.reset?.status).toBe('done');
  });

  it('ends at a finish step, and never comes to what follows', () => {
    const turn = go(start(), 1, looked(false));
    expect(turn.effects).toMatchObject([{ kind: 'ended', outcome: 'completed', why: 'false alarm' }]);
    expect(turn.state.steps.both).toBeUndefined();
  });

  it('asks again after a failure, and goes on without when it may', () => {
    let turn = go(start(['ws-1']), 1, looked(true), { type: 'result', step: 'each[0]/collect', attempt: 1, ok: false });
    expect(turn.state.steps['each[0]/collect']).toMatchObject({ status: 'retry', due: MIN + 1 });
    turn = go(turn, 2 * MIN, { type: 'tick' });
    expect(turn.effects).toMatchObject([{ kind: 'act', step: 'each[0]/collect', attempt: 2 }]);
    // The first try's answer comes late.
    expect(step(program, turn.state, ok('each[0]/collect', 1), 2 * MIN).ignored).toMatch(/this try/);
    turn = go(turn, 20 * MIN, { type: 'tick' });
    expect(turn.state.steps['each[0]/collect']).toMatchObject({ status: 'given-up', isUnknown: true });
    expect(kinds(turn.effects)).toEqual(['approve each[0]/isolate']);
  });

  it('does not try again what cannot work, and a person leaves out what waits to be tried again', () => {
    const failed = { type: 'result', step: 'each[0]/collect', attempt: 1, ok: false, why: 'no connector' } as const;
    const final = go(start(['ws-1']), 1, looked(true), { ...failed, final: true });
    expect(final.state.steps['each[0]/collect']).toMatchObject({ status: 'given-up', attempt: 1, why: 'no connector' });
    const waiting = go(start(['ws-1']), 1, looked(true), failed);
    expect(waiting.state.steps['each[0]/collect']).toMatchObject({ status: 'retry' });
    const left = go(waiting, 2, { type: 'skip', step: 'each[0]/collect', by: 'ada', why: 'done by hand' });
    expect(left.state.steps['each[0]/collect']).toMatchObject({ status: 'skipped', by: 'ada', why: 'done by hand' });
    expect(step(program, left.state, { type: 'tick' }, 2 * MIN).state.steps['each[0]/collect']?.status).toBe('skipped');
    expect(kinds(left.effects)).toEqual(['approve each[0]/isolate']);
  });

  it('takes back what was done, the latest first, and each only when it is approved', () => {
    let turn = go(start(), 1, looked(true), ok('each[0]/collect'), ok('each[1]/collect'));
    turn = go(turn, 2, approve(turn.state, 'closed/disable'), ok('closed/disable'));
    turn = go(turn, 3, approve(turn.state, 'each[0]/isolate'), ok('each[0]/isolate'));
    turn = go(turn, 4, { ...approve(turn.state, 'each[1]/isolate', 'ben'), type: 'refused' } as RunEvent);
    expect(turn.effects).toMatchObject([
      { kind: 'approve', step: 'each[0]/isolate~undo', action: 'release-host', args: { host: 'ws-1' } },
    ]);
    expect(turn.state.steps['closed/revoke']?.status).toBe('skipped');
    turn = go(turn, 5, approve(turn.state, 'each[0]/isolate~undo'), ok('each[0]/isolate~undo'));
    expect(turn.effects).toMatchObject([{ kind: 'approve', step: 'closed/disable~undo', action: 'enable-user' }]);
    turn = go(turn, 6, approve(turn.state, 'closed/disable~undo'), ok('closed/disable~undo'));
    expect(turn.effects).toMatchObject([
      { kind: 'ended', outcome: 'rolled-back', notUndone: ['each[0]/collect', 'each[1]/collect'] },
    ]);
  });

  it('waits for what is under way before it goes back', () => {
    let turn = go(start(['ws-1']), 1, looked(true), ok('each[0]/collect'));
    turn = go(turn, 2, approve(turn.state, 'each[0]/isolate'));
    turn = go(turn, 3, { type: 'stop', by: 'ada', why: 'wrong host', rollback: true });
    expect(turn.effects).toEqual([]);
    turn = go(turn, 4, ok('each[0]/isolate'));
    expect(kinds(turn.effects)).toEqual(['approve each[0]/isolate~undo']);
    expect(step(program, turn.state, approve(turn.state, 'each[0]/isolate~undo', 'ada'), 5).ignored).toMatch(
      /somebody else/,
    );
  });

  it('an action that timed out may have happened: it is taken back too', () => {
    let turn = go(start(['ws-1']), 1, looked(true), ok('each[0]/collect'));
    turn = go(turn, 2, approve(turn.state, 'each[0]/isolate'));
    turn = go(turn, 40 * MIN, { type: 'tick' });
    expect(kinds(turn.effects)).toEqual(['approve each[0]/isolate~undo']);
  });

  it('asks nothing of the world while it is paused, and the pause counts for no time-out', () => {
    let turn = go(start(['ws-1']), 1, looked(true), { type: 'pause', by: 'ada' });
    expect(outstanding(program, turn.state)).toEqual([]);
    expect(nextWake(turn.state)).toBeNull();
    expect(step(program, turn.state, approve(turn.state, 'closed/disable'), 2).ignored).toMatch(/paused/);
    turn = go(turn, 10 * MIN, ok('each[0]/collect'));
    expect(turn.effects).toEqual([]);
    turn = go(turn, 60 * MIN, { type: 'resume', by: 'ada' });
    expect(kinds(turn.effects)).toEqual(['approve each[0]/isolate']);
    expect(turn.state.steps['each[0]/isolate']?.due).toBe(90 * MIN);
  });

  it('takes an approval for nothing but what was shown, in time, by somebody else', () => {
    const { state } = go(start(['ws-1']), 1, looked(true), ok('each[0]/collect'));
    const path = 'each[0]/isolate';
    const refused = (change: object, now = 2) =>
      step(program, state, { ...approve(state, path), ...change } as RunEvent, now).ignored;
    expect(refused({ by: 'ada' })).toMatch(/somebody else/);
    expect(refused({ by: 'mdr' })).toMatch(/somebody else/);
    expect(refused({ digest: 'f'.repeat(64) })).toMatch(/not what would run/);
    expect(refused({ attempt: 2 })).toMatch(/now/);
    expect(refused({}, 31 * MIN)).toMatch(/time/);
    expect(refused({ step: 'no/such' })).toMatch(/now/);
    expect(refused({})).toBeUndefined();
  });

  it('whoever pauses, resumes or leaves a step out asks for nothing; whoever began it approves nothing', () => {
    let turn = go(start(['ws-1']), 1, { ...looked(true), by: 'ben' } as RunEvent);
    turn = go(turn, 2, { type: 'pause', by: 'carla' }, { type: 'resume', by: 'carla' });
    turn = go(turn, 3, { type: 'skip', step: 'closed/disable', by: 'carla', why: 'no need' });
    turn = go(turn, 4, ok('each[0]/collect'));
    const path = 'each[0]/isolate';
    expect(turn.effects).toMatchObject([{ kind: 'approve', step: path, requestedBy: 'ben' }]);
    expect(step(program, turn.state, approve(turn.state, path, 'ada'), 5).ignored).toMatch(/somebody else/);
    expect(step(program, turn.state, approve(turn.state, path, 'ben'), 5).ignored).toMatch(/somebody else/);
    expect(step(program, turn.state, approve(turn.state, path, 'carla'), 5).ignored).toBeUndefined();
  });

  it('waits for a person when a task is late, who tries again or leaves it', () => {
    let turn = go(start(), 61 * MIN, { type: 'tick' });
    expect(turn.effects).toMatchObject([{ kind: 'stuck', step: 'look', why: 'it took too long' }]);
    turn = go(turn, 62 * MIN, { type: 'resolve', step: 'look', how: 'retry', by: 'ada' });
    expect(turn.effects).toMatchObject([{ kind: 'task', step: 'look', due: 122 * MIN }]);
    turn = go(turn, 63 * MIN, looked(true));
    expect(turn.state.steps.both?.status).toBe('running');
  });

  it('refuses an answer that is missing or of another kind', () => {
    const { state } = start();
    expect(step(program, state, { type: 'done', step: 'look', by: 'ada' }, 1).ignored).toMatch(/"real" is missing/);
    const wrong = { real: 'yes' };
    expect(step(program, state, { type: 'done', step: 'look', by: 'ada', answers: wrong }, 1).ignored).toMatch(
      /yes-no/,
    );
  });

  it('does not begin with inputs that do not fit', () => {
    const refuse = (given: object) => () => begin(program, 'r', given as Record<string, unknown>, 'ada', 0);
    expect(refuse({})).toThrow(
      expect.objectContaining({ code: 'MDR_PLAYBOOK_INPUT', hint: expect.stringContaining('hosts (hosts)') }),
    );
    expect(refuse({ hosts: 'ws-1' })).toThrow(/is no hosts/);
    expect(refuse({ hosts: [], other: 1 })).toThrow(/no input "other"/);
    expect(refuse({ hosts: Array(101).fill('h') })).toThrow(/is no hosts/);
  });

  it('goes by the version that it began with', () => {
    const { state } = start();
    expect(() => step({ ...program, version: '0'.repeat(64) }, state, { type: 'tick' }, 1)).toThrow(
      expect.objectContaining({ code: 'MDR_PLAYBOOK_VERSION' }),
    );
  });
});

/** Something that may happen: mostly what the run waits for, now and then what it does not. */
function anything(rng: ReturnType<typeof random>, state: RunState, past: RunEvent[]): RunEvent {
  const by = rng.pick(['ada', 'ben', 'carla', 'mdr']);
  if (past.length > 0 && rng.int(5) === 0) return rng.pick(past);
  const odd: RunEvent[] = [
    { type: 'tick' },
    { type: 'signal', name: rng.pick(['password-reset', 'other']) },
    { type: 'pause', by },
    { type: 'resume', by },
    { type: 'done', step: rng.pick(['told', 'a1', 'nowhere', '__proto__', 'each[9]/collect']), by },
    { type: 'skip', step: rng.pick(Object.keys(state.steps)), by, why: 'not now' },
    { type: 'resolve', step: rng.pick(Object.keys(state.steps)), how: rng.pick(['retry', 'skip']), by },
    { type: 'chosen', step: 'real', choice: 'no', by },
    { type: 'result', step: rng.pick(Object.keys(state.steps)), attempt: 1 + rng.int(3), ok: rng.int(2) === 0 },
  ];
  if (rng.int(60) === 0) return { type: 'stop', by, why: 'enough', rollback: rng.int(3) > 0 };
  const waiting = outstanding(program, state);
  if (waiting.length === 0 || rng.int(4) === 0) return rng.pick(odd);
  const effect = rng.pick(waiting);
  const at = effect.step;
  if (effect.kind === 'act')
    return { type: 'result', step: at, attempt: effect.attempt, ok: rng.int(4) > 0, why: 'no' };
  if (effect.kind === 'approve')
    return {
      type: rng.int(6) ? 'approved' : 'refused',
      step: at,
      attempt: effect.attempt,
      digest: rng.int(9) ? effect.digest : 'other',
      by,
    };
  if (effect.kind === 'stuck') return { type: 'resolve', step: at, how: rng.pick(['retry', 'skip']), by };
  if (effect.kind !== 'task') return { type: 'tick' };
  if (effect.choices) return { type: 'chosen', step: at, choice: rng.pick(effect.choices).id, by };
  return { type: 'done', step: at, by, answers: { real: rng.int(8) > 0, said: 'so' } };
}

describe('whatever happens, in any order and any number of times', () => {
  it('a run stays legal, acts once for each try and never before its approval; a crash between two events changes nothing', () => {
    const outcomes = new Map<string, number>();
    const reloaded = JSON.parse(JSON.stringify(program)) as typeof program;
    for (let seed = 1; seed <= 120; seed++) {
      const rng = random(seed);
      const first = begin(
        program,
        `r${seed}`,
        { hosts: ['h1', 'h2'].slice(0, rng.int(3)), ...(rng.int(2) && { user: 'u' }) },
        'ada',
        0,
      );
      let { state } = first;
      let now = 0;
      const log: { event: RunEvent; now: number }[] = [];
      const acted = new Set<string>();
      const allowed = new Map<string, string>();
      const see = (turn: Turn, event?: RunEvent) => {
        for (const effect of turn.effects) {
          if (effect.kind === 'approve' && effect.action) allowed.delete(effect.step);
          if (effect.kind !== 'act') continue;
          must(!acted.has(effect.key), `${seed} ${effect.key} twice`);
          acted.add(effect.key);
          if (!ACTIONS[effect.action]!.isDangerous) continue;
          if (event?.type === 'approved' && event.step === effect.step) allowed.set(effect.step, event.by);
          must(allowed.has(effect.step), `${seed} ${effect.key} without approval`);
          const { requestedBy, approvedBy } = turn.state.steps[effect.step]!;
          must(approvedBy === allowed.get(effect.step), `${seed} approved by another`);
          must(approvedBy !== 'mdr', `${seed} approved by nobody`);
          if (effect.attempt === 1) must(approvedBy !== requestedBy, `${seed} approved by who asked`);
        }
      };
      see(first);
      for (let i = 0; i < 120; i++) {
        now += rng.int(4) === 0 ? rng.int(3 * 60) * MIN : rng.int(1000) - 200;
        const event = anything(
          rng,
          state,
          log.map((each) => each.event),
        );
        const turn = step(program, state, event, now);
        // Killed here: the state comes back from the store, the event is delivered again.
        const again = step(reloaded, JSON.parse(JSON.stringify(state)), event, now);
        must(canonical(again) === canonical(turn), `${seed} is another run after a crash`);
        if (turn.ignored === undefined) log.push({ event, now });
        see(turn, event);
        if (turn.state.status === 'running') {
          const open = new Set(outstanding(program, turn.state).map(({ key }) => key));
          for (const effect of turn.effects) must(open.has(effect.key), `${seed} ${effect.key} is lost in a crash`);
        }
        legal(turn.state, state);
        state = turn.state;
      }
      outcomes.set(state.outcome ?? state.status, (outcomes.get(state.outcome ?? state.status) ?? 0) + 1);
      // The log alone gives the same run.
      const replayed = log.reduce((at, { event, now: time }) => step(program, at, event, time).state, first.state);
      expect(replayed).toEqual(state);
    }
    for (const outcome of ['completed', 'stopped', 'rolled-back'])
      expect(outcomes.get(outcome), outcome).toBeGreaterThan(3);
  });

  it('a log in another order gives a legal run as well', () => {
    for (let seed = 1; seed <= 60; seed++) {
      const rng = random(seed * 7919);
      let { state } = begin(program, 'r', { hosts: ['h1'], user: 'u' }, 'ada', 0);
      const log: RunEvent[] = [];
      for (let i = 0; i < 60; i++) {
        const event = anything(rng, state, log);
        log.push(event);
        state = step(program, state, event, i * MIN).state;
      }
      let other = begin(program, 'r', { hosts: ['h1'], user: 'u' }, 'ada', 0).state;
      const keys: string[] = [];
      for (let i = 0; i < 200; i++) {
        const turn = step(program, other, rng.pick(log), i * MIN);
        legal(turn.state, other);
        keys.push(...turn.effects.filter(({ kind }) => kind === 'act').map(({ key }) => key));
        other = turn.state;
      }
      expect(new Set(keys).size).toBe(keys.length);
    }
  });
});

const FINAL = new Set(['done', 'skipped', 'given-up']);
function must(isSo: boolean, why: string): void {
  if (!isSo) throw new Error(why);
}
function legal(state: RunState, before: RunState): void {
  must(state.clock >= before.clock, 'time went back');
  must(before.status !== 'ended' || canonical(state) === canonical(before), 'it went on after its end');
  for (const [path, at] of Object.entries(before.steps)) {
    const now = state.steps[path]!;
    must(now.attempt >= at.attempt, `${path}: tries went back`);
    must(!FINAL.has(at.status) || canonical(now) === canonical(at), `${path} changed after it was over`);
  }
  for (const [path, at] of Object.entries(state.steps)) {
    must(FINAL.has(at.status) === (at.order !== undefined), `${path} has no order`);
    // What is inside a step that is over is over, unless the run goes back.
    const outer = path.includes('/') ? path.slice(0, path.lastIndexOf('/')).replace(/\[\d+\]$/, '') : '';
    const isOuterOver = FINAL.has(state.steps[outer]?.status ?? '');
    must(!isOuterOver || state.rollback !== undefined || FINAL.has(at.status), `${path} is open in what is over`);
  }
  must((state.status === 'ended') === (state.outcome !== undefined), 'an outcome without an end');
}

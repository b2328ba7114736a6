import { describe, expect, it } from 'vitest';
import { compare } from '../../../engine/respond/learn/compare.js';
import { timesOf } from '../../../engine/respond/learn/times.js';
import { random } from '../../support/random.js';
import { aCase, ana, bo } from '../case/world.js';
import { program } from '../playbook/sample.js';
import { Driven, HOUR, MINUTE, wander, worked } from './world.js';

const because = 'because';
const to = (state: 'triage' | 'contain' | 'eradicate' | 'recover' | 'review') => ({
  kind: 'state' as const,
  to: state,
  reason: because,
});
const task = (title: string, due: number | null = null) => ({
  ...{ kind: 'task-add' as const, title, lane: 'provider' as const, owner: ana, due, after: [], checklist: [] },
});
const done = (id: string) => ({ kind: 'task-state' as const, task: id, to: 'done' as const, reason: '' });

describe('the times of a case', () => {
  const record = aCase({ severity: 'high' });
  const way = [
    [10, to('triage')],
    [20, to('contain')],
    [60, to('eradicate')],
    [90, to('recover')],
    [200, to('review')],
  ] as const;

  it('are those of its moves, from its opening', () => {
    const closed = worked(record, ...way, [240, { kind: 'close', outcome: 'true_positive', reason: because }]);
    expect(timesOf(closed, [{ first: record.created - 5 * MINUTE }])).toEqual({
      ...{ detect: 5 * MINUTE, acknowledge: 10 * MINUTE, contain: 60 * MINUTE, eradicate: 90 * MINUTE },
      ...{ recover: 200 * MINUTE, close: 240 * MINUTE },
    });
  });

  it('count what had to be done over until it was done for good', () => {
    const back = worked(record, ...way.slice(0, 4), [100, to('contain')]);
    expect(timesOf(back)).toMatchObject({ contain: null, eradicate: null, acknowledge: 10 * MINUTE });
    expect(timesOf(worked(back, [130, to('eradicate')]))).toMatchObject({ contain: 130 * MINUTE, eradicate: null });
  });

  it('are none for what was closed before there was anything to contain', () => {
    const closed = worked(record, [7, { kind: 'close', outcome: 'false_positive', reason: because }]);
    expect(timesOf(closed)).toEqual({
      ...{ detect: null, acknowledge: 7 * MINUTE, contain: null, eradicate: null, recover: null, close: 7 * MINUTE },
    });
  });

  it('begin again with what was opened again', () => {
    const closed = worked(record, ...way, [240, { kind: 'close', outcome: 'true_positive', reason: because }]);
    expect(timesOf(worked(closed, [300, { kind: 'reopen', reason: because }]))).toMatchObject({
      contain: null,
      close: null,
    });
  });
});

describe('a case beside its playbook', () => {
  const record = aCase();
  const start = record.created;
  const kinds = (review: ReturnType<typeof compare>) => review.findings.map(({ kind, text }) => `${kind}: ${text}`);

  it('says by hand what was skipped, late, tried again, added and in which order', () => {
    // look (1 h) takes 90 min, isolate is tried twice, "told" is left out, T9 is people's own.
    const run = Driven.begin(program, { hosts: ['ws-1'], user: undefined }, start);
    run.go(start + 30 * MINUTE, { type: 'done', step: 'look', by: 'ada', answers: { real: true } });
    run.go(start + 31 * MINUTE, { type: 'result', step: 'each[0]/collect', attempt: 1, ok: true });
    const { digest } = run.state.steps['each[0]/isolate']!;
    run.go(start + 32 * MINUTE, { type: 'approved', step: 'each[0]/isolate', attempt: 1, digest: digest!, by: 'ben' });
    run.go(start + 33 * MINUTE, { type: 'result', step: 'each[0]/isolate', attempt: 1, ok: true });
    run.go(start + 40 * MINUTE, { type: 'skip', step: 'told', by: 'ada', why: 'they were in the room' });
    run.go(start + 41 * MINUTE, { type: 'chosen', step: 'pick', choice: 'a', by: 'ada' });
    run.go(start + 50 * MINUTE, { type: 'done', step: 'a1', by: 'ada' });
    const facts = run.facts({ look: 'T1' });
    const late = { ...facts, ended: { ...facts.ended, look: start + 90 * MINUTE } };
    const after = worked(
      record,
      [1, task('Look at ws-1.')],
      [5, to('triage')],
      [30, done('T1')],
      [35, task('Call the bank', start + 45 * MINUTE)],
      [60, done('T2')],
    );
    const review = compare(after, [], late, start + 2 * HOUR);
    expect(kinds(review).filter((text) => !text.startsWith('order'))).toEqual([
      'skipped: “Tell them” was left out.',
      'late: “Look” took 1 hour 30 minutes; it has 1 hour.',
      'late: T2, “Call the bank”, was done 15 minutes after its time.',
      'added: T2, “Call the bank”, is in no step of the playbook, and was done.',
    ]);
    // look "ended" after all that stands behind it had begun.
    expect(kinds(review).slice(4)).toEqual(['order: “Real?” began before “Look” was over, which stands before it.']);
    expect(review.findings.find(({ kind }) => kind === 'skipped')).toMatchObject({
      why: 'they were in the room',
      from: ['step told'],
    });
    expect(review).toMatchObject({ case: 4, playbook: { id: 'everything', outcome: 'running' } });
  });

  it('says which steps began when the case was further than they are', () => {
    const run = Driven.begin(program, { hosts: [] }, start + 2 * HOUR);
    const moved = worked(record, [1, to('triage')], [10, to('contain')], [20, to('eradicate')]);
    const phased = structuredClone(run.facts());
    const [look] = phased.program.playbooks.everything!.steps;
    look!.phase = 'contain';
    expect(kinds(compare(moved, [], phased, start + 3 * HOUR))).toContain(
      'order: “Look”, of the phase contain, began when the case was in eradicate.',
    );
  });

  it('says what a stopped run never came to, and nothing of the kind about one that goes on', () => {
    const run = Driven.begin(program, { hosts: [] }, start);
    expect(kinds(compare(record, [], run.facts(), start)).filter((text) => text.startsWith('not-reached'))).toEqual([]);
    run.go(start + MINUTE, { type: 'stop', by: 'ada', why: 'wrong playbook', rollback: false });
    expect(kinds(compare(record, [], run.facts(), start + MINUTE))).toEqual(
      ['Real?', 'Both', 'Pick', 'Agree', 'Wait for the reset'].map(
        (title) => `not-reached: “${title}” was never reached: the run ended as stopped.`,
      ),
    );
  });

  it('without a run looks at the case alone: its clocks, its tasks, its steps back', () => {
    const after = worked(
      aCase({ severity: 'critical' }),
      [30, to('triage')],
      [40, to('contain')],
      [50, to('eradicate')],
      [55, to('contain')],
      [56, task('Ask Bo', record.created + 57 * MINUTE)],
      [58, { kind: 'task-state', task: 'T1', to: 'dropped', reason: 'Bo is away' }],
      [59, { kind: 'person', role: 'analyst', person: bo, reason: '' }],
    );
    const review = compare(after, [], null, record.created + 59 * MINUTE);
    expect(kinds(review)).toEqual([
      'skipped: T1, “Ask Bo”, was dropped.',
      'clock: It was acknowledged after 30 minutes; the contract gives 15 minutes.',
      'order: It went back from eradicate to contain: what came between was done too early, or not for good.',
    ]);
    expect(review.playbook).toBeNull();
    expect(review.findings[2]!.from.map((each) => after.log[Number(each.slice(1)) - 1]!.after)).toEqual([
      'eradicate',
      'contain',
    ]);
  });

  it('names only what is on the record, and of a run that kept its order says nothing about it', () => {
    for (let seed = 1; seed <= 60; seed++) {
      const run = wander(program, random(seed), start);
      const review = compare(record, [], run.facts(), run.state.clock);
      for (const { kind, from, step, text } of review.findings) {
        expect(text.length, text).toBeLessThan(700);
        expect(kind === 'order' && text.includes('stands before it'), `seed ${seed}: ${text}`).toBe(false);
        for (const each of from) {
          const [what, path] = each.split(' ');
          if (what === 'step' && kind !== 'not-reached') expect(run.state.steps[path!]).toBeDefined();
          if (each.startsWith('#')) expect(record.log[Number(each.slice(1)) - 1]).toBeDefined();
        }
        if (kind === 'skipped' && step) expect(run.state.steps[step]!.by).toBe('ada');
      }
    }
  });
});

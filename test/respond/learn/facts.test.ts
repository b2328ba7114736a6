import { expect, it } from 'vitest';
import { compare } from '../../../engine/respond/learn/compare.js';
import { factsOf } from '../../../engine/respond/learn/facts.js';
import { aCase, ana } from '../case/world.js';
import { program } from '../playbook/sample.js';
import { Driven, MINUTE, worked } from './world.js';

it('a step ended when its task or its action did, and a step of steps when the last of them did', () => {
  const record = aCase();
  const start = record.created;
  const run = Driven.begin(program, { hosts: ['ws-1'] }, start);
  run.go(start + 95 * MINUTE - 1, { type: 'done', step: 'look', by: 'ada', answers: { real: true } });
  run.go(start + 96 * MINUTE, { type: 'result', step: 'each[0]/collect', attempt: 1, ok: true });
  const { digest } = run.state.steps['each[0]/isolate']!;
  run.go(start + 97 * MINUTE, { type: 'approved', step: 'each[0]/isolate', attempt: 1, digest: digest!, by: 'ben' });
  run.go(start + 98 * MINUTE, { type: 'result', step: 'each[0]/isolate', attempt: 1, ok: true });
  const after = worked(
    record,
    [1, { kind: 'task-add', title: 'Look', lane: 'provider', owner: ana, due: null, after: [], checklist: [] }],
    [2, { kind: 'task-add', title: 'Own', lane: 'provider', owner: ana, due: null, after: [], checklist: [] }],
    [90, { kind: 'task-state', task: 'T1', to: 'done', reason: '' }],
    [91, { kind: 'task-state', task: 'T2', to: 'done', reason: '' }],
  );
  const links = [
    { key: 'look:1', task: 'T1' },
    { key: 'each[0]/collect:1', action: 7 },
    { key: 'each[0]/isolate:1', action: 8 },
    { key: 'told:1', task: 'T9' },
  ];
  const facts = factsOf(
    program,
    run.state,
    links,
    after,
    new Map([
      [7, start + 96 * MINUTE],
      [8, start + 99 * MINUTE],
    ]),
  );
  expect(facts.tasks).toEqual({ look: 'T1' });
  expect(facts.ended).toMatchObject({
    look: start + 90 * MINUTE,
    'each[0]/isolate': start + 99 * MINUTE,
    each: start + 99 * MINUTE,
  });
  const kinds = compare(after, [], facts, start + 100 * MINUTE).findings.map(
    ({ kind, task, step }) => `${kind} ${task ?? step}`,
  );
  expect(kinds.filter((kind) => !kind.startsWith('clock'))).toEqual(['late look', 'added T2']);
});

import { laneAt, pathOfHandle, stepAt } from '../../engine/respond/playbook/drive/steps.js';
import type { Field, Form } from '../cards/form.js';
import type { Context } from '../types.js';
import { takeRun } from './words.js';
import { done } from './work.js';

const run: Field = { name: 'number', label: 'Run', kind: 'text', hint: 'Its number' };
const step: Field = { name: 'seen', label: 'Step', kind: 'text', hint: 'S1, S2 …' };
const why: Field = { name: 'why', label: 'Why', kind: 'text', long: true };
const answers: Field = {
  ...{ name: 'answers', label: 'Answers', kind: 'text', long: true, lines: true, optional: true },
  hint: 'name=value, a line each',
};

/** What each verb asks for, where there are dialogs. */
export const forms: Readonly<Record<string, Form>> = {
  done: { title: 'A step is done', fields: [run, step, answers], filled: answersOf },
  disagree: { title: 'Disagree', fields: [run, step, why] },
  leave: { title: 'Leave a step out', internal: true, fields: [run, step, why] },
  stop: {
    title: 'Stop a run',
    internal: true,
    fields: [
      run,
      {
        ...{ name: 'how', label: 'What was done', kind: 'select' },
        choices: [
          { value: 'keep', label: 'Stays as it is' },
          { value: 'rollback', label: 'Is taken back' },
        ],
      },
      why,
    ],
  },
};

/** The names of what a step asks for, to be filled in. */
async function answersOf(context: Context, [number = '', handle = '']: readonly string[]): Promise<readonly Field[]> {
  const { run: found } = await takeRun(done, context, [number]);
  const path = pathOfHandle(found.state, handle);
  const isTheirs = path !== null && (context.internal || laneAt(found.program, found.state, path) === 'customer');
  const asked = !isTheirs ? null : stepAt(found.program, found.state, path);
  const names = Object.entries(asked?.type === 'manual' ? (asked.answers ?? {}) : {});
  if (names.length === 0) return [run, step, answers];
  const about = names.map(([name, { kind, about: what }]) => `${name}: ${what} (${kind})`).join('; ');
  return [run, step, { ...answers, value: names.map(([name]) => `${name}=`).join('\n'), hint: about.slice(0, 140) }];
}

import { MdrError } from '../../engine/errors.js';
import { caseOf } from '../../engine/respond/case/join.js';
import { checkAgrees, type Decision, decide } from '../../engine/respond/playbook/drive/decide.js';
import { handleOf, stepAt, titleAt } from '../../engine/respond/playbook/drive/steps.js';
import { caseRoleOf } from '../../engine/respond/playbook/drive/tasks.js';
import type { Loaded } from '../../engine/respond/playbook/drive/types.js';
import { isOfKind } from '../../engine/respond/playbook/run/program.js';
import { isAtLeast } from '../../engine/store/people.js';
import { by } from '../actions/words.js';
import type { Card } from '../cards/card.js';
import { runCard } from '../cards/run.js';
import type { Context } from '../types.js';
import { clip } from '../words/arguments.js';
import { didYouMean } from '../words/suggest.js';
import { viewOf } from './view.js';
import { driveParts, namesOf, readValues, takeRun, takeStep, type Verb, wrong } from './words.js';

/** Decide, and answer with the run as it is then. */
async function decided(context: Context, number: number, make: (run: Loaded) => Decision): Promise<Card> {
  const taken = await decide(await driveParts(context), by(context), number, make);
  const card = runCard(await viewOf(context.tenant, taken), context.tenant.tenant, context.internal);
  if (taken.ignored !== undefined)
    return { ...card, title: `Run ${number}: nothing was changed: ${taken.ignored}`, tone: 'neutral' };
  return { ...card, title: `Run ${number}: ${clip(make(taken).text, 200)}`, tone: 'ok' };
}

function reasonIn(verb: Verb, words: readonly string[]): string {
  const reason = words
    .join(' ')
    .replace(/^(?:reason|because)\s+/i, '')
    .trim();
  if (reason === '') throw wrong(verb, 'why? A few words are enough; they stay on the record.');
  return reason;
}

/**
 * The step that is named, for who may do it: on each side from the role responder, the customer's people those of their lane; and there too
 * whoever has the step's role in the case.
 * @throws MdrError MDR_FORBIDDEN, MDR_COMMAND_USAGE, MDR_PLAYBOOK_RUN
 */
async function takeMine(verb: Verb, context: Context, args: readonly string[]) {
  const { internal, role, person, tenant } = context;
  const isResponder = isAtLeast(role, 'responder');
  const forbidden = new MdrError(
    'MDR_FORBIDDEN',
    'steps of playbooks need the role responder.',
    'Ask somebody who has that role.',
  );
  if (internal && !isResponder) throw forbidden;
  const { run, rest } = await takeRun(verb, context, args);
  const { path, rest: words } = takeStep(verb, context, run, rest);
  const step = stepAt(run.program, run.state, path);
  if (!isResponder) {
    const { people } = await caseOf(tenant, run.record.case);
    const isHolder = step && people.some((one) => one.id === person._id && one.role === caseRoleOf(step.role));
    if (!isHolder) throw forbidden;
  }
  return { run, path, step, words };
}

/** The try that a button was shown for: `S4 2`. Typed without it, it is the present one. */
const isPresent = ({ state }: Loaded, path: string, attempt: string | undefined): boolean =>
  attempt === undefined || state.steps[path]!.attempt === Number(attempt);
const stale = (): MdrError =>
  new MdrError('MDR_PLAYBOOK_RUN', 'that button is of an earlier try of the step.', 'Look at the run as it is now.');

export const done: Verb = {
  name: 'done',
  usage: '<run> <step> [answer=value …]',
  example: 'playbook done 3 S1 running=yes spreading=no',
  says: 'a step is done, with what it asks for',
  role: 'viewer',
  both: true,
  async run(context, args) {
    const { run, path, step, words } = await takeMine(done, context, args);
    const kinds = Object.fromEntries(
      Object.entries(step?.type === 'manual' ? (step.answers ?? {}) : {}).map(([name, { kind }]) => [name, kind]),
    );
    const answers = readValues(done, words, kinds);
    const missing = Object.entries(kinds).find(([name, kind]) => !isOfKind(answers[name], kind));
    if (missing) throw wrong(done, `${missing[0]} is missing, or no ${missing[1]}. ${namesOf(kinds)}`);
    const said = Object.entries(answers).map(
      ([name, value]) =>
        `${name}: ${value === true ? 'yes' : value === false ? 'no' : [value].flat().join(', ') || 'none'}`,
    );
    return decided(context, run.record.number, (present) => ({
      event: { type: 'done', step: path, by: context.person._id, answers },
      text: `done: ${titleAt(present.program, present.state, path)}${said.length > 0 ? ` — ${said.join('; ')}` : ''}`,
    }));
  },
};

export const choose: Verb = {
  name: 'choose',
  usage: '<run> <step> <choice>',
  example: 'playbook choose 3 S5 person',
  says: 'takes one way of a decision',
  role: 'viewer',
  both: true,
  async run(context, args) {
    const { run, path, step, words } = await takeMine(choose, context, args);
    const choices = step?.type === 'decision' ? step.choices : [];
    const word = words.join(' ').toLowerCase();
    const taken = choices.find(({ id, label }) => id === word || label.toLowerCase() === word);
    const ids = choices.map(({ id }) => id);
    if (!taken)
      throw wrong(
        choose,
        ids.length > 0
          ? `"${clip(word, 40)}" is no choice of it.${didYouMean(word, ids)} There are ${ids.join(', ')}.`
          : 'that step is no decision.',
      );
    return decided(context, run.record.number, (present) => ({
      event: { type: 'chosen', step: path, choice: taken.id, by: context.person._id },
      text: `"${taken.label}" was chosen: ${titleAt(present.program, present.state, path)}`,
    }));
  },
};

/** Of an approval step: actions are approved as actions are. */
async function agreeing(verb: Verb, context: Context, args: readonly string[]) {
  const { run, rest } = await takeRun(verb, context, args);
  const { path, rest: words } = takeStep(verb, { ...context, internal: true }, run, rest);
  const step = stepAt(run.program, run.state, path);
  const at = run.state.steps[path]!;
  if (step?.type !== 'approval')
    throw wrong(verb, 'that step asks for no agreement; actions are approved with /mdr actions approve.');
  const record = await caseOf(context.tenant, run.record.case);
  const without = [at.requestedBy, run.record.by.id];
  await checkAgrees(context.tenant, context.person, record, step, without, verb === disagree);
  return { run, path, at, words };
}

export const agree: Verb = {
  name: 'agree',
  usage: '<run> <step>',
  example: 'playbook agree 3 S9',
  says: 'agrees to what a step asks; never by whoever brought it about',
  role: 'viewer',
  both: true,
  async run(context, args) {
    const { run, path, at, words } = await agreeing(agree, context, args);
    const [attempt, digest] = words;
    if (
      !isPresent(run, path, attempt) ||
      (digest !== undefined && at.digest !== digest && !at.digest?.startsWith(digest))
    )
      throw stale();
    const shown = { attempt: at.attempt, digest: at.digest ?? '' };
    return decided(context, run.record.number, (present) => ({
      event: { type: 'approved', step: path, by: context.person._id, ...shown },
      text: `agreed: ${titleAt(present.program, present.state, path)}`,
    }));
  },
};

export const disagree: Verb = {
  name: 'disagree',
  usage: '<run> <step> <why>',
  example: 'playbook disagree 3 S9 the mail server is not clean',
  says: 'says no to what a step asks; then it is tried again or left out',
  role: 'viewer',
  both: true,
  async run(context, args) {
    const { run, path, at, words } = await agreeing(disagree, context, args);
    const why = reasonIn(disagree, words);
    const shown = { attempt: at.attempt, digest: at.digest ?? '' };
    return decided(context, run.record.number, (present) => ({
      event: { type: 'refused', step: path, by: context.person._id, ...shown, why },
      text: `not agreed: ${titleAt(present.program, present.state, path)}`,
      reason: why,
    }));
  },
};

export const retry: Verb = {
  name: 'retry',
  usage: '<run> <step>',
  example: 'playbook retry 3 S7',
  says: 'tries a step again that failed',
  role: 'responder',
  async run(context, args) {
    const { run, rest } = await takeRun(retry, context, args);
    const { path, rest: words } = takeStep(retry, context, run, rest);
    if (!isPresent(run, path, words[0])) throw stale();
    return decided(context, run.record.number, (present) => ({
      event: { type: 'resolve', step: path, how: 'retry', by: context.person._id },
      text: `tried again: ${titleAt(present.program, present.state, path)}`,
    }));
  },
};

export const leave: Verb = {
  name: 'leave',
  usage: '<run> <step> <why>',
  example: 'playbook leave 3 S7 done by hand at the switch',
  says: 'leaves out a step: one that failed, a task, a wait, or an action that is not begun',
  role: 'responder',
  async run(context, args) {
    const { run, rest } = await takeRun(leave, context, args);
    const { path, rest: words } = takeStep(leave, context, run, rest);
    const why = reasonIn(leave, words);
    return decided(context, run.record.number, ({ program, state }) => ({
      event:
        state.steps[path]?.status === 'failed'
          ? { type: 'resolve', step: path, how: 'skip', by: context.person._id }
          : { type: 'skip', step: path, by: context.person._id, why },
      text: `left out: ${titleAt(program, state, path)}`,
      reason: why,
    }));
  },
};

const ofRun = (type: 'pause' | 'resume', example: string, says: string): Verb => {
  const verb: Verb = {
    ...{ name: type, usage: '<run>', example, says, role: 'responder' },
    async run(context, args) {
      const { run } = await takeRun(verb, context, args);
      return decided(context, run.record.number, () => ({
        event: { type, by: context.person._id },
        text: type === 'pause' ? 'paused: nothing of it begins' : 'goes on',
      }));
    },
  };
  return verb;
};
export const pause = ofRun(
  'pause',
  'playbook pause 3',
  'stops the clock of a run: nothing of it begins until it is resumed',
);
export const resume = ofRun('resume', 'playbook resume 3', 'goes on with a run');

export const stop: Verb = {
  name: 'stop',
  usage: '<run> [rollback] <why>',
  example: 'playbook stop 3 it was an exercise',
  says: 'ends a run; with rollback its actions are taken back, the latest first',
  role: 'analyst',
  async run(context, args) {
    const { run, rest } = await takeRun(stop, context, args);
    const isBack = /^roll-?back$/i.test(rest[0] ?? '');
    const why = reasonIn(stop, isBack ? rest.slice(1) : /^keep$/i.test(rest[0] ?? '') ? rest.slice(1) : rest);
    return decided(context, run.record.number, () => ({
      event: { type: 'stop', by: context.person._id, why, rollback: isBack },
      text: isBack ? 'stopped: what was done is taken back' : 'stopped: what was done stays',
      reason: why,
    }));
  },
};

export const signal: Verb = {
  name: 'signal',
  usage: '<run> <what happened>',
  example: 'playbook signal 3 device-returned',
  says: 'something happened that a step waits for',
  role: 'responder',
  async run(context, args) {
    const { run, rest } = await takeRun(signal, context, args);
    const waits = Object.keys(run.state.steps).flatMap((path) => {
      const step = run.state.steps[path]!.status === 'running' ? stepAt(run.program, run.state, path) : null;
      return step?.type === 'wait' && step.until !== undefined ? [{ name: step.until, path }] : [];
    });
    const word = rest.join('-').toLowerCase();
    const found = waits.find(({ name, path }) => name === word || handleOf(run.state, path).toLowerCase() === word);
    if (!found)
      throw wrong(
        signal,
        waits.length > 0
          ? `it waits for ${waits.map(({ name }) => name).join(', ')}.`
          : 'the run waits for nothing to happen.',
      );
    return decided(context, run.record.number, () => ({
      event: { type: 'signal', name: found.name },
      text: `happened: ${found.name}`,
    }));
  },
};

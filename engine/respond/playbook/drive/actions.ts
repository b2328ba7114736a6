import { MdrError } from '../../../errors.js';
import type { ActionRecord } from '../../../store/actions.js';
import type { TenantStore } from '../../../store/index.js';
import { readArgs } from '../../actions/args.js';
import { type Asking, askUndo, propose, requestId, withdraw } from '../../actions/requests.js';
import type { Effect, Values } from '../run/index.js';
import { isUndo, undone } from '../run/scope.js';
import { handleOf, linkKey, partsOfKey, requestOf, stepAt } from './steps.js';
import { BEFOREHAND, type DriveParts, type Happened, type Loaded, US } from './types.js';

export type ActionEffect = Extract<Effect, { kind: 'act' | 'approve' }>;

/** Arguments as actions take them: words. */
const wordsOf = (args: Values): Record<string, string> =>
  Object.fromEntries(
    Object.entries(args).flatMap(([name, value]) =>
      value === null ? [] : [[name, Array.isArray(value) ? value.join(', ') : String(value)]],
    ),
  );

/** Whether a request is for exactly what the run would do. */
function isSame(record: ActionRecord, effect: ActionEffect): boolean {
  if (record.action !== effect.action) return false;
  const { args, lasts } = readArgs(effect.action, wordsOf(effect.args ?? {}));
  const names = Object.keys(args);
  return (
    lasts === record.lasts &&
    names.length === Object.keys(record.args).length &&
    names.every((name) => args[name] === record.args[name])
  );
}

/**
 * Ask for an action, or for one to be taken back. Asked again, it is the same request.
 * @returns the number of the action that stands for it; undefined when nothing is to be done there; null: not yet
 * @throws MdrError saying why it cannot be asked for
 */
export async function ask(parts: DriveParts, run: Loaded, effect: ActionEffect): Promise<number | undefined | null> {
  const { record, state, program } = run;
  const at = state.steps[effect.step]!;
  const request = requestOf(record._id, linkKey(state, effect.step));
  const requester = at.requestedBy ?? state.lastBy;
  const person = { id: requester, name: (await parts.store.people.get(requester))?.name ?? requester };
  const reason = `run ${record.number} (${record.name}), ${handleOf(state, effect.step)}`;
  if (isUndo(effect.step)) {
    const found = await originalOf(parts.store, run, effect.step);
    if (!found || found.state === 'undone' || found.state === 'undoing' || isNothing(found)) return found?.number;
    if (found.state !== 'done' && found.state !== 'failed') return null;
    await askUndo(parts, person, request, found.number, reason);
    return found.number;
  }
  const step = stepAt(program, state, effect.step);
  const approver = (step?.type === 'action' ? step.approver : undefined) ?? 'incident-lead';
  const asking: Asking = {
    ...{ action: effect.action!, args: wordsOf(effect.args ?? {}), reason, case: record.case, run: record.number },
    ...(at.due !== undefined && { approveBy: at.due }),
    // The customer's lead decides for the customer; so do others whose step stands in the customer's lane.
    customer: approver === 'customer-lead' || (step?.lane === 'customer' && approver !== 'incident-lead'),
  };
  return (await propose(parts, person, request, asking)).record.number;
}

/** The request of one try of a step; null when nobody has made it. Found by what it is, whether it was written down or not. */
export const requestFor = (store: TenantStore, { record }: Loaded, key: string): Promise<ActionRecord | null> =>
  store.actions.findOne({ _id: requestId(store.id, requestOf(record._id, key)) });

/** The action that a step of a roll-back takes back: of its last try that was asked for. */
async function originalOf(store: TenantStore, run: Loaded, path: string): Promise<ActionRecord | null> {
  const of = undone(path);
  for (let attempt = run.state.steps[of]?.attempt ?? 0; attempt > 0; attempt--) {
    const found = await requestFor(store, run, `${of}:${attempt}`);
    if (found) return found;
  }
  return null;
}

/** It never happened, so there is nothing to take back. */
const isNothing = ({ state, effect }: ActionRecord): boolean =>
  state === 'refused' || state === 'expired' || state === 'proposed' || (state === 'failed' && effect === 'absent');

/** What became of an action, as the event that tells the run; null: nothing yet. */
export function actionFact(
  run: Loaded,
  effect: ActionEffect,
  found: ActionRecord | null,
  now: number,
): Happened | null {
  if (isUndo(effect.step)) return undoFact(run, effect, found, now);
  if (!found) return null;
  if (!isSame(found, effect)) return failing(run, effect, 'what was asked for is not what would run', now);
  if (effect.kind === 'act') return resultOf(run, effect, found, now);
  const ended = found.ended ?? now;
  if (found.state === 'proposed') return null;
  if (found.state === 'refused' || found.state === 'expired') return failing(run, effect, lastWords(found), ended);
  const given = found.approvals.findLast(({ id }) => id !== effect.requestedBy && id !== run.state.begunBy);
  if (given) return approvedBy(run, effect, { id: given.id, name: given.name }, given.at);
  if (found.preapproved) return approvedBy(run, effect, { id: BEFOREHAND, name: 'the profile' }, found.created);
  return failing(run, effect, found.error?.message ?? 'nobody agreed to it', ended);
}

function resultOf(run: Loaded, effect: ActionEffect, found: ActionRecord, now: number): Happened | null {
  const at = found.ended ?? now;
  switch (found.state) {
    case 'done':
    case 'undoing':
    case 'undone':
      return succeeded(effect, found.gives, at);
    case 'failed':
      // Whether it happened is looked for again: until then nobody may do it once more.
      if (found.effect === 'unknown' && found.recheck !== null) return null;
      return failing(run, effect, found.error?.message ?? 'it failed', at);
    case 'refused':
    case 'expired':
      return failing(run, effect, lastWords(found), at);
    default:
      return null;
  }
}

function undoFact(run: Loaded, effect: ActionEffect, found: ActionRecord | null, now: number): Happened | null {
  const nothing = { id: BEFOREHAND, name: 'nothing to take back' };
  if (!found || found.state === 'undone' || isNothing(found))
    return effect.kind === 'approve' ? approvedBy(run, effect, nothing, now) : succeeded(effect, {}, now);
  if (found.state === 'undoing') {
    const by = found.undo?.approvals.findLast(({ id }) => id !== requesterOf(run, effect));
    return effect.kind === 'approve' ? approvedBy(run, effect, by ?? nothing, now) : null;
  }
  if ((found.state !== 'done' && found.state !== 'failed') || found.undo) return null;
  return failing(run, effect, lastWords(found), now);
}

const requesterOf = ({ state }: Loaded, { step }: ActionEffect): string => state.steps[step]!.requestedBy ?? '';
const lastWords = ({ log }: ActionRecord): string => {
  const last = log.at(-1);
  return last ? `${last.text} by ${last.actorName}${last.reason ? `: ${last.reason}` : ''}` : 'it was not done';
};

const approvedBy = (
  { state }: Loaded,
  { step }: ActionEffect,
  who: { id: string; name: string },
  at: number,
): Happened => {
  const { attempt, digest } = state.steps[step]!;
  return { event: { type: 'approved', step, attempt, digest: digest!, by: who.id }, at, who, text: null };
};

const succeeded = ({ step, attempt }: ActionEffect, answers: Values, at: number): Happened => ({
  ...{ event: { type: 'result', step, attempt, ok: true, answers }, at, who: US, text: null },
});

/** The step fails: nobody agreed, or it did not work. @param final it could not even be asked for */
export function failing(
  { state }: Loaded,
  { step, kind, attempt }: ActionEffect,
  why: string,
  at: number,
  final = false,
): Happened {
  const { digest = '' } = state.steps[step]!;
  const event =
    kind === 'act'
      ? ({ type: 'result', step, attempt, ok: false, why, final } as const)
      : ({ type: 'refused', step, attempt, digest, by: US.id, why } as const);
  return { event, at, who: US, text: null };
}

/**
 * Take back what a try of a step asked for, which nobody wants any more.
 * @param by who says so; the run itself when nobody does
 * @returns false when there is nothing, or it is begun or over
 */
export async function withdrawFor(
  parts: DriveParts,
  run: Loaded,
  key: string,
  reason: string,
  by: { id: string; name: string } = US,
): Promise<boolean> {
  const { store } = parts;
  const request = requestOf(run.record._id, key);
  const undo = isUndo(partsOfKey(key).path);
  const number = undo
    ? run.record.links.find((link) => link.key === key)?.action
    : (await requestFor(store, run, key))?.number;
  if (number === undefined) return false;
  try {
    return await withdraw(parts, by, `withdraw:${request}`, number, reason);
  } catch (error) {
    if (!(error instanceof MdrError) || error.code === 'MDR_CONFLICT') throw error;
    return false;
  }
}

/**
 * Take back requests of this run that stand for nothing that it wants: whoever made one died before writing that down, and the run went
 * another way since.
 */
export async function withdrawStrays(parts: DriveParts, run: Loaded, keys: readonly string[]): Promise<void> {
  const { store } = parts;
  const own = new Set(keys.map((key) => requestId(store.id, requestOf(run.record._id, key))));
  const open = await store.actions.find({ run: run.record.number, state: { $in: ['proposed', 'approved'] } });
  for (const { _id, number } of open)
    if (!own.has(_id)) await withdraw(parts, US, `stray:${_id}`, number, 'the run does not need it any more');
}

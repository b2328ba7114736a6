import { MdrError } from '../../../errors.js';
import type { Case } from '../../../store/cases.js';
import type { TenantStore } from '../../../store/index.js';
import { type Person, roleOf } from '../../../store/people.js';
import { mayApprove } from '../../actions/needs.js';
import { caseOf } from '../../case/join.js';
import { type RunEvent, step } from '../run/index.js';
import { isOver } from '../run/types.js';
import type { Step } from '../types.js';
import { withdrawFor } from './actions.js';
import { factsOf } from './facts.js';
import { runOf, type Taken, take } from './keep.js';
import { linkKey } from './steps.js';
import { caseRoleOf } from './tasks.js';
import type { DriveParts, Loaded } from './types.js';

/** What a person decides about a run, and what the timeline says about it. */
export interface Decision {
  event: RunEvent;
  text: string;
  reason?: string;
}

/**
 * A person decides about a run. What leaves actions out first takes back their requests, so that none of them begins after that; those that
 * had begun are waited for, and what became of them counts first.
 * @param make of the run as it is @throws MdrError MDR_PLAYBOOK_RUN and what `make` throws
 * @returns the run; `ignored` says why nothing was changed
 */
export async function decide(
  parts: DriveParts,
  person: { id: string; name: string },
  number: number,
  make: (run: Loaded) => Decision,
): Promise<Taken> {
  const { store, queues, clock } = parts;
  const before = await runOf(store, number);
  const { event } = make(before);
  // What the run would not take in withdraws nothing.
  const fits = step(before.program, before.state, event, clock()).ignored === undefined;
  const withdrawn = fits ? await takeBack(parts, before, event, person) : new Set<string>();
  const record = await caseOf(store, before.record.case);
  const taken = await take(store, number, async (run) => {
    const { event: decided, text, reason } = make(run);
    const facts = (await factsOf(parts, run, record)).filter(
      (fact) => !(fact.event.type === 'refused' && withdrawn.has(fact.event.step)),
    );
    // What is decided is decided last: whatever happened before it had its say.
    return [...facts, { event: decided, at: clock(), who: person, text, ...(reason !== undefined && { reason }) }];
  });
  await queues.add('playbooks', { tenant: store.id, case: taken.record.case });
  return taken;
}

/** Paths of the steps whose requests were taken back for this. */
async function takeBack(
  parts: DriveParts,
  run: Loaded,
  event: RunEvent,
  by: { id: string; name: string },
): Promise<Set<string>> {
  const paths = new Set<string>();
  if (event.type !== 'stop' && event.type !== 'skip') return paths;
  for (const path of Object.keys(run.state.steps)) {
    if (isOver(run.state.steps[path]) || (event.type === 'skip' && path !== event.step)) continue;
    if (await withdrawFor(parts, run, linkKey(run.state, path), event.why, by)) paths.add(path);
  }
  return paths;
}

/**
 * Whether a person may agree to an approval step: whoever has its role in the case, or of its side whoever may approve actions. The
 * provider's people may say no to any, so that a run does not hang on somebody who is not there.
 * @param without who brought it about, who therefore may not: whoever came to the step, whoever began the run
 * @param isNo whether they disagree
 * @throws MdrError MDR_FORBIDDEN
 */
export async function checkAgrees(
  store: TenantStore,
  person: Person,
  record: Case,
  step: Extract<Step, { type: 'approval' }>,
  without: readonly (string | undefined)[],
  isNo = false,
): Promise<void> {
  const fresh = await store.people.get(person._id);
  const side = step.approver === 'customer-lead' || step.lane === 'customer' ? 'customer' : 'provider';
  const role = caseRoleOf(step.approver);
  const isHolder = record.people.some((one) => one.role === role && one.id === person._id);
  const may = fresh && roleOf(fresh, store.id) !== null && (isHolder || mayApprove(fresh, store.id));
  if (!may || (fresh.side !== side && !(isNo && fresh.side === 'provider')))
    throw new MdrError(
      'MDR_FORBIDDEN',
      `this is for the ${step.approver.replace('-', ' ')}, on the ${side}'s side.`,
      'Ask somebody who has that role in the case, or who may approve actions there.',
    );
  if (!isNo && without.includes(person._id))
    throw new MdrError('MDR_FORBIDDEN', 'nobody agrees to what they brought about themselves.', 'Ask somebody else.');
}

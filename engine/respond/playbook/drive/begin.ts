import { MdrError } from '../../../errors.js';
import { canonical, idOf } from '../../../ids.js';
import type { Case } from '../../../store/cases.js';
import type { TenantStore } from '../../../store/index.js';
import type { PlaybookRun } from '../../../store/playbookruns.js';
import { CaseStateError } from '../../case/error.js';
import { caseOf } from '../../case/join.js';
import { type Library, playbookCalled } from '../load.js';
import { begin, nextWake, pin } from '../run/index.js';
import { isListKind, type Kind, type Playbook } from '../types.js';
import { keepProgram, loaded } from './keep.js';
import type { DriveParts, Loaded } from './types.js';

/** Runs of one case that are not over. */
const MOST_RUNS = 20;

export interface Beginning {
  case: number;
  playbook: string;
  /** By the name of the input; what is not given is taken from what was seen in the case. */
  given: Readonly<Record<string, unknown>>;
}

/**
 * Begin a playbook on a case. Program, state and what follows from it are kept before anything is done; a worker goes on from there. Begun
 * twice with the same inputs while it runs, it is one run.
 * @throws MdrError MDR_PLAYBOOK_UNKNOWN, MDR_PLAYBOOK_INPUT, MDR_PLAYBOOK_RUN, MDR_CASE_UNKNOWN, MDR_CASE_STATE
 */
export async function beginRun(
  { store, queues, clock }: Pick<DriveParts, 'store' | 'queues' | 'clock'>,
  person: { id: string; name: string },
  library: Library,
  { case: number, playbook: id, given }: Beginning,
): Promise<Loaded & { isNew: boolean }> {
  const record = await caseOf(store, number);
  if (record.state === 'closed')
    throw new CaseStateError(record, `case ${number} is closed; no playbook begins on it.`, 'Reopen it first.');
  const playbook = playbookCalled(library, id);
  const program = pin(playbook, library);
  const inputs = inputsOf(record, playbook, given);
  const earlier = await store.playbookRuns.find({ case: number }, { sort: { number: 1 } });
  const same = earlier.filter((run) => run.playbook === id && run.inputs === idOf('inputs', canonical(inputs)));
  const running = same.find(({ status }) => status !== 'ended');
  if (running) return { ...(await loaded(store, running)), isNew: false };
  if (earlier.filter(({ status }) => status !== 'ended').length >= MOST_RUNS)
    throw new MdrError(
      'MDR_PLAYBOOK_RUN',
      `case ${number} has ${MOST_RUNS} runs that are not over.`,
      'Stop one first: /mdr playbook stop <run> <why>.',
    );
  const now = clock();
  // Of all who click at once, one begins it: the id says which time it is.
  const _id = idOf('playbookrun', store.id, String(number), id, canonical(inputs), String(same.length));
  const { state } = begin(program, _id, inputs, person.id, now);
  await keepProgram(store, program, now);
  const text = `${playbook.name} begins, version ${program.version.slice(0, 12)}`;
  const run: Omit<PlaybookRun, 'tenant'> = {
    ...{ _id, number: await store.nextNumber('playbookrun'), case: number, playbook: id, name: playbook.name },
    ...{ version: program.version, inputs: idOf('inputs', canonical(inputs)), by: person, status: state.status },
    ...{ outcome: state.outcome ?? null, state: JSON.stringify(state), wake: nextWake(state), links: [] },
    log: [{ id: '1.0', at: now, actor: person.id, actorName: person.name, lane: 'provider', text, reason: '' }],
    ...{ told: 0, shown: 0, settled: false, looked: 0, created: now, updated: now, revision: 1 },
  };
  const isNew = await store.playbookRuns.insert(run);
  const kept = (await store.playbookRuns.findOne({ _id }))!;
  await queues.add('playbooks', { tenant: store.id, case: number });
  return { ...(await loaded(store, kept)), isNew };
}

/** What was given, and for the rest what was seen in the case: `hosts` are all its hosts, `host` the first one. */
export function inputsOf(
  record: Pick<Case, 'observables'>,
  playbook: Playbook,
  given: Readonly<Record<string, unknown>>,
): Record<string, unknown> {
  const inputs: Record<string, unknown> = { ...given };
  for (const [name, { kind }] of Object.entries(playbook.inputs)) {
    if (Object.hasOwn(inputs, name)) continue;
    const seen = seenOf(record, kind);
    const [first] = seen;
    if (first !== undefined) inputs[name] = isListKind(kind) ? seen : first;
  }
  return inputs;
}

function seenOf({ observables }: Pick<Case, 'observables'>, kind: Kind): string[] {
  const one = isListKind(kind) ? kind.slice(0, -1) : kind;
  if (one === 'text' || one === 'number' || one === 'yes-no') return [];
  return observables.filter((seen) => one === 'observable' || seen.kind === one).map(({ value }) => value);
}

/** Runs of a case, the newest first. */
export const runsOf = (store: TenantStore, number: number): Promise<PlaybookRun[]> =>
  store.playbookRuns.find({ case: number }, { sort: { number: -1 }, limit: 50 });

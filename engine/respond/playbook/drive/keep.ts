import { setTimeout as sleep } from 'node:timers/promises';
import { MdrError } from '../../../errors.js';
import { canonical, idOf } from '../../../ids.js';
import type { TenantStore } from '../../../store/index.js';
import type { PlaybookRun, RunEntry } from '../../../store/playbookruns.js';
import { bounded } from '../../case/text.js';
import { sha256 } from '../hash.js';
import { type Effect, nextWake, type Program, type RunState, step } from '../run/index.js';
import { handleOf, laneAt } from './steps.js';
import { type Happened, type Loaded, US } from './types.js';

const ATTEMPTS = 30;
/** Most entries of one run; one that goes round in circles is not told for ever. */
const MAX_LOG = 2000;
const MAX_TEXT = 1000;
const MOST_PROGRAMS = 50;

export const unknownRun = (number: number, tenant: string): MdrError =>
  new MdrError('MDR_PLAYBOOK_RUN', `there is no run ${number} of ${tenant}.`, 'See /mdr playbook list.');

export const programId = (tenant: string, version: string): string => idOf('playbookprogram', tenant, version);

/** Of one tenant each: nobody's program is read for somebody else. */
const programs = new Map<string, Program>();

/** The program that a run goes by. @throws MdrError MDR_PLAYBOOK_VERSION when it is not what was pinned */
async function programOf(store: TenantStore, version: string): Promise<Program> {
  const _id = programId(store.id, version);
  const known = programs.get(_id);
  if (known) return known;
  const kept = await store.playbookPrograms.findOne({ _id });
  const program = kept ? (JSON.parse(kept.program) as Program) : null;
  if (!program || program.version !== version || sha256(canonical(program.playbooks)) !== version)
    throw new MdrError(
      'MDR_PLAYBOOK_VERSION',
      'the playbook of this run is not kept as it was pinned.',
      'Stop the run, and begin another one: its record was changed by other means than through us.',
    );
  if (programs.size >= MOST_PROGRAMS) programs.clear();
  programs.set(_id, program);
  return program;
}

/** Keep a program; twice it is the same. */
export async function keepProgram(store: TenantStore, program: Program, now: number): Promise<void> {
  const { version } = program;
  const _id = programId(store.id, version);
  await store.playbookPrograms.insert({ _id, version, program: JSON.stringify(program), created: now });
}

export async function loaded(store: TenantStore, record: PlaybookRun): Promise<Loaded> {
  return { record, state: JSON.parse(record.state) as RunState, program: await programOf(store, record.version) };
}

/** @throws MdrError MDR_PLAYBOOK_RUN */
export async function runOf(store: TenantStore, number: number): Promise<Loaded> {
  const record = await store.playbookRuns.findOne({ number });
  if (!record) throw unknownRun(number, store.tenant.name);
  return loaded(store, record);
}

/** Write to a run only if nobody did since it was read. */
export const write = (
  store: TenantStore,
  { _id, revision }: PlaybookRun,
  set: Partial<PlaybookRun>,
  said: RunEntry[],
) =>
  store.playbookRuns.update(
    { _id, revision },
    {
      $set: { ...set, revision: revision + 1 },
      ...(said.length > 0 && { $push: { log: { $each: said } } }),
    },
  );

export interface Taken extends Loaded {
  changed: boolean;
  /** Why the last event changed nothing; absent when it did. */
  ignored?: string;
}

/**
 * Take what happened into a run: state, what follows from it and what is said about it are one write, made only to the run as it was
 * read; otherwise it is read again.
 * @param make what happened, of the run as it is; an event that does not fit changes nothing
 * @throws MdrError MDR_PLAYBOOK_RUN, MDR_CONFLICT
 */
export async function take(
  store: TenantStore,
  number: number,
  make: (run: Loaded) => Happened[] | Promise<Happened[]>,
): Promise<Taken> {
  for (let attempt = 1; attempt <= ATTEMPTS; attempt++) {
    const run = await runOf(store, number);
    const happened = await make(run);
    const after = fold(run, happened);
    if (after.state === run.state)
      return { ...run, changed: false, ...(after.ignored !== undefined && { ignored: after.ignored }) };
    const { record } = run;
    const updated = Math.max(record.updated, ...happened.map(({ at }) => at));
    const set: Partial<PlaybookRun> = {
      ...{ state: JSON.stringify(after.state), status: after.state.status, outcome: after.state.outcome ?? null },
      ...{ wake: nextWake(after.state), updated },
    };
    const room = Math.max(0, MAX_LOG - record.log.length);
    const said = after.said.slice(0, room).map((entry, i) => ({ ...entry, id: `${record.revision + 1}.${i}` }));
    if (await write(store, record, set, said)) {
      const kept = { ...record, ...set, revision: record.revision + 1, log: [...record.log, ...said] };
      return {
        ...{ record: kept, program: run.program, state: after.state, changed: true },
        ...(after.ignored !== undefined && { ignored: after.ignored }),
      };
    }
    await sleep(Math.random() * 10 * attempt);
  }
  throw new MdrError(
    'MDR_CONFLICT',
    `run ${number} was changed by others again and again.`,
    'Nothing was changed by you: try again in a moment.',
  );
}

type Said = Omit<RunEntry, 'id'>;

function fold({ program, state: before }: Loaded, happened: readonly Happened[]) {
  let state = before;
  let ignored: string | undefined;
  const said: Said[] = [];
  for (const { event, at, who, text, reason = '' } of happened) {
    const turn = step(program, state, event, at);
    ignored = turn.ignored;
    // A tick that leads to nothing is not worth a write.
    if (turn.ignored !== undefined || (event.type === 'tick' && isSame(state, turn.state))) continue;
    state = turn.state;
    const path = 'step' in event ? event.step : null;
    const lane = path !== null && event.type !== 'resolve' ? laneAt(program, state, path) : 'provider';
    if (text !== null)
      said.push({
        ...{ at, actor: who.id, actorName: bounded(who.name, 100), lane },
        ...{
          text: bounded(path === null ? text : `${handleOf(state, path)} ${text}`, MAX_TEXT),
          reason: bounded(reason, 500),
        },
      });
    for (const effect of turn.effects) said.push(...ownWords(state, effect, at));
  }
  return { state, said, ignored };
}

const isSame = ({ clock: _, ...a }: RunState, { clock: __, ...b }: RunState): boolean => canonical(a) === canonical(b);

/** What the run says by itself: that it needs somebody, and that it is over. */
function ownWords(state: RunState, effect: Effect, at: number): Said[] {
  const said = (text: string): Said[] => [
    { at, actor: US.id, actorName: US.name, lane: 'provider', text: bounded(text, MAX_TEXT), reason: '' },
  ];
  if (effect.kind === 'stuck')
    return said(
      `${handleOf(state, effect.step)} failed, and somebody has to say how to go on: ${effect.title}: ${effect.why}`,
    );
  if (effect.kind !== 'ended') return [];
  const left = effect.notUndone.length > 0 ? ` Not taken back: ${effect.notUndone.slice(0, 20).join(', ')}.` : '';
  return said(`${effect.title} is over (${effect.outcome}): ${effect.why}.${left}`);
}

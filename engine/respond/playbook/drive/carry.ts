import { MdrError } from '../../../errors.js';
import type { Case } from '../../../store/cases.js';
import type { PlaybookRun, RunLink } from '../../../store/playbookruns.js';
import type { Effect } from '../run/index.js';
import { ask, failing, withdrawFor, withdrawStrays } from './actions.js';
import { take, write } from './keep.js';
import { linkKey, wanted } from './steps.js';
import { addTask, asksMore, closeTask, reopenTask, taskFor } from './tasks.js';
import type { DriveParts, Happened, Loaded } from './types.js';

/** Errors that trying again helps against. */
const isPassing = (error: unknown): boolean => !(error instanceof MdrError) || error.code === 'MDR_CONFLICT';

/**
 * Carry out what the run wants of the world, and close what it does not want any more. Each thing is known by its step and try: done
 * again, after whoever did it died before writing that down, it is the same thing.
 * @returns whether anything was done, so that the run has to be looked at again
 */
export async function carryOut(parts: DriveParts, run: Loaded, record: Case): Promise<boolean> {
  const { program, state, record: kept } = run;
  const effects = wanted(program, state);
  const keys = new Map(effects.map((effect) => [linkKey(state, effect.step), effect]));
  let worked = false;
  await withdrawStrays(
    parts,
    run,
    [...keys].flatMap(([key, effect]) => (isWanted(effect) ? [key] : [])),
  );
  // A task whose maker died before writing it down, and which nobody needs any more.
  for (const { id, how, state: is } of record.tasks)
    if (how?.run === kept.number && is === 'open' && !isWanted(keys.get(how.key)))
      if (!kept.links.some(({ key }) => key === how.key))
        await close(parts, run, { key: how.key, task: id, closed: false });
  for (const link of kept.links)
    if (!link.closed && !isWanted(keys.get(link.key))) {
      await close(parts, run, link);
      worked = (await changeLinks(parts, kept.number, link.key, (known) => ({ ...known!, closed: true }))) || worked;
    }
  // While it is paused, nothing is begun.
  if (state.status !== 'running') return worked;
  for (const [key, effect] of keys) {
    if (kept.links.some((link) => link.key === key)) {
      worked = (await remind(parts, run, record, effect)) || worked;
      continue;
    }
    const made = await carry(parts, run, effect);
    if (made === null) continue;
    if ('event' in made) {
      await take(parts.store, kept.number, () => [made]);
      return true;
    }
    worked =
      (await changeLinks(parts, kept.number, key, (known) => known ?? { ...made, key, closed: false })) || worked;
  }
  return worked;
}

const isWanted = (effect: Effect | undefined): boolean => effect !== undefined && effect.kind !== 'stuck';

/** @returns what stands for it now; an event where it cannot be had; null where nothing stands for it, or not yet */
async function carry(
  parts: DriveParts,
  run: Loaded,
  effect: Effect,
): Promise<Pick<RunLink, 'task' | 'action'> | Happened | null> {
  if (effect.kind === 'stuck' || effect.kind === 'ended') return null;
  if (effect.kind === 'task')
    try {
      return { task: await addTask(parts, run, effect) };
    } catch (error) {
      if (isPassing(error)) throw error;
      // A case that is full takes no task; the step can be answered all the same.
      parts.log.warn(
        { run: run.record.number, step: effect.step, error: (error as Error).message },
        'no task for a step',
      );
      return {};
    }
  if (effect.action === undefined) return null;
  try {
    const action = await ask(parts, run, effect);
    if (action === null) return null;
    return action === undefined ? {} : { action };
  } catch (error) {
    if (isPassing(error)) throw error;
    const { message, hint } = error as MdrError;
    return failing(run, effect, `${message} ${hint}`, parts.clock(), true);
  }
}

/** A task that was closed without what it asks for is opened again. */
async function remind(parts: DriveParts, run: Loaded, record: Case, effect: Effect): Promise<boolean> {
  if (effect.kind !== 'task' || !asksMore(effect)) return false;
  const task = taskFor(record, run.record.number, linkKey(run.state, effect.step));
  if (!task || task.state === 'open') return false;
  await reopenTask(parts, run, record, task, effect);
  return true;
}

async function close(parts: DriveParts, run: Loaded, link: RunLink): Promise<void> {
  if (link.action !== undefined) await withdrawFor(parts, run, link.key, 'the run does not need it any more');
  if (link.task === undefined) return;
  try {
    await closeTask(parts, run, link.key, link.task);
  } catch (error) {
    // A case that is closed, or a task that waits for others: people see it there.
    if (isPassing(error)) throw error;
    parts.log.info({ run: run.record.number, task: link.task, error: (error as Error).message }, 'a task stays open');
  }
}

/** Write down what stands for a step. @returns whether it was not so before */
export async function changeLinks(
  { store }: Pick<DriveParts, 'store'>,
  number: number,
  key: string,
  make: (known: RunLink | undefined) => RunLink,
): Promise<boolean> {
  while (true) {
    const record = (await store.playbookRuns.findOne({ number })) as PlaybookRun;
    const known = record.links.find((link) => link.key === key);
    const next = make(known);
    if (known && known.closed === next.closed && known.task === next.task) return false;
    const links = known ? record.links.map((link) => (link === known ? next : link)) : [...record.links, next];
    if (await write(store, record, { links }, [])) return true;
  }
}

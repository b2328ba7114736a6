import type { Clock } from '../../clock.js';
import { MdrError } from '../../errors.js';
import { idOf } from '../../ids.js';
import type { HuntRun } from '../../store/huntruns.js';
import type { Hunt, HuntOutcome } from '../../store/hunts.js';
import type { TenantStore } from '../../store/index.js';

const MOST_RUNS = 200;
const MOST_NOTES = 200;
const MOST_TEXT = 3000;
const TRIES = 5;

type By = { id: string; name: string };

/** Begin a hunt: what somebody thinks could be so. Techniques in it (`T1558.003`) are its own. */
export async function openHunt(store: TenantStore, hypothesis: string, by: By, clock: Clock): Promise<Hunt> {
  const text = hypothesis.trim().slice(0, MOST_TEXT);
  if (text === '')
    throw new MdrError(
      'MDR_HUNT_BAD',
      'a hunt needs a hypothesis.',
      'For example: /mdr hunt new somebody roasts service tickets T1558.003',
    );
  const number = await store.nextNumber('hunt');
  const now = clock();
  await store.hunts.insert({
    ...{ _id: idOf('hunt', store.id, String(number)), number, hypothesis: text, by, created: now, updated: now },
    techniques: [...new Set(text.toUpperCase().match(/\bT\d{4}(?:\.\d{3})?\b/g) ?? [])],
    ...{ state: 'open', runs: [], notes: [], outcome: null, conclusion: '', concluded: null, gaps: [], revision: 1 },
  });
  return huntCalled(store, number);
}

/** @throws MdrError MDR_HUNT_UNKNOWN */
export async function huntCalled(store: TenantStore, number: number): Promise<Hunt> {
  const hunt = await store.hunts.findOne({ number });
  if (hunt) return hunt;
  throw new MdrError(
    'MDR_HUNT_UNKNOWN',
    `there is no hunt H${number} of ${store.tenant.name}.`,
    'See /mdr hunt records.',
  );
}

/** The hunt that somebody has open: what they run belongs to it. */
export async function openHuntOf(store: TenantStore, person: string): Promise<Hunt | null> {
  const [hunt] = await store.hunts.find({ state: 'open', 'by.id': person }, { sort: { number: -1 }, limit: 1 });
  return hunt ?? null;
}

async function change(
  store: TenantStore,
  number: number,
  set: (hunt: Hunt) => Partial<Hunt>,
  clock: Clock,
): Promise<Hunt> {
  for (let i = 0; i < TRIES; i++) {
    const hunt = await huntCalled(store, number);
    const change = { ...set(hunt), updated: clock(), revision: hunt.revision + 1 };
    if (await store.hunts.update({ number, revision: hunt.revision }, { $set: change }))
      return huntCalled(store, number);
  }
  throw new MdrError('MDR_CONFLICT', `hunt H${number} was changed by others at the same moment.`, 'Try again.');
}

/** @throws MdrError MDR_HUNT_STATE when the hunt has a conclusion */
function checkOpen({ state, number }: Hunt): void {
  if (state === 'concluded')
    throw new MdrError(
      'MDR_HUNT_STATE',
      `hunt H${number} has its conclusion.`,
      'Begin a new one: /mdr hunt new <hypothesis>.',
    );
}

export const noteHunt = (store: TenantStore, number: number, text: string, by: By, clock: Clock): Promise<Hunt> =>
  change(
    store,
    number,
    (hunt) => {
      checkOpen(hunt);
      return { notes: [...hunt.notes, { at: clock(), by, text: text.slice(0, MOST_TEXT) }].slice(-MOST_NOTES) };
    },
    clock,
  );

export const concludeHunt = (
  store: TenantStore,
  number: number,
  { outcome, text }: { outcome: HuntOutcome; text: string },
  by: By,
  clock: Clock,
): Promise<Hunt> =>
  change(
    store,
    number,
    (hunt) => {
      checkOpen(hunt);
      const concluded = { at: clock(), by };
      return { state: 'concluded', outcome, conclusion: text.slice(0, MOST_TEXT), concluded };
    },
    clock,
  );

/** Write a run that is done into its hunt, once. */
export async function noteRun(store: TenantStore, run: HuntRun, clock: Clock): Promise<void> {
  if (run.hunt === null || run.state !== 'done') return;
  await change(store, run.hunt, (hunt) => withRun(hunt, run), clock);
}

function withRun(hunt: Hunt, run: HuntRun): Partial<Hunt> {
  const entry: Hunt['runs'][number] = {
    ...{ number: run.number, title: run.title, sql: (run.queries.at(-1)?.sql ?? '').slice(0, 5000) },
    ...{ from: run.from, until: run.until, ms: Math.round(run.queries.reduce((sum, { ms }) => sum + ms, 0)) },
    ...{ rows: run.result?.total ?? 0, at: run.ended ?? run.created },
  };
  return {
    runs: [...hunt.runs.filter(({ number }) => number !== run.number), entry]
      .sort((a, b) => a.number - b.number)
      .slice(-MOST_RUNS),
    techniques: [...new Set([...hunt.techniques, ...run.techniques])].slice(0, 50),
    gaps: [...new Set([...hunt.gaps, ...(run.result?.gaps ?? [])])].sort().slice(0, 50),
  };
}

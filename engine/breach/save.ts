import { setTimeout as sleep } from 'node:timers/promises';
import type { Clock } from '../clock.js';
import { MdrError } from '../errors.js';
import { idOf } from '../ids.js';
import { changeCase } from '../respond/case/save.js';
import { minute } from '../say.js';
import type { Breach, BreachEntry } from '../store/breaches.js';
import type { Case } from '../store/cases.js';
import type { TenantStore } from '../store/index.js';
import type { Tenant } from '../store/tenants.js';
import { applyBreach, type BreachChange } from './change.js';
import { duties, type Law } from './duties.js';
import type { Duties, Duty, Profile } from './types.js';

const ATTEMPTS = 20;
const MOST_SHOWN = 4;

export interface BreachAsking {
  by: { id: string; name: string };
  clock: Clock;
  request: string;
  law: Law;
}

/** What a tenant's record says for its duties. */
export function profileOf({ name, profile }: Pick<Tenant, 'name' | 'profile'>): Profile {
  const { calendar = null, targets = {}, ...rest } = profile.breach ?? {};
  return { name, zone: profile.timeZone, calendar, targets, ...rest };
}

/** As they are now. Of two processes one's clock may be behind: what was said already counts all the same. */
export function dutiesOfBreach(store: TenantStore, law: Law, { facts }: Pick<Breach, 'facts'>, now: number): Duties {
  const latest = facts.reduce((last, { at }) => Math.max(last, at), now);
  return duties(law, profileOf(store.tenant), facts, latest);
}

/** @throws MdrError MDR_BREACH_UNKNOWN */
export async function breachOf(store: TenantStore, number: number): Promise<Breach> {
  const record = await store.breaches.findOne({ case: number });
  if (record) return record;
  throw new MdrError(
    'MDR_BREACH_UNKNOWN',
    `no breach is declared for case ${number}.`,
    `Declare one: /mdr breach declare ${number}`,
  );
}

/**
 * Declare the breach of a case; one that is there already stays as it is.
 * @returns whether it is new
 */
export async function declareBreach(store: TenantStore, number: number, asking: BreachAsking): Promise<boolean> {
  const now = asking.clock();
  const _id = idOf('breach', store.id, String(number));
  const entry: BreachEntry = {
    ...{ id: idOf(_id, 'declared').slice(0, 24), at: now, actor: asking.by.id, actorName: asking.by.name },
    ...{ kind: 'declared', text: 'Declared', reason: '', moves: [] },
  };
  const lists = { facts: [], asked: [], told: [], log: [entry] };
  const isNew = await store.breaches.insert({ _id, case: number, ...lists, created: now, updated: now, revision: 1 });
  // Also when it was there: whoever wrote it may have died before telling the case.
  await tellCase(store, asking.law, await breachOf(store, number), entry, asking.clock);
  return isNew;
}

/**
 * Read, apply, and write only if nobody wrote in between; then the case is told. The same request again changes nothing.
 * @returns the breach, and what was written; null: it had been done before
 * @throws MdrError MDR_BREACH_UNKNOWN, MDR_BREACH_BAD, MDR_CONFLICT
 */
export async function changeBreach(
  store: TenantStore,
  number: number,
  asking: BreachAsking,
  change: BreachChange,
): Promise<{ record: Breach; entry: BreachEntry | null }> {
  const { by, clock, request, law } = asking;
  for (let attempt = 1; attempt <= ATTEMPTS; attempt++) {
    const before = await breachOf(store, number);
    const cause = { by, now: clock(), request, law, profile: profileOf(store.tenant) };
    const record = applyBreach(before, change, cause);
    if (!record) {
      const id = idOf('breach', before._id, request).slice(0, 24);
      await tellCase(store, law, before, before.log.find((entry) => entry.id === id)!, clock);
      return { record: before, entry: null };
    }
    const entry = record.log.at(-1)!;
    const { facts, asked, updated, revision } = record;
    const isWritten = await store.breaches.update({ case: number, revision: before.revision }, {
      $set: { facts, asked, updated, revision },
      $push: { log: entry },
    } as never);
    if (isWritten) {
      await tellCase(store, law, record, entry, clock);
      return { record, entry };
    }
    await sleep(Math.random() * 15 * attempt);
  }
  throw new MdrError(
    'MDR_CONFLICT',
    `the breach of case ${number} was changed by others ${ATTEMPTS} times while this was being written.`,
    'Nothing was changed by you: try again in a moment.',
  );
}

/** What happened, on the case's timeline and status card. Once for an entry, however often it is told. */
async function tellCase(store: TenantStore, law: Law, record: Breach, entry: BreachEntry, clock: Clock): Promise<void> {
  const found = dutiesOfBreach(store, law, record, clock());
  const asking = { by: { id: entry.actor, name: entry.actorName }, clock, request: `breach:${entry.id}` };
  const moved = entry.moves.map(({ duty, before, after }) => `${duty} ${stands(before)} → ${stands(after)}`);
  const shown = moved.length > 6 ? [...moved.slice(0, 6), `and ${moved.length - 6} more`] : moved;
  const text = `Breach: ${entry.text}${shown.length > 0 ? `. Duties: ${shown.join('; ')}` : ''}`;
  await changeCase(store, record.case, asking, {
    ...{ kind: 'breach', text, breach: summaryOf(found.duties), reason: entry.reason },
  });
}

const stands = (of: BreachEntry['moves'][number]['before']): string =>
  of === null ? 'not owed' : `${of.state}${of.due === null ? '' : ` due ${minute(of.due)}`}`;

/** What the status card of the case shows: how many duties are open and missed, and those that are due first. */
export function summaryOf(all: readonly Duty[]): NonNullable<Case['breach']> {
  const open = all.filter(({ state }) => state === 'running' || state === 'missed');
  const next = open
    .flatMap(({ id, title, due, target, state }) => {
      const at = due ?? target;
      return at === null ? [] : [{ duty: id, title, at, isAim: due === null, isMissed: state === 'missed' }];
    })
    .sort((a, b) => a.at - b.at)
    .slice(0, MOST_SHOWN);
  return {
    open: open.length,
    missed: all.filter(({ state }) => state === 'missed').length,
    candidates: all.filter(({ state }) => state === 'candidate').length,
    next,
  };
}

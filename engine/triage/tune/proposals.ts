import { setTimeout as sleep } from 'node:timers/promises';
import type { Clock } from '../../clock.js';
import { MdrError } from '../../errors.js';
import { idOf } from '../../ids.js';
import type { Formats } from '../../ingest/formats/index.js';
import type { TenantStore } from '../../store/index.js';
import type { Proposal, ProposalEntry } from '../../store/proposals.js';
import type { CatalogRule } from '../../store/rules.js';
import { BY_HAND } from '../strands.js';
import { type Verdicts, verdictsOf } from '../trust.js';
import type { By } from '../work.js';
import { isOftenWrong, learn, sameChange } from './learn.js';

/** Verdicts of this time count. */
const DAYS = 90;
const DAY_MS = 86_400_000;
/** Rules looked at in one go, those with most verdicts first; and most proposals that are kept. */
const MAX_RULES = 10;
const MAX_PROPOSALS = 500;
const MAX_LOG = 200;
const MAX_REASON = 1000;
const ATTEMPTS = 8;
const ITSELF = { id: 'mdr', name: 'mdr' };

/**
 * Propose what verdicts suggest, and withdraw what they do not suggest any more. Who has decided is not asked again before enough new
 * verdicts say the same. Doing it again changes nothing.
 * @returns the open ones, by number
 */
export async function refreshProposals(scope: TenantStore, formats: Formats, now: number): Promise<Proposal[]> {
  const since = now - DAYS * DAY_MS;
  const all = await verdictsOf(scope, since);
  const known = new Map((await scope.proposals.find({}, { limit: MAX_PROPOSALS })).map((each) => [each.rule.id, each]));
  const wrong: [string, Verdicts][] = [];
  for (const [id, verdicts] of all) {
    if (id.startsWith(BY_HAND) || id.startsWith('indicator:') || !isOftenWrong(verdicts)) continue;
    const decided = known.get(id)?.decided?.at;
    // What was judged before the decision was known to whoever took it.
    const news = decided === undefined ? verdicts : (await verdictsOf(scope, Math.max(since, decided), id)).get(id);
    if (news && isOftenWrong(news)) wrong.push([id, news]);
  }
  wrong.sort(([a, x], [b, y]) => sumOf(y) - sumOf(x) || (a < b ? -1 : 1));
  const still = new Set<string>();
  for (const [id, seen] of wrong.slice(0, MAX_RULES)) {
    const rule = await ruleAs(scope, id);
    const learned = rule && (await learn(scope, formats, rule, now));
    if (!learned) continue;
    still.add(id);
    await keep(scope, known.get(id), { ...learned, seen }, now);
  }
  const left = new Set(wrong.slice(MAX_RULES).map(([id]) => id));
  for (const each of known.values())
    if (each.state === 'open' && !still.has(each.rule.id) && !left.has(each.rule.id))
      await write(
        scope,
        each,
        { state: 'withdrawn', updated: now },
        entry(now, ITSELF, 'withdrawn', 'Not needed any more'),
      );
  return scope.proposals.find({ state: 'open' }, { sort: { number: 1 }, limit: MAX_PROPOSALS });
}

const sumOf = ({ real, benign, false: wrong }: Verdicts): number => real + benign + wrong;

/** A rule at the level that it has here; null when it is switched off, or no rule any more. */
async function ruleAs(scope: TenantStore, id: string): Promise<Proposal['rule'] | null> {
  const [rule, tuning] = await Promise.all([catalogued(scope, id), scope.ruleTunings.findOne({ rule: id })]);
  if (!rule || tuning?.disabled) return null;
  return { id, title: rule.title, level: tuning?.level ?? rule.level };
}

/** A rule as it is by itself. */
export const catalogued = (
  scope: TenantStore,
  id: string,
): Promise<Pick<CatalogRule, 'id' | 'title' | 'level'> | null> =>
  scope.rules.findOne({ id }).select('id title level').lean<CatalogRule>();

async function keep(
  scope: TenantStore,
  known: Proposal | undefined,
  made: Pick<Proposal, 'rule' | 'change' | 'alert' | 'would' | 'seen'>,
  now: number,
): Promise<void> {
  const text = `Proposed: ${made.seen.real} of ${sumOf(made.seen)} judged alerts with it were real`;
  if (!known) {
    await scope.proposals.insert({
      _id: idOf('proposal', scope.id, made.rule.id),
      number: await scope.nextNumber('proposal'),
      state: 'open',
      ...made,
      ...{ created: now, updated: now, log: [entry(now, ITSELF, 'proposed', text)], revision: 1 },
    });
    return;
  }
  const isSame =
    known.state === 'open' && sameChange(known.change, made.change) && sumOf(known.seen) === sumOf(made.seen);
  if (isSame) return;
  const again = known.state === 'open' ? null : entry(now, ITSELF, 'proposed', text);
  await write(scope, known, { ...made, state: 'open', updated: now }, again, true);
}

/** @returns false when somebody else wrote it in between */
function write(
  scope: TenantStore,
  { _id, revision, log }: Proposal,
  set: Partial<Proposal>,
  said: ProposalEntry | null,
  forget = false,
): Promise<boolean> {
  return scope.proposals.update(
    { _id, revision },
    {
      $set: { ...set, ...(said && { log: [...log, said].slice(-MAX_LOG) }) },
      ...(forget && { $unset: { decided: 1 } }),
      $inc: { revision: 1 },
    },
  );
}

const entry = (at: number, by: By, kind: ProposalEntry['kind'], text: string): ProposalEntry => ({
  ...{ at, actor: by.id, actorName: by.name, kind, text: text.slice(0, MAX_REASON) },
});

/** @throws MdrError MDR_PROPOSAL_UNKNOWN */
export async function proposalOf(scope: TenantStore, number: number): Promise<Proposal> {
  const found = await scope.proposals.findOne({ number });
  if (found) return found;
  throw new MdrError(
    'MDR_PROPOSAL_UNKNOWN',
    `there is no proposal P${number} of ${scope.tenant.name}.`,
    'See /mdr tune proposals.',
  );
}

/**
 * Write down that a person has decided, or has taken that back. What it leads to is done by whoever calls.
 * @throws MdrError MDR_PROPOSAL_UNKNOWN, MDR_PROPOSAL_STATE, MDR_CONFLICT
 */
export async function decide(
  scope: TenantStore,
  number: number,
  by: By,
  clock: Clock,
  to: {
    state: 'accepted' | 'dismissed' | 'open';
    text: string;
    led?: Pick<NonNullable<Proposal['decided']>, 'exception' | 'before'>;
  },
): Promise<Proposal> {
  for (let attempt = 1; attempt <= ATTEMPTS; attempt++) {
    const found = await proposalOf(scope, number);
    if (found.state === to.state) return found;
    checkStep(found, to.state);
    const now = clock();
    const kind = to.state === 'open' ? 'undone' : to.state;
    const decided = { at: now, by: { id: by.id, name: by.name }, ...to.led };
    const set = { state: to.state, updated: now, ...(to.state !== 'open' && { decided }) };
    if (await write(scope, found, set, entry(now, by, kind, to.text), to.state === 'open'))
      return proposalOf(scope, number);
    await sleep(Math.random() * 15 * attempt);
  }
  throw new MdrError('MDR_CONFLICT', `P${number} was changed by others meanwhile.`, 'Nothing was changed: try again.');
}

/** @throws MdrError MDR_PROPOSAL_STATE */
export function checkStep({ number, state }: Proposal, to: 'accepted' | 'dismissed' | 'open'): void {
  const may = to === 'open' ? state === 'accepted' || state === 'dismissed' : state === 'open';
  if (may || state === to) return;
  throw new MdrError(
    'MDR_PROPOSAL_STATE',
    `P${number} is ${state}; it cannot be ${to === 'open' ? 'undone' : to}.`,
    state === 'withdrawn'
      ? 'Its reason has gone: nothing is left to do.'
      : `Take that back first: /mdr tune undo P${number}.`,
  );
}

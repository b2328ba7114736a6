import { idOf } from '../ids.js';
import { clip } from '../say.js';
import type { Breach, BreachEntry, Standing } from '../store/breaches.js';
import { duties, type Law } from './duties.js';
import { bad, boundPlaces, MAX_FACTS } from './files.js';
import { onceOwed } from './gone.js';
import { upsetText } from './table.js';
import type { Decision, Duty, Fact, FactValue, Profile } from './types.js';
import { kindOf } from './vocabulary.js';
import { describeName, describeValue } from './words.js';

/** What can be done to a breach. */
export type BreachChange =
  | { kind: 'facts'; facts: { fact: string; value: FactValue }[]; reason: string }
  /** `at`: when it was sent, epoch ms. */
  | { kind: 'satisfied'; duty: string; at: number; reason: string }
  | { kind: 'paused'; duty: string; until: number | null; reason: string }
  | { kind: 'withdrawn'; duty: string; reason: string }
  /** Not required, says one person … */
  | { kind: 'asked'; duty: string; reason: string }
  /** … and another one approves, or not. */
  | { kind: 'not-required'; duty: string }
  | { kind: 'refused'; duty: string; reason: string };

export interface BreachCause {
  by: { id: string; name: string };
  now: number;
  request: string;
  law: Law;
  profile: Profile;
}

/** Of one entry, so that a record stays well under MongoDB's 16 MiB. */
const MAX_MOVES = 40;
const MAX_UPSETS = 3;
/** Most entries of one breach; the last hundred are for decisions. */
const MAX_ENTRIES = 1500;
const SPARE = 100;
const AHEAD_MS = 5 * 60_000;

/** How a person stands in facts: with the id, so that two of one name are two. */
export const signed = ({ id, name }: BreachCause['by']): string => `${clip(name, 100)} (${id})`;

/**
 * A breach with a change made, and what it moved. Pure. The same request again changes nothing.
 * @throws MdrError MDR_BREACH_BAD, MDR_BREACH_UNKNOWN
 */
export function applyBreach(record: Breach, change: BreachChange, cause: BreachCause): Breach | null {
  const id = idOf('breach', record._id, cause.request).slice(0, 24);
  if (record.log.some((entry) => entry.id === id)) return null;
  const { by, law, profile } = cause;
  // Later than all before, so that what is said last stands, also within one millisecond.
  const now = Math.max(cause.now, ...record.facts.map(({ at }) => at + 1));
  const before = duties(law, profile, record.facts, now).duties;
  const { facts, asked, text } = effect(record, change, { ...cause, now }, before);
  const most = change.kind === 'facts' ? MAX_ENTRIES - SPARE : MAX_ENTRIES;
  if (record.facts.length + facts.length > MAX_FACTS || record.log.length >= most)
    throw bad(
      'this breach is full: it takes no more answers.',
      'Decisions about duties may still fit; go on in another case.',
    );
  const all = [...record.facts, ...facts];
  const after = duties(law, profile, all, now).duties;
  const moves = movesOf(before, after);
  const entry: BreachEntry = {
    ...{ id, at: now, actor: by.id, actorName: clip(by.name, 100), kind: change.kind },
    text: clip([text, ...upsetTexts(before, after)].join('. '), 1000),
    ...{ reason: 'reason' in change ? clip(change.reason, 500) : '', moves },
  };
  return {
    ...record,
    ...{ facts: all, asked, log: [...record.log, entry], updated: now, revision: record.revision + 1 },
  };
}

interface Effect {
  facts: Fact[];
  asked: Breach['asked'];
  text: string;
}

function effect(record: Breach, change: BreachChange, { by, now, law }: BreachCause, known: readonly Duty[]): Effect {
  const { asked } = record;
  const decision = (duty: string, reason: string, value: Omit<Decision, 'reason'>, who = signed(by)): Fact => ({
    ...{ fact: `duty:${duty}`, value: { ...value, reason: clip(reason, 500) }, by: who, at: now, reason: '' },
  });
  if (change.kind === 'facts') {
    const reason = clip(change.reason, 500);
    const facts = change.facts.map(({ fact, value }): Fact => {
      const rule = fact.split('@')[1];
      if (
        /^(duty|submitted):/.test(fact) ||
        kindOf(fact) === null ||
        (rule && !law.regimes.some((one) => one.id === rule))
      )
        throw bad(
          `"${clip(fact, 80)}" is nothing that can be said like this.`,
          'See /mdr help breach, or docs/breach.md.',
        );
      return { fact, value, by: signed(by), at: now, reason };
    });
    if (facts.length === 0) throw bad('what is known?', 'For example: /mdr breach fact 4 aware 2026-11-27T09:30');
    if (new Set(facts.map(({ fact }) => fact)).size < facts.length)
      throw bad('one of these is said twice.', 'Say each once.');
    boundPlaces(
      facts.map(({ fact }) => fact),
      record.facts.map(({ fact }) => fact),
    );
    return { facts, asked, text: facts.map((fact) => corrected(record, fact)).join('; ') };
  }
  const { duty } = change;
  const found = known.find(({ id }) => id === duty);
  // What only another profile or other rules took away is confirmed like any other.
  const isConfirmed = change.kind === 'asked' || change.kind === 'refused' || change.kind === 'not-required';
  if (!found && !(isConfirmed && onceOwed(record).has(duty)))
    throw bad(`the breach has no duty "${clip(duty, 80)}".`, 'See /mdr breach duties for those that it has.');
  const open = asked.filter((one) => one.duty !== duty);
  const waiting = asked.find((one) => one.duty === duty);
  const none = { approver: null, until: null };
  switch (change.kind) {
    case 'satisfied':
      if (change.at > now + AHEAD_MS) throw bad('what is still to come has not been sent.', 'Say when it was sent.');
      return {
        facts: [decision(duty, change.reason, { ...none, decided: 'satisfied', at: change.at })],
        ...{ asked: open, text: `${duty} is satisfied` },
      };
    case 'paused':
      if (!found?.pause) throw bad(`${duty} knows no delay.`, 'Nobody can pause it: it runs on.');
      if (found.state === 'missed')
        throw bad(`${duty} was due already; a pause would move nothing.`, 'When it is sent, say why it is late.');
      if (found.state !== 'running')
        throw bad(`${duty} is ${found.state}; only what runs can be paused.`, 'See /mdr breach duties.');
      if (change.until !== null && change.until <= now) throw bad('that time is over.', 'Say until when, or nothing.');
      return {
        facts: [decision(duty, change.reason, { ...none, decided: 'paused', at: now, until: change.until })],
        ...{ asked, text: `${duty} is paused (${found.pause})` },
      };
    case 'withdrawn':
      if (!found?.decision || found.decision.decided === 'withdrawn')
        throw bad(`nothing was decided about ${duty}.`, 'See /mdr breach duties.');
      return {
        facts: [decision(duty, change.reason, { ...none, decided: 'withdrawn', at: now })],
        ...{ asked, text: `What was decided about ${duty} (${found.decision.decided}) is withdrawn` },
      };
    case 'asked':
      if (waiting)
        throw bad(`${waiting.by.name} asked for that already.`, `A second person approves it, not ${waiting.by.name}.`);
      return {
        facts: [],
        asked: [...asked, { duty, reason: clip(change.reason, 500), by, at: now }],
        text: `${duty} is said not to be required; a second person has to approve`,
      };
    case 'refused':
    case 'not-required':
      if (!waiting) throw bad(`nobody says that ${duty} is not required.`, 'See /mdr breach duties.');
      if (change.kind === 'refused') return { facts: [], asked: open, text: `${duty} stays required` };
      if (waiting.by.id === by.id)
        throw bad(
          'a second person has to approve that.',
          'Ask somebody else of the provider, or of the customer’s legal people.',
        );
      return {
        facts: [
          decision(
            ...([
              duty,
              waiting.reason,
              { decided: 'not-required', approver: signed(by), at: now, until: null },
            ] as const),
            signed(waiting.by),
          ),
        ],
        asked: open,
        text: `${duty} is not required: ${waiting.reason} (said by ${waiting.by.name}, approved by ${by.name})`,
      };
  }
}

/** `aware: 2026-03-02 09:00 UTC (was 2026-03-01 17:00 UTC)`. */
function corrected({ facts }: Breach, { fact, value }: Fact): string {
  const old = facts.findLast((one) => one.fact === fact);
  const was = old ? ` (was ${describeValue(old.value)})` : '';
  return `${describeName(fact)}: ${describeValue(value)}${was}`;
}

/** Decisions that this took the ground from. */
function upsetTexts(before: readonly Duty[], after: readonly Duty[]): string[] {
  const gone = after.filter(
    ({ id, upset }) => upset && !before.some((one) => one.id === id && (one.upset || one.state !== 'not-required')),
  );
  const shown = gone.slice(0, MAX_UPSETS).map((duty) => `${duty.id} is owed again. ${clip(upsetText(duty), 300)}`);
  return gone.length > MAX_UPSETS ? [...shown, `And ${gone.length - MAX_UPSETS} more are owed again`] : shown;
}

const standing = (duty: Duty | undefined): Standing | null => (duty ? { state: duty.state, due: duty.due } : null);

function movesOf(before: readonly Duty[], after: readonly Duty[]): BreachEntry['moves'] {
  const [was, is] = [before, after].map((all) => new Map(all.map((duty) => [duty.id, duty])));
  return [...new Set([...was!.keys(), ...is!.keys()])]
    .map((duty) => ({ duty, before: standing(was!.get(duty)), after: standing(is!.get(duty)) }))
    .filter(({ before: a, after: b }) => a?.state !== b?.state || a?.due !== b?.due)
    .slice(0, MAX_MOVES);
}

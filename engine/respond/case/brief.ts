import { clip, list, minute, times } from '../../say.js';
import type { Alert } from '../../store/alerts.js';
import type { Case, ClockKind, Severity } from '../../store/cases.js';
import { leadOf, ROLE_WORDS } from './changes/people.js';
import { waitsFor } from './changes/tasks.js';
import { textOf } from './changes/words.js';
import { clockState } from './clocks.js';
import { nextState } from './states.js';

/** One sentence, and the parts of the record that say so: `state`, `alert 12`, `#7` (an entry of its log, counted from 1). */
export interface Sentence {
  text: string;
  from: string[];
}

export interface CaseBrief {
  /** What it is, how bad and where it stands. */
  summary: Sentence[];
  /** What was seen. */
  seen: Sentence[];
  /** What was done since, and by whom. */
  done: Sentence[];
  /** What comes next, and by when. */
  next: Sentence[];
}

const MOST = 8;
const ENDS: Readonly<Record<ClockKind, string>> = {
  acknowledge: 'acknowledged',
  contain: 'contained',
  resolve: 'resolved',
};
const SEVERITY: Readonly<Record<Severity, string>> = {
  low: 'low',
  medium: 'medium',
  high: 'high',
  critical: 'critical',
};

/**
 * An executive summary made of nothing but the record: each sentence says which part of it shows it, and nothing is concluded from it.
 * What the case is not to show (a customer's view) is taken out of the case before.
 * @param alerts those of its alerts that may be shown
 * @param now epoch ms, for what is over
 */
export function briefOf(record: Case, alerts: readonly Alert[], now: number): CaseBrief {
  return {
    summary: summaryOf(record),
    seen: seenOf(record, alerts),
    done: doneOf(record),
    next: nextOf(record, now),
  };
}

function summaryOf(record: Case): Sentence[] {
  const { number, title, type, severity, priority, state, outcome, created, simulated, people, mergedInto } = record;
  const lead = leadOf(record);
  const others = people.filter(({ role }) => role !== 'lead');
  return [
    ...(simulated ? [{ text: 'This is an exercise: its alerts come from a simulation.', from: ['simulated'] }] : []),
    {
      text: `Case ${number}, “${clip(title, 200)}”, is of the type ${type}, of ${SEVERITY[severity]} severity and priority ${priority}.`,
      from: ['title', 'type', 'severity', 'priority'],
    },
    {
      text:
        state === 'closed'
          ? `It was opened ${minute(created)} and closed ${minute(record.closed ?? record.updated)} as ${outcome}.`
          : `It was opened ${minute(created)} and is in the state ${state}.`,
      from: ['created', 'state', ...(state === 'closed' ? ['outcome'] : [])],
    },
    ...(mergedInto === undefined ? [] : [{ text: `It goes on in case ${mergedInto}.`, from: ['mergedInto'] }]),
    lead ? { text: `${lead.name} leads it.`, from: ['people'] } : { text: 'Nobody leads it yet.', from: ['people'] },
    ...(others.length > 0
      ? [
          {
            text: `Also on it: ${list(
              others.map(({ name, role }) => `${name} (${ROLE_WORDS[role]})`),
              MOST,
            )}.`,
            from: ['people'],
          },
        ]
      : []),
  ];
}

function seenOf({ observables, techniques }: Case, alerts: readonly Alert[]): Sentence[] {
  const first = alerts.toSorted((a, b) => a.first - b.first)[0];
  const last = alerts.toSorted((a, b) => b.last - a.last)[0];
  const of = (kind: string) => observables.filter((one) => one.kind === kind).map(({ value }) => clip(value, 80));
  const [hosts, users] = [of('host'), of('user')];
  return [
    ...(first && last
      ? [
          {
            text: `It rests on ${times(alerts.length, 'alert')}, with events from ${minute(first.first)} to ${minute(last.last)}.`,
            from: alerts.slice(0, MOST).map(({ number }) => `alert ${number}`),
          },
        ]
      : []),
    ...(hosts.length > 0
      ? [{ text: `${times(hosts.length, 'host')} seen in it: ${list(hosts, MOST)}.`, from: ['observables'] }]
      : []),
    ...(users.length > 0
      ? [{ text: `${times(users.length, 'account')} seen in it: ${list(users, MOST)}.`, from: ['observables'] }]
      : []),
    ...(techniques.length > 0
      ? [{ text: `ATT&CK techniques of its rules: ${list(techniques, MOST)}.`, from: ['techniques'] }]
      : []),
  ];
}

function doneOf({ log, tasks }: Case): Sentence[] {
  const finished = tasks.filter(({ state }) => state === 'done');
  const moves = log.flatMap(({ field, kind, before, after, at, actorName, text }, i) =>
    field === 'state' || kind === 'state' || kind === 'closed' || kind === 'reopened'
      ? [
          {
            text: `${minute(at)}: ${actorName}, ${before === undefined ? text : `${before} → ${after}`}.`,
            from: [`#${i + 1}`],
          },
        ]
      : [],
  );
  const pinned = log.flatMap((entry, i) =>
    entry.kind === 'pinned'
      ? [{ text: `${minute(entry.when ?? entry.at)}: ${clip(textOf(log, entry), 300)}`, from: [`#${i + 1}`] }]
      : [],
  );
  return [
    ...pinned.slice(-MOST),
    ...moves.slice(-MOST),
    ...(finished.length > 0
      ? [
          {
            text: `${times(finished.length, 'task')} done: ${list(
              finished.map(({ id, title }) => `${id} ${clip(title, 80)}`),
              MOST,
            )}.`,
            from: finished.slice(0, MOST).map(({ id }) => id),
          },
        ]
      : []),
  ];
}

function nextOf(record: Case, now: number): Sentence[] {
  const { clocks, tasks, state } = record;
  const open = tasks.filter((task) => task.state === 'open');
  const ready = open.filter((task) => waitsFor(record, task).length === 0);
  const next = nextState(state);
  return [
    ...clocks.flatMap((clock) => {
      const what = ENDS[clock.kind];
      const from = [`clock ${clock.kind}`];
      const is = clockState(clock, now);
      if (is === 'met') return [{ text: `It was ${what} in time, ${minute(clock.met!)}.`, from }];
      if (is === 'missed')
        return [
          { text: `It was ${what} ${minute(clock.met!)}, after the ${minute(clock.due)} of the contract.`, from },
        ];
      if (state === 'closed') return [];
      return is === 'over'
        ? [{ text: `By the contract it had to be ${what} by ${minute(clock.due)}: that is over.`, from }]
        : [{ text: `By the contract it has to be ${what} by ${minute(clock.due)}.`, from }];
    }),
    ...ready.slice(0, MOST).map(({ id, title, owner, due, lane }) => ({
      text: `To do: ${id} ${clip(title, 120)}${owner ? `, by ${owner.name}` : ''}${due === null ? '' : `, until ${minute(due)}`}${lane === 'customer' ? ' (the customer)' : ''}.`,
      from: [id],
    })),
    ...(open.length > ready.length
      ? [{ text: `${times(open.length - ready.length, 'task')} wait for others.`, from: ['tasks'] }]
      : []),
    ...(next ? [{ text: `The next state is ${next}.`, from: ['state'] }] : []),
  ];
}

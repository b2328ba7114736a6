import type { Observable } from '../../../store/alerts.js';
import type { Case, CaseMove, CaseObservable, CaseTask, Lane } from '../../../store/cases.js';
import { badCase } from '../error.js';
import { bounded, line, MAX_REASON, MAX_TITLE, MAX_WORD } from '../text.js';
import type { AlertShare, Apply, Said } from '../types.js';
import { closed, closing } from './moves.js';

type Kinds = 'alert' | 'observable' | 'relate' | 'merge-into' | 'take-in' | 'split-off' | 'moved';
const MAX_ALERTS = 200;
const MAX_OBSERVABLES = 500;
const MAX_RULES = 300;
const MAX_RELATED = 50;
const MAX_PEOPLE = 50;
const MAX_TASKS = 200;

/** What a case is made of, and what it has to do with others. */
export const links: { readonly [K in Kinds]: Apply<K> } = {
  alert(record, { alert, take }) {
    const { number } = alert;
    const isIn = record.alerts.includes(number);
    if (isIn === !take) return null;
    if (take)
      return {
        set: { alerts: record.alerts.filter((one) => one !== number) },
        said: [
          {
            kind: 'alert',
            field: `alert:${number}`,
            before: true,
            after: null,
            text: `Alert ${number} is not part of it any more`,
          },
        ],
      };
    if (record.alerts.length >= MAX_ALERTS)
      throw badCase(
        `case ${record.number} has ${record.alerts.length} alerts, and takes no more.`,
        'Open another case, and relate both.',
      );
    return { set: withAlert(record, alert), said: [alertSaid(alert)] };
  },

  observable(record, { observable }) {
    const value = line(observable.value, MAX_WORD);
    if (value === '') throw badCase('an observable needs a value.', 'As in host ws-042.');
    const next = observed(record.observables, [{ ...observable, value }], null);
    if (next.length === record.observables.length) {
      if (next.length < MAX_OBSERVABLES) return null;
      throw badCase(`case ${record.number} has ${next.length} observables, and takes no more.`, 'Note it instead.');
    }
    const { key } = next.at(-1)!;
    return {
      set: { observables: next },
      said: [
        {
          kind: 'observable',
          field: `observable:${key}`,
          before: null,
          after: true,
          text: `Seen: ${observable.kind} ${value}`,
        },
      ],
    };
  },

  relate(record, { to, take }) {
    if (to === record.number) throw badCase('a case is not related to itself.', 'Name another one.');
    const isIn = record.related.includes(to);
    if (isIn === !take) return null;
    const field = `related:${to}`;
    if (take)
      return {
        set: { related: record.related.filter((one) => one !== to) },
        said: [{ kind: 'related', field, before: true, after: null, text: `Not related to case ${to} any more` }],
      };
    if (record.related.length >= MAX_RELATED)
      throw badCase(
        `case ${record.number} is related to ${record.related.length} others, and takes no more.`,
        'Take one off first.',
      );
    return {
      set: { related: [...record.related, to].sort((a, b) => a - b) },
      said: [{ kind: 'related', field, before: null, after: true, text: `Related to case ${to}` }],
    };
  },

  'merge-into'(record, { to, reason }, { by, now, request }) {
    if (to >= record.number)
      throw badCase(`case ${record.number} cannot go into case ${to}.`, 'The younger case goes into the older one.');
    const move: CaseMove = {
      ...{ id: request, kind: 'merge', to, title: '', at: now },
      ...{ alerts: record.alerts, by, reason: bounded(reason, MAX_REASON) },
    };
    return {
      set: { ...closing(record, 'duplicate', now), mergedInto: to, moves: [...record.moves, move] },
      said: [
        closed(record.state, 'duplicate'),
        { kind: 'merged', field: 'mergedInto', before: null, after: to, text: `Went into case ${to}` },
      ],
    };
  },

  'take-in'(record, { from, alerts }) {
    if (record.took.includes(from.number)) return null;
    const open = from.tasks.filter(({ state }) => state === 'open').slice(0, MAX_TASKS - record.tasks.length);
    const first = record.tasks.length;
    const ids = new Map(open.map(({ id }, i) => [id, `T${first + i + 1}`]));
    // What the customer has not been shown there does not become theirs here.
    const lane = (task: CaseTask): Lane => (from.published ? task.lane : 'provider');
    const carried = open.map((task) => ({
      ...task,
      lane: lane(task),
      id: ids.get(task.id)!,
      after: task.after.flatMap((id) => ids.get(id) ?? []),
    }));
    const newcomers = from.people
      .filter((one) => one.role !== 'lead' && one.role !== 'customer-lead')
      .filter((one) => !record.people.some(({ role, id }) => role === one.role && id === one.id))
      .slice(0, MAX_PEOPLE - record.people.length);
    const fresh = alerts
      .filter(({ number }) => !record.alerts.includes(number))
      .slice(0, MAX_ALERTS - record.alerts.length);
    const whole = fresh.reduce<Made>((made, alert) => withAlert(made, alert), record);
    const observables = from.observables.reduce<CaseObservable[]>(
      (all, one) => observed(all, [one], one.alert),
      whole.observables,
    );
    const taken: Said = {
      ...{ kind: 'merged', field: `took:${from.number}`, before: null, after: true },
      text: `Case ${from.number} went into this one`,
    };
    const said: Said[] = [
      taken,
      ...fresh.map(alertSaid),
      ...newcomers.map(
        ({ role, id, name }): Said => ({
          ...{ kind: 'person', field: `person:${role}:${id}`, before: null, after: name },
          text: `${name} is ${role}, from case ${from.number}`,
        }),
      ),
      ...carried.map(
        ({ id, lane, title }): Said => ({
          ...{ kind: 'task', lane, field: `task:${id}`, before: null, after: title },
          text: lane === 'customer' ? `${id}: ${title}` : `${id}, from case ${from.number}: ${title}`,
        }),
      ),
    ];
    return {
      short: {
        ...taken,
        text: `${taken.text}, with ${fresh.length} alerts, ${newcomers.length} people and ${carried.length} tasks`,
        also: said.slice(1).map(({ field }) => field!),
      },
      set: {
        ...pick(whole),
        took: [...record.took, from.number],
        tasks: [...record.tasks, ...carried],
        people: [...record.people, ...newcomers],
        observables,
      },
      said,
    };
  },

  'split-off'(record, { to, title, alerts, reason }, { by, now, request }) {
    const there = alerts.filter((number) => record.alerts.includes(number));
    if (there.length === 0 || there.length !== alerts.length)
      throw badCase(
        `case ${record.number} has not all of these alerts: ${alerts.slice(0, 10).join(', ')}.`,
        record.alerts.length > 0 ? `It has ${record.alerts.slice(0, 20).join(', ')}.` : 'It has none.',
      );
    if (there.length === record.alerts.length)
      throw badCase('nothing would be left of it.', 'Leave at least one alert in the case, or change its title.');
    const move: CaseMove = {
      ...{ id: request, kind: 'split', to, title: line(title, MAX_TITLE), at: now },
      ...{ alerts: there, by, reason: bounded(reason, MAX_REASON) },
    };
    return {
      set: {
        alerts: record.alerts.filter((number) => !there.includes(number)),
        moves: [...record.moves, move],
      },
      said: [
        { kind: 'split', text: `Split: alerts ${there.join(', ')} are in case ${to} now` },
        ...there.map(
          (number): Said => ({
            ...{ kind: 'alert', field: `alert:${number}`, before: true, after: null },
            text: `Alert ${number} went to case ${to}`,
          }),
        ),
      ],
    };
  },

  moved(record, { move }) {
    if (!record.moves.some(({ id }) => id === move)) return null;
    return { set: { moves: record.moves.filter(({ id }) => id !== move) }, said: [] };
  },
};

/** What of a case comes from its alerts. */
type Made = Pick<Case, 'alerts' | 'observables' | 'rules' | 'techniques' | 'simulated'>;
const pick = ({ alerts, observables, rules, techniques, simulated }: Made): Made => ({
  ...{ alerts, observables, rules, techniques, simulated },
});

/** The same with an alert in it. */
export const withAlert = (made: Made, alert: AlertShare): Made => ({
  alerts: [...made.alerts, alert.number].sort((a, b) => a - b),
  observables: observed(made.observables, alert.observables, alert.number),
  rules: union(made.rules, alert.rules, MAX_RULES),
  techniques: union(made.techniques, alert.techniques, MAX_RULES),
  simulated: made.simulated || alert.simulated,
});

export const alertSaid = ({ number, title }: AlertShare): Said => ({
  ...{ kind: 'alert', field: `alert:${number}`, before: null, after: true },
  text: `Alert ${number}: ${line(title, MAX_TITLE)}`,
});

export const keyOf = ({ kind, value }: Observable): string => `${kind}:${value.toLowerCase()}`.slice(0, MAX_WORD + 20);

function observed(
  before: readonly CaseObservable[],
  added: readonly Observable[],
  alert: number | null,
): CaseObservable[] {
  const all = [...before];
  const keys = new Set(all.map(({ key }) => key));
  for (const { kind, value } of added) {
    const short = line(value, MAX_WORD);
    const key = keyOf({ kind, value: short });
    if (keys.has(key) || short === '' || all.length >= MAX_OBSERVABLES) continue;
    keys.add(key);
    all.push({ kind, value: short, key, alert });
  }
  return all;
}

const union = (before: readonly string[], added: readonly string[], most: number): string[] =>
  [...new Set([...before, ...added])].slice(0, most);

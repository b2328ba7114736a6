import { LEVELS, TACTICS } from '../detect/types.js';
import { isSomebody } from '../triage/links.js';
import type { Found, Gathered } from './gather.js';
import type { Gap, Sentence, Step } from './types.js';
import { listText, moment, spanText } from './words.js';

const MOST_EVENTS = 30;
const MOST_HOW = 40;

/** `lateral movement`. */
export const tacticText = (tactic: string): string => tactic.replaceAll('-', ' ');
const timeText = (ms: number): string => `${moment(ms)} UTC`;
const programText = (path: string): string => path.split(/[\\/]/).at(-1) ?? path;

/** Who, what, when and how, each sentence with the events that say so; a sentence that no event says is not written. */
export function storyOf(chain: readonly Step[], gaps: readonly Gap[], gathered: Gathered) {
  const steps = chain.filter(({ events }) => events.length > 0);
  return {
    who: whoOf(steps, gathered),
    what: whatOf(steps),
    when: whenOf(steps, gaps),
    how: steps
      .toSorted((a, b) => LEVELS.indexOf(b.level) - LEVELS.indexOf(a.level) || a.first - b.first)
      .slice(0, MOST_HOW)
      .sort((a, b) => a.first - b.first)
      .map(howOf),
  };
}

const eventsOf = (steps: readonly Step[]): string[] =>
  [...new Set(steps.flatMap(({ events }) => events))].slice(0, MOST_EVENTS);
/** Events of several who are named together: one of each first, so that none of them is without. */
const eachOnce = (groups: readonly Step[][]): string[] =>
  [...new Set([...groups.map(([first]) => first!.events[0]!), ...eventsOf(groups.flat())])].slice(0, MOST_EVENTS);
const sentence = (text: string, events: readonly string[]): Sentence[] =>
  events.length > 0 ? [{ text, events: [...events] }] : [];

function whoOf(steps: readonly Step[], { addresses, events }: Gathered): Sentence[] {
  const by = groupBy(
    steps.filter(({ actor }) => isSomebody(actor.user)),
    ({ actor }) => actor.user,
  );
  const accounts = [...by].sort((a, b) => b[1].length - a[1].length || (a[0] < b[0] ? -1 : 1));
  const hosts = groupBy(steps, ({ host }) => host);
  hosts.delete('');
  const outside = [...addresses].sort();
  const named = (ip: string) =>
    [...events.values()].filter((event) => event.sourceIp === ip || event.destinationIp === ip);
  return [
    ...sentence(
      `${accounts.length === 1 ? 'The account' : 'The accounts'} ${listText(accounts.map(([user]) => user))} acted.`,
      eachOnce(accounts.map(([, of]) => of)),
    ),
    ...sentence(`It happened on ${listText([...hosts.keys()])}.`, eachOnce([...hosts.values()])),
    ...sentence(
      `Outside addresses in it: ${listText(outside)}.`,
      outside
        .flatMap((ip) =>
          named(ip)
            .slice(0, 5)
            .map(({ id }) => id),
        )
        .slice(0, MOST_EVENTS),
    ),
  ];
}

function whatOf(steps: readonly Step[]): Sentence[] {
  const known = [...TACTICS.filter((tactic) => steps.some(({ tactics }) => tactics.includes(tactic)))];
  const more = [...new Set(steps.flatMap(({ tactics }) => tactics))]
    .filter((tactic) => !TACTICS.includes(tactic))
    .sort();
  return [...known, ...more].flatMap((tactic) => {
    const of = steps.filter(({ tactics }) => tactics.includes(tactic));
    const titles = [...new Set(of.map(({ title }) => title))];
    return sentence(`${capital(tacticText(tactic))}: ${listText(titles, 5)}.`, eventsOf(of));
  });
}

function whenOf(steps: readonly Step[], gaps: readonly Gap[]): Sentence[] {
  const first = steps[0];
  if (!first) return [];
  const last = steps.reduce((a, b) => (b.last > a.last ? b : a));
  const longest = [...gaps].sort((a, b) => b.ms - a.ms)[0];
  const after = longest && steps[longest.before];
  return [
    ...sentence(
      `It was first seen at ${timeText(first.first)} and last at ${timeText(last.last)}: ${spanText(last.last - first.first)}.`,
      eventsOf([first, last]),
    ),
    ...(after
      ? sentence(
          `In between, nothing was seen for ${spanText(longest.ms)}, until ${timeText(after.first)}.`,
          after.events.slice(0, 3),
        )
      : []),
  ];
}

function howOf(step: Step): Sentence {
  const { actor, host, target, count } = step;
  const who = actor.user || 'an account that the log does not name';
  const program = actor.process ? ` with ${programText(actor.process)}` : '';
  const where = host ? ` on ${host}` : '';
  const to = target ? `, against ${target.value}` : '';
  const times = count > 1 ? `, ${count.toLocaleString('en-US')} times` : '';
  return {
    text: `${timeText(step.first)}: ${step.title}: ${who}${program}${where}${to}${times}.`,
    events: step.events.slice(0, MOST_EVENTS),
  };
}

export function groupBy<T>(values: readonly T[], key: (value: T) => string): Map<string, T[]> {
  const groups = new Map<string, T[]>();
  for (const value of values) {
    const found = groups.get(key(value));
    if (found) found.push(value);
    else groups.set(key(value), [value]);
  }
  return groups;
}

const capital = (text: string): string => text.charAt(0).toUpperCase() + text.slice(1);

/** An event in one line. */
export function eventText(event: Found): string {
  const parts = [
    event.action || event.code || event.dataset,
    event.process && programText(event.process),
    event.commandLine && `“${event.commandLine}”`,
    event.file,
    event.domain,
    event.destinationIp &&
      `to ${event.destinationIp}${event.destinationPort === null ? '' : `:${event.destinationPort}`}`,
    event.sourceIp && `from ${event.sourceIp}`,
    event.target && `on account ${event.target}`,
  ];
  return parts.filter(Boolean).join(' ').slice(0, 400);
}

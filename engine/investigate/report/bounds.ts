import { LEVELS } from '../../detect/types.js';
import { clip } from '../../say.js';
import type { EventRef, Gap, Investigation, Reach, Sentence, Step } from '../types.js';

/** What one report holds at most: a person reads it, and its PDF has to fit into a chat. */
export const MOST = {
  steps: 60,
  observables: 150,
  reach: 40,
  sentences: 12,
  measures: 40,
  reasons: 60,
  /** Events behind one row, and behind one sentence, which may name several; of two as good, the first and the last. */
  events: 3,
  cites: 8,
  alerts: 200,
  cut: 40,
  /** Characters of a title, a sentence, a value, an event's line. */
  title: 200,
  sentence: 1000,
  value: 400,
  line: 240,
} as const;

/**
 * An investigation of a size that can be kept and read. What is left out is counted in `spent.cut`; of the steps the least grave
 * go first. Events that nothing names any more go too. Bounded again, it stays as it is.
 */
export function bounded(of: Investigation): Investigation {
  const cut: string[] = [];
  const most = <T>(all: readonly T[], limit: number, what: string): T[] => {
    if (all.length > limit) cut.push(`${count(all.length - limit)} more ${what} are left out of this report`);
    return all.slice(0, limit);
  };
  const sentences = (all: readonly Sentence[], what: string): Sentence[] =>
    most(all, MOST.sentences, what).map(({ text, events }) => ({
      text: clip(text, MOST.sentence),
      events: some(events, MOST.cites),
    }));
  const reach = (all: readonly Reach[], what: string): Reach[] =>
    most(
      [...all].sort((a, b) => Number(b.crownJewel) - Number(a.crownJewel)),
      MOST.reach,
      what,
    ).map((each) => ({
      ...each,
      entity: { ...each.entity, value: clip(each.entity.value, MOST.value) },
      why: clip(each.why, MOST.line),
      events: some(each.events),
    }));
  const { chain, gaps } = steps(of, cut);
  const result: Omit<Investigation, 'events'> = {
    ...of,
    title: clip(of.title, MOST.title),
    alerts: most(of.alerts, MOST.alerts, 'alerts of the campaign'),
    reasons: most(of.reasons, MOST.reasons, 'reasons for the severity').map((each) => ({
      ...each,
      text: clip(each.text, MOST.line),
    })),
    chain,
    gaps,
    who: sentences(of.who, 'sentences on who'),
    what: sentences(of.what, 'sentences on what'),
    when: sentences(of.when, 'sentences on when'),
    how: sentences(of.how, 'sentences on how'),
    blast: {
      touched: reach(of.blast.touched, 'entities that were touched'),
      reachable: reach(of.blast.reachable, 'entities that can be reached next'),
      untouched: reach(of.blast.untouched, 'entities that were not touched'),
    },
    impact: sentences(of.impact, 'sentences on potential impact'),
    mitigation: most(of.mitigation, MOST.measures, 'measures').map((each) => ({
      ...each,
      text: clip(each.text, MOST.sentence),
      techniques: each.techniques.slice(0, 20),
      mitigations: each.mitigations.slice(0, 20),
    })),
    observables: most(of.observables, MOST.observables, 'observables').map((each) => ({
      ...each,
      value: clip(each.value, MOST.value),
      events: some(each.events),
    })),
    spent: of.spent,
  };
  // Ours first, so that bounding again takes none of them away.
  const told = [...cut, ...of.spent.cut].slice(0, MOST.cut).map((text) => clip(text, MOST.line));
  return { ...result, events: named(result, of.events), spent: { ...of.spent, cut: told } };
}

/** Ids of all events that something in it rests on. */
export function eventIds(of: Omit<Investigation, 'events'>): Set<string> {
  const { touched, reachable, untouched } = of.blast;
  const all = [of.chain, of.who, of.what, of.when, of.how, touched, reachable, untouched, of.impact, of.observables];
  return new Set(all.flatMap((each) => each.flatMap(({ events }) => events)));
}

const count = (of: number): string => of.toLocaleString('en-US');

/** The first events, and the last of all. */
const some = (events: readonly string[], limit: number = MOST.events): string[] =>
  events.length <= limit ? [...events] : [...events.slice(0, limit - 1), events.at(-1)!];

function steps(of: Investigation, cut: string[]): { chain: Step[]; gaps: Gap[] } {
  const gravest = of.chain.map((step, at) => ({ step, at }));
  if (gravest.length > MOST.steps) {
    gravest.sort((a, b) => LEVELS.indexOf(b.step.level) - LEVELS.indexOf(a.step.level) || a.at - b.at);
    cut.push(`${count(gravest.length - MOST.steps)} less grave steps are left out of this report`);
    gravest.length = MOST.steps;
    gravest.sort((a, b) => a.at - b.at);
  }
  const places = new Map(gravest.map(({ at }, i) => [at, i]));
  const gaps = of.gaps.flatMap((gap): Gap[] => {
    const before = places.get(gap.before);
    // Between two steps that are not neighbours any more there is something: it was left out.
    if (before === undefined || !places.has(gap.before - 1)) return [];
    return [{ ...gap, before, text: clip(gap.text, MOST.line) }];
  });
  const chain = gravest.map(
    ({ step }): Step => ({
      ...step,
      title: clip(step.title, MOST.title),
      host: clip(step.host, MOST.value),
      tactics: step.tactics.slice(0, 5),
      techniques: step.techniques.slice(0, 8),
      actor: {
        user: clip(step.actor.user, MOST.value),
        process: clip(step.actor.process, MOST.value),
        commandLine: clip(step.actor.commandLine, MOST.value),
      },
      target: step.target && { ...step.target, value: clip(step.target.value, MOST.value) },
      events: some(step.events),
    }),
  );
  return { chain, gaps };
}

function named(of: Omit<Investigation, 'events'>, events: Investigation['events']): Record<string, EventRef> {
  const kept: [string, EventRef][] = [];
  for (const id of eventIds(of)) {
    if (!Object.hasOwn(events, id)) continue;
    const event = events[id]!;
    const { host, user, text } = event;
    kept.push([
      id,
      { ...event, host: clip(host, MOST.value), user: clip(user, MOST.value), text: clip(text, MOST.line) },
    ]);
  }
  return Object.fromEntries(kept);
}

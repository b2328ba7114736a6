import type { LogSource, Parsed, Value } from '../../event.js';
import { quickenStrings } from '../../quick-strings.js';
import type { Matcher, RuleInfo } from '../types.js';
import type { CompiledRule } from './compile.js';
import type { Shared } from './fields.js';
import { Frame } from './frame.js';
import { fold } from './node.js';
import { Plan } from './plan.js';
import { type Predicate, TextPredicate } from './predicates.js';
import { Memory } from './probe.js';
import { Scanners } from './skipper.js';
import { type RateOf, Trial } from './trial.js';

/** Whether a rule's logsource covers this kind of event: what the rule leaves open, any event fits. */
export function covers(rule: CompiledRule['logsource'], event: LogSource): boolean {
  return (
    ((rule.product === null || rule.product === event.product) &&
      (rule.service === null || rule.service === event.service) &&
      (rule.category === null || event.categories.includes(rule.category))) ||
    (event.also?.some((other) => covers(rule, other)) ?? false)
  );
}

/** Plan for events whose id no rule asks for, or that have none. */
const OTHER = '\u0000other';
/** Plan for events with a list in `EventID`: nothing about it is decided beforehand. */
const OPEN = '\u0000open';

/** The plan for one kind of event, with what is learned while it is young. */
interface Made {
  plan: Plan;
  infos: RuleInfo[];
  trial: Trial | null;
}

/** What is known of one kind of event. */
interface Route {
  /** The EventIDs that conditions ask for. */
  ids: Set<string>;
  plans: Map<string, Made>;
  /** The same plans, by EventIDs that came as numbers; bounded, for a sender may choose them. */
  byNumber: Map<number, Made>;
  rules: CompiledRule[];
}
const MAX_NUMBERS = 4096;

/** Before anything was seen. */
const UNSEEN: RateOf = () => undefined;

/**
 * Compile rules into one matcher. Events are routed by kind (the log source, by identity) and `EventID`; for each
 * route a plan is made when its first event comes, so that log sources nobody sends cost nothing.
 */
export function createMatcher(rules: readonly CompiledRule[], shared: Shared): Matcher {
  quickenStrings();
  const infos = rules.map((rule) => rule.info);
  const frame = new Frame(shared.slots.names, shared.predicates.size);
  const eventId = shared.slots.of('EventID');
  const routes = new Map<LogSource, Route>();
  const memory = new Memory();
  const scanners = new Scanners();
  const found: number[] = [];
  const result: RuleInfo[] = [];

  function routeOf(logsource: LogSource) {
    const chosen = rules.filter((rule) => covers(rule.logsource, logsource));
    const ids = new Set<string>();
    for (const rule of chosen) collectIds(rule.condition, eventId, ids);
    const route: Route = { ids, plans: new Map(), byNumber: new Map(), rules: chosen };
    routes.set(logsource, route);
    return route;
  }

  /** The plan for one EventID: conditions on it are decided now, and rules that cannot hold any more are left out. */
  function makePlan(chosen: CompiledRule[], id: string): Made {
    const outcomes = new Map<Predicate, boolean>();
    const probe = new Frame(shared.slots.names, 0);
    probe.load({ EventID: id });
    const known = (predicate: Predicate) => {
      if (
        id === OPEN ||
        predicate.slot !== eventId ||
        (predicate instanceof TextPredicate && predicate.cased) ||
        !predicate.atoms?.every((atom) => atom.kind === 'equals')
      )
        return undefined;
      let outcome = outcomes.get(predicate);
      if (outcome === undefined) {
        outcome = predicate.test(probe);
        outcomes.set(predicate, outcome);
      }
      return outcome;
    };
    const planned = chosen
      .map((rule) => ({ rule, condition: fold(rule.condition, known) }))
      .filter(({ condition }) => condition.kind !== 'const' || condition.value);
    return {
      plan: new Plan(planned, shared.slots.names, memory, scanners, UNSEEN),
      infos: planned.map(({ rule }) => rule.info),
      trial: planned.length > 0 ? new Trial(planned.map(({ condition }) => condition)) : null,
    };
  }

  function planFor(route: Route, eventId: Value): Made {
    // Most ids are small numbers that come again and again: making texts of them costs more than the look-up.
    const known = typeof eventId === 'number' ? route.byNumber.get(eventId) : undefined;
    if (known) return known;
    const id = keyOf(eventId, route.ids);
    let made = route.plans.get(id);
    if (!made) {
      made = makePlan(route.rules, id);
      route.plans.set(id, made);
    }
    if (typeof eventId === 'number' && route.byNumber.size < MAX_NUMBERS) route.byNumber.set(eventId, made);
    return made;
  }

  function learn(made: Made, trial: Trial): void {
    if (!trial.note(frame)) return;
    made.plan = new Plan(made.plan.rules, shared.slots.names, memory, scanners, trial.rateOf);
    if (trial.isOver) made.trial = null;
  }

  return {
    rules: infos,
    match(event: Parsed): readonly RuleInfo[] {
      if (result.length > 0) result.length = 0;
      const route = routes.get(event.logsource) ?? routeOf(event.logsource);
      if (route.rules.length === 0) return result;
      const made = planFor(route, event.fields.EventID);
      if (made.infos.length === 0) return result;
      frame.load(event.fields, event.text);
      if (found.length > 0) found.length = 0;
      made.plan.match(frame, found);
      for (const index of found) result.push(made.infos[index]!);
      if (made.trial) learn(made, made.trial);
      return result;
    },
  };
}

function keyOf(eventId: Value, known: ReadonlySet<string>): string {
  if (typeof eventId === 'object' && eventId !== null) return OPEN;
  const text = eventId === undefined || eventId === null ? OTHER : String(eventId).toLowerCase();
  return known.has(text) ? text : OTHER;
}

/** EventIDs that conditions ask for by equality: each gets its own plan. */
function collectIds(node: CompiledRule['condition'], slot: number, into: Set<string>): void {
  if (node.kind === 'test') {
    if (node.predicate.slot === slot)
      for (const atom of node.predicate.atoms ?? []) if (atom.kind === 'equals') into.add(atom.text);
  } else if (node.kind === 'not') collectIds(node.child, slot, into);
  else if (node.kind !== 'const') for (const child of node.children) collectIds(child, slot, into);
}

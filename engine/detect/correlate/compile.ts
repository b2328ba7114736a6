import { idOf } from '../../ids.js';
import { infoOf, orProblem } from '../sigma/compile.js';
import type { CorrelationDocument, RuleDocument } from '../sigma/document.js';
import { syntax, unsupported } from '../sigma/problem.js';
import { References } from '../sigma/references.js';
import type { RuleProblem } from '../types.js';
import { wordsOf } from './expression.js';
import { KINDS } from './kinds/index.js';
import { readTimespan } from './timespan.js';
import type { Correlation, Correlations, Judge } from './types.js';

/** Correlations may lie over one another this deep. */
const MAX_DEPTH = 5;
const MAX_RULES = 100;
/** Correlations of correlations in one rule base: each keeps something with every event of those below it. */
const MAX_NESTED = 300;

/** How long after the last event of a window late ones are waited for, ms. */
export const LATENESS = 10 * 60_000;

interface Draft {
  document: CorrelationDocument;
  names: string[];
  rules: string[];
  judge: Judge;
  timespan: number;
  aliases: Correlation['aliases'];
}

/**
 * Compile correlation rules: read each, find what it refers to, and tie them together. One that cannot be run becomes
 * a problem, and so do those that refer to it; the others run.
 * @param rules detection rules that were compiled
 * @param lateness how long after a window late events are waited for, ms
 */
export function compileCorrelations(
  documents: readonly CorrelationDocument[],
  rules: readonly RuleDocument[],
  problems: RuleProblem[],
  lateness = LATENESS,
): Correlations {
  const references = new References<RuleDocument | CorrelationDocument>([...rules, ...documents]);
  const drafts = new Map<string, Draft>();
  for (const document of documents) {
    const draft = orProblem(document, () => draftOf(document, references));
    if ('reason' in draft) problems.push(draft);
    else drafts.set(document.id, draft);
  }

  const base = new Set(rules.map((rule) => rule.id));
  const made = new Map<string, Correlation>();
  let nested = 0;
  const failed = new Set<string>();
  const make = (draft: Draft, path: readonly string[]): Correlation => {
    const { document } = draft;
    const done = made.get(document.id);
    if (done) return done;
    if (path.includes(document.id)) throw syntax('correlations refer to one another in a circle', 'rules');
    if (path.length >= MAX_DEPTH) throw unsupported(`correlations over more than ${MAX_DEPTH} levels`, 'rules');
    const below = draft.rules.flatMap((id) => {
      if (base.has(id)) return [];
      const child = drafts.get(id);
      if (!child || failed.has(id)) throw syntax(`it refers to "${id}", which cannot be run itself`, 'rules');
      return [make(child, [...path, document.id])];
    });
    if (below.length > 0 && ++nested > MAX_NESTED)
      throw unsupported(`more than ${MAX_NESTED} correlations of correlations`, 'rules');
    const correlation = correlationOf(draft, below, lateness);
    if (correlation.depth >= MAX_DEPTH) throw unsupported(`correlations over more than ${MAX_DEPTH} levels`, 'rules');
    made.set(document.id, correlation);
    return correlation;
  };
  for (const draft of drafts.values()) {
    const result = orProblem(draft.document, () => make(draft, []));
    if (!('reason' in result)) continue;
    failed.add(draft.document.id);
    problems.push(result);
  }
  return tie([...made.values()], drafts);
}

function draftOf(document: CorrelationDocument, references: References<RuleDocument | CorrelationDocument>): Draft {
  const { type, rules: listed, timespan, aliases, condition } = document.correlation;
  const kind = KINDS.get(type);
  if (!kind) throw unsupported(`correlation type "${type.slice(0, 60)}"`, 'type');
  // An extended condition may stand for the list of rules.
  const names = [...new Set(listed ?? (typeof condition === 'string' ? wordsOf(condition) : []))];
  if (names.length === 0) throw syntax('it refers to no rule', 'rules');
  if (names.length > MAX_RULES) throw unsupported(`a correlation of more than ${MAX_RULES} rules`, 'rules');
  const idOfRule = (reference: string, key: string): string => {
    const found = references.find(reference, document.file);
    if (typeof found === 'string') throw syntax(found, key);
    return found.id;
  };
  const rules = names.map((name) => idOfRule(name, 'rules'));
  if (new Set(rules).size < rules.length) throw syntax('it refers to one rule twice', 'rules');
  return {
    document,
    names,
    rules,
    judge: kind.read(condition, names),
    timespan: readTimespan(timespan),
    aliases: new Map(
      Object.entries(aliases).map(([alias, fields]) => [
        alias,
        new Map(Object.entries(fields).map(([reference, field]) => [idOfRule(reference, 'aliases'), field])),
      ]),
    ),
  };
}

function correlationOf(draft: Draft, below: readonly Correlation[], lateness: number): Correlation {
  const { document, judge, timespan, rules, names, aliases } = draft;
  const { correlation: own } = document;
  const delay = Math.max(0, ...below.map((child) => child.delay));
  return {
    info: infoOf(document),
    version: idOf(
      document.id,
      JSON.stringify([own.type, rules, own['group-by'], own.timespan, own.aliases, own.condition]),
    ).slice(0, 12),
    rules,
    names,
    groupBy: own['group-by'],
    aliases,
    timespan,
    span: own.timespan,
    judge,
    above: [],
    parents: [],
    depth: below.length === 0 ? 0 : 1 + Math.max(...below.map((child) => child.depth)),
    lateness,
    delay: judge.deferred ? delay + (judge.ahead ? 2 : 1) * timespan + lateness : delay,
    silent: false,
  };
}

/** Tie correlations to those they feed. */
function tie(all: readonly Correlation[], drafts: ReadonlyMap<string, Draft>): Correlations {
  const byRule = new Map<string, { correlation: Correlation; rule: number }[]>();
  const byId = new Map(all.map((correlation) => [correlation.info.id, correlation]));
  const quiet = new Set<string>();
  const loud = new Set<string>();
  for (const correlation of all) {
    const { document } = drafts.get(correlation.info.id)!;
    const generate = document.correlation.generate ?? document.generate ?? false;
    for (const [rule, id] of correlation.rules.entries()) {
      (generate ? loud : quiet).add(id);
      const child = byId.get(id);
      if (child) child.parents.push({ correlation, rule });
      else byRule.set(id, [...(byRule.get(id) ?? []), { correlation, rule }]);
    }
  }
  // From the top down, so that a parent's own list is complete.
  for (const correlation of [...all].sort((a, b) => b.depth - a.depth)) {
    correlation.silent = quiet.has(correlation.info.id) && !loud.has(correlation.info.id);
    const above = new Map<Correlation, Set<string>>();
    const note = (to: Correlation, ids: readonly string[]) => {
      const known = above.get(to) ?? new Set<string>();
      above.set(to, known);
      for (const id of ids) known.add(id);
    };
    for (const { correlation: parent } of correlation.parents) {
      note(parent, [correlation.info.id]);
      for (const further of parent.above) note(further.correlation, [correlation.info.id, ...further.ids]);
    }
    correlation.above = [...above].map(([to, ids]) => ({ correlation: to, ids: [...ids] }));
  }
  return {
    all: [...all].sort((a, b) => a.depth - b.depth || (a.info.id < b.info.id ? -1 : 1)),
    byRule,
    silent: new Set([...quiet].filter((id) => !loud.has(id))),
  };
}

import type { Parsed } from '../event.js';
import { idOf } from '../ids.js';
import type { Detection } from '../store/detections.js';
import { observablesOf } from '../triage/observables.js';
import type { RuleInfo } from './types.js';

const MAX_ORIGINAL = 32_768;

/** A detection before it is stored. */
export type Found = Omit<Detection, 'tenant' | 'created'>;

/** One record on its way through detection. */
export interface Seen {
  tenant: string;
  source: string;
  format: string;
  /** The line as the batch has it: equal lines are the same event. */
  line: string;
  /** The record without what its shipper says about it; the line itself, when that is not given. */
  original?: string;
  parsed: Parsed;
  simulated: boolean;
}

/** Hash of tenant, source and content: the same record has the same id whenever it comes. */
export const eventIdOf = ({ tenant, source, line }: Seen): string => idOf(tenant, source, line);

/** The event as it is kept with its detections. */
export function eventOf(seen: Seen, id = eventIdOf(seen)): Found['event'] {
  const { source, format, line, original = line, parsed } = seen;
  return { id, time: parsed.time, source, format, ecs: parsed.ecs(), original: original.slice(0, MAX_ORIGINAL) };
}

/** What a detection keeps of its rule. */
export const ruleOf = (info: RuleInfo & { indicator?: { confidence: number } }): Found['rule'] => {
  const { id, title, level, techniques, tactics, falsepositives, cves, indicator } = info;
  return {
    ...{ id, title, level, techniques, tactics, falsepositives },
    ...(cves && { cves }),
    ...(indicator && { confidence: indicator.confidence }),
  };
};

/** One detection for each rule that fired on a record. */
export function detectionsOf(seen: Seen, hits: readonly RuleInfo[], id = eventIdOf(seen)): Found[] {
  if (hits.length === 0) return [];
  const event = eventOf(seen, id);
  const observables = observablesOf(event.ecs);
  return hits.map((rule) => ({
    _id: idOf(seen.tenant, id, rule.id),
    rule: ruleOf(rule),
    event,
    observables,
    alert: null,
    simulated: seen.simulated,
  }));
}

import type { Ecs } from '../../event.js';
import { idOf } from '../../ids.js';
import type { Correlated } from '../../store/detections.js';
import { observablesOf } from '../../triage/observables.js';
import { type Found, ruleOf } from '../found.js';
import { sayTimespan } from './timespan.js';
import type { Cell, Entry, Firing } from './types.js';

/** Events named in a detection. */
const MAX_EVENTS = 20;
const MAX_OBSERVABLES = 40;

/** Id of the detection of one group in one stretch: the same whenever, and in whatever order, its events come. */
export const correlatedId = (tenant: string, { correlation, group, bucket }: Cell): string =>
  idOf(tenant, 'correlation', correlation.info.id, correlation.version, group, String(bucket));

/**
 * The detection of a group in one stretch of time: one, however often its condition holds there. Everything in it comes
 * from what the windows hold, so that any worker makes the same.
 * @param firings of this stretch, at least one, by time
 * @param entries what the windows hold, by time
 */
export function correlatedOf(tenant: string, cell: Cell, firings: readonly Firing[], entries: readonly Entry[]): Found {
  const { correlation, group } = cell;
  const from = Math.min(...firings.map((firing) => firing.from));
  const to = Math.max(...firings.map((firing) => firing.to));
  const seen = entries.filter(({ time }) => time >= from && time <= to);
  const widest = firings.reduce((best, firing) => (firing.measure > best.measure ? firing : best));
  const values = JSON.parse(group) as string[];
  const groups = correlation.groupBy.map((field, index) => ({ field, value: values[index] ?? '' }));
  const by = groups.map(({ field, value }) => `${field} ${value}`).join(', ');
  const correlated: Correlated = {
    text: `${correlation.judge.says(widest.measure)} in ${sayTimespan(correlation.span)}${by ? ` by ${by}` : ''}`,
    group: groups,
    count: new Set(seen.map((entry) => entry.unit)).size,
    first: seen[0]?.time ?? from,
    last: seen.at(-1)?.time ?? to,
    events: seen.slice(0, MAX_EVENTS).map(({ unit, time, rule, value, host, user, ip }) => ({
      id: unit,
      time,
      rule: correlation.rules[rule] ?? '',
      ...(value !== null && { value }),
      ...(host && { host }),
      ...(user && { user }),
      ...(ip && { ip }),
    })),
  };
  const time = firings[0]!.at;
  const ecs: Ecs = {
    '@timestamp': new Date(time).toISOString(),
    'event.action': 'correlation',
    ...shared(seen),
    message: correlated.text,
  };
  const id = correlatedId(tenant, cell);
  return {
    _id: id,
    rule: ruleOf(correlation.info),
    event: {
      id,
      time,
      // Without a host, user or address in common, what it was grouped by is what it is about.
      source: values.join(', ') || correlation.info.title,
      format: 'correlation',
      ecs,
      original: JSON.stringify(correlated),
    },
    observables: observablesIn(seen, ecs),
    correlated,
    alert: null,
    simulated: seen.some((entry) => entry.simulated),
  };
}

/** What all events have in common: it is what the detection is about. */
function shared(entries: readonly Entry[]): Partial<Ecs> {
  const common = (read: (entry: Entry) => string): string => {
    const first = entries[0] ? read(entries[0]) : '';
    return first && entries.every((entry) => read(entry).toLowerCase() === first.toLowerCase()) ? first : '';
  };
  const host = common((entry) => entry.host);
  const user = common((entry) => entry.user);
  const ip = common((entry) => entry.ip);
  return { ...(host && { 'host.name': host }), ...(user && { 'user.name': user }), ...(ip && { 'source.ip': ip }) };
}

function observablesIn(entries: readonly Entry[], ecs: Ecs): Found['observables'] {
  const found = new Map(observablesOf(ecs).map((each) => [`${each.kind}:${each.value.toLowerCase()}`, each]));
  for (const { host, user, ip } of entries) {
    if (found.size >= MAX_OBSERVABLES) break;
    for (const each of observablesOf({ '@timestamp': '', 'host.name': host, 'user.name': user, 'source.ip': ip })) {
      const key = `${each.kind}:${each.value.toLowerCase()}`;
      if (!found.has(key)) found.set(key, each);
    }
  }
  return [...found.values()].slice(0, MAX_OBSERVABLES);
}

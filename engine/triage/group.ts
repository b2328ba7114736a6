import { idOf } from '../ids.js';
import type { Alert, AlertRule, Observable } from '../store/alerts.js';
import type { Detection } from '../store/detections.js';
import { bySeverity } from './order.js';
import { type Judging, score } from './score.js';

/** Detections on the same entity this near to an alert's events, in event time, join it. */
export const WINDOW_MS = 60 * 60 * 1000;
const MAX_RECENT = 2000;
const MAX_OBSERVABLES = 60;
const MAX_RULES = 200;

/** Whether an open alert takes a detection at this event time. */
export const reaches = (alert: Pick<Alert, 'first' | 'last' | 'state'>, time: number): boolean =>
  alert.state !== 'closed' && time >= alert.first - WINDOW_MS && time <= alert.last + WINDOW_MS;

/** Id of the alert that a detection opens. */
export const alertIdOf = (tenant: string, entity: Observable, opening: string): string =>
  idOf('alert', tenant, entity.kind, entity.value, opening);

/** An alert without detections yet, to be grown by the first of them. */
export function emptyAlert(tenant: string, number: number, entity: Observable, opening: Detection, now: number): Alert {
  return {
    _id: alertIdOf(tenant, entity, opening._id),
    tenant,
    number,
    title: '',
    entity,
    state: 'new',
    level: 'informational',
    score: 0,
    reasons: [],
    rules: [],
    detections: 0,
    recent: [],
    observables: [],
    first: opening.event.time,
    last: opening.event.time,
    created: now,
    updated: now,
    log: [],
    simulated: false,
    revision: 0,
  };
}

/**
 * Add detections to an alert. Pure: the record given is not changed.
 * Detections that it holds already are left out, so that a repeated job adds nothing.
 * @returns the grown alert and the rules that are new to it; null when nothing was new
 */
export function grow(
  alert: Alert,
  detections: readonly Detection[],
  judging: Judging,
  now: number,
): { alert: Alert; added: AlertRule[] } | null {
  const held = new Set(alert.recent);
  const fresh = detections.filter((detection) => !held.has(detection._id));
  if (fresh.length === 0) return null;

  const rules = new Map(alert.rules.map((rule) => [rule.id, { ...rule }]));
  const added: AlertRule[] = [];
  const observables = new Map(alert.observables.map((o) => [`${o.kind}:${o.value.toLowerCase()}`, o]));
  for (const { _id, rule, event, observables: seen, correlated } of fresh) {
    const known = rules.get(rule.id);
    if (known) {
      known.count++;
      known.first = Math.min(known.first, event.time);
      known.last = Math.max(known.last, event.time);
      if (correlated) known.text = correlated.text;
    } else if (rules.size < MAX_RULES) {
      const { id, title, level, techniques, tactics } = rule;
      const share = {
        id,
        title,
        level,
        techniques,
        tactics,
        count: 1,
        first: event.time,
        last: event.time,
        example: _id,
        ...(correlated && { text: correlated.text }),
      };
      rules.set(rule.id, share);
      added.push(share);
    }
    for (const o of seen) {
      const key = `${o.kind}:${o.value.toLowerCase()}`;
      if (!observables.has(key) && observables.size < MAX_OBSERVABLES) observables.set(key, o);
    }
  }
  const times = fresh.map((detection) => detection.event.time);
  const grown: Alert = {
    ...alert,
    rules: [...rules.values()],
    observables: [...observables.values()],
    detections: alert.detections + fresh.length,
    recent: [...alert.recent, ...fresh.map((detection) => detection._id)].slice(-MAX_RECENT),
    first: times.reduce((a, b) => Math.min(a, b), alert.first),
    last: times.reduce((a, b) => Math.max(a, b), alert.last),
    simulated: alert.simulated || fresh.some((detection) => detection.simulated),
    updated: now,
  };
  const judged = { ...grown, ...score(grown, judging) };
  return { alert: { ...judged, title: titleOf(judged) }, added };
}

/** The most serious rule names the alert. */
function titleOf(alert: Alert): string {
  return `${bySeverity(alert.rules)[0]!.title} on ${alert.entity.value}`;
}

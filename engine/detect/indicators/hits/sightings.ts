import { idOf } from '../../../ids.js';
import type { Observable } from '../../../store/alerts.js';
import { entityOf } from '../../../triage/observables.js';
import type { Found } from '../../found.js';

const HOUR_MS = 3_600_000;
const KINDS: Record<string, Observable['kind']> = {
  ip: 'ip',
  domain: 'domain',
  md5: 'hash',
  sha1: 'hash',
  sha256: 'hash',
};

/**
 * Bounds the detections of indicators: a scanner or a beacon would make one for each packet. One is kept for each indicator, level and
 * host (or whatever else the events are about) an hour, by an id that is the same in every batch; the others are counted.
 */
export class Sightings {
  private readonly seen = new Set<string>();
  /** Sightings in this batch that are no detections of their own. */
  repeats = 0;

  constructor(private readonly tenant: string) {}

  /** @returns the detections without repeats; those of rules as they are */
  once<T extends Found>(found: readonly T[]): T[] {
    return found.flatMap((detection) => {
      const { id, level } = detection.rule;
      if (!id.startsWith('indicator:')) return [detection];
      const { kind, value } = entityOf(detection.event.ecs, detection.event.source);
      const hour = Math.floor(detection.event.time / HOUR_MS);
      const _id = idOf('sighting', this.tenant, id, level, kind, value, String(hour));
      if (this.seen.has(_id)) {
        this.repeats++;
        return [];
      }
      this.seen.add(_id);
      return [{ ...detection, _id, observables: withIndicator(detection.observables, id) }];
    });
  }
}

/** The indicator's value is worth remembering, also when the ECS view has no place for it. */
function withIndicator(observables: Observable[], id: string): Observable[] {
  const [, type = '', ...rest] = id.split(':');
  const value = rest.join(':');
  const kind = KINDS[type];
  if (!kind || value.includes('/') || observables.some((seen) => seen.value.toLowerCase() === value))
    return observables;
  return [...observables, { kind, value }];
}

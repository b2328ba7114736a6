import type { Level } from '../../engine/detect/types.js';
import type { Ecs } from '../../engine/event.js';
import { idOf } from '../../engine/ids.js';
import type { Detection } from '../../engine/store/detections.js';
import { observablesOf } from '../../engine/triage/observables.js';

export const T0 = Date.UTC(2026, 10, 24, 3, 0, 0);
const minute = 60_000;

/** A detection as the detect stage would store it. */
export function detection(
  at: number,
  {
    rule = 'r1',
    level = 'medium' as Level,
    tactics = ['execution'],
    ecs = {} as Partial<Ecs>,
    tenant = 'acme',
    simulated = false,
  } = {},
): Detection {
  const time = T0 + at * minute;
  const full: Ecs = { '@timestamp': new Date(time).toISOString(), 'host.name': 'ws01', ...ecs };
  const event = {
    id: idOf(tenant, String(at), JSON.stringify(full)),
    time,
    source: 'test',
    format: 'generic',
    ecs: full,
    original: '{}',
  };
  return {
    _id: idOf(tenant, event.id, rule),
    tenant,
    rule: { id: rule, title: `Rule ${rule}`, level, techniques: ['T1059'], tactics, falsepositives: [] },
    event,
    observables: observablesOf(full),
    created: time,
    alert: null,
    simulated,
  };
}

import type { ActionRecord } from '../../engine/store/actions.js';
import type { Alert, AlertEntry } from '../../engine/store/alerts.js';
import type { Detection } from '../../engine/store/detections.js';
import type { Store, TenantStore } from '../../engine/store/index.js';
import type { Person } from '../../engine/store/people.js';
import { type BoundChannel, profileSchema } from '../../engine/store/tenants.js';

export const NOW = Date.UTC(2026, 10, 24, 9, 0, 0);

export async function addTenant(
  store: Store,
  id: string,
  name: string,
  channels: BoundChannel[] = [],
): Promise<TenantStore> {
  await store.tenants.create({
    _id: id,
    name,
    profile: profileSchema.parse({
      industry: 'Logistics',
      regions: ['EU'],
      crownJewels: [{ name: `${id}-vault`, why: 'customer data' }],
    }),
    channels,
    created: NOW,
  });
  return store.forTenant(id);
}

/** A person known as `terminal:<id>`, `slack:U<id>` and `console:<id>`. */
export async function addPerson(
  store: Store,
  id: string,
  name: string,
  grants: Person['grants'],
  side: Person['side'] = 'provider',
): Promise<Person> {
  const person: Person = {
    _id: id,
    name,
    side,
    grants,
    identities: [`terminal:${id}`, `slack:U${id}`, `console:${id}`],
  };
  await store.people.create(person);
  return person;
}

export const opened: AlertEntry = {
  id: 'opened',
  at: NOW,
  actor: 'mdr',
  actorName: 'mdr',
  kind: 'opened',
  text: 'Opened',
};

export function alertRecord(number: number, more: Partial<Alert> = {}): Omit<Alert, 'tenant'> {
  return {
    _id: `alert-${number}-${Math.random()}`,
    number,
    title: 'Credentials read from LSASS',
    entity: { kind: 'host', value: 'ws01' },
    state: 'new',
    level: 'high',
    score: 70,
    reasons: [
      { points: 50, text: 'a high rule fired' },
      { points: 20, text: 'ws01 is a crown jewel' },
    ],
    rules: [
      {
        id: 'r1',
        title: 'LSASS memory read',
        level: 'high',
        techniques: ['T1003.001'],
        tactics: ['credential-access'],
        count: 3,
        first: NOW - 60_000,
        last: NOW,
        example: `detection-${number}`,
      },
    ],
    detections: 3,
    recent: [],
    observables: [
      { kind: 'host', value: 'ws01' },
      { kind: 'user', value: 'CORP\\jane' },
    ],
    first: NOW - 60_000,
    last: NOW,
    created: NOW,
    updated: NOW,
    log: [opened],
    simulated: false,
    revision: 1,
    ...more,
  };
}

export function detectionRecord(number: number, secret = ''): Omit<Detection, 'tenant'> {
  return {
    _id: `detection-${number}`,
    rule: {
      id: 'r1',
      title: 'LSASS memory read',
      level: 'high',
      techniques: ['T1003.001'],
      tactics: ['credential-access'],
      falsepositives: ['Backup agents'],
    },
    event: {
      id: `event-${number}`,
      time: NOW,
      source: 'edr',
      format: 'windows',
      ecs: {
        '@timestamp': new Date(NOW).toISOString(),
        'host.name': 'ws01',
        'process.command_line': `rundll32 comsvcs.dll MiniDump 624 ${secret}`,
      },
      original: `{"CommandLine":"rundll32 comsvcs.dll MiniDump 624 ${secret}"}`,
    },
    observables: [],
    created: NOW,
    alert: number,
    simulated: false,
  };
}

/** A host that is isolated, by Bo. */
export function actionRecord(number: number, more: Partial<ActionRecord> = {}): Omit<ActionRecord, 'tenant'> {
  const by = { id: 'bo', name: 'Bo Anders' };
  return {
    ...{
      _id: `action-${number}-${Math.random()}`,
      number,
      action: 'block-ip',
      via: 'lists',
      args: { ip: '203.0.113.9' },
    },
    ...{
      lasts: null,
      forced: false,
      digest: 'd',
      by,
      reason: 'beacons',
      case: null,
      approvals: [],
      preapproved: false,
    },
    ...{ needs: { quorum: 1, customer: false, why: '' }, state: 'done', created: NOW, approveBy: NOW, claim: null },
    ...{ attempts: 1, memory: {}, already: false, effect: 'holds', gives: {}, error: null, started: NOW, ended: NOW },
    ...{ expires: null, recheck: null, undo: null, undoFailures: 0, untold: false, revision: 1 },
    log: [{ id: 'e1', at: NOW, actor: 'bo', actorName: by.name, text: 'done', reason: 'beacons' }],
    ...more,
  };
}

import type { Clock } from '../clock.js';
import type { Level } from '../detect/types.js';
import type { Ecs } from '../event.js';
import { idOf } from '../ids.js';
import type { Queues } from '../queues.js';
import type { Observable, Said } from '../store/alerts.js';
import type { TenantStore } from '../store/index.js';
import { observablesOf } from './observables.js';
import { BY_HAND } from './strands.js';
import type { By } from './work.js';

const MAX_TITLE = 150;
const MAX_WORDS = 8000;
const HOUR_MS = 3600 * 1000;

/** What a person wants to be looked at. */
export interface Raised {
  title: string;
  level: Level;
  /** What it is about; without it, each one is an alert by itself. */
  about: { kind: 'host' | 'user' | 'ip'; value: string } | null;
  /** The message that says so, when there is one. */
  message: Said | null;
  /** What was said is the provider's: not to be shown to the customer. */
  internal: boolean;
}

const FIELDS: Record<NonNullable<Raised['about']>['kind'], keyof Ecs> = {
  host: 'host.name',
  user: 'user.name',
  ip: 'source.ip',
};

/**
 * A detection by hand: stored and handed to triage as those of rules are. The same message is one detection however often it is
 * raised, and so are the same words of the same person within an hour.
 * @returns its id; the alert's number is on the detection once triage has placed it
 */
export async function raise(
  store: TenantStore,
  queues: Queues,
  by: By,
  clock: Clock,
  { title, level, about, message, internal }: Raised,
): Promise<string> {
  const now = clock();
  const words = title.slice(0, MAX_TITLE) || 'A message raised by hand';
  const event = message
    ? idOf('message', store.id, message.surface, message.channel, message.message)
    : idOf('said', store.id, by.id, words, about?.value ?? '', String(Math.floor(now / HOUR_MS)));
  const time = message?.at ?? now;
  const said = (message?.text ?? words).slice(0, MAX_WORDS);
  const ecs: Ecs = {
    '@timestamp': new Date(time).toISOString(),
    'rule.name': 'raised by hand',
    message: said,
    ...(about && { [FIELDS[about.kind]]: about.value }),
  };
  const observables: Observable[] = observablesOf(ecs);
  const original = message
    ? JSON.stringify({ ...message, text: said, raisedBy: by.name })
    : JSON.stringify({ text: said, raisedBy: by.name });
  const _id = idOf(store.id, event, BY_HAND);
  await store.detections.insertNew([
    {
      _id,
      rule: {
        id: `${BY_HAND}-${event.slice(0, 8)}`,
        title: words,
        level,
        techniques: [],
        tactics: [],
        falsepositives: [],
      },
      // Without a host, user or address, triage groups by the source: one of its own for each.
      event: { id: event, time, source: `report-${event.slice(0, 8)}`, format: 'chat', ecs, original },
      observables,
      created: now,
      alert: null,
      simulated: false,
      ...(internal && { internal }),
    },
  ]);
  // Also when it was there: whoever stored it may have died before saying so.
  await queues.add('detections', { tenant: store.id, ids: [_id] });
  return _id;
}

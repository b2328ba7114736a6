import { idOf } from '../ids.js';
import type { Alert, AlertEntry } from '../store/alerts.js';
import type { Case, CaseEntry } from '../store/cases.js';
import type { Tenant } from '../store/tenants.js';
import type { Webhook, WebhookDelivery } from '../store/webhooks.js';

/** Of an alert's log: what others are told. */
const OF_ALERTS: ReadonlySet<AlertEntry['kind']> = new Set([
  'opened',
  'grew',
  'acknowledged',
  'assigned',
  'closed',
  'reopened',
]);
/** What only ourselves are told: calls, and rooms of the provider. */
const NOT_OF_CASES: ReadonlySet<CaseEntry['kind']> = new Set(['clock', 'reminded', 'room']);
const EVENT = /^(\*|(case|alert)\.(\*|[a-z]{3,20}))$/;

export const isEvent = (text: string): boolean => EVENT.test(text);
export const wants = ({ events }: Pick<Webhook, 'events'>, type: string): boolean =>
  events.some((each) => each === '*' || each === type || (each.endsWith('.*') && type.startsWith(each.slice(0, -1))));

type Made = Omit<WebhookDelivery, 'tenant'>;
const made = (
  hook: Webhook,
  record: string,
  entry: string,
  type: string,
  data: object,
  at: number,
  now: number,
): Made => ({
  ...{ _id: idOf('webhook', hook._id, record, entry), webhook: hook.name, type },
  body: JSON.stringify({ type, timestamp: new Date(at).toISOString(), data }),
  ...{ state: 'due', attempts: 0, due: now, created: now, ended: null, error: '' },
});

/** What a webhook is told of a case, of entries since a time. A customer's is told of their lane while the case is shown to them. Pure. */
export function caseEvents(hook: Webhook, tenant: Tenant, record: Case, since: number, now: number): Made[] {
  const isTheirs = hook.lane === 'customer';
  const from = isTheirs ? Math.max(since, record.published?.at ?? Number.POSITIVE_INFINITY) : since;
  const { number, title, type, severity, priority, state, simulated } = record;
  return record.log
    .filter(({ kind, lane, at }) => at >= from && !NOT_OF_CASES.has(kind) && (!isTheirs || lane === 'customer'))
    .flatMap(({ id, at, kind, text, reason, actor, actorName, field, before, after }) => {
      const event = `case.${kind}`;
      if (!wants(hook, event)) return [];
      const who = isTheirs ? { name: actorName } : { id: actor, name: actorName };
      const what = isTheirs
        ? { text }
        : { text, reason, ...(field !== undefined && { field, before: before ?? null, after: after ?? null }) };
      const data = {
        tenant: { id: tenant._id, name: tenant.name },
        case: { number, title, type, severity, priority, state, simulated },
        entry: { id, by: who, ...what },
      };
      return [made(hook, record._id, id, event, data, at, now)];
    });
}

/** The same of an alert. */
export function alertEvents(hook: Webhook, tenant: Tenant, alert: Alert, since: number, now: number): Made[] {
  const isTheirs = hook.lane === 'customer';
  const from = isTheirs ? Math.max(since, alert.published?.at ?? Number.POSITIVE_INFINITY) : since;
  const { number, title, level, score, state, entity, simulated } = alert;
  return alert.log
    .filter(({ kind, at }) => at >= from && OF_ALERTS.has(kind))
    .flatMap(({ id, at, kind, text, actor, actorName }) => {
      const event = `alert.${kind}`;
      if (!wants(hook, event)) return [];
      const data = {
        tenant: { id: tenant._id, name: tenant.name },
        alert: { number, title, level, score, state, entity: { kind: entity.kind, value: entity.value }, simulated },
        entry: { id, by: isTheirs ? { name: actorName } : { id: actor, name: actorName }, text },
      };
      return [made(hook, alert._id, id, event, data, at, now)];
    });
}

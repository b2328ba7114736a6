import { createHmac } from 'node:crypto';
import type { Level } from '../detect/types.js';
import type { Dispatch, Page } from '../store/dispatches.js';
import type { Tenant } from '../store/tenants.js';
import type { Way } from './policy.js';

/** A message as it leaves: body and headers. */
export interface Outgoing {
  url: string;
  body: string;
  headers: Record<string, string>;
}

const SEVERITIES: Record<Level, string> = {
  informational: 'info',
  low: 'info',
  medium: 'warning',
  high: 'error',
  critical: 'critical',
};
const TYPES: Record<Page['action'], string> = {
  trigger: 'alert.escalated',
  acknowledge: 'alert.acknowledged',
  resolve: 'alert.closed',
};

/** A way gets one event for a page or a test; a digest goes to channels only. */
export function outgoing(way: Way, secret: string, tenant: Tenant, dispatch: Dispatch, now: number): Outgoing {
  const content = dispatch.content;
  const page = content.kind === 'page' ? content.page : null;
  return way.kind === 'pagerduty'
    ? { url: way.url, headers: {}, body: JSON.stringify(pagerDutyEvent(secret, tenant, page, dispatch, now)) }
    : webhookEvent(way.url, secret, tenant, page, dispatch, now);
}

/** An event of PagerDuty's Events API v2. Events with the same dedup_key are one incident, so sending one again does no harm. */
function pagerDutyEvent(routingKey: string, tenant: Tenant, page: Page | null, dispatch: Dispatch, now: number) {
  const key = page ? `mdr/${tenant._id}/${aboutOf(page).replace(' ', '/')}` : `mdr/${tenant._id}/test/${dispatch._id}`;
  const base = {
    routing_key: routingKey,
    event_action: page?.action ?? 'trigger',
    dedup_key: key,
    client: 'mdr',
  };
  if (page && page.action !== 'trigger') return base;
  const summary = page
    ? `${page.simulated ? 'Simulated: ' : ''}${tenant.name}: ${aboutOf(page)}, ${page.level}: ${page.title}`
    : `Test from mdr for ${tenant.name}: nothing happened, please resolve it.`;
  return {
    ...base,
    payload: {
      summary: summary.slice(0, 1024),
      source: page ? page.entity.value.slice(0, 200) : 'mdr',
      severity: page ? SEVERITIES[page.level] : 'info',
      timestamp: new Date(page?.at ?? now).toISOString(),
      component: page ? page.entity.kind : 'test',
      group: tenant._id,
      class: page ? (page.case === undefined ? 'alert' : 'case') : 'test',
      custom_details: page
        ? { tenant: tenant._id, ...numberOf(page), score: page.score, reason: page.reason, simulated: page.simulated }
        : { tenant: tenant._id, test: true },
    },
  };
}

/**
 * A webhook, signed as Standard Webhooks 1.0.0 describes it: `webhook-signature: v1,<base64 of HMAC-SHA256 over id.timestamp.body>`.
 * `webhook-id` stays the same when it is sent again, so the receiver can drop the second one.
 */
function webhookEvent(
  url: string,
  secret: string,
  tenant: Tenant,
  page: Page | null,
  { _id }: Dispatch,
  now: number,
): Outgoing {
  const timestamp = String(Math.floor(now / 1000));
  const body = JSON.stringify({
    type: page ? (page.case === undefined ? TYPES[page.action] : 'case.escalated') : 'test',
    timestamp: new Date(page?.at ?? now).toISOString(),
    data: {
      tenant: { id: tenant._id, name: tenant.name },
      ...(page && {
        [page.case === undefined ? 'alert' : 'case']: {
          number: page.case ?? page.number,
          title: page.title,
          level: page.level,
          score: page.score,
          entity: page.entity,
          simulated: page.simulated,
        },
        reason: page.reason,
      }),
    },
  });
  return {
    url,
    body,
    headers: {
      'webhook-id': _id,
      'webhook-timestamp': timestamp,
      'webhook-signature': `v1,${sign(secret, `${_id}.${timestamp}.${body}`)}`,
    },
  };
}

const aboutOf = (page: Page): string => (page.case === undefined ? `alert ${page.number}` : `case ${page.case}`);
const numberOf = (page: Page) => (page.case === undefined ? { alert: page.number } : { case: page.case });

/** Signature of Standard Webhooks. */
export function sign(secret: string, content: string): string {
  const key = secret.startsWith('whsec_') ? Buffer.from(secret.slice('whsec_'.length), 'base64') : secret;
  return createHmac('sha256', key).update(content).digest('base64');
}

import { DateTime } from 'luxon';
import type { Ecs } from '../../event.js';
import { zoneOf } from '../../notify/policy.js';
import type { Alert } from '../../store/alerts.js';
import type { TenantStore } from '../../store/index.js';
import { bySeverity } from '../order.js';

const MAX_VALUE = 100;
/** Shorter texts are words that anybody may use. */
const LEAST_TITLE = 8;
const LEAST_NOTE = 20;
export const MAX_QUESTION = 500;

/**
 * A question when nobody wrote one, from the example of the alert's gravest rule: what happened, where and when, by the tenant's clock.
 * It says nothing of rules, scores or what anybody thinks of it. Values come from logs and stay plain text.
 */
export async function defaultQuestion(store: TenantStore, alert: Alert): Promise<string> {
  const [gravest] = bySeverity(alert.rules);
  const example = gravest ? await store.detections.findOne({ _id: gravest.example }) : null;
  const ecs: Partial<Ecs> = example?.event.ecs ?? {};
  const text = (value: unknown) => (typeof value === 'string' ? clean(value, MAX_VALUE) : '');
  const zone = zoneOf(store.tenant);
  const at = DateTime.fromMillis(example?.event.time ?? alert.last, { zone }).setLocale('en');
  const when = `at ${at.toFormat('HH:mm')} on ${at.toFormat('d LLLL')} (${zone})`;
  const host = text(ecs['host.name']) || (alert.entity.kind === 'host' ? clean(alert.entity.value, MAX_VALUE) : '');
  const ip = text(ecs['source.ip']);
  const where = `${host ? ` on ${host}` : ''} ${when}${ip ? ` from ${ip}` : ''}`;
  const isSignIn = [ecs['event.category'] ?? []].flat().includes('authentication');
  if (isSignIn) return `Did you sign in${host ? ` to ${host}` : ''} ${when}${ip ? ` from ${ip}` : ''}?`;
  const user = text(ecs['user.name']);
  if (user) return `Did you use the account ${user}${where}?`;
  return `Did you do anything unusual${where}?`;
}

/** Without what draws nothing or reorders text, on one line, bounded. */
export function clean(text: string, most: number): string {
  const shown = text.replace(/[\p{Cc}\p{Cf}\p{Zl}\p{Zp}]+/gu, ' ').trim();
  return shown.length > most ? `${shown.slice(0, most - 1)}…` : shown;
}

/** What of the provider's own a question would tell: the name of a rule, or what stands in a note. @returns in words; null for nothing */
export function leakIn(text: string, alert: Pick<Alert, 'rules' | 'log'>): string | null {
  const said = text.toLowerCase();
  const holds = (part: string, least: number) => part.length >= least && said.includes(part.toLowerCase());
  const rule = alert.rules.find(({ id, title }) => holds(title, LEAST_TITLE) || holds(id, LEAST_TITLE));
  if (rule) return 'the name of a rule';
  const note = alert.log.find(({ kind, text: written }) => kind === 'note' && holds(written.trim(), LEAST_NOTE));
  return note ? 'a note' : null;
}

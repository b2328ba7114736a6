import { idOf } from '../ids.js';
import type { Alert } from '../store/alerts.js';
import { bySeverity } from '../triage/order.js';

/** Entity and gravest rule: what makes an alert a repeat of another. */
export function likenessOf(alert: Pick<Alert, 'entity' | 'rules'>): string {
  return idOf('likeness', alert.entity.kind, alert.entity.value.toLowerCase(), bySeverity(alert.rules)[0]?.id ?? '');
}

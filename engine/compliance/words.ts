import type { Status } from './types.js';

/** What a status is called, and what it means to an assessor. */
export const STATUS_NAMES: Record<Status, { name: string; meaning: string }> = {
  covered: { name: 'Watched', meaning: 'rules or log sources for it were at work in the whole period' },
  gaps: { name: 'Gaps', meaning: 'a log source that shows it was silent on some days' },
  silent: { name: 'No logs', meaning: 'nothing that would show it arrived in the period' },
  'no-rule': { name: 'No rule', meaning: 'no rule that runs for this tenant watches for it' },
  open: { name: 'Waiting', meaning: 'alerts were left untouched, or waited longer than a day' },
  'not-kept': { name: 'Show elsewhere', meaning: 'raw logs are not archived here' },
  outside: { name: 'Outside', meaning: 'logs do not show it: documents, configuration or interviews do' },
};

/** `2026-11-24 09:15`, UTC. */
export const moment = (time: number): string => new Date(time).toISOString().slice(0, 16).replace('T', ' ');

/** `42 min`, `5 h`, `3 d`. */
export function duration(ms: number): string {
  const minutes = Math.round(ms / 60_000);
  if (minutes < 120) return `${minutes} min`;
  const hours = Math.round(minutes / 60);
  return hours < 72 ? `${hours} h` : `${Math.round(hours / 24)} d`;
}

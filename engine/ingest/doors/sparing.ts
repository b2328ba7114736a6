import type { Log } from '../../log.js';

const EVERY_MS = 10_000;

/**
 * Warnings whose number an attacker decides: each kind is logged at once, and then at most every ten seconds, with how often it
 * happened meanwhile.
 */
export function sparing(log: Log, everyMs = EVERY_MS): (kind: string, detail: Record<string, unknown>) => void {
  const kinds = new Map<string, { next: number; unsaid: number }>();
  return (kind, detail) => {
    const now = performance.now();
    const told = kinds.get(kind) ?? { next: 0, unsaid: 0 };
    kinds.set(kind, told);
    told.unsaid += 1;
    if (now < told.next) return;
    log.warn({ ...detail, times: told.unsaid }, kind);
    told.unsaid = 0;
    told.next = now + everyMs;
  };
}

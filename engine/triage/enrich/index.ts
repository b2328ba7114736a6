import type { Clock } from '../../clock.js';
import type { Log } from '../../log.js';
import { loadPieces } from '../../pieces.js';
import { FactCache } from '../known.js';
import type { EnrichContext, Enricher, Fact, Subject } from './types.js';

export type { EnrichContext, Enricher, EnrichFiles, Fact, Subject } from './types.js';

/** All enrichers together may take so long, and so many of them work at a time. */
const DEADLINE_MS = 12_000;
const AT_ONCE = 3;
/** In less time than this nothing is asked: timers may ring a little early. */
const LEAST_MS = 5;
const MAX_SUBJECTS = 250;
const MAX_FACTS = 100;
/** Of one enricher, so that none crowds out the others. */
const MAX_EACH = 30;
const MAX_TEXT = 400;
const MAX_SOURCE = 100;

export interface Enriched {
  facts: Fact[];
  /** What could not be found out, for people. */
  failed: string[];
}

export interface Enriching {
  readonly enrichers: readonly Enricher[];
  /** How often each enricher failed since the process began. */
  readonly failures: ReadonlyMap<string, number>;
  /** Ask all enrichers about observables. What fails or takes too long is counted, logged and named; it never throws. */
  enrich(subjects: readonly Subject[], context: EnrichContext): Promise<Enriched>;
}

/** All enrichers of this folder. */
export async function loadEnriching(parts: { clock: Clock; log: Log }): Promise<Enriching> {
  return enriching(await loadPieces<Enricher>(import.meta.url), parts);
}

/** @param deadlineMs for all of them together */
export function enriching(
  enrichers: readonly Enricher[],
  { clock, log, deadlineMs = DEADLINE_MS }: { clock: Clock; log: Log; deadlineMs?: number },
): Enriching {
  const cache = new FactCache();
  const failures = new Map<string, number>();

  async function ask(enricher: Enricher, subjects: readonly Subject[], context: EnrichContext, leftMs: number) {
    const { name, ttlMs } = enricher;
    const tenant = context.store.id;
    const found: Fact[] = [];
    const open: Subject[] = [];
    for (const subject of subjects) {
      const held = ttlMs > 0 ? cache.get(tenant, name, subject, context.first, clock()) : undefined;
      if (held) found.push(...held);
      else open.push(subject);
    }
    if (open.length === 0) return found;
    if (leftMs < LEAST_MS) throw new Error('there was no time left for it');
    const told = await within(Math.min(enricher.timeoutMs, leftMs), (signal) => enricher.enrich(open, context, signal));
    const bySubject = new Map(open.map((subject) => [keyOf(subject), [] as Fact[]]));
    const kept = told.flatMap((fact) => {
      const clean = tidy(fact, enricher);
      const of = bySubject.get(keyOf(clean.observable));
      of?.push(clean);
      return of ? [clean] : [];
    });
    if (ttlMs > 0)
      for (const subject of open)
        cache.set(tenant, name, subject, context.first, clock() + ttlMs, bySubject.get(keyOf(subject))!);
    return [...kept, ...found];
  }

  return {
    enrichers,
    failures,
    async enrich(all, context) {
      const until = performance.now() + deadlineMs;
      const subjects = once(all);
      const ranked = [...enrichers].sort((a, b) => a.rank - b.rank);
      const answers = new Map<string, Fact[]>();
      const failed: string[] = [];
      const waiting = [...ranked];
      const work = async () => {
        for (let enricher = waiting.shift(); enricher; enricher = waiting.shift()) {
          const mine = subjects.filter(({ kind }) => enricher!.kinds.includes(kind));
          if (mine.length === 0) continue;
          try {
            answers.set(enricher.name, await ask(enricher, mine, context, until - performance.now()));
          } catch (error) {
            failures.set(enricher.name, (failures.get(enricher.name) ?? 0) + 1);
            failed.push(enricher.what);
            log.warn(
              { enricher: enricher.name, tenant: context.store.id, error: String(error).slice(0, 300) },
              'enrichment: an enricher failed',
            );
          }
        }
      };
      await Promise.all(Array.from({ length: AT_ONCE }, work));
      const facts = ranked.flatMap(({ name }) => (answers.get(name) ?? []).slice(0, MAX_EACH));
      return { facts: facts.slice(0, MAX_FACTS), failed };
    },
  };
}

const keyOf = ({ kind, value }: Subject): string => `${kind}:${value.toLowerCase()}`;

/** Each once, however it is spelled; the first that fit. */
function once(all: readonly Subject[]): Subject[] {
  const found = new Map<string, Subject>();
  for (const { kind, value } of all) {
    if (found.size >= MAX_SUBJECTS) break;
    const key = keyOf({ kind, value });
    if (value !== '' && !found.has(key)) found.set(key, { kind, value });
  }
  return [...found.values()];
}

/** A fact as it may be kept: one line, bounded. */
function tidy({ observable, text, source, alerts }: Fact, { isNews }: Enricher): Fact {
  const line = (raw: string, most: number) =>
    raw
      .replace(/[\p{Cc}\p{Cf}\s]+/gu, ' ')
      .trim()
      .slice(0, most);
  return {
    observable: { kind: observable.kind, value: observable.value },
    ...{ text: line(text, MAX_TEXT), source: line(source, MAX_SOURCE) },
    ...(alerts && { alerts: alerts.slice(0, 20) }),
    ...(isNews && { isNews: true as const }),
  };
}

/** Run something that may take so long; whether it heeds its signal or not. @throws Error when it took longer */
async function within<T>(ms: number, run: (signal: AbortSignal) => Promise<T>): Promise<T> {
  const control = new AbortController();
  let timer: NodeJS.Timeout | undefined;
  const late = new Promise<never>((_, reject) => {
    timer = setTimeout(() => {
      reject(new Error(`it took longer than ${Math.round(ms)} ms`));
      control.abort();
    }, ms);
  });
  try {
    return await Promise.race([late, (async () => run(control.signal))()]);
  } finally {
    clearTimeout(timer);
  }
}

import { MdrError } from '../../errors.js';
import type { Parsed } from '../../event.js';
import { idOf } from '../../ids.js';
import { readBatches } from '../../ingest/files.js';
import type { Formats } from '../../ingest/formats/index.js';
import type { Store } from '../../store/index.js';
import { newestFirst } from '../../store/pages.js';
import { entityOf } from '../../triage/observables.js';
import { WINDOW_MS } from '../../triage/strands.js';
import { LEVELS, type Matcher, type RuleInfo } from '../types.js';

const MAX_STORED = 20_000;
const MAX_LOGGED = 500_000;
const DAY_MS = 86_400_000;

/** What one rule would find. */
export interface DryRule {
  rule: Pick<RuleInfo, 'id' | 'title' | 'level'>;
  detections: number;
  /** Detections for each day that the events span; a span below a day counts as one. */
  perDay: number;
  /** Alerts that it would open by itself: entities by hours. */
  alerts: number;
}

export interface DryRun {
  events: number;
  refused: number;
  /** More was there than is looked at. */
  more: boolean;
  /** Days from the first event to the last, at least 1. */
  days: number;
  /** The ones with most detections first; rules that found nothing are left out. */
  rules: DryRule[];
}

/** Collects what rules find in events, without storing anything. Correlations are not run. */
export class DryRunner {
  private readonly byRule = new Map<string, { rule: RuleInfo; detections: number; alerts: Set<string> }>();
  private events = 0;
  private refused = 0;
  private first = Number.POSITIVE_INFINITY;
  private last = Number.NEGATIVE_INFINITY;
  more = false;

  /** @param only ids of rules to report on; null: all */
  constructor(
    private readonly matcher: Matcher,
    private readonly formats: Formats,
    private readonly only: ReadonlySet<string> | null,
  ) {}

  private take(tenant: string, source: string, parsed: Parsed): void {
    this.events++;
    this.first = Math.min(this.first, parsed.time);
    this.last = Math.max(this.last, parsed.time);
    let place = '';
    for (const rule of this.matcher.match(parsed)) {
      if (this.only && !this.only.has(rule.id)) continue;
      if (!place) {
        const { kind, value } = entityOf(parsed.ecs(), source);
        place = `${tenant}:${kind}:${value}:${Math.floor(parsed.time / WINDOW_MS)}`;
      }
      const known = this.byRule.get(rule.id) ?? { rule, detections: 0, alerts: new Set() };
      known.detections++;
      if (known.alerts.size < 100_000) known.alerts.add(place);
      this.byRule.set(rule.id, known);
    }
  }

  /** The events of stored detections, each once, the latest first. @param tenant null: of all tenants */
  async stored(store: Store, tenant: string | null): Promise<void> {
    const tenants = tenant ? [tenant] : (await store.tenants.find().select('_id').lean()).map(({ _id }) => _id);
    const recogniser = this.formats.recogniser();
    const byName = new Map(this.formats.list.map((format) => [format.name, format]));
    for (const id of tenants) {
      const scope = await store.forTenant(id);
      const seen = new Set<string>();
      const most = Math.ceil(MAX_STORED / tenants.length);
      let looked = 0;
      for await (const page of newestFirst(scope.detections, {}, most)) {
        looked += page.length;
        for (const { event, correlated } of page) {
          const format = byName.get(event.format);
          if (correlated || !format || seen.has(event.id)) continue;
          seen.add(event.id);
          this.read(() => this.take(id, event.source, recogniser.read(event.original, format, event.time).parsed));
        }
      }
      this.more ||= looked >= most;
    }
  }

  /** The events of a log file. @throws MdrError MDR_FILE_UNREADABLE */
  async logged(file: string, now: number): Promise<void> {
    const recogniser = this.formats.recogniser();
    let looked = 0;
    for await (const batch of readBatches(file))
      for (const item of batch) {
        if (++looked > MAX_LOGGED) {
          this.more = true;
          return;
        }
        if ('refused' in item) this.refused++;
        else this.read(() => this.take('log', idOf(file).slice(0, 8), recogniser.read(item.line, null, now).parsed));
      }
  }

  private read(work: () => void): void {
    try {
      work();
    } catch (error) {
      if (!(error instanceof MdrError)) throw error;
      this.refused++;
    }
  }

  result(): DryRun {
    const days = Math.max(1, (this.last - this.first) / DAY_MS || 1);
    const rules = [...this.byRule.values()]
      .map(({ rule: { id, title, level }, detections, alerts }) => ({
        rule: { id, title, level },
        detections,
        perDay: detections / days,
        alerts: alerts.size,
      }))
      .sort((a, b) => b.detections - a.detections || LEVELS.indexOf(b.rule.level) - LEVELS.indexOf(a.rule.level));
    return { events: this.events, refused: this.refused, more: this.more, days, rules };
  }
}

import type { Clock } from '../../clock.js';
import type { Fields } from '../../event.js';
import { eventIdOf, type Found, type Seen } from '../found.js';
import type { RuleInfo } from '../types.js';
import { correlatedId, correlatedOf } from './found.js';
import type { Above, Cell, Correlation, Correlations, Entry, Firing, Held, State } from './types.js';
import { groupsOf, valuesOf } from './values.js';

const MAX_NAME = 64;
const MAX_TIME = 8e15;
/** Groups and values that one firing hands to a correlation above. */
const MAX_HANDED = 50;

/** What came of a batch. */
export interface Correlating {
  found: Found[];
  /** Entries that came after their window had been judged, and entries that had no room. */
  late: number;
  cut: number;
}

/** One batch under way. */
export interface Watch {
  /** Take note of an event and the rules it matched. */
  observe(record: Seen, hits: readonly RuleInfo[], id?: string): void;
  /** Bring it into the windows, and see which conditions hold now. */
  settle(): Promise<Correlating>;
}

export interface Correlator {
  readonly correlations: Correlations;
  /** Rules whose hits make no detections of their own. */
  readonly silent: ReadonlySet<string>;
  watch(tenant: string): Watch;
  /**
   * Judge windows that are over. `done` is to be called when what was found is stored; until then it is found again.
   * @returns nothing found and nothing to do when none is
   */
  judge(tenant: string, limit?: number): Promise<Correlating & { judged: number; done(): Promise<void> }>;
}

/** Runs correlations over batches of events; everything that has to last is in `state`. */
export function createCorrelator(correlations: Correlations, state: State, clock: Clock): Correlator {
  const deferred = correlations.all.filter(({ judge }) => judge.deferred);

  return {
    correlations,
    silent: correlations.silent,
    watch(tenant) {
      const run = new Run(tenant, correlations, state, clock);
      return {
        observe: (record, hits, id) => run.observe(record, hits, id),
        settle: () => run.settle(),
      };
    },
    async judge(tenant, limit = 200) {
      const run = new Run(tenant, correlations, state, clock);
      const cells = deferred.length === 0 ? [] : await state.due(tenant, deferred, clock(), limit);
      for (const cell of cells) {
        const held = await state.close(tenant, cell);
        const { judge, timespan } = cell.correlation;
        const firings = judge
          .fires(held.entries, timespan)
          .filter(({ at }) => Math.floor(at / timespan) === cell.bucket);
        run.fire(cell, firings, firings, held);
      }
      return {
        ...(await run.settle()),
        judged: cells.length,
        async done() {
          await Promise.all(cells.map((cell) => state.done(tenant, cell)));
        },
      };
    },
  };
}

class Run {
  private readonly pending = new Map<Correlation, Map<string, { cell: Cell; entries: Entry[] }>>();
  private readonly found = new Map<string, Found>();
  private late = 0;
  private cut = 0;

  constructor(
    private readonly tenant: string,
    private readonly correlations: Correlations,
    private readonly state: State,
    private readonly clock: Clock,
  ) {}

  observe(record: Seen, hits: readonly RuleInfo[], id?: string): void {
    const { byRule } = this.correlations;
    const uses = hits.flatMap(({ id: hit }) => (byRule.get(hit) ?? []).map((use) => ({ ...use, hit })));
    if (uses.length === 0) return;
    uses.sort((a, b) => a.rule - b.rule);
    const { fields, time } = record.parsed;
    // Times beyond what a date can say are no times.
    if (!(Math.abs(time) <= MAX_TIME)) return;
    const unit = id ?? eventIdOf(record);
    const { simulated } = record;
    const names = namesOf(record);
    const counted = new Set<Correlation>();
    for (const { correlation, rule, hit } of uses) {
      if (!correlation.judge.perRule && counted.has(correlation)) continue;
      const groups = groupsOf(correlation, fields, [hit]);
      if (groups.length === 0) continue;
      counted.add(correlation);
      const up = correlation.above.map((above) => aboveOf(above.correlation, fields, [hit, ...above.ids]));
      for (const value of valuesOf(correlation, fields, [hit]))
        for (const group of groups) this.note(correlation, group, { time, unit, rule, value, ...names, simulated, up });
    }
  }

  private note(correlation: Correlation, group: string, entry: Entry): void {
    const bucket = Math.floor(entry.time / correlation.timespan);
    let cells = this.pending.get(correlation);
    if (!cells) {
      cells = new Map();
      this.pending.set(correlation, cells);
    }
    const key = `${bucket}${group}`;
    const known = cells.get(key);
    if (known) known.entries.push(entry);
    else cells.set(key, { cell: { correlation, group, bucket }, entries: [entry] });
  }

  /** Level by level, from the correlations of rules up to those of correlations: one round trip each. */
  async settle(): Promise<Correlating> {
    for (let depth = 0; this.pending.size > 0; depth++) {
      const additions: { cell: Cell; entries: Entry[] }[] = [];
      for (const [correlation, cells] of this.pending) {
        if (correlation.depth > depth) continue;
        this.pending.delete(correlation);
        for (const addition of cells.values()) additions.push(addition);
      }
      if (additions.length === 0) continue;
      const answers = await this.state.add(this.tenant, additions, this.clock());
      for (const [index, { cell, entries }] of additions.entries()) this.judge(cell, entries, answers[index]!);
    }
    return { found: [...this.found.values()], late: this.late, cut: this.cut };
  }

  /** See whether new entries of a cell make its condition hold, in it or in the stretch after it. */
  private judge(cell: Cell, entries: readonly Entry[], held: Held): void {
    this.late += held.late;
    this.cut += held.cut;
    const { judge, timespan } = cell.correlation;
    if (judge.deferred || held.entries.length < judge.least) return;
    const firings = judge.fires(held.entries, timespan);
    if (firings.length === 0) return;
    const times = entries.map((entry) => entry.time);
    const first = times.reduce((a, b) => Math.min(a, b));
    const last = times.reduce((a, b) => Math.max(a, b)) + timespan;
    for (const bucket of [cell.bucket, cell.bucket + 1]) {
      const within = firings.filter(({ at }) => Math.floor(at / timespan) === bucket);
      const touched = within.filter(({ at }) => at >= first && at <= last);
      if (touched.length > 0) this.fire({ ...cell, bucket }, within, touched, held);
    }
  }

  /**
   * A condition holds: make the detection, and tell the correlations above.
   * @param firings all of the stretch; `fresh`: those that the new entries bear on
   */
  fire(cell: Cell, firings: readonly Firing[], fresh: readonly Firing[], held: Held): void {
    if (firings.length === 0) return;
    const { correlation } = cell;
    if (!correlation.silent) {
      const found = correlatedOf(this.tenant, cell, firings, held.entries);
      this.found.set(found._id, found);
    }
    if (correlation.parents.length === 0) return;
    const unit = correlatedId(this.tenant, cell);
    for (const firing of fresh) this.hand(correlation, unit, firing, held.entries);
  }

  /** A firing counts in the correlations above as an event does: in each of their groups that its own events have there. */
  private hand(correlation: Correlation, unit: string, firing: Firing, all: readonly Entry[]): void {
    const entries = all.filter(({ time }) => time >= firing.from && time <= firing.to);
    const last = entries.at(-1);
    if (!last) return;
    for (const { correlation: parent, rule } of correlation.parents) {
      const place = correlation.above.findIndex((above) => above.correlation === parent);
      const groups = new Set(entries.flatMap((entry) => entry.up[place]?.[0] ?? []));
      for (const group of [...groups].slice(0, MAX_HANDED)) {
        const own = entries.filter((entry) => entry.up[place]?.[0].includes(group));
        const values = new Set(own.flatMap((entry) => entry.up[place]?.[1] ?? []));
        const up = parent.above.map(({ correlation: further }): Above => {
          const index = correlation.above.findIndex((above) => above.correlation === further);
          return [
            [...new Set(own.flatMap((entry) => entry.up[index]?.[0] ?? []))].slice(0, MAX_HANDED),
            [...new Set(own.flatMap((entry) => entry.up[index]?.[1] ?? []))].slice(0, MAX_HANDED),
          ];
        });
        const { host, user, ip } = own.at(-1) ?? last;
        for (const value of [...values].slice(0, MAX_HANDED))
          this.note(parent, group, {
            // A window that ends with an event holds from that event on.
            time: correlation.judge.deferred ? last.time : firing.at,
            unit,
            rule,
            value,
            host,
            user,
            ip,
            simulated: entries.some((entry) => entry.simulated),
            up,
          });
      }
    }
  }
}

function aboveOf(correlation: Correlation, fields: Fields, ids: readonly string[]): Above {
  return [groupsOf(correlation, fields, ids), valuesOf(correlation, fields, ids)];
}

/** Whom and what an event is about, for the entity and the observables of a detection. */
function namesOf({ parsed }: Seen): Pick<Entry, 'host' | 'user' | 'ip'> {
  const ecs = parsed.ecs();
  const name = (text: string | undefined) => (typeof text === 'string' ? text.trim().slice(0, MAX_NAME) : '');
  return { host: name(ecs['host.name']), user: name(ecs['user.name']), ip: name(ecs['source.ip']) };
}

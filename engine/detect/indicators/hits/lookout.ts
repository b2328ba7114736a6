import type { Clock } from '../../../clock.js';
import type { Fields, Parsed, Value } from '../../../event.js';
import type { Table } from '../memory/table.js';
import type { IndicatorHit } from '../types.js';
import { hitOf } from './judge.js';
import { type FieldMap, type Place, type Plan, valueAt } from './plan.js';
import { type Candidate, createSeeker } from './seeker.js';

const MAX_HITS = 16;
const MAX_ITEMS = 64;
const NONE: readonly IndicatorHit[] = [];

/** What looks for indicators in events. */
export interface Lookout {
  /** How many indicators it looks for. */
  readonly size: number;
  /** Indicators that stand in the event, each once. Costs nothing when there are none. */
  match(event: Parsed): readonly IndicatorHit[];
}

/** A lookout that has nothing to look for. */
export const NO_LOOKOUT: Lookout = { size: 0, match: () => NONE };

/**
 * Look for the indicators of some tables (the provider's, the tenant's own) in events. When there are new tables, make a new lookout:
 * it remembers what it did not find.
 */
export function createLookout(all: readonly Table[], map: FieldMap, clock: Clock): Lookout {
  const tables = all.filter((table) => table.count > 0);
  if (tables.length === 0) return NO_LOOKOUT;
  const seeker = createSeeker(tables);
  const { candidates } = seeker;
  /** Hits in the event at hand; most events have none. */
  let hits: IndicatorHit[] | null = null;

  function visit(event: Parsed, plan: Plan, place: Place, value: Value): void {
    if (typeof value === 'string') {
      if (value === '' || value === '-') return;
      const text = place.kind === 'url' && value.charCodeAt(0) === 47 ? joined(event.fields, plan, value) : value;
      seeker.seek(place.kind, place.name, text);
      if (candidates.length > 0) settle(event, place, text);
    } else if (Array.isArray(value)) {
      for (let i = 0; i < value.length && i < MAX_ITEMS; i++) {
        const item = value[i];
        // Suricata and ECS list answers as records.
        const one =
          typeof item === 'object' && item !== null && !Array.isArray(item) ? (item.rdata ?? item.data) : item;
        if (typeof one === 'string') visit(event, plan, place, one);
      }
    }
  }

  /** Make hits of the candidates that hold at the event's time; an event from the future is taken as of now. */
  function settle(event: Parsed, place: Place, text: string): void {
    const at = Math.floor(Math.min(event.time, clock()) / 1000);
    const types = new Map<string, Candidate[]>();
    for (const candidate of candidates) {
      const { table, entry } = candidate;
      if (!table.holdsAt(entry, at)) continue;
      const type = table.typeOf(entry);
      types.set(type, [...(types.get(type) ?? []), candidate]);
    }
    candidates.length = 0;
    for (const group of types.values()) {
      // The most confident speaks for all; of equals the most specific.
      const [best] = group.sort(
        (a, b) =>
          b.table.confidence(b.entry) - a.table.confidence(a.entry) ||
          b.table.lengthOf(b.entry) - a.table.lengthOf(a.entry),
      );
      const known = best!.table.known(best!.entry);
      hits ??= [];
      const again = hits.some(({ indicator }) => indicator.type === known.type && indicator.value === known.value);
      if (again || hits.length >= MAX_HITS) continue;
      const sources = [...new Set(group.map(({ table, entry }) => table.source(entry)))];
      const blocked = map.isBlocked(event.fields);
      hits.push(hitOf(known, { sources, field: place.name, seen: text, role: place.role, blocked }));
    }
  }

  return {
    size: tables.reduce((sum, table) => sum + table.count, 0),
    match(event) {
      const { fields } = event;
      const plan = map.planOf(event.logsource);
      hits = null;
      for (const place of plan.places) {
        const value = place.path === null ? fields[place.name] : valueAt(fields, place.name, place.path);
        if (typeof value === 'string' || typeof value === 'object') visit(event, plan, place, value);
      }
      return hits ?? NONE;
    },
  };
}

/** A path behind the host that another field names. */
function joined(fields: Fields, plan: Plan, path: string): string {
  for (const { name, path: way } of plan.hosts) {
    const host = valueAt(fields, name, way);
    if (typeof host === 'string' && host !== '' && host !== '-') return `${host}${path}`;
  }
  return path;
}

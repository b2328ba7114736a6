import type { TenantStore } from '../../store/index.js';
import type { SavedHunt } from '../saved/index.js';

export const COVERED_MS = 30 * 86_400_000;

/** How one technique was hunted for. */
export interface TechniqueHunted {
  technique: string;
  /** Saved hunts for it, and how many of these ran in the time. */
  hunts: string[];
  ran: number;
  runs: number;
  /** Runs that found rows, and that lacked a data set. */
  found: number;
  blind: number;
  /** Epoch ms of the last run; null: none. */
  last: number | null;
}

interface Row {
  _id: string;
  runs: number;
  found: number;
  blind: number;
  last: number;
}

/** What was hunted for by saved hunts, technique by technique: never first, then those that ran longest ago. */
export async function huntCoverage(
  store: TenantStore,
  hunts: readonly SavedHunt[],
  now: number,
): Promise<TechniqueHunted[]> {
  const rows = await store.huntRuns.aggregate<Row>([
    { $match: { state: 'done', 'request.kind': 'saved', created: { $gte: now - COVERED_MS } } },
    {
      $project: {
        name: '$request.name',
        created: 1,
        found: { $cond: [{ $gt: ['$result.total', 0] }, 1, 0] },
        blind: { $cond: [{ $gt: [{ $size: { $ifNull: ['$result.gaps', []] } }, 0] }, 1, 0] },
      },
    },
    {
      $group: {
        _id: '$name',
        runs: { $sum: 1 },
        found: { $sum: '$found' },
        blind: { $sum: '$blind' },
        last: { $max: '$created' },
      },
    },
  ]);
  const byName = new Map(rows.map((row) => [row._id, row]));
  const techniques = new Map<string, TechniqueHunted>();
  for (const { id, techniques: of } of hunts)
    for (const technique of of) {
      const known = techniques.get(technique) ?? {
        technique,
        hunts: [],
        ran: 0,
        runs: 0,
        found: 0,
        blind: 0,
        last: null,
      };
      const row = byName.get(id);
      known.hunts.push(id);
      if (row) {
        known.ran++;
        known.runs += row.runs;
        known.found += row.found;
        known.blind += row.blind;
        known.last = Math.max(known.last ?? 0, row.last);
      }
      techniques.set(technique, known);
    }
  return [...techniques.values()].sort((a, b) => (a.last ?? 0) - (b.last ?? 0) || (a.technique < b.technique ? -1 : 1));
}

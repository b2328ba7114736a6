import type { Case } from '../../store/cases.js';
import type { TenantStore } from '../../store/index.js';

/** What makes two cases alike. */
export interface Likeness {
  number: number;
  title: string;
  state: Case['state'];
  /** 0 to 100. */
  score: number;
  /** Each with what it rests on, the weightiest first. */
  reasons: string[];
}

type Compared = Pick<
  Case,
  'number' | 'title' | 'state' | 'type' | 'observables' | 'rules' | 'techniques' | 'related' | 'alerts'
>;

const MAX_CANDIDATES = 300;
const LEAST = 15;
const FIELDS = Object.fromEntries(
  ['number', 'title', 'state', 'type', 'observables', 'rules', 'techniques', 'related', 'alerts'].map((name) => [
    name,
    1 as const,
  ]),
);

/**
 * How alike a case is to others, with reasons. A value that few cases have says much, one that many have little: each shared value
 * weighs 30 divided by how many of the others have it. Rules and techniques weigh by their share (Jaccard), the type a little.
 */
export function likenesses(of: Compared, others: readonly Compared[]): Likeness[] {
  const having = new Map<string, number>();
  for (const { observables } of others) for (const { key } of observables) having.set(key, (having.get(key) ?? 0) + 1);
  const mine = new Set(of.observables.map(({ key }) => key));
  return others
    .filter(({ number }) => number !== of.number)
    .map((other) => {
      const shared = other.observables.filter(({ key }) => mine.has(key));
      const byValue = Math.min(
        60,
        shared.reduce((sum, { key }) => sum + 30 / (having.get(key) ?? 1), 0),
      );
      const rules = shareOf(of.rules, other.rules);
      const techniques = shareOf(of.techniques, other.techniques);
      const isSameType = of.type === other.type && of.type !== 'other';
      const isSaid = of.related.includes(other.number) || other.related.includes(of.number);
      const parts: [number, string][] = [
        [isSaid ? 100 : 0, 'people say so'],
        [
          byValue,
          `shares ${shared
            .slice(0, 3)
            .map(({ kind, value }) => `${kind} ${value.slice(0, 80)}`)
            .join(', ')}${shared.length > 3 ? ` and ${shared.length - 3} more` : ''}`,
        ],
        [25 * rules.share, `the same rules fired: ${rules.count}`],
        [15 * techniques.share, `the same techniques: ${techniques.same.slice(0, 5).join(', ')}`],
        [isSameType ? 5 : 0, `both are ${of.type}`],
      ];
      const counted = parts.filter(([points]) => points > 0).sort(([a], [b]) => b - a);
      const score = Math.min(100, Math.round(counted.reduce((sum, [points]) => sum + points, 0)));
      const { number, title, state } = other;
      return { number, title, state, score, reasons: counted.map(([, reason]) => reason) };
    })
    .filter(({ score }) => score >= LEAST)
    .sort((a, b) => b.score - a.score || b.number - a.number);
}

function shareOf(a: readonly string[], b: readonly string[]): { share: number; count: number; same: string[] } {
  const same = b.filter((one) => a.includes(one));
  const all = new Set([...a, ...b]).size;
  return { share: all === 0 ? 0 : same.length / all, count: same.length, same };
}

/** Cases of the same tenant that are like this one, the most alike first. */
export async function relatedCases(store: TenantStore, record: Case, most = 5): Promise<Likeness[]> {
  const keys = record.observables.slice(0, 200).map(({ key }) => key);
  const fits = [
    { 'observables.key': { $in: keys } },
    { rules: { $in: record.rules } },
    { techniques: { $in: record.techniques } },
    { number: { $in: record.related } },
    { related: record.number },
  ];
  const others = await store.cases.find({ $or: fits, number: { $ne: record.number } } as never, {
    fields: FIELDS,
    sort: { updated: -1 },
    limit: MAX_CANDIDATES,
  });
  return likenesses(record, others).slice(0, most);
}

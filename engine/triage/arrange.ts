import type { Alert, AlertRule, Observable, ScoreReason } from '../store/alerts.js';
import type { Commonness } from './commonness.js';
import { leadOf, rulesOf } from './rules.js';
import { type Judging, score } from './score.js';
import { type Cluster, cluster, type Strand, signatureOf, weave } from './strands.js';
import { WEIGHTS, type Weights } from './weights.js';

/** What exists already: an alert, or a group that is too quiet to be one. */
export interface Group {
  id: string;
  strands: readonly Strand[];
  /** Alerts by number, before groups that are none. */
  rank: number;
  /** Somebody works on it: it keeps what it has, and is not taken into another. */
  isTouched: boolean;
}

/** One group as it should be now. */
export interface Arranged {
  /** The group that it continues; null for a new one. */
  keeps: string | null;
  /** Groups that it takes in. */
  takes: string[];
  /** It was part of this group, which keeps the rest. */
  leaves: string | null;
  strands: Strand[];
  /** Why its parts belong together. */
  ties: string[];
}

/**
 * Put new strands to what they belong to. Pure, and the same for any order: only who keeps its name depends on what was there.
 * @param near every group that the new strands could reach
 */
export function arrange(fresh: readonly Strand[], near: readonly Group[], common: Commonness): Arranged[] {
  const groups = [...near].sort((a, b) => a.rank - b.rank || (a.id < b.id ? -1 : 1));
  const glued = groups.flatMap(({ id, strands, isTouched }) =>
    isTouched ? strands.map((strand) => ({ ...strand, glue: id })) : strands,
  );
  const clusters = cluster(weave([...glued, ...fresh]), common);
  const at = placesOf(clusters);
  /** By cluster: the groups that have a strand in it. */
  const owners = clusters.map(() => new Set<Group>());
  const homes = new Map<Group, number>();
  for (const group of groups) {
    const sorted = [...group.strands].sort((a, b) => a.first - b.first || (a.example < b.example ? -1 : 1));
    for (const strand of sorted) {
      const place = at(strand);
      if (place === undefined) continue;
      owners[place]!.add(group);
      // Where it began, there it stays.
      if (!homes.has(group)) homes.set(group, place);
    }
  }
  return clusters.flatMap((found, index) => {
    const here = [...owners[index]!];
    const home = here.filter((group) => homes.get(group) === index);
    const [keeper, ...others] = [
      ...home.filter(({ isTouched }) => isTouched),
      ...home.filter((each) => !each.isTouched),
    ];
    const apart = others.filter(({ isTouched }) => isTouched);
    const takes = others.filter(({ isTouched }) => !isTouched).map(({ id }) => id);
    const away = new Set(apart.flatMap(({ strands }) => strands.map(signatureAt)));
    const strands = found.strands
      .filter((strand) => !away.has(signatureAt(strand)))
      .map(({ glue, ...strand }) => strand);
    if (strands.length === 0) return [];
    const leaves = keeper ? null : (here[0]?.id ?? null);
    return [{ keeps: keeper?.id ?? null, takes, leaves, strands, ties: found.ties }];
  });
}

const signatureAt = (strand: Strand): string => `${signatureOf(strand)}\n${strand.first}`;

/** Finds the cluster that a strand went into when it was woven. */
function placesOf(clusters: readonly Cluster[]): (strand: Strand) => number | undefined {
  const places = new Map<string, { strand: Strand; index: number }[]>();
  clusters.forEach(({ strands }, index) => {
    for (const strand of strands) {
      const signature = signatureOf(strand);
      places.set(signature, [...(places.get(signature) ?? []), { strand, index }]);
    }
  });
  return (wanted) =>
    places.get(signatureOf(wanted))?.find(({ strand }) => strand.first <= wanted.first && wanted.last <= strand.last)
      ?.index;
}

/** What follows from a group's strands. */
export interface Judged {
  rules: AlertRule[];
  entity: Observable | null;
  score: number;
  level: ReturnType<typeof score>['level'];
  reasons: ScoreReason[];
  first: number;
  last: number;
  /** Number of detections. */
  count: number;
}

/**
 * Judge strands as they stand: the same strands at the same tenant always give the same.
 * @param answers what people said who were asked about it
 */
export function judge(
  strands: readonly Strand[],
  observables: readonly Observable[],
  common: Commonness,
  judging: Judging,
  answers: Alert['answers'] = [],
): Judged {
  const weights = judging.weights ?? WEIGHTS;
  const rules = rulesOf(strands, common, weights);
  const entity = leadOf(strands, common, weights);
  const about = entity ?? { kind: 'host' as const, value: '' };
  return {
    ...score({ rules, observables: [...observables], entity: about, answers }, judging),
    rules,
    entity,
    first: Math.min(...strands.map(({ first }) => first)),
    last: Math.max(...strands.map(({ last }) => last)),
    count: strands.reduce((sum, { count }) => sum + count, 0),
  };
}

/** From which score on a group becomes an alert. Where little is known yet of a large tenant, everything looks rare: then from a higher one. */
export function opensAt(common: Commonness, { opens }: Pick<Weights, 'opens'>): number {
  const isLearning = common.hosts >= opens.learning.hosts && common.history < opens.learning.days;
  return isLearning ? opens.learning.from : opens.from;
}

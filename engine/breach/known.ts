import { canonical } from '../ids.js';
import { liesIn, outermost } from './places.js';
import type { Decision, Fact, FactValue, Range, TimeValue } from './types.js';

/** Groups of people that are part of all who are affected; where nothing at all was said of one, all of them may be in it. */
const GROUPS = ['patients', 'consumers', 'cardholders', 'employees'] as const;

const ALL: ReadonlySet<string> = new Set(['people', ...GROUPS]);

/** Facts as they stood at a time: of each name the one that was said last. */
export class Known {
  private readonly standing = new Map<string, Fact>();
  private readonly ranges = new Map<string, Range>();
  // Asked for again and again, of every rule and place.
  private readonly least = new Map<string, number>();
  private readonly countedIn = new Map<string, readonly string[]>();
  private readonly counting = new Map<string, readonly string[]>();
  private readonly names: readonly string[];
  private readonly groups: ReadonlySet<string>;
  /** What contradicts itself. */
  readonly warnings = new Set<string>();
  /** Places that people were counted in. */
  readonly places: readonly string[];

  /** @param facts in any order; those said after `until` are not known yet */
  constructor(facts: readonly Fact[], until: number) {
    for (const fact of facts) {
      if (fact.at > until) continue;
      const other = this.standing.get(fact.fact);
      if (!other || isLater(fact, other)) this.standing.set(fact.fact, fact);
    }
    const places = [...this.standing.keys()].flatMap((name) => placeOf(name) ?? []);
    this.places = [...new Set(places)].sort();
    const groupOf = (name: string) => name.split('.')[0]!;
    this.names = [...this.standing.keys()].sort();
    this.groups = new Set(this.names.map(groupOf));
  }

  get(name: string): Fact | undefined {
    return this.standing.get(name);
  }

  /** Undefined: nothing was said; null: it is not known. */
  value(name: string): FactValue | undefined {
    return this.standing.get(name)?.value;
  }

  time(name: string): TimeValue | null {
    const value = this.value(name);
    return typeof value === 'object' && value !== null && ('day' in value || ('at' in value && !('decided' in value)))
      ? (value as TimeValue)
      : null;
  }

  decision(duty: string): (Decision & { by: string; recorded: number }) | null {
    const fact = this.get(`duty:${duty}`);
    const value = fact?.value;
    if (!fact || typeof value !== 'object' || value === null || !('decided' in value)) return null;
    return { ...value, by: fact.by, recorded: fact.at };
  }

  /**
   * How many people of a group there are in a place, as far as all that is known says: no fewer than were counted in its parts, and
   * no more than are left of what it is part of.
   * @param place null: everywhere
   */
  range(group: string, place: string | null): Range {
    const key = `${group}.${place ?? ''}`;
    const cached = this.ranges.get(key);
    if (cached) return cached;
    const [from, above] = [this.atLeast(group, place), this.atMost(group, place)];
    const isWrong = above !== null && above < from;
    if (isWrong) {
      this.warnings.add(
        `${group}${place ? ` in ${place}` : ''}: at least ${from} and at most ${above} cannot both be.`,
      );
    }
    const range = { from, to: isWrong ? from : above };
    this.ranges.set(key, range);
    return range;
  }

  /** Names of the facts that a range rests on. */
  countFacts(group: string, place: string | null): readonly string[] {
    const key = `${group}.${place ?? ''}`;
    const cached = this.counting.get(key);
    if (cached) return cached;
    const groups = group === 'people' ? ['people', ...GROUPS] : [this.heard(group), 'people'];
    const found = this.names.filter((name) => {
      const [of = ''] = name.split('.');
      if (!groups.includes(of)) return false;
      const at = placeOf(name);
      return at === null ? name === of : place === null || liesIn(at, place) || liesIn(place, at);
    });
    this.counting.set(key, found);
    return found;
  }

  /** A group of which nothing was said stands for all who are affected. */
  private heard(group: string): string {
    return this.groups.has(group) ? group : 'people';
  }

  private own(group: string, place: string | null): Range | null {
    const value = this.value(place === null ? group : `${group}.${place}`);
    return typeof value === 'object' && value !== null && 'from' in value ? value : null;
  }

  private counted(group: string): readonly string[] {
    let found = this.countedIn.get(group);
    if (!found) {
      found = this.places.filter((place) => this.own(group, place) !== null);
      this.countedIn.set(group, found);
    }
    return found;
  }

  private atLeast(asked: string, place: string | null): number {
    const group = this.heard(asked);
    const key = `${group}.${place ?? ''}`;
    const cached = this.least.get(key);
    if (cached !== undefined) return cached;
    const below = this.counted(group).filter((each) => each !== place && (place === null || liesIn(each, place)));
    const sum = outermost(below).reduce((total, each) => total + this.atLeast(group, each), 0);
    const groups = group === 'people' ? GROUPS.filter((each) => this.heard(each) === each) : [];
    const least = Math.max(this.own(group, place)?.from ?? 0, sum, ...groups.map((each) => this.atLeast(each, place)));
    this.least.set(key, least);
    return least;
  }

  private atMost(asked: string, place: string | null): number | null {
    const group = this.heard(asked);
    const bounds: number[] = [];
    const own = this.own(group, place)?.to;
    if (typeof own === 'number') bounds.push(own);
    if (place !== null) {
      const counted = this.counted(group);
      for (const above of [null, ...counted.filter((each) => each !== place && liesIn(place, each))]) {
        const most = this.own(group, above)?.to;
        if (typeof most !== 'number') continue;
        const beside = counted.filter(
          (each) => (above === null || liesIn(each, above)) && !liesIn(place, each) && !liesIn(each, place),
        );
        bounds.push(Math.max(0, most - outermost(beside).reduce((sum, each) => sum + this.atLeast(group, each), 0)));
      }
    }
    if (group !== 'people') {
      const all = this.atMost('people', place);
      if (all !== null) bounds.push(all);
    }
    return bounds.length > 0 ? Math.min(...bounds) : null;
  }
}

/** The place of a count's name: `US-CA` of `people.US-CA`; null: it has none, or is no count. */
export function placeOf(name: string): string | null {
  const [group = '', place] = name.split('.');
  return place !== undefined && ALL.has(group) ? place : null;
}

/** Of two that were said in the same moment, always the same one, in whichever order they come. */
function isLater(a: Fact, b: Fact): boolean {
  if (a.at !== b.at) return a.at > b.at;
  return canonical([a.value, a.by, a.reason]) > canonical([b.value, b.by, b.reason]);
}

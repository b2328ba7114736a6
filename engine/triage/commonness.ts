import type { Level } from '../detect/types.js';
import type { Parsed } from '../event.js';
import { Addresses } from './addresses.js';
import { keyOf, type Link } from './links.js';
import type { Weights } from './weights.js';

const DAY_MS = 86_400_000;

/** What is ordinary at one tenant, over the last fortnight: how far things are spread, and what fires again and again. */
export interface Commonness {
  /** Hosts seen, at least 1. */
  readonly hosts: number;
  /** Earlier days of which something is known. */
  readonly history: number;
  /** How many hosts have met it; of a host, how many accounts. 0: unknown, so rare. */
  spread(link: Link): number;
  /** Hosts or accounts on which a rule fired. */
  fired(rule: string): number;
  /** Whole days but that of this time (epoch ms) on which a rule fired at all: when it is judged again, later ones count as well. */
  days(rule: string, time: number): number;
  /** Whole days but that of this time on which a rule fired for one of these. */
  habit(rule: string, links: readonly Link[], time: number): number;
  /** The one host whose own address this was then (epoch ms), as far as is known. */
  hostOf(ip: string, time: number): string | undefined;
}

/** Nothing is known: everything is rare. */
export const NOTHING_COMMON: Commonness = {
  hosts: 1,
  history: 0,
  spread: () => 0,
  fired: () => 0,
  days: () => 0,
  habit: () => 0,
  hostOf: () => undefined,
};

/** How much a rule's firing says here, 0 to 1, and why. */
export interface Rarity {
  share: number;
  /** `fires on 211 of 430 hosts`; empty when nothing is held against it. */
  why: string;
}

/**
 * A rule that fires everywhere, or for the same host or account every day, says little when it fires again.
 * @param first epoch ms: a clock that is ahead says nothing of other days
 */
export function rarityOf(
  { id, level, first, links }: { id: string; level: Level; first: number; links: readonly Link[] },
  common: Commonness,
  { rarity }: Pick<Weights, 'rarity'>,
): Rarity {
  const fired = common.fired(id);
  const regular = common.days(id, first);
  const few = Math.max(rarity.few, common.hosts * rarity.fewShare);
  const isCrowd = common.hosts >= rarity.hosts && fired > few;
  // What is serious and new may be an outbreak, and no habit.
  const isSudden = regular === 0 && rarity.sudden.includes(level);
  const part = isCrowd && !isSudden ? Math.log(fired / few) / Math.log(Math.max(common.hosts / few, 2)) : 0;
  const spread = Math.max(0, 1 - part);
  const days = common.habit(id, links, first);
  const share = Math.max(rarity.least[level], (spread ** rarity.steep * rarity.regular ** regular) / (1 + days));
  const why = [
    ...(spread < 1 ? [`fires on ${fired} of ${common.hosts} hosts`] : []),
    ...(regular > 0 ? [`fired on ${regular} other day${regular === 1 ? '' : 's'}`] : []),
    ...(days > 0 ? [`on ${days} of them here`] : []),
  ].join(', and ');
  return { share, why };
}

/** Counts kept in memory: for files and evaluations, and as a picture of what is kept elsewhere. */
export class Counted implements Commonness {
  readonly #met = new Map<string, Set<string>>();
  readonly #fired = new Map<string, Map<string, Set<number>>>();
  readonly #hostsOf = new Map<string, Set<string>>();
  readonly #hosts = new Set<string>();
  readonly #days = new Map<string, Set<number>>();
  readonly #all = new Set<number>();
  readonly #addresses = new Addresses();
  #now = 0;

  get hosts(): number {
    return Math.max(1, this.#hosts.size);
  }

  get history(): number {
    return this.#others(this.#all, this.#now);
  }

  /** Which day is "today". @param now epoch ms */
  at(now: number): void {
    this.#now = now;
  }

  /** Something was seen on a host by an account. */
  note(links: readonly Link[]): void {
    const host = links.find(({ kind }) => kind === 'host')?.value;
    if (host === undefined) return;
    this.#hosts.add(host);
    for (const link of links) {
      const with_ = link.kind === 'host' ? links.find(({ kind }) => kind === 'user')?.value : host;
      if (with_ === undefined || link.kind === 'process') continue;
      const met = this.#met.get(keyOf(link));
      if (!met) this.#met.set(keyOf(link), new Set([with_]));
      else if (met.size < 1000) met.add(with_);
    }
  }

  /** An event may tell a host's own address. */
  noteAddress(parsed: Parsed): void {
    this.#addresses.note(parsed);
  }

  /** A rule fired. @param day days since 1970 */
  fire(rule: string, links: readonly Link[], day: number): void {
    this.#all.add(day);
    const days = this.#days.get(rule);
    if (days) days.add(day);
    else this.#days.set(rule, new Set([day]));
    const on = this.#fired.get(rule) ?? new Map<string, Set<number>>();
    this.#fired.set(rule, on);
    for (const link of links) {
      if (link.kind !== 'host' && link.kind !== 'user') continue;
      if (link.kind === 'host') {
        const hosts = this.#hostsOf.get(rule);
        if (hosts) hosts.add(link.value);
        else this.#hostsOf.set(rule, new Set([link.value]));
      }
      const of = on.get(keyOf(link));
      if (of) of.add(day);
      else on.set(keyOf(link), new Set([day]));
    }
  }

  hostOf(ip: string, time: number): string | undefined {
    return this.#addresses.hostOf(ip, time);
  }

  spread(link: Link): number {
    return this.#met.get(keyOf(link))?.size ?? 0;
  }

  fired(rule: string): number {
    return this.#hostsOf.get(rule)?.size ?? this.#fired.get(rule)?.size ?? 0;
  }

  days(rule: string, time: number): number {
    return this.#others(this.#days.get(rule), time);
  }

  habit(rule: string, links: readonly Link[], time: number): number {
    const on = this.#fired.get(rule);
    return Math.max(0, ...links.map((link) => this.#others(on?.get(keyOf(link)), time)));
  }

  #others(days: ReadonlySet<number> | undefined, time: number): number {
    const own = Math.floor(time / DAY_MS);
    const today = Math.floor(this.#now / DAY_MS);
    let other = 0;
    for (const day of days ?? []) if (day < today && day !== own) other++;
    return other;
  }
}

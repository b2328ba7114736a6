import type { Fact } from '../investigate/types.js';

const MOST = 10_000;
const DAY_MS = 86_400_000;

/**
 * What enrichers told, kept in memory for a while; what was asked for longest ago goes first. A key names the tenant, and the day of the
 * attack: what was usual before it is not what is usual now.
 */
export class FactCache {
  readonly #held = new Map<string, { until: number; facts: readonly Fact[] }>();

  constructor(private readonly most = MOST) {}

  get size(): number {
    return this.#held.size;
  }

  /** @returns undefined when it is to be asked for; an empty list when nothing is known */
  get(
    tenant: string,
    enricher: string,
    of: Fact['observable'],
    first: number,
    now: number,
  ): readonly Fact[] | undefined {
    const key = keyOf(tenant, enricher, of, first);
    const held = this.#held.get(key);
    if (!held) return undefined;
    this.#held.delete(key);
    if (held.until <= now) return undefined;
    this.#held.set(key, held);
    return held.facts;
  }

  /** @param until epoch ms */
  set(
    tenant: string,
    enricher: string,
    of: Fact['observable'],
    first: number,
    until: number,
    facts: readonly Fact[],
  ): void {
    const key = keyOf(tenant, enricher, of, first);
    this.#held.delete(key);
    if (this.#held.size >= this.most) this.#held.delete(this.#held.keys().next().value!);
    this.#held.set(key, { until, facts });
  }
}

const keyOf = (tenant: string, enricher: string, { kind, value }: Fact['observable'], first: number): string =>
  JSON.stringify([tenant, enricher, Math.floor(first / DAY_MS), kind, value.toLowerCase()]);

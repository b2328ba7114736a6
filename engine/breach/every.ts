import type { Breach } from '../store/breaches.js';
import type { TenantStore } from '../store/index.js';

const AT_ONCE = 50;

/** Every breach of a tenant in the order of its case's number, a few at a time: a duty may run for years, and records are large. */
export async function* everyBreach({ breaches }: TenantStore): AsyncGenerator<Breach[], void, undefined> {
  for (let last = 0; ; ) {
    const found = await breaches.find({ case: { $gt: last } }, { sort: { case: 1 }, limit: AT_ONCE });
    if (found.length > 0) yield found;
    if (found.length < AT_ONCE) return;
    last = found.at(-1)!.case;
  }
}

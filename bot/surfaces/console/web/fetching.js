import { api } from './api.js';

const GATHER_MS = 150;
const MOST_AT_ONCE = 100;

/**
 * Gathers notices for a moment, then fetches what they speak of: a burst of alerts costs a few requests, not one each.
 * @param {{ shown: () => string | null, places: (tenant: string) => import('./channels.js').Place[], got: (tenant: string, lines: any[]) => void, elsewhere: (tenant: string) => void, failed: (error: unknown) => void }} told
 */
export function fetching({ shown, places, got, elsewhere, failed }) {
  /** @type {Map<string, Set<string>>} */
  let waiting = new Map();
  let timer = null;

  async function flush() {
    const due = waiting;
    waiting = new Map();
    try {
      for (const [tenant, ids] of due) {
        if (tenant === shown()) await fetchThese(tenant, [...ids]);
        else elsewhere(tenant);
      }
    } catch (error) {
      failed(error);
    } finally {
      timer = waiting.size > 0 ? setTimeout(flush, GATHER_MS) : null;
    }
  }

  async function fetchThese(tenant, ids) {
    for (let from = 0; from < ids.length; from += MOST_AT_ONCE) {
      const { messages } = await api.messages(tenant, { ids: ids.slice(from, from + MOST_AT_ONCE).join(',') });
      got(tenant, messages);
    }
  }

  return {
    /** A reply changes the count below its thread's first message, so that is fetched too. */
    notice({ tenant, id, thread }) {
      const ids = waiting.get(tenant) ?? new Set();
      waiting.set(tenant, ids);
      const open = places(tenant).some((place) => place.thread === thread);
      if (thread === null || open) ids.add(id);
      if (thread !== null) ids.add(thread);
      if (timer === null) timer = setTimeout(flush, GATHER_MS);
    },
  };
}

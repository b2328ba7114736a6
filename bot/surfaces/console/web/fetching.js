import { api } from './api.js';

const GATHER_MS = 150;
const MOST_AT_ONCE = 100;

/**
 * Gathers notices for a moment, then fetches what they speak of: a burst of alerts costs a few requests, not one each.
 * @param {{ shown: () => string | null, places: (channel: string) => import('./channels.js').Place[], got: (channel: string, lines: any[]) => void, elsewhere: (channel: string) => void, failed: (error: unknown) => void }} told
 */
export function fetching({ shown, places, got, elsewhere, failed }) {
  /** @type {Map<string, Set<string>>} */
  let waiting = new Map();
  let timer = null;

  async function flush() {
    const due = waiting;
    waiting = new Map();
    try {
      for (const [channel, ids] of due) {
        if (channel === shown()) await fetchThese(channel, [...ids]);
        else elsewhere(channel);
      }
    } catch (error) {
      failed(error);
    } finally {
      timer = waiting.size > 0 ? setTimeout(flush, GATHER_MS) : null;
    }
  }

  async function fetchThese(channel, ids) {
    for (let from = 0; from < ids.length; from += MOST_AT_ONCE) {
      const { messages } = await api.messages(channel, { ids: ids.slice(from, from + MOST_AT_ONCE).join(',') });
      got(channel, messages);
    }
  }

  return {
    /** A reply changes the count below its thread's first message, so that is fetched too. */
    notice({ channel, id, thread }) {
      const ids = waiting.get(channel) ?? new Set();
      waiting.set(channel, ids);
      const open = places(channel).some((place) => place.thread === thread);
      if (thread === null || open) ids.add(id);
      if (thread !== null) ids.add(thread);
      if (timer === null) timer = setTimeout(flush, GATHER_MS);
    },
  };
}

/**
 * Where one is, in the address, so that reload, back and forward work:
 * `#/acme/alerts` and `#/acme/alerts/<thread>` are a channel and a thread in it, `#alert/acme/12` and `#alerts?state=new` pages.
 * @param {string} hash
 * @returns {{ page: string, args: string[], query: URLSearchParams } | { page: null, channel: string | null, thread: string | null }}
 */
export function readRoute(hash) {
  const [, channel = null, thread = null] = /^#\/([a-z0-9-]+\/[a-z]+)(?:\/([\w-]+))?$/.exec(hash) ?? [];
  if (channel !== null) return { page: null, channel, thread };
  const [, page, path = '', query = ''] = /^#([a-z-]+)(?:\/([\w./-]*))?(?:\?(.*))?$/.exec(hash) ?? [];
  if (page) return { page, args: path.split('/').filter(Boolean), query: new URLSearchParams(query) };
  return { page: null, channel: null, thread: null };
}

/** @param {string | null} thread */
export const channelHash = (channel, thread = null) => `#/${channel}${thread === null ? '' : `/${thread}`}`;
export const alertHash = (tenant, number) => `#alert/${tenant}/${number}`;

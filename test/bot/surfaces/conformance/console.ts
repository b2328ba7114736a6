import { OPERATOR } from '../../../../bot/surfaces/console/index.js';
import { type Card, plain } from '../../../../commands/cards/card.js';
import { consoleHarness, newKey } from '../console.harness.js';
import type { Kit } from './types.js';

/** Every text of a card, in order. */
function words(value: unknown): string {
  if (typeof value === 'string') return value;
  if (Array.isArray(value)) return value.map(words).join(' ');
  if (typeof value !== 'object' || value === null) return '';
  return Object.values(value).map(words).join(' ');
}

/** Addresses in a card: the page makes links of those of its own origin only. */
function links(value: unknown): string[] {
  if (Array.isArray(value)) return value.flatMap(links);
  if (typeof value !== 'object' || value === null) return [];
  const { href, ...rest } = value as { href?: string };
  return [...(href?.startsWith('/') ? [href] : []), ...Object.values(rest).flatMap(links)];
}

export async function consoleKit(): Promise<Kit> {
  const console = await consoleHarness();
  const { surface, asks, answerWith } = console;
  const channel = 'acme/alerts';
  const [, user = ''] = OPERATOR.split(':');
  let last: unknown = null;
  const line = async (id: string) =>
    (await console.ask(`/api/channels/acme/alerts/messages?ids=${id}`)).json.messages[0];
  const all = async (): Promise<{ id: string; card?: Card; author: { id: string } }[]> => {
    const { messages } = (await console.ask('/api/channels/acme/alerts/messages')).json;
    const threads = await Promise.all(
      messages
        .filter(({ replies }: { replies: { count: number } }) => replies.count > 0)
        .map(
          async ({ id }: { id: string }) =>
            (await console.ask(`/api/channels/acme/alerts/messages?thread=${id}`)).json.messages,
        ),
    );
    return [...messages, ...threads.flat()];
  };
  const posted = new Set<string>();
  return {
    surface,
    channel,
    noChannel: 'nobody/alerts',
    noMessage: { channel, message: 'none' },
    person: { id: user, name: 'Operator' },
    trouble: null,
    async see(ref) {
      posted.add(ref.message);
      const found = await line(ref.message);
      if (!found) return null;
      const path = links(found.card)[0];
      const file = path ? await console.call(path, { headers: { cookie: await console.cookie() } }) : null;
      const name = /filename\*=UTF-8''(\S+)/.exec(file?.headers['content-disposition'] ?? '')?.[1];
      return {
        text: words(found.card),
        thread: found.thread,
        edits: found.edited === undefined ? 0 : 1,
        // The page puts every text into a text node; what could act is an address of our own.
        acting: name === undefined ? links(found.card) : [],
        invalid: null,
        file: file && name !== undefined ? { name: decodeURIComponent(name), data: Buffer.from(file.body) } : null,
      };
    },
    count: async () => (await all()).length,
    asks,
    answerWith,
    async type(text) {
      last = { text: `/mdr ${text}`, key: newKey() };
      await console.ask('/api/channels/acme/alerts/messages', last);
    },
    async click(ref, choice) {
      const { card } = (await line(ref.message)) as { card: Card };
      const [action] = card.blocks.flatMap((block) => (block.kind === 'actions' ? block.actions : []));
      const { tenant, command, record } = action!;
      const body = { tenant, channel, thread: ref.message, key: newKey(), command, record, ...(choice && { choice }) };
      await console.ask('/api/actions', body);
    },
    again: async () => {
      await console.ask('/api/channels/acme/alerts/messages', last);
    },
    answers: async () =>
      (await all())
        .filter(({ id, author }) => author.id === 'mdr' && /^[ab]-/.test(id))
        .map(({ card }) => ({ text: plain(card!.title), user: null })),
    stop: () => console.stop(),
  };
}

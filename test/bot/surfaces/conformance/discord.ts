import { unescaped } from '../../../../bot/surfaces/discord/inline.js';
import { active } from '../../../doubles/discord/markdown.js';
import type { InteractionPayload } from '../../../doubles/discord/payloads.js';
import { checkMessage } from '../../../doubles/discord/validate.js';
import type { Content } from '../../../doubles/discord/workspace.js';
import { ANA, CHANNEL, discordHarness } from '../discord.harness.js';
import { type Kit, RATE_LIMIT_MS, type Trouble } from './types.js';

const ROUTE = { post: 'POST /channels/:channel/messages', edit: 'PATCH /channels/:channel/messages/:message' } as const;

/** Every text of a message in which Discord looks for markdown. */
const texts = ({ content, embeds }: Content): string[] => [
  content,
  ...embeds.flatMap(({ title = '', description = '', fields = [] }) => [
    title,
    description,
    ...fields.flatMap(({ name, value }) => [name, value]),
  ]),
];
/** What we write ourselves: bold, small print, list items, code and times. */
const OURS = /^(?:format: \*\*|block: -#?$|code: `|time: )/;

export async function discordKit(): Promise<Kit> {
  const { discord, surface, asks, answerWith, stop } = await discordHarness(1500);
  const { workspace } = discord;
  let last: InteractionPayload | null = null;
  const wordsOf = (message: Content) => unescaped(texts(message).join(' '));
  return {
    surface,
    channel: CHANNEL,
    noChannel: '700000000000000404',
    noMessage: { channel: CHANNEL, message: '700000000000000405' },
    person: { id: ANA, name: 'ana' },
    trouble(operation, how) {
      const faults: Record<Trouble, Parameters<typeof discord.fault>[1]> = {
        'rate-limited': { kind: 'rate-limited', retryAfter: RATE_LIMIT_MS / 1000 },
        lost: { kind: 'reset', stored: true },
        'not stored': { kind: 'reset' },
        refused: { kind: 'error', status: 400, code: 50035 },
      };
      discord.fault(ROUTE[operation], faults[how]);
    },
    async see(ref) {
      const message = workspace.message(ref.channel, ref.message);
      if (!message) return null;
      const file = message.attachments[0];
      const found = texts(message).flatMap(active);
      return {
        text: wordsOf(message),
        thread: workspace.channels.get(message.channel)?.parent ? message.channel : null,
        edits: message.before.length,
        acting: [...found.filter((each) => !OURS.test(each)), ...message.notified],
        invalid: checkMessage({ ...message, nonce: undefined }),
        file: file ? { name: file.filename, data: file.data } : null,
      };
    },
    count: async () =>
      [...workspace.channels.values()]
        .filter(({ id, parent }) => id === CHANNEL || parent === CHANNEL)
        .reduce((sum, { messages }) => sum + messages.length, 0),
    asks,
    answerWith,
    async type(text) {
      const before = workspace.ephemerals.length;
      last = discord.slashPayload(text);
      await discord.deliver(last);
      await discord.until(() => workspace.ephemerals.length > before);
    },
    async click(ref, choice) {
      const before = workspace.ephemerals.length;
      await discord.click(workspace.message(ref.channel, ref.message)!, 'mdr|', choice === undefined ? {} : { choice });
      await discord.until(() => workspace.ephemerals.length > before);
    },
    again: async () => {
      const calls = discord.calls.length;
      discord.gateway.send('INTERACTION_CREATE', last);
      await discord.until(() => discord.calls.length > calls);
    },
    answers: async () => workspace.ephemerals.map((answer) => ({ text: wordsOf(answer), user: answer.user })),
    stop,
  };
}

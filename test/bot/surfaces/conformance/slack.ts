import { checkBlocks } from '../../../doubles/slack/blocks.js';
import type { Envelope } from '../../../doubles/slack/sockets.js';
import { harness, type Mode, words } from '../slack.harness.js';
import { type Kit, RATE_LIMIT_MS, type Trouble } from './types.js';

const METHOD = { post: 'chat.postMessage', edit: 'chat.update' } as const;

/** Everything of blocks that Slack would act on: markup in mrkdwn, mentions, links. */
function acting(value: unknown): string[] {
  if (Array.isArray(value)) return value.flatMap(acting);
  if (typeof value !== 'object' || value === null) return [];
  const raw = value as Record<string, unknown>;
  const own: string[] = [];
  // The one markup that we write ourselves is a date.
  if (raw.type === 'mrkdwn' && !/^<!date\^\d+\^[{}\w ]+\|[\dT:.Z-]+>$/.test(String(raw.text)))
    own.push(`markup: ${raw.text}`);
  if (['link', 'user', 'channel', 'usergroup', 'broadcast', 'emoji'].includes(String(raw.type)))
    own.push(String(raw.type));
  return [...own, ...Object.values(raw).flatMap(acting)];
}

export async function slackKit(mode: Mode): Promise<Kit> {
  const { slack, surface, asks, answerWith, stop } = await harness(mode, 1500);
  const channel = 'C0ALERTS';
  let last: Envelope | null = null;
  return {
    surface,
    channel,
    noChannel: 'C0NONE',
    noMessage: { channel, message: '1.1' },
    person: { id: 'U0ANA', name: 'ana' },
    trouble(operation, how) {
      const faults: Record<Trouble, Parameters<typeof slack.fault>[1]> = {
        'rate-limited': { kind: 'rate-limited', retryAfter: RATE_LIMIT_MS / 1000 },
        lost: { kind: 'reset', stored: true },
        'not stored': { kind: 'reset' },
        refused: { kind: 'error', error: 'invalid_blocks' },
      };
      slack.fault(METHOD[operation], faults[how]);
    },
    async see(ref) {
      const message = slack.workspace.message(ref.channel, ref.message);
      if (!message) return null;
      const file = message.files?.[0];
      return {
        text: words(message.blocks),
        thread: message.thread_ts ?? null,
        edits: message.before.length,
        acting: [...acting(message.blocks), ...(/<|&(?!amp;|lt;|gt;)/.test(message.text) ? [message.text] : [])],
        invalid: checkBlocks(message.blocks)?.detail ?? null,
        file: file ? { name: file.name, data: file.bytes } : null,
      };
    },
    count: async () => slack.workspace.channels.get(channel)!.messages.length,
    asks,
    answerWith,
    async type(text) {
      const before = slack.ephemerals.length;
      last = slack.slashEnvelope(text);
      await slack.deliver(last);
      await slack.until(() => slack.ephemerals.length > before);
    },
    async click(ref, choice) {
      const message = slack.workspace.message(ref.channel, ref.message)!;
      const [element] = message.blocks.flatMap((block) =>
        block.type === 'actions' ? (block.elements as { action_id: string }[]) : [],
      );
      const before = slack.ephemerals.length;
      await slack.click(message, element!.action_id, choice === undefined ? {} : { choice });
      await slack.until(() => slack.ephemerals.length > before);
    },
    again: async () => {
      await slack.deliver(last!, { retry: 1 });
    },
    answers: async () => slack.ephemerals.map(({ blocks, user }) => ({ text: words(blocks), user })),
    stop,
  };
}

import { setTimeout as sleep } from 'node:timers/promises';
import type { Redis } from 'ioredis';
import type { Config } from '../../../engine/config.js';
import { idOf } from '../../../engine/ids.js';
import type { Log } from '../../../engine/log.js';
import type { Hear } from '../../heard.js';
import { checkedFile } from '../shared/files.js';
import { inHand } from '../shared/in-hand.js';
import { Once } from '../shared/once.js';
import { type Answer, DeliveryError, type Feature, type Surface } from '../types.js';
import { type Identity, POST_EVENT, slackGateway } from './gateway.js';
import { Homes, ROUND_MS } from './homes.js';
import { Installs } from './installs.js';
import { sdkLogger } from './logger.js';
import { Pending } from './pending.js';
import { type Receiver, receive } from './receive.js';
import { render } from './render.js';
import { reply } from './replies.js';
import { slackRooms } from './rooms.js';
import { type Desk, makeTaker } from './taker.js';

export type { Desk } from './taker.js';

export interface SlackOptions {
  config: Config;
  answer: Answer;
  /** Takes what customers write in the threads of their lane. */
  hear?: Hear;
  /** What stands behind dialogs, pins, files, the home page and installations; without it, messages and commands only. */
  desk?: Desk;
  redis: Redis;
  prefix: string;
  log: Log;
  /** Milliseconds to wait for an answer of the Web API. */
  timeout?: number;
  /** Milliseconds between two rounds over the home pages. */
  homeEveryMs?: number;
}

export interface SlackSurface extends Surface {
  /** Where Slack has to post to; null in Socket Mode, and before the start. */
  url(): string | null;
  /** Where workspaces install the app; null unless several may. */
  installUrl(): string | null;
}

const SUPPORTS = new Set<Feature>([
  'thread',
  'edit',
  'ephemeral',
  'whisper',
  'modal',
  'upload',
  'link',
  'react',
  'person',
  'direct',
  'room',
]);
/** Slack calls emoji by names: those that the product uses. */
const EMOJI: Record<string, string> = {
  '👀': 'eyes',
  '✅': 'white_check_mark',
  '❌': 'x',
  '📌': 'pushpin',
  '⏳': 'hourglass',
};
/** A shared file carries its key where nobody sees it: its message takes no metadata. */
const fileBlock = (key: string): string => `mdr:${idOf(key)}`;
const LOOKS = 6;
const LOOK_MS = 200;
/** How far back `find` looks, in pages of 200 messages. */
const MOST_PAGES = 10;
const MOST_SELVES = 1000;
/** Time between two looks for answers that a dead process owes. */
const LOST_EVERY_MS = 30_000;

/** Slack as a surface. Bolt is loaded when it starts, or with the first post. */
export function slackSurface(options: SlackOptions): SlackSurface {
  const { config, answer, hear, desk, redis, prefix, log, timeout, homeEveryMs = ROUND_MS } = options;
  const logger = sdkLogger(log);
  const installs: Installs | null =
    desk && Installs.isConfigured(config)
      ? new Installs(config, desk.store, desk.clock, log, (channel, token) => gateway.sees(channel, token))
      : null;
  const gateway = slackGateway(config, logger, timeout, installs ? (caller) => installs.tokenFor(caller) : undefined);
  const homes = desk ? new Homes({ home: desk.home, gateway, redis, prefix, log }) : null;
  const selves = new Map<string, Identity>();
  const answers = inHand();
  const pending = new Pending(redis, prefix, log);
  let receiver: Receiver | undefined;
  let rounds: NodeJS.Timeout | undefined;
  let lostTimer: NodeJS.Timeout | undefined;

  const taker = makeTaker({
    ...{ answer, desk, gateway, homes, installs, log, pending, once: new Once(redis, prefix, log, 'slack') },
    working: (work) => answers.add(work),
  });

  const tellLost = () =>
    pending
      .tell(Date.now(), (to, card) => reply(gateway, to, card))
      .catch((error: Error) => log.warn({ error: error.message }, 'slack: lost answers could not be looked for'));

  /** Who the bot is where a channel is. */
  async function selfIn(channel: string): Promise<Identity> {
    const known = installs ? selves.get(channel) : selves.get('');
    if (known) return known;
    const self = await gateway.identity(channel);
    if (selves.size > MOST_SELVES) selves.clear();
    selves.set(installs ? channel : '', self);
    return self;
  }

  return {
    name: 'slack',
    supports: SUPPORTS,
    url: () => receiver?.url ?? null,
    installUrl: () => receiver?.installUrl ?? null,
    async post(channel, card, key, thread) {
      return { channel, message: await gateway.post(channel, render(card), thread, key) };
    },
    async edit(ref, card) {
      await gateway.update(ref.channel, ref.message, render(card));
    },
    async find(channel, key, thread) {
      const self = await selfIn(channel);
      let cursor = '';
      for (let page = 0; page < MOST_PAGES; page += 1) {
        const { messages, next } = await gateway.page(channel, thread, cursor);
        const found = messages.find(
          ({ bot_id, user, metadata, blocks }) =>
            // Metadata and blocks are for any app to write: only our own count.
            (bot_id === self.bot || user === self.user) &&
            ((metadata?.event_type === POST_EVENT && metadata.event_payload?.key === key) ||
              blocks?.[0]?.block_id === fileBlock(key)),
        );
        if (found?.ts) return { channel, message: found.ts };
        if (!next) return null;
        cursor = next;
      }
      return null;
    },
    async upload(channel, file, key, thread) {
      const checked = checkedFile(file);
      const there = await this.find(channel, key, thread);
      if (there) return there;
      const text = { type: 'plain_text', text: checked.name, emoji: false } as const;
      await gateway.share(channel, thread, checked, [{ type: 'section', block_id: fileBlock(key), text }]);
      for (let look = 1; look <= LOOKS; look += 1) {
        const found = await this.find(channel, key, thread);
        if (found) return found;
        await sleep(LOOK_MS * look);
      }
      throw new DeliveryError('unknown', 'Slack: the file was taken, but it is not to be seen yet');
    },
    link: ({ channel, message }) => gateway.permalink(channel, message),
    direct: (user) => gateway.direct(user),
    whisper: (channel, user, card, thread) => gateway.whisper(channel, user, render(card), thread),
    async react({ channel, message }, emoji) {
      const name = EMOJI[emoji];
      if (!name) throw new DeliveryError('refused', `Slack: the emoji ${emoji} has no name here`);
      await gateway.react(channel, message, name);
    },
    person: (user) => gateway.userName(user),
    room: slackRooms(gateway),
    async start() {
      receiver = await receive({ config, log, logger, taker, installs, hear });
      const failed = (error: Error) => log.warn({ error: error.message }, 'slack: home pages');
      if (homes) rounds = setInterval(() => void homes.round(homeEveryMs).catch(failed), homeEveryMs);
      lostTimer = setInterval(() => void tellLost(), LOST_EVERY_MS);
      void tellLost();
      log.info({ mode: receiver.url ?? 'Socket Mode' }, 'slack: listening');
    },
    async stop() {
      const stopping = receiver;
      receiver = undefined;
      clearInterval(rounds);
      clearInterval(lostTimer);
      await stopping?.stop();
      await answers.done();
    },
  };
}

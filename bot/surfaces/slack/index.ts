import type { Redis } from 'ioredis';
import type { Config } from '../../../engine/config.js';
import type { Log } from '../../../engine/log.js';
import type { Hear } from '../../heard.js';
import type { Answer, Surface } from '../types.js';
import { type Identity, POST_EVENT, slackGateway } from './gateway.js';
import { Homes, ROUND_MS } from './homes.js';
import { Installs } from './installs.js';
import { sdkLogger } from './logger.js';
import { Once } from './once.js';
import { type Receiver, receive } from './receive.js';
import { render } from './render.js';
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

/** How far back `find` looks, in pages of 200 messages. */
const MOST_PAGES = 10;
/** Longest wait for answers in hand when stopping. */
const FINISH_MS = 20_000;
const MOST_SELVES = 1000;

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
  const inHand = new Set<Promise<void>>();
  const selves = new Map<string, Identity>();
  let receiver: Receiver | undefined;
  let rounds: NodeJS.Timeout | undefined;

  const taker = makeTaker({
    ...{ answer, desk, gateway, homes, installs, log, once: new Once(redis, prefix, log) },
    working(work) {
      inHand.add(work);
      void work.finally(() => inHand.delete(work));
    },
  });

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
          ({ bot_id, user, metadata }) =>
            // Metadata is for any app to write: only our own counts.
            (bot_id === self.bot || user === self.user) &&
            metadata?.event_type === POST_EVENT &&
            metadata.event_payload?.key === key,
        );
        if (found?.ts) return { channel, message: found.ts };
        if (!next) return null;
        cursor = next;
      }
      return null;
    },
    async start() {
      receiver = await receive({ config, log, logger, taker, installs, hear });
      const failed = (error: Error) => log.warn({ error: error.message }, 'slack: home pages');
      if (homes) rounds = setInterval(() => void homes.round(homeEveryMs).catch(failed), homeEveryMs);
      log.info({ mode: receiver.url ?? 'Socket Mode' }, 'slack: listening');
    },
    async stop() {
      const stopping = receiver;
      receiver = undefined;
      clearInterval(rounds);
      await stopping?.stop();
      let timer: NodeJS.Timeout | undefined;
      const patience = new Promise<void>((resolve) => {
        timer = setTimeout(resolve, FINISH_MS);
      });
      await Promise.race([Promise.allSettled(inHand), patience]);
      clearTimeout(timer);
    },
  };
}

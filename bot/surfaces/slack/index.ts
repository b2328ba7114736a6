import type { Redis } from 'ioredis';
import type { Config } from '../../../engine/config.js';
import type { Log } from '../../../engine/log.js';
import type { Answer, Surface } from '../types.js';
import type { Incoming } from './asks.js';
import { type Identity, POST_EVENT, slackGateway } from './gateway.js';
import { sdkLogger } from './logger.js';
import { Once } from './once.js';
import { type Receiver, receive } from './receive.js';
import { render } from './render.js';
import { reply } from './replies.js';

export interface SlackOptions {
  config: Config;
  answer: Answer;
  redis: Redis;
  prefix: string;
  log: Log;
  /** Milliseconds to wait for an answer of the Web API. */
  timeout?: number;
}

export interface SlackSurface extends Surface {
  /** Where Slack has to post to; null in Socket Mode, and before the start. */
  url(): string | null;
}

/** How far back `find` looks, in pages of 200 messages. */
const MOST_PAGES = 10;
/** Longest wait for answers in hand when stopping. */
const FINISH_MS = 20_000;

/** Slack as a surface. Bolt is loaded when it starts, or with the first post. */
export function slackSurface({ config, answer, redis, prefix, log, timeout }: SlackOptions): SlackSurface {
  const logger = sdkLogger(log);
  const gateway = slackGateway(config, logger, timeout);
  const once = new Once(redis, prefix, log);
  const inHand = new Set<Promise<void>>();
  let receiver: Receiver | undefined;
  let self: Identity | undefined;

  async function handle({ id, ask, to }: Incoming): Promise<void> {
    try {
      const card = await once.run(id, () => answer(ask));
      if (card) await reply(gateway, to, card);
    } catch (error) {
      log.error(
        { error: (error as Error).message, user: ask.user, channel: ask.channel },
        'slack: an answer was not given',
      );
    }
  }

  return {
    name: 'slack',
    url: () => receiver?.url ?? null,
    async post(channel, card, key, thread) {
      return { channel, message: await gateway.post(channel, render(card), thread, key) };
    },
    async edit(ref, card) {
      await gateway.update(ref.channel, ref.message, render(card));
    },
    async find(channel, key, thread) {
      self ??= await gateway.identity();
      let cursor = '';
      for (let page = 0; page < MOST_PAGES; page += 1) {
        const { messages, next } = await gateway.page(channel, thread, cursor);
        const found = messages.find(
          ({ bot_id, user, metadata }) =>
            // Metadata is for any app to write: only our own counts.
            (bot_id === self?.bot || user === self?.user) &&
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
      receiver = await receive({
        config,
        log,
        logger,
        take(incoming) {
          const work = handle(incoming).finally(() => inHand.delete(work));
          inHand.add(work);
        },
      });
      log.info({ mode: receiver.url ?? 'Socket Mode' }, 'slack: listening');
    },
    async stop() {
      const stopping = receiver;
      receiver = undefined;
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

import { pino } from 'pino';
import { type SlackSurface, slackSurface } from '../../../bot/surfaces/slack/index.js';
import type { Answer, Ask } from '../../../bot/surfaces/types.js';
import type { Card } from '../../../commands/cards/card.js';
import { readConfig } from '../../../engine/config.js';
import { SlackDouble } from '../../doubles/slack.js';
import { testQueues } from '../../support/services.js';

export type Mode = 'HTTP' | 'Socket Mode';

export interface Harness {
  slack: SlackDouble;
  surface: SlackSurface;
  /** What was asked so far. */
  asks: Ask[];
  /** Decides what the next asks are answered with. */
  answerWith(answer: Answer): void;
  /** A second bot process on the same Redis. */
  another(): Promise<SlackSurface>;
  /** Make Redis unreachable for the surface. */
  loseRedis(): void;
  stop(): Promise<void>;
}

export const card = (title: string, blocks: Card['blocks'] = []): Card => ({ title, tone: 'neutral', blocks });

/** The surface, started, against a Slack of its own. @param timeout of Web API calls, ms */
export async function harness(mode: Mode, timeout = 5000): Promise<Harness> {
  const slack = await new SlackDouble().start();
  const { queues } = await testQueues();
  const asks: Ask[] = [];
  let answer: Answer = async (ask) => card(`you said: ${ask.text}`);
  const config = readConfig({
    SLACK_BOT_TOKEN: slack.botToken,
    SLACK_API_URL: slack.apiUrl,
    ...(mode === 'HTTP' ? { SLACK_SIGNING_SECRET: slack.signingSecret } : { SLACK_APP_TOKEN: slack.appToken }),
  });
  const make = () =>
    slackSurface({
      config: { ...config, SLACK_PORT: 0 },
      answer: (ask) => {
        asks.push(ask);
        return answer(ask);
      },
      redis: queues.redis,
      prefix: queues.prefix,
      log: pino({ level: process.env.MDR_LOG ?? 'silent' }),
      timeout,
    });
  const surfaces = [make()];
  const [surface] = surfaces as [SlackSurface];
  await surface.start();
  slack.appUrl = surface.url();
  return {
    slack,
    surface,
    asks,
    answerWith(next) {
      answer = next;
    },
    async another() {
      const second = make();
      surfaces.push(second);
      await second.start();
      return second;
    },
    loseRedis: () => queues.redis.disconnect(),
    async stop() {
      await Promise.all(surfaces.map((running) => running.stop()));
      await slack.stop();
      await queues.close();
    },
  };
}

/** All words of a message, in order. */
export function words(blocks: unknown): string {
  if (Array.isArray(blocks)) return blocks.map(words).join(' ');
  if (typeof blocks !== 'object' || blocks === null) return '';
  const { text, ...rest } = blocks as { text?: unknown };
  return [typeof text === 'string' ? text : words(text), ...Object.values(rest).map(words)].join(' ').trim();
}

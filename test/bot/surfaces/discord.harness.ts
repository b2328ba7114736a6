import { pino } from 'pino';
import type { Said } from '../../../bot/heard.js';
import { discordSurface } from '../../../bot/surfaces/discord/index.js';
import type { Answer, Ask, Surface } from '../../../bot/surfaces/types.js';
import { readConfig } from '../../../engine/config.js';
import { DiscordDouble } from '../../doubles/discord.js';
import { testQueues } from '../../support/services.js';
import { card } from './slack.harness.js';

export const CHANNEL = '700000000000000001';
export const ANA = '800000000000000001';
export const COMMANDS = [
  { name: 'ack', summary: 'Acknowledge an alert', usage: 'ack [n]', examples: ['ack 12', 'ack #12'] },
  { name: 'alerts', summary: 'List alerts', usage: 'alerts [state]', examples: ['alerts', 'alerts high+ mine'] },
  {
    name: 'note',
    summary: 'Write down what you found',
    usage: 'note [n] <words…>',
    examples: ['note 12 asked the owner'],
  },
];

export interface DiscordHarness {
  discord: DiscordDouble;
  surface: Surface;
  asks: Ask[];
  /** What was said, not to the bot. */
  said: Said[];
  answerWith(answer: Answer): void;
  /** A second bot process on the same Redis. */
  another(): Promise<Surface>;
  stop(): Promise<void>;
}

/** The surface, started, against a Discord of its own. @param timeout of REST calls, ms */
export async function discordHarness(timeout = 5000, env: Record<string, string> = {}): Promise<DiscordHarness> {
  const discord = await new DiscordDouble().start();
  const { queues } = await testQueues();
  const asks: Ask[] = [];
  const said: Said[] = [];
  let answer: Answer = async (ask) => card(`you said: ${ask.text}`);
  const make = () =>
    discordSurface({
      config: readConfig({ DISCORD_TOKEN: discord.token, DISCORD_API_URL: discord.apiUrl, ...env }),
      answer: (ask) => {
        asks.push(ask);
        return answer(ask);
      },
      hear: async (words) => said.push(words) > 0,
      commands: COMMANDS,
      redis: queues.redis,
      prefix: queues.prefix,
      log: pino({ level: process.env.MDR_LOG ?? 'silent' }),
      timeout,
    });
  const surfaces = [make()];
  await surfaces[0]!.start();
  return {
    discord,
    surface: surfaces[0]!,
    asks,
    said,
    answerWith(next) {
      answer = next;
    },
    async another() {
      const second = make();
      surfaces.push(second);
      await second.start();
      return second;
    },
    async stop() {
      await Promise.all(surfaces.map((running) => running.stop()));
      await discord.stop();
      await queues.close();
    },
  };
}

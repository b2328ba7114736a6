import { loadCommands } from '../commands/index.js';
import { systemClock } from '../engine/clock.js';
import type { Config } from '../engine/config.js';
import { log } from '../engine/log.js';
import { openQueues } from '../engine/queues.js';
import type { Running } from '../engine/run.js';
import { openStore } from '../engine/store/index.js';
import { makeAnswer } from './answer.js';
import { startOutbox } from './outbox.js';
import { consoleSurface } from './surfaces/console/index.js';
import type { Surface } from './surfaces/types.js';

/** The `bot` process: the surfaces that are configured, and the outbox that keeps their threads true. */
export async function runBot(config: Config): Promise<Running> {
  const store = await openStore(config.MONGODB_URI, config.MDR_DATABASE);
  const queues = openQueues(config.REDIS_URL, config.MDR_PREFIX);
  const commands = await loadCommands();
  const answer = makeAnswer({ store, queues, commands, clock: systemClock, log });
  const webConsole = consoleSurface({
    config,
    store,
    redis: queues.redis,
    prefix: config.MDR_PREFIX,
    answer,
    commands,
    log,
  });
  const surfaces: Surface[] = [webConsole];
  if (config.SLACK_BOT_TOKEN) {
    // Bolt takes long to load: only a bot with Slack pays for it.
    const { slackSurface } = await import('./surfaces/slack/index.js');
    surfaces.push(slackSurface({ config, answer, redis: queues.redis, prefix: config.MDR_PREFIX, log }));
  }
  for (const surface of surfaces) await surface.start();
  const outbox = startOutbox({ store, queues, surfaces, clock: systemClock, log });
  return {
    facts: {
      // A link that works once may stand in a log; the token of the settings may not.
      console: config.MDR_CONSOLE_TOKEN ? webConsole.address() : webConsole.signInLink(),
      surfaces: surfaces.map((surface) => surface.name).join(', '),
    },
    async stop() {
      // Deliveries in hand still need their surface.
      await outbox.stop();
      for (const surface of surfaces) await surface.stop();
      await queues.close();
      await store.close();
    },
  };
}

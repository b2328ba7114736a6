import { loadCommands } from '../commands/index.js';
import { systemClock } from '../engine/clock.js';
import type { Config } from '../engine/config.js';
import { log } from '../engine/log.js';
import { openQueues } from '../engine/queues.js';
import type { Running } from '../engine/run.js';
import { openStore } from '../engine/store/index.js';
import { contextFor, makeAnswer } from './answer.js';
import { registerRest } from './api/index.js';
import { makeHear } from './heard.js';
import { makeHome } from './home.js';
import { makeMarks } from './marks.js';
import { startOutbox } from './outbox.js';
import { makeSuggest } from './suggest.js';
import { consoleSurface } from './surfaces/console/index.js';
import type { Surface } from './surfaces/types.js';

/** The `bot` process: the surfaces that are configured, and the outbox that keeps their threads true. */
export async function runBot(config: Config): Promise<Running> {
  const store = await openStore(config.MONGODB_URI, config.MDR_DATABASE);
  const queues = openQueues(config.REDIS_URL, config.MDR_PREFIX);
  const commands = await loadCommands();
  const parts = { store, queues, commands, clock: systemClock, log };
  const answer = makeAnswer({ ...parts, learn: true });
  const hear = makeHear({ store, queues, clock: systemClock, log });
  const webConsole = consoleSurface({
    config,
    store,
    redis: queues.redis,
    prefix: config.MDR_PREFIX,
    answer,
    hear,
    contextOf: async (person, ask) => (await contextFor(parts, person, ask, ask.tenant)).context,
    commands,
    log,
    rest: (app) => registerRest(app, { store, queues, clock: systemClock, log }),
  });
  const surfaces: Surface[] = [webConsole];
  if (config.SLACK_BOT_TOKEN || config.SLACK_CLIENT_ID) {
    // Bolt takes long to load: only a bot with Slack pays for it.
    const { slackSurface } = await import('./surfaces/slack/index.js');
    const marks = makeMarks({ store, queues, clock: systemClock, mostBytes: config.MDR_EVIDENCE_MAX_BYTES });
    surfaces.push(
      slackSurface({
        ...{ config, answer, hear, log, redis: queues.redis, prefix: config.MDR_PREFIX },
        desk: { suggest: makeSuggest(store), home: makeHome(store), marks, store, clock: systemClock },
      }),
    );
  }
  if (config.DISCORD_TOKEN) {
    const { discordSurface } = await import('./surfaces/discord/index.js');
    surfaces.push(
      discordSurface({ config, answer, hear, commands, redis: queues.redis, prefix: config.MDR_PREFIX, log }),
    );
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

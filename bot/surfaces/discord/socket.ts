import type { GatewayDispatchPayload } from 'discord.js';
import type { Config } from '../../../engine/config.js';
import type { Log } from '../../../engine/log.js';
import { openRest } from './gateway.js';

/** What Discord sends, until stopped. */
export interface Socket {
  stop(): Promise<void>;
}

interface Options {
  config: Config;
  log: Log;
  /** Takes an event; must not throw. */
  take(event: GatewayDispatchPayload): void;
}

// Servers, messages in them and direct messages. What is said to the bot comes with its words without the privileged intent.
const INTENTS = (1 << 0) | (1 << 9) | (1 << 12);
/** The privileged one: Discord closes with 4014 where it is not allowed to the application. */
const MESSAGE_CONTENT = 1 << 15;
/** Discord closes for good with these: wrong token, shard, version or intents. Somebody may put it right while we run. */
const FATAL = new Set([4004, 4010, 4011, 4012, 4013, 4014]);
const FIRST_RETRY_MS = 500;
const LONGEST_RETRY_MS = 30_000;
/** How long a start waits for the first connection; after that it goes on being made in the background. */
const PATIENCE_MS = 5000;
const CLOSE_MS = 1000;

/** Listen to Discord's gateway: reconnects and resumes by itself; a first connection that fails is tried again in the background. */
export async function listen({ config, log, take }: Options): Promise<Socket> {
  const { WebSocketManager, WebSocketShardEvents } = await import('@discordjs/ws');
  type Session = Parameters<InstanceType<typeof WebSocketManager>['options']['updateSessionInfo']>[1];
  const sessions = new Map<number, Session>();
  const rest = await openRest(config);
  let stopping = false;
  let failures = 0;
  let timer: NodeJS.Timeout | undefined;

  const make = () => {
    const manager = new WebSocketManager({
      token: config.DISCORD_TOKEN ?? '',
      intents: INTENTS | (config.DISCORD_READ_REPLIES ? MESSAGE_CONTENT : 0),
      rest,
      // A shard that waits to reconnect asks this first: once stopped, it gets no answer and so connects no more.
      retrieveSessionInfo: (shard) => (stopping ? new Promise(() => {}) : (sessions.get(shard) ?? null)),
      updateSessionInfo(shard, session) {
        sessions.set(shard, session);
      },
    });
    manager.on(WebSocketShardEvents.Dispatch, ({ data }) => take(data));
    manager.on(WebSocketShardEvents.Error, ({ error }) =>
      log.warn({ error: error.message }, 'discord: the gateway connection failed'),
    );
    manager.on(WebSocketShardEvents.Closed, ({ code }) => {
      log.debug({ code }, 'discord: connection closed');
      if (FATAL.has(code)) again();
    });
    return manager;
  };
  let manager = make();

  /** Begin anew, waiting longer after each failure in a row. */
  function again(): void {
    if (stopping || timer) return;
    failures += 1;
    timer = setTimeout(
      () => {
        timer = undefined;
        sessions.clear();
        void manager.destroy();
        manager = make();
        void connect();
      },
      Math.min(FIRST_RETRY_MS * 2 ** failures, LONGEST_RETRY_MS),
    );
  }

  async function connect(): Promise<void> {
    try {
      rest.setToken(config.DISCORD_TOKEN ?? '');
      await manager.connect();
      failures = 0;
    } catch (error) {
      log.warn(
        { error: (error as Error).message, failures },
        'discord: no gateway connection; `mdr doctor` says what is wrong',
      );
      again();
    }
  }

  await within(PATIENCE_MS, connect());
  return {
    async stop() {
      stopping = true;
      clearTimeout(timer);
      await within(CLOSE_MS, Promise.resolve(manager.destroy()));
    },
  };
}

async function within(ms: number, work: Promise<void>): Promise<void> {
  let patience: NodeJS.Timeout | undefined;
  await Promise.race([
    work,
    new Promise<void>((resolve) => {
      patience = setTimeout(resolve, ms);
    }),
  ]);
  clearTimeout(patience);
}

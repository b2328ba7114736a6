import type { AddressInfo } from 'node:net';
import type { App, webApi } from '@slack/bolt';
import type { Config } from '../../../engine/config.js';
import { MdrError } from '../../../engine/errors.js';
import type { Log } from '../../../engine/log.js';
import { askOfClick, askOfCommand, askOfMessage, type Incoming } from './asks.js';
import { clientOptions } from './gateway.js';
import { SLASH_COMMAND } from './scopes.js';

/** What Slack sends, until stopped. */
export interface Receiver {
  /** Where Slack has to post to, in HTTP mode. */
  readonly url: string | null;
  stop(): Promise<void>;
}

interface Options {
  config: Config;
  log: Log;
  logger: webApi.Logger;
  /** Takes what a person asked. Called after the acknowledgement; must not throw. */
  take(incoming: Incoming): void;
}

const PING_TIMEOUT_MS = 5000;
const FIRST_RETRY_MS = 200;
const LONGEST_RETRY_MS = 30_000;
const CLOSE_MS = 1000;
const HTTP_PATH = '/slack/events';

/**
 * Listen to Slack: over Socket Mode when there is an app token, else over HTTP with signature check.
 * Every request is acknowledged before anything else happens. A first connection that fails is tried again in the background.
 * @throws MdrError MDR_CONFIG when neither way is configured
 */
export async function receive(options: Options): Promise<Receiver> {
  const { config, logger } = options;
  const bolt = await import('@slack/bolt');
  // The token is ours to check (mdr doctor): an acknowledgement must not wait for a call to Slack.
  const authorize = async () => ({ botToken: config.SLACK_BOT_TOKEN });
  const common = {
    authorize,
    logger,
    clientOptions: clientOptions(config),
    convoStore: false as const,
    ignoreSelf: false,
  };

  if (config.SLACK_APP_TOKEN) {
    const receiver = new bolt.SocketModeReceiver({
      appToken: config.SLACK_APP_TOKEN,
      clientPingTimeout: PING_TIMEOUT_MS,
      // The SDK's own reconnection leaves a rejected promise unhandled when Slack answers 5xx; ours does not.
      autoReconnectEnabled: false,
      logger,
      installerOptions: { clientOptions: clientOptions(config) },
    });
    listen(new bolt.App({ ...common, receiver }), options);
    return socketMode(receiver.client, options.log);
  }

  if (!config.SLACK_SIGNING_SECRET)
    throw new MdrError(
      'MDR_CONFIG',
      'SLACK_BOT_TOKEN is set, but neither SLACK_APP_TOKEN nor SLACK_SIGNING_SECRET is.',
      'Set SLACK_APP_TOKEN for Socket Mode, or SLACK_SIGNING_SECRET for HTTP: see README, "Connect Slack".',
    );
  const receiver = new bolt.HTTPReceiver({
    signingSecret: config.SLACK_SIGNING_SECRET,
    endpoints: [HTTP_PATH],
    logger,
  });
  listen(new bolt.App({ ...common, receiver }), options);
  const server = await receiver.start({ port: config.SLACK_PORT, host: config.SLACK_HOST });
  const { port } = server.address() as AddressInfo;
  return {
    url: `http://${config.SLACK_HOST}:${port}${HTTP_PATH}`,
    async stop() {
      // Requests in hand are acknowledged within milliseconds; whoever still holds a connection after that is no request of Slack's.
      const timer = setTimeout(() => server.closeAllConnections(), CLOSE_MS);
      await receiver.stop().finally(() => clearTimeout(timer));
    },
  };
}

function listen(app: App, { log, take }: Options): void {
  const pass = (incoming: Incoming | null, what: string) => {
    if (incoming) take(incoming);
    else log.debug({ what }, 'slack: nothing of ours');
  };
  app.command(SLASH_COMMAND, async ({ ack, body }) => {
    await ack();
    pass(askOfCommand(body), 'command');
  });
  app.action(/.*/, async ({ ack, body }) => {
    await ack();
    pass(askOfClick(body), 'click');
  });
  // Bolt acknowledges events by itself before it calls these.
  app.event('app_mention', async ({ body }) => pass(askOfMessage(body), 'mention'));
  app.message(async ({ body }) => pass(askOfMessage(body), 'message'));
  app.error(async (error) => log.error({ error: error.message }, 'slack: a request could not be taken'));
}

/** The SDK's socket client, as far as we use it. */
interface SocketClient {
  start(): Promise<unknown>;
  disconnect(): Promise<void>;
  on(event: 'disconnected', listener: () => void): unknown;
}

/** Keep one Socket Mode connection, waiting longer after each failure in a row. */
async function socketMode(client: SocketClient, log: Log): Promise<Receiver> {
  let stopping = false;
  let failures = 0;
  let timer: NodeJS.Timeout | undefined;

  async function connect(): Promise<void> {
    try {
      await client.start();
      failures = 0;
      // Stopped while the connection was being made: the client does not see that by itself.
      if (stopping) await client.disconnect();
    } catch (error) {
      failures += 1;
      log.warn(
        { error: (error as Error).message, failures },
        'slack: no Socket Mode connection; `mdr doctor` says what is wrong',
      );
      again();
    }
  }
  function again(): void {
    if (stopping || timer) return;
    const wait = Math.min(FIRST_RETRY_MS * 2 ** failures, LONGEST_RETRY_MS);
    timer = setTimeout(() => {
      timer = undefined;
      void connect();
    }, wait);
  }

  client.on('disconnected', again);
  await connect();
  return {
    url: null,
    async stop() {
      stopping = true;
      clearTimeout(timer);
      let patience: NodeJS.Timeout | undefined;
      await Promise.race([
        client.disconnect(),
        new Promise<void>((resolve) => {
          patience = setTimeout(resolve, CLOSE_MS);
        }),
      ]);
      clearTimeout(patience);
    },
  };
}

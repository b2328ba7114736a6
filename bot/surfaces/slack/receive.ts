import { randomBytes } from 'node:crypto';
import type { AddressInfo } from 'node:net';
import type { App, Receiver as BoltReceiver, HTTPReceiver, types, webApi } from '@slack/bolt';
import type { Config } from '../../../engine/config.js';
import { MdrError } from '../../../engine/errors.js';
import type { Log } from '../../../engine/log.js';
import { safe } from '../../cards/safe.js';
import type { AskPlace } from '../../gate.js';
import type { Hear } from '../../heard.js';
import type { Option } from '../../suggest.js';
import { askOfClick, askOfCommand, askOfMessage, type Incoming, teamOf } from './asks.js';
import { homeOpenedBy, type Reaction, reactionOf, type Upload, uploadOf } from './asks-marks.js';
import { askOfShortcut, askOfSubmission, askOfViewClick, searchIn } from './asks-views.js';
import { clientOptions } from './gateway.js';
import type { Installs } from './installs.js';
import { saidOfMessage } from './said.js';
import { SCOPES, SLASH_COMMAND } from './scopes.js';
import { FORM, loadingView, type Meta } from './views.js';

/** What Slack sends, until stopped. */
export interface Receiver {
  /** Where Slack has to post to, in HTTP mode. */
  readonly url: string | null;
  /** Where workspaces install the app, when several may. */
  readonly installUrl: string | null;
  stop(): Promise<void>;
}

interface Options {
  config: Config;
  log: Log;
  logger: webApi.Logger;
  taker: Taker;
  /** For several workspaces. */
  installs: Installs | null;
  /** Takes what a person wrote in a thread, not to the bot; must not throw. */
  hear?: Hear | undefined;
}

/** Takes what comes in, after its acknowledgement. None of these throws. */
export interface Taker {
  /** What a person asked. */
  take(incoming: Incoming): void;
  /** A form that was filled in; its dialog says "one moment" already. */
  submit(incoming: Incoming & { meta: Meta }): void;
  /** Options for a field that searches: the only thing that Slack waits for. */
  search(ask: AskPlace, kind: 'person' | 'alert', typed: string): Promise<Option[]>;
  react(reaction: Reaction): void;
  upload(upload: Upload): void;
  home(user: string, team: string | null): void;
  /** The app is not in this workspace any more. */
  gone(team: string): void;
}

type ModalView = types.ModalView;

const PING_TIMEOUT_MS = 5000;
const FIRST_RETRY_MS = 200;
const LONGEST_RETRY_MS = 30_000;
const CLOSE_MS = 1000;
const HTTP_PATH = '/slack/events';
const INSTALL_PATH = '/slack/install';
/** Slack shows nothing that comes after three seconds. */
const SEARCH_MS = 2500;
const MOST_OPTIONS = 100;

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
    const socket = await socketMode(receiver.client, options.log);
    if (!options.installs) return socket;
    // Nothing comes in here but installations: the secret is nobody's.
    const pages = new bolt.HTTPReceiver({
      signingSecret: randomBytes(32).toString('hex'),
      endpoints: [],
      logger,
      ...installing(options, options.installs),
    });
    const { port, stop } = await open(pages, config);
    return {
      url: null,
      installUrl: `http://${config.SLACK_HOST}:${port}${INSTALL_PATH}`,
      stop: async () => void (await Promise.all([socket.stop(), stop()])),
    };
  }

  if (!config.SLACK_SIGNING_SECRET)
    throw new MdrError(
      'MDR_CONFIG',
      'Slack is to be connected, but neither SLACK_APP_TOKEN nor SLACK_SIGNING_SECRET is.',
      'Set SLACK_APP_TOKEN for Socket Mode, or SLACK_SIGNING_SECRET for HTTP: see README, "Connect Slack".',
    );
  const receiver = new bolt.HTTPReceiver({
    signingSecret: config.SLACK_SIGNING_SECRET,
    endpoints: [HTTP_PATH],
    logger,
    ...(options.installs && installing(options, options.installs)),
  });
  // Bolt takes no `authorize` beside a receiver that installs: it is shown the receiver without that part.
  const bare: BoltReceiver = {
    init: (app) => receiver.init(app),
    start: () => receiver.start(config.SLACK_PORT),
    stop: () => receiver.stop(),
  };
  listen(new bolt.App({ ...common, receiver: bare }), options);
  const { port, stop } = await open(receiver, config);
  const base = `http://${config.SLACK_HOST}:${port}`;
  return { url: `${base}${HTTP_PATH}`, installUrl: options.installs && `${base}${INSTALL_PATH}`, stop };
}

/** What Bolt needs for workspaces to install the app: it signs the state, binds it to the browser, and checks both. */
const installing = ({ config }: Options, { installationStore }: Installs) => ({
  clientId: config.SLACK_CLIENT_ID,
  clientSecret: config.SLACK_CLIENT_SECRET,
  stateSecret: config.SLACK_STATE_SECRET,
  scopes: [...SCOPES],
  installationStore,
  installerOptions: { installPath: INSTALL_PATH, directInstall: true, clientOptions: clientOptions(config) },
});

async function open(receiver: HTTPReceiver, config: Config): Promise<{ port: number; stop(): Promise<void> }> {
  const server = await receiver.start({ port: config.SLACK_PORT, host: config.SLACK_HOST });
  return {
    port: (server.address() as AddressInfo).port,
    async stop() {
      // Requests in hand are acknowledged within milliseconds; whoever still holds a connection after that is no request of Slack's.
      const timer = setTimeout(() => server.closeAllConnections(), CLOSE_MS);
      await receiver.stop().finally(() => clearTimeout(timer));
    },
  };
}

function listen(app: App, { log, taker, hear }: Options): void {
  const pass = (incoming: Incoming | null, what: string) => {
    if (incoming) taker.take(incoming);
    else log.debug({ what }, 'slack: nothing of ours');
  };
  app.command(SLASH_COMMAND, async ({ ack, body }) => {
    await ack();
    pass(askOfCommand(body), 'command');
  });
  app.action(/.*/, async ({ ack, body }) => {
    await ack();
    pass(askOfClick(body) ?? askOfViewClick(body), 'click');
  });
  app.shortcut(/^mdr_/, async ({ ack, body }) => {
    await ack();
    pass(askOfShortcut(body), 'shortcut');
  });
  app.view(FORM, async ({ ack, body }) => {
    const incoming = askOfSubmission(body);
    if (!incoming) return ack();
    // The dialog stays open for what comes of it.
    await ack({ response_action: 'update', view: loadingView(incoming.meta) as ModalView });
    taker.submit(incoming);
  });
  app.options(/^mdr:/, async ({ ack, body }) => {
    const search = searchIn(body);
    const found = search ? await inTime(taker.search(search.ask, search.kind, search.typed)) : [];
    const options = found.slice(0, MOST_OPTIONS).map(({ value, label }) => ({
      text: { type: 'plain_text' as const, text: safe(label, 75, true) || '?', emoji: false },
      value,
    }));
    await ack({ options });
  });
  // Bolt acknowledges events by itself before it calls these.
  app.event('app_mention', async ({ body }) => pass(askOfMessage(body), 'mention'));
  app.message(async ({ body }) => {
    const upload = uploadOf(body);
    const said = saidOfMessage(body);
    if (upload) taker.upload(upload);
    if (said) await hear?.(said);
    if (!upload && !said) pass(askOfMessage(body), 'message');
  });
  const reacted = async ({ body }: { body: unknown }) => {
    const reaction = reactionOf(body);
    if (reaction) taker.react(reaction);
  };
  app.event('reaction_added', reacted);
  app.event('reaction_removed', reacted);
  app.event('app_home_opened', async ({ body }) => {
    const opened = homeOpenedBy(body);
    if (opened) taker.home(opened.user, opened.team);
  });
  const gone = async ({ body }: { body: unknown }) => {
    const team = teamOf(body);
    if (team) taker.gone(team);
  };
  app.event('app_uninstalled', gone);
  app.event('tokens_revoked', gone);
  app.error(async (error) => log.error({ error: error.message }, 'slack: a request could not be taken'));
}

/** What was found, or nothing when it takes too long. */
async function inTime(found: Promise<Option[]>): Promise<Option[]> {
  let timer: NodeJS.Timeout | undefined;
  const patience = new Promise<Option[]>((resolve) => {
    timer = setTimeout(() => resolve([]), SEARCH_MS);
  });
  return Promise.race([found, patience]).finally(() => clearTimeout(timer));
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
    installUrl: null,
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

import { once } from 'node:events';
import { type IncomingHttpHeaders, request } from 'node:http';
import { type AddressInfo, createServer } from 'node:net';
import { pino } from 'pino';
import { contextFor } from '../../../bot/answer.js';
import type { Hear } from '../../../bot/heard.js';
import { type ConsoleOptions, type ConsoleSurface, consoleSurface } from '../../../bot/surfaces/console/index.js';
import { openSessions } from '../../../bot/surfaces/console/sign-in.js';
import type { Answer, Ask } from '../../../bot/surfaces/types.js';
import type { Card } from '../../../commands/cards/card.js';
import { systemClock } from '../../../engine/clock.js';
import { readConfig } from '../../../engine/config.js';
import type { Queues } from '../../../engine/queues.js';
import type { Store } from '../../../engine/store/index.js';
import { profileSchema } from '../../../engine/store/tenants.js';
import { testQueues, testStore } from '../../support/services.js';

export const COMMANDS = [
  { name: 'ack', summary: 'Acknowledge an alert', usage: '<n>', examples: ['ack 3'] },
  { name: 'alert', summary: 'Show one alert', usage: '<n>', examples: ['alert 3'] },
  { name: 'alerts', summary: 'List alerts', usage: '[open|all]', examples: ['alerts', 'alerts open'] },
  { name: 'close', summary: 'Close an alert', usage: '<n> <reason>', examples: ['close 3 benign'] },
  { name: 'help', summary: 'What can be asked here', usage: '', examples: ['help'] },
];

/** A card with a button and a select, like an alert's. */
export function alertLike(number: number, title = `Alert ${number}`, tenant = 'acme'): Card {
  const about = { tenant, record: String(number) };
  return {
    title,
    tone: 'high',
    blocks: [
      { kind: 'text', text: ['On host ', { code: 'WS-1' }] },
      {
        kind: 'actions',
        actions: [
          { id: 'ack', label: 'Acknowledge', command: 'ack', ...about, style: 'primary' },
          {
            id: 'close',
            label: 'Close as…',
            command: 'close',
            ...about,
            choices: [{ value: 'benign', label: 'Benign' }],
          },
        ],
      },
    ],
  };
}

export interface Reply {
  status: number;
  headers: IncomingHttpHeaders;
  body: string;
  // biome-ignore lint/suspicious/noExplicitAny: a test reads whatever the server sent
  json: any;
}

export interface ConsoleHarness {
  store: Store;
  queues: Queues;
  surface: ConsoleSurface;
  asks: Ask[];
  answerWith(answer: Answer): void;
  hearWith(hear: Hear): void;
  /** Another bot process on the same store and Redis. */
  another(env?: Record<string, string>): ConsoleSurface;
  /** One HTTP request, with exactly these headers. */
  call(path: string, options?: { method?: string; headers?: Record<string, string>; body?: string }): Promise<Reply>;
  /** Signed in: with the session's cookie, and for changes with what our own page sends. */
  ask(path: string, body?: unknown): Promise<Reply>;
  cookie(): Promise<string>;
  /** Who else is signed in: the cookie of a session under this identity. */
  signedIn(identity: string): Promise<string>;
  /** The same as `ask`, as the person whose cookie it is. */
  askAs(cookie: string, path: string, body?: unknown): Promise<Reply>;
  stop(): Promise<void>;
}

/** The console, started on a free port, with tenants acme and zeta. */
export async function consoleHarness(
  env: Record<string, string> = {},
  commands: ConsoleOptions['commands'] = COMMANDS,
): Promise<ConsoleHarness> {
  const { store } = await testStore();
  const { queues } = await testQueues();
  for (const [_id, name] of [
    ['acme', 'Acme Logistics'],
    ['zeta', 'Zeta Robotics'],
  ])
    await store.tenants.create({ _id, name, profile: profileSchema.parse({}), channels: [], created: 1 });
  const asks: Ask[] = [];
  let answer: Answer = async (ask) => ({ title: `You asked: ${ask.text}`, tone: 'ok', blocks: [] });
  let hear: Hear = async () => false;
  const another = (extra: Record<string, string> = {}) =>
    consoleSurface({
      config: { ...readConfig({ ...env, ...extra }), MDR_CONSOLE_PORT: Number(extra.MDR_CONSOLE_PORT ?? 0) },
      store,
      redis: queues.redis,
      prefix: queues.prefix,
      answer: (ask) => {
        asks.push(ask);
        return answer(ask);
      },
      hear: (said) => hear(said),
      contextOf: async (person, ask) => {
        const parts = { store, queues, commands: [], clock: systemClock };
        return (await contextFor(parts, person, ask, ask.tenant)).context;
      },
      commands,
      log: pino({ level: process.env.MDR_LOG ?? 'silent' }),
      heartbeatMs: 100,
    });
  const surface = another();
  await surface.start();
  let signedIn: string | null = null;

  const call: ConsoleHarness['call'] = (path, { method = 'GET', headers = {}, body } = {}) =>
    new Promise((resolve, reject) => {
      const sent = request(new URL(path, surface.address()), { method, headers }, (response) => {
        let text = '';
        response.setEncoding('utf8');
        response.on('data', (chunk) => {
          text += chunk;
        });
        response.on('end', () => {
          const isJson = response.headers['content-type']?.includes('json');
          const json = isJson && text ? JSON.parse(text) : null;
          resolve({ status: response.statusCode ?? 0, headers: response.headers, body: text, json });
        });
      });
      sent.on('error', reject);
      sent.end(body);
    });

  async function cookie(): Promise<string> {
    if (signedIn === null) {
      const { headers } = await call(surface.signInLink());
      signedIn = headers['set-cookie']?.[0]?.split(';')[0] ?? '';
    }
    return signedIn;
  }

  const askAs: ConsoleHarness['askAs'] = (cookie, path, body) => {
    if (body === undefined) return call(path, { headers: { cookie } });
    const own = { cookie, origin: surface.address(), 'x-mdr-console': '1', 'content-type': 'application/json' };
    return call(path, { method: 'POST', headers: own, body: JSON.stringify(body) });
  };

  return {
    store,
    queues,
    surface,
    asks,
    answerWith(next) {
      answer = next;
    },
    hearWith(next) {
      hear = next;
    },
    another,
    call,
    cookie,
    signedIn: async (identity) => `mdr_console_0=${await openSessions(queues.redis, queues.prefix).begin(identity)}`,
    askAs,
    ask: async (path, body) => askAs(await cookie(), path, body),
    async stop() {
      await surface.stop();
      await queues.close();
      await store.close();
    },
  };
}

/** A port that was free a moment ago. */
export async function freePort(): Promise<number> {
  const server = createServer().listen(0, '127.0.0.1');
  await once(server, 'listening');
  const { port } = server.address() as AddressInfo;
  server.close();
  return port;
}

let keys = 0;
export const newKey = () => (++keys).toString(16).padStart(32, '0');

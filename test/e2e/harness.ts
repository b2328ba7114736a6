import { setTimeout as sleep } from 'node:timers/promises';
import { createToken } from '../../engine/ingest/tokens.js';
import type { Queues } from '../../engine/queues.js';
import type { Store } from '../../engine/store/index.js';
import { profileSchema } from '../../engine/store/tenants.js';
import { SlackDouble } from '../doubles/slack.js';
import { type Part, startPart } from '../support/parts.js';
import { testEnv } from '../support/services.js';

export const TENANT = 'acme';
export const CHANNEL = 'C0ALERTS';
export const ANALYST = 'U0ANA';

/** The three real processes around real stores, with the Slack double as Slack. */
export interface Road {
  store: Store;
  queues: Queues;
  slack: SlackDouble;
  token: string;
  parts: Record<'engine' | 'worker' | 'bot', Part>;
  env: Record<string, string>;
  restart(name: 'engine' | 'worker' | 'bot'): Promise<void>;
  send(lines: string, source?: string, query?: string): Promise<{ status: number; body: Record<string, unknown> }>;
  stop(): Promise<void>;
}

/** @param more settings of all three; without them no hunting models run, which would find things in tests of other parts */
export async function openRoad({ rules = '', more = {} as Record<string, string> } = {}): Promise<Road> {
  const { store, queues, env: own } = await testEnv();
  await store.tenants.create({
    _id: TENANT,
    name: 'Acme',
    profile: profileSchema.parse({}),
    channels: [{ surface: 'slack', channel: CHANNEL, lane: 'provider' }],
    created: Date.now(),
  });
  await store.people.create({
    _id: 'ana',
    name: 'Ana',
    side: 'provider',
    identities: [`slack:${ANALYST}`],
    grants: [{ tenant: TENANT, role: 'analyst' }],
  });
  const token = await createToken(store, { tenant: TENANT, source: '*' });
  const slack = await new SlackDouble().start();
  const env: Record<string, string> = {
    ...own,
    MDR_RULES: rules,
    MDR_MODELS: 'false',
    SLACK_API_URL: slack.apiUrl,
    SLACK_BOT_TOKEN: slack.botToken,
    SLACK_APP_TOKEN: slack.appToken,
    SLACK_SIGNING_SECRET: slack.signingSecret,
    ...more,
  };
  const [engine, worker, bot] = await Promise.all([
    startPart('engine', env),
    startPart('worker', env),
    startPart('bot', env),
  ]);
  const parts = { engine, worker, bot };
  return {
    store,
    queues,
    slack,
    token,
    parts,
    env,
    async restart(name) {
      parts[name] = await startPart(name, env);
    },
    async send(lines, source = 'test', query = '') {
      const response = await fetch(`${parts.engine.facts.engine}/v1/events/${source}${query}`, {
        method: 'POST',
        headers: {
          authorization: `Bearer ${token}`,
          'content-type': lines.startsWith('{') ? 'application/x-ndjson' : 'text/plain',
        },
        body: lines,
      });
      return { status: response.status, body: (await response.json()) as Record<string, unknown> };
    },
    async stop() {
      for (const part of Object.values(parts)) await part.stop();
      await slack.stop();
    },
  };
}

/** Wait for a condition. @throws Error saying what was waited for */
export async function until<T>(
  what: string,
  check: () => Promise<T | null | undefined | false>,
  ms = 60_000,
): Promise<T> {
  const limit = Date.now() + ms;
  while (true) {
    const value = await check();
    if (value) return value;
    if (Date.now() > limit) throw new Error(`waited ${ms} ms for: ${what}`);
    await sleep(50);
  }
}

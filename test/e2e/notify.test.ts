import { setTimeout as sleep } from 'node:timers/promises';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { policySchema } from '../../engine/notify/policy.js';
import { openSecrets } from '../../engine/notify/secrets.js';
import type { Store } from '../../engine/store/index.js';
import { acknowledge } from '../../engine/triage/work.js';
import { addPerson, addTenant, alertRecord } from '../commands/world.js';
import { PagerDouble } from '../doubles/pagerduty.js';
import { SlackDouble } from '../doubles/slack.js';
import { type Part, startPart } from '../support/parts.js';
import { testEnv } from '../support/services.js';
import { until } from './harness.js';

const KEY = 'a key of at least thirty-two characters';
const ALERTS = 24;
const SOC = 'C0SOC';
let store: Store;
let env: Record<string, string>;
let pager: PagerDouble;
let slack: SlackDouble;
const parts: Part[] = [];

beforeAll(async () => {
  const services = await testEnv();
  store = services.store;
  [pager, slack] = await Promise.all([new PagerDouble().start(), new SlackDouble().start()]);
  slack.workspace.addChannel(SOC);
  env = {
    ...services.env,
    MDR_SECRET_KEY: KEY,
    MDR_NOTIFY_ALLOW: pager.host,
    SLACK_API_URL: slack.apiUrl,
    SLACK_BOT_TOKEN: slack.botToken,
    SLACK_APP_TOKEN: slack.appToken,
  };
  const acme = await addTenant(store, 'acme', 'Acme', [{ surface: 'slack', channel: SOC, lane: 'provider' }]);
  await addPerson(store, 'ana', 'Ana', [{ tenant: 'acme', role: 'analyst' }]);
  await store.people.updateOne({ _id: 'ana' }, { $set: { identities: ['slack:U0ANA'] } });
  const secrets = openSecrets(KEY);
  await secrets.keep(acme, 'pd', pager.routingKey, Date.now);
  await secrets.keep(acme, 'hook', pager.hookSecret, Date.now);
  const policy = policySchema.parse({
    rules: [
      {
        levels: ['informational', 'low', 'medium', 'high', 'critical'],
        send: 'at once',
        to: [`slack:${SOC}`],
        escalate: 'soc',
      },
    ],
    chains: { soc: { steps: [{ after: 0, people: ['ana'], page: ['main', 'hook'] }] } },
    ways: {
      main: { kind: 'pagerduty', url: `http://${pager.host}/v2/enqueue`, secret: 'pd' },
      hook: { kind: 'webhook', url: `http://${pager.host}/hook`, secret: 'hook' },
    },
  });
  await store.tenants.updateOne({ _id: 'acme' }, { $set: { notify: { policy, changed: 1, by: 'test' } } });
}, 60_000);
afterAll(async () => {
  for (const part of parts) await part.stop();
  await Promise.all([pager.stop(), slack.stop()]);
}, 60_000);

const start = async (name: 'engine' | 'bot') => {
  const part = await startPart(name, env);
  parts.push(part);
  return part;
};

describe('kill -9 while people are called', () => {
  it('calls for every alert, once, and pages under one key', { timeout: 120_000 }, async () => {
    const acme = await store.forTenant('acme');
    let [engine, bot] = await Promise.all([start('engine'), start('bot')]);
    for (let number = 1; number <= ALERTS; number++) {
      const now = Date.now();
      await acme.alerts.insert(
        alertRecord(number, { entity: { kind: 'host', value: `h${number}` }, created: now, updated: now }),
      );
      if (number % 8 !== 0) continue;
      await sleep(number * 10);
      await Promise.all([engine.kill(), bot.kill()]);
      [engine, bot] = await Promise.all([start('engine'), start('bot')]);
    }
    await until('every alert paged', async () => pager.incidents.size === ALERTS, 60_000);
    await until('every webhook sent', async () => new Set(pager.hooks.map(({ id }) => id)).size === ALERTS, 60_000);
    const messages = () => slack.workspace.channels.get(SOC)!.messages;
    const calls = () => messages().filter((message) => JSON.stringify(message.blocks).includes('"user_id":"U0ANA"'));
    // The bot looks for what it was not told every half minute.
    await until('every call in Slack', async () => calls().length >= ALERTS, 60_000);

    await acknowledge(acme, 1, { id: 'ana', name: 'Ana' }, Date.now);
    await until('the acknowledgement at PagerDuty', async () =>
      [...pager.incidents.values()].some(({ state }) => state === 'acknowledged'),
    );
    const keys = messages().map(({ metadata }) => metadata?.event_payload.key);
    expect(new Set(keys).size).toBe(keys.length);
    expect(calls()).toHaveLength(ALERTS);
    for (let number = 1; number <= ALERTS; number++) {
      const { log } = (await acme.alerts.findOne({ number }))!;
      expect(log.filter(({ kind }) => kind === 'escalated')).toHaveLength(1);
    }
    expect(pager.incidents.size).toBe(ALERTS);
    // Nobody is told of a trouble that was none.
    expect(await acme.dispatches.count({ state: { $in: ['due', 'failed', 'dropped'] } })).toBe(0);
  });
});

import { pino } from 'pino';
import { makeAnswer } from '../../../bot/answer.js';
import { makeHome } from '../../../bot/home.js';
import { makeMarks } from '../../../bot/marks.js';
import { makeSuggest } from '../../../bot/suggest.js';
import { type SlackSurface, slackSurface } from '../../../bot/surfaces/slack/index.js';
import { loadCommands } from '../../../commands/index.js';
import { readConfig } from '../../../engine/config.js';
import type { Queues } from '../../../engine/queues.js';
import type { Store, TenantStore } from '../../../engine/store/index.js';
import { startTriage } from '../../../engine/triage/stage.js';
import { addPerson, addTenant, alertRecord, NOW } from '../../commands/world.js';
import type { SlackMessage } from '../../doubles/slack/workspace.js';
import { SlackDouble } from '../../doubles/slack.js';
import { testQueues, testStore } from '../../support/services.js';
import type { Mode } from './slack.harness.js';

export const PROVIDER = 'C0PROV';
export const CUSTOMER = 'C0CUST';
export const MOST_BYTES = 10_000;

export interface World {
  slack: SlackDouble;
  surface: SlackSurface;
  store: Store;
  queues: Queues;
  acme: TenantStore;
  /** First message of an alert's thread in a channel. */
  thread(number: number, channel: string): Promise<SlackMessage>;
  stop(): Promise<void>;
}

/**
 * Two tenants with people, and the surface with everything behind it, on a Slack of its own. U0ANA is an analyst of acme, U0VIC a viewer,
 * U0CUS a responder on the customer's side, U0ZED has tenant zeta only, U0SOC has both.
 */
export async function slackWorld(mode: Mode, settings: Record<string, string> = {}, bot = true): Promise<World> {
  const slack = await new SlackDouble().start();
  const { store } = await testStore();
  const { queues } = await testQueues();
  const acme = await addTenant(store, 'acme', 'Acme', [
    { surface: 'slack', channel: PROVIDER, lane: 'provider' },
    { surface: 'slack', channel: CUSTOMER, lane: 'customer' },
  ]);
  const zeta = await addTenant(store, 'zeta', 'Zeta', [{ surface: 'slack', channel: 'C0ZETA', lane: 'provider' }]);
  const people = [
    ['ana', 'Ana Silva', [{ tenant: 'acme', role: 'analyst' }], 'provider'],
    ['vic', 'Vic Viewer', [{ tenant: 'acme', role: 'viewer' }], 'provider'],
    ['cus', 'Cus Tomer', [{ tenant: 'acme', role: 'responder' }], 'customer'],
    ['zed', 'Zed Zeta', [{ tenant: 'zeta', role: 'admin' }], 'provider'],
    ['soc', 'Soc Both', [{ tenant: '*', role: 'analyst' }], 'provider'],
  ] as const;
  for (const [id, name, grants, side] of people) {
    await addPerson(store, id, name, [...grants], side);
    const user = `U0${id.toUpperCase()}`;
    await store.people.updateOne({ _id: id }, { $set: { identities: [`slack:${user}`] } });
    slack.workspace.addUser(user, `${id}-in-slack`);
  }
  for (const id of [PROVIDER, CUSTOMER, 'C0ZETA']) slack.workspace.addChannel(id);
  for (const number of [1, 2, 3])
    await acme.alerts.insert(
      alertRecord(number, {
        title: `acme thing ${number}`,
        ...(number > 1 && { state: 'acknowledged', published: { at: NOW, by: { id: 'ana', name: 'Ana Silva' } } }),
      }),
    );
  await zeta.alerts.insert(alertRecord(9, { title: 'SECRET of zeta' }));
  const log = pino({ level: process.env.MDR_LOG ?? 'silent' });
  const config = readConfig({
    ...(bot && { SLACK_BOT_TOKEN: slack.botToken }),
    SLACK_API_URL: slack.apiUrl,
    ...(mode === 'HTTP' ? { SLACK_SIGNING_SECRET: slack.signingSecret } : { SLACK_APP_TOKEN: slack.appToken }),
    ...settings,
  });
  const clock = () => NOW;
  const surface = slackSurface({
    ...{ config: { ...config, SLACK_PORT: 0 }, log, redis: queues.redis, prefix: queues.prefix, timeout: 2000 },
    answer: makeAnswer({ store, queues, commands: await loadCommands(), clock, log }),
    desk: {
      ...{ suggest: makeSuggest(store), home: makeHome(store), store, clock: () => Date.now() },
      marks: makeMarks({ store, queues, clock, mostBytes: MOST_BYTES }),
    },
    homeEveryMs: 300,
  });
  await surface.start();
  slack.appUrl = surface.url();
  startTriage({ store, queues, clock });
  return {
    ...{ slack, surface, store, queues, acme },
    async thread(number, channel) {
      const key = `acme:slack:${channel}:alert:${number}:root`;
      const { message } = await surface.post(
        channel,
        { title: `Alert ${number}`, tone: 'high', blocks: [] },
        key,
        null,
      );
      await acme.posts.insert({
        ...{
          _id: key,
          surface: 'slack',
          channel,
          thread: null,
          message,
          digest: 'd',
          state: 'sent',
          revision: 1,
          updated: NOW,
        },
      });
      return slack.workspace.message(channel, message)!;
    },
    async stop() {
      await surface.stop();
      await slack.stop();
    },
  };
}

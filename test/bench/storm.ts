import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { pino } from 'pino';
import { startServices } from '../../bin/services.mjs';
import { startOutbox } from '../../bot/outbox.js';
import { slackSurface } from '../../bot/surfaces/slack/index.js';
import { systemClock } from '../../engine/clock.js';
import { readConfig } from '../../engine/config.js';
import { openQueues } from '../../engine/queues.js';
import { projectRoot } from '../../engine/root.js';
import { openStore } from '../../engine/store/index.js';
import { addTenant, alertRecord } from '../commands/world.js';
import { SlackDouble } from '../doubles/slack.js';
import { figure, type Measurement } from '../support/figures.js';

/** Unless `--data <number>` says otherwise. */
const ALERTS = 10_000;
const CRITICAL_EVERY = 100;
const CHANNEL = 'C0ALERTS';
const LIMIT_MS = 900_000;

const storm: Measurement = {
  name: 'storm',
  summary: '10,000 alerts at once, through the outbox into a Slack: messages, calls, order, time',
  async run({ data }, progress) {
    const alerts = Number(data ?? ALERTS);
    const folder = await mkdtemp(join(tmpdir(), 'mdr-bench-'));
    const cacheDir = join(projectRoot, '.data/cache');
    const env = { ...process.env, MONGODB_URI: undefined, REDIS_URL: undefined };
    const services = await startServices({ dataDir: folder, cacheDir, say: progress, env });
    const slack = await new SlackDouble().start();
    const store = await openStore(services.mongodbUri, 'mdr');
    const queues = openQueues(services.redisUrl, '{mdr}');
    const log = pino({ level: 'silent' });
    const config = readConfig({ SLACK_BOT_TOKEN: slack.botToken, SLACK_API_URL: slack.apiUrl });
    const answer = async () => ({ title: '', tone: 'neutral' as const, blocks: [] });
    const surface = slackSurface({ config, answer, redis: queues.redis, prefix: queues.prefix, log });
    let outbox: ReturnType<typeof startOutbox> | undefined;
    try {
      const tenant = await addTenant(store, 'bench', 'Bench', [
        { surface: 'slack', channel: CHANNEL, lane: 'provider' },
      ]);
      const numbers = Array.from({ length: alerts }, (_, i) => i + 1);
      const isCritical = (number: number) => number % CRITICAL_EVERY === 0;
      for (let at = 0; at < alerts; at += 1000)
        await tenant.alerts.insertNew(
          numbers.slice(at, at + 1000).map((number) => {
            const level = isCritical(number) ? ('critical' as const) : ('low' as const);
            const entity = { kind: 'host' as const, value: `ws${number % 200}` };
            return alertRecord(number, { level, score: isCritical(number) ? 90 : 20, entity, updated: Date.now() });
          }),
        );
      progress(`${alerts} alerts …`);
      const started = performance.now();
      outbox = startOutbox({ store, queues, surfaces: [surface], clock: systemClock, log });
      for (let at = 0; at < alerts; at += 1000)
        await queues.addBulk(
          'changes',
          numbers.slice(at, at + 1000).map((number) => ({ data: { tenant: 'bench', kind: 'alert' as const, number } })),
        );
      const critical = numbers.filter(isCritical).length;
      const held = alerts - critical - 120;
      const titleOf = (message: { blocks: unknown }) => JSON.stringify(message.blocks);
      const roots = () => slack.workspace.roots(CHANNEL);
      const cards = () => roots().filter((message) => titleOf(message).includes('Storm '));
      const isDone = () => cards().some((card) => titleOf(card).includes(`${held.toLocaleString('en-US')} alerts`));
      let gravestMs = Number.NaN;
      while (!isDone()) {
        if (performance.now() - started > LIMIT_MS) throw new Error('the storm was not counted in time');
        if (
          Number.isNaN(gravestMs) &&
          roots().filter((message) => titleOf(message).includes('Critical')).length >= critical
        )
          gravestMs = performance.now() - started;
        await sleep(100);
      }
      const took = (performance.now() - started) / 1000;
      // The threads that were let through may still be under way.
      while (roots().length < 120 + critical + 1) await sleep(100);
      await sleep(3000);
      const messages = slack.workspace.channels.get(CHANNEL)!.messages;
      const keys = new Set(messages.map(({ metadata }) => metadata?.event_payload.key));
      const inOrder = roots().every((root) => {
        const replies = slack.workspace.replies(CHANNEL, root.ts);
        return replies.every((reply, i) => i === 0 || reply.ts > replies[i - 1]!.ts);
      });
      const calls = (method: string) => slack.calls.filter((call) => call.method === method).length;
      return {
        name: 'storm',
        method: `${alerts} alerts of one tenant told at once under the default policy (120 threads in 10 minutes, critical always), one bot, ${services.kinds.mongo} and ${services.kinds.redis}, a double of Slack; until the storm's message counts all of them.`,
        figures: [
          figure('until the storm counts all', took, 's'),
          figure('alerts judged', Math.round(alerts / took), 'alerts/s'),
          figure('storm messages', cards().length, '', '= 1'),
          figure('its edits', cards()[0]?.before.length ?? 0, ''),
          figure(
            'critical alerts with a thread',
            roots().filter((root) => titleOf(root).includes('Critical')).length,
            '',
            `= ${critical}`,
          ),
          figure('threads in all', roots().length, '', `= ${120 + critical + 1}`),
          figure('messages posted twice', messages.length - keys.size, '', '= 0'),
          figure('threads in order', inOrder ? 1 : 0, '', '= 1'),
          figure('chat.postMessage', calls('chat.postMessage'), 'calls'),
          figure('chat.update', calls('chat.update'), 'calls'),
          figure('all critical ones posted within', gravestMs / 1000, 's'),
        ],
      };
    } finally {
      await outbox?.stop();
      await queues.close();
      await store.close();
      await slack.stop();
      await services.stop();
      await rm(folder, { recursive: true, force: true });
    }
  },
};
export default storm;

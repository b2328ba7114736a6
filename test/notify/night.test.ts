import { setTimeout as sleep } from 'node:timers/promises';
import { DateTime } from 'luxon';
import { afterEach, describe, expect, it } from 'vitest';
import { type Outbox, startOutbox } from '../../bot/outbox.js';
import { slackSurface } from '../../bot/surfaces/slack/index.js';
import { readConfig } from '../../engine/config.js';
import type { Level } from '../../engine/detect/types.js';
import { log } from '../../engine/log.js';
import type { Notify } from '../../engine/notify/index.js';
import { policyOf } from '../../engine/notify/policy.js';
import { simulate } from '../../engine/notify/simulate.js';
import { openQueues, type Queues } from '../../engine/queues.js';
import { acknowledge, close } from '../../engine/triage/work.js';
import type { SlackMessage } from '../doubles/slack/workspace.js';
import { SlackDouble } from '../doubles/slack.js';
import { HOUR, MINUTE, openWorld, type World, ways } from './world.js';

const ZONE = 'Europe/Copenhagen';
const SOC = 'C0SOC';
const silent = log.child({}, { level: 'silent' });
const by = (id: string, name: string) => ({ id, name });

/** What the night is to bring, by the wall clock of Copenhagen. */
const POLICY = (world: World) => ({
  zone: ZONE,
  rules: [
    { levels: ['critical', 'high'], send: 'at once', to: [`slack:${SOC}`], escalate: 'wake' },
    { levels: ['medium'], send: 'at once', to: [`slack:${SOC}`], quiet: [{ from: '22:00', to: '07:00' }] },
    { levels: ['low', 'informational'], send: 'digest', to: [`slack:${SOC}`], digest: ['07:00'] },
  ],
  chains: {
    wake: {
      steps: [
        { after: 5, people: ['ana'] },
        { after: 15, people: ['bo'] },
        { after: 25, page: ['main', 'hook'] },
      ],
    },
  },
  ways: ways(world.pager),
  repeats: { hours: 12, into: 'thread', upTo: 'high' },
  storm: { posts: 6, minutes: 30 },
});

interface Story {
  at: string;
  do: (world: World) => Promise<unknown>;
}
const open =
  (number: number, level: Level, more = {}) =>
  (world: World) =>
    world.open(number, level, more);
const like = {
  entity: { kind: 'host' as const, value: 'SRV-FILE' },
  title: 'Shadow copies deleted on SRV-FILE',
  rules: [],
};

/** The same story every night, whatever the clocks do: times are those of the wall clock, and none of them falls into the change. */
const STORY: Story[] = [
  { at: '18:00', do: open(1, 'high') },
  { at: '18:05', do: async (w) => acknowledge(await w.tenant(), 1, by('ana', 'Ana Silva'), w.clock) },
  { at: '19:00', do: open(2, 'medium') },
  { at: '20:00', do: open(3, 'low') },
  { at: '21:00', do: open(4, 'high', like) },
  { at: '21:10', do: async (w) => acknowledge(await w.tenant(), 4, by('bo', 'Bo Anders'), w.clock) },
  { at: '22:30', do: open(5, 'medium') },
  { at: '23:00', do: open(6, 'critical') },
  { at: '23:30', do: async (w) => acknowledge(await w.tenant(), 6, by('bo', 'Bo Anders'), w.clock) },
  { at: '23:45', do: open(7, 'informational') },
  { at: '00:30', do: open(8, 'high', like) },
  { at: '01:00', do: async (w) => close(await w.tenant(), 3, by('ana', 'Ana Silva'), w.clock, 'benign') },
  { at: '01:30', do: async (w) => close(await w.tenant(), 6, by('bo', 'Bo Anders'), w.clock, 'true_positive') },
  {
    at: '04:00',
    do: async (w) => {
      for (let number = 20; number < 30; number++) await w.open(number, 'high');
    },
  },
  {
    at: '04:05',
    do: async (w) => {
      for (let number = 20; number < 30; number++)
        await acknowledge(await w.tenant(), number, by('ana', 'Ana Silva'), w.clock);
    },
  },
  { at: '06:00', do: open(9, 'low') },
  { at: '07:30', do: open(10, 'medium') },
];

interface Seen {
  at: string;
  what: string;
}

let toStop: (() => Promise<unknown>)[] = [];
afterEach(async () => {
  for (const stop of toStop.reverse()) await stop();
  toStop = [];
});

const words = (message: SlackMessage): string => JSON.stringify(message.blocks);
const titleOf = (message: SlackMessage): string =>
  (message.blocks[0] as { text?: { text?: string } }).text?.text ?? message.text;

/** @param evening the date on which the night begins; @param restarts wall-clock times at which everything of ours is started anew */
async function night(evening: string, restarts: string[]): Promise<{ seen: Seen[]; world: World; slack: SlackDouble }> {
  const wall = (day: string, time: string) => {
    const date = DateTime.fromISO(`${day}T${time}`, { zone: ZONE });
    return (time < '12:00' ? date.plus({ days: 1 }).set({ hour: date.hour, minute: date.minute }) : date).toMillis();
  };
  const world = await openWorld(wall(evening, '17:55'));
  toStop.push(() => world.pager.stop());
  await world.setPolicy(POLICY(world));
  const slack = await new SlackDouble().start();
  toStop.push(() => slack.stop());
  slack.workspace.addChannel(SOC, { name: 'soc' });
  for (const id of ['ana', 'bo'])
    await world.store.people.updateOne({ _id: id }, { $set: { identities: [`slack:U0${id.toUpperCase()}`] } });

  let queues: Queues;
  let outbox: Outbox;
  let engines: Notify[];
  const startAll = async () => {
    queues = openQueues(redisUrl(world), world.queues.prefix);
    const config = readConfig({ SLACK_BOT_TOKEN: slack.botToken, SLACK_API_URL: slack.apiUrl });
    const answer = async () => ({ title: '', tone: 'neutral' as const, blocks: [] });
    const surface = slackSurface({ config, answer, redis: queues.redis, prefix: queues.prefix, log: silent });
    outbox = startOutbox({
      store: world.store,
      queues,
      surfaces: [surface],
      clock: world.clock,
      log: silent,
      debounceMs: 0,
      sweepMs: HOUR,
    });
    engines = [world.engine({ queues }), world.engine({ queues })];
  };
  const stopAll = async () => {
    await Promise.all(engines.map((engine) => engine.stop()));
    await outbox.stop();
    await queues.close();
  };
  await startAll();
  toStop.push(() => stopAll());

  const idle = async () => {
    for (let calm = 0; calm < 2; ) {
      const counts = await Promise.all(
        (['changes', 'outbox', 'dispatches'] as const).map((name) =>
          queues.queue(name).getJobCounts('waiting', 'active', 'delayed', 'prioritized'),
        ),
      );
      calm = counts.every((of) => Object.values(of).every((count) => count === 0)) ? calm + 1 : 0;
      if (calm < 2) await sleep(15);
    }
  };

  const seen: Seen[] = [];
  const known = { messages: new Set<string>(), events: 0, hooks: 0 };
  const note = (what: string) =>
    seen.push({ at: DateTime.fromMillis(world.now, { zone: ZONE }).toFormat('HH:mm'), what });
  const look = () => {
    for (const message of slack.workspace.channels.get(SOC)!.messages) {
      if (known.messages.has(message.ts)) continue;
      known.messages.add(message.ts);
      const kind = message.thread_ts ? 'reply' : 'post';
      const calls = [...words(message).matchAll(/"user_id":"(\w+)"/g)].map((match) => ` -> ${match[1]}`).join('');
      const root = message.thread_ts
        ? ` on ${/Alert \d+/.exec(titleOf(slack.workspace.message(SOC, message.thread_ts)!))?.[0]}`
        : '';
      note(`${kind}: ${titleOf(message)}${root}${calls}`);
    }
    for (const event of world.pager.events.slice(known.events))
      note(`pagerduty: ${event.event_action} ${event.dedup_key}`);
    for (const hook of world.pager.hooks.slice(known.hooks)) note(`webhook: ${hook.body.type}`);
    known.events = world.pager.events.length;
    known.hooks = world.pager.hooks.length;
  };

  const todo = STORY.map((each) => ({ ...each, ms: wall(evening, each.at) }));
  const starts = restarts.map((time) => wall(evening, time));
  const end = wall(evening, '08:00');
  for (world.now = wall(evening, '17:55'); world.now <= end; world.now += 5 * MINUTE) {
    for (const each of todo.filter(({ ms }) => ms === world.now)) {
      await each.do(world);
      const tenant = await world.tenant();
      const changed = await tenant.alerts.find({ updated: world.now });
      // As triage and commands do; but some are never told, as if whoever wrote them had died.
      for (const { number } of changed)
        if (number % 3 !== 0) await queues!.add('changes', { tenant: 'acme', kind: 'alert', number });
    }
    if (starts.includes(world.now)) {
      await stopAll();
      await startAll();
    }
    await idle();
    await Promise.all(engines!.map((engine) => engine.tick()));
    await outbox!.sweep();
    await idle();
    look();
  }
  return { seen, world, slack };
}

const redisUrl = (world: World): string => {
  const { host, port } = world.queues.redis.options as { host: string; port: number };
  return `redis://${host}:${port}`;
};

const high = (number: number) => `🟠 Alert ${number} · High · Something high on host-${number}`;

/** What was seen where and when, all of it: whatever is not here must not come, and nothing may come twice. */
const EXPECTED = [
  `18:00 post: ${high(1)}`,
  '18:00 reply: Opened on Alert 1',
  '18:05 reply: Acknowledged by Ana Silva on Alert 1',
  '19:00 post: 🟡 Alert 2 · Medium · Something medium on host-2',
  '19:00 reply: Opened on Alert 2',
  '21:00 post: 🟠 Alert 4 · High · Shadow copies deleted on SRV-FILE',
  '21:00 reply: Opened on Alert 4',
  '21:05 reply: 🟠 Nobody has acknowledged it yet on Alert 4 -> U0ANA',
  '21:10 reply: Acknowledged by Bo Anders on Alert 4',
  '23:00 post: 🔴 Alert 6 · Critical · Something critical on host-6',
  '23:00 reply: Opened on Alert 6',
  '23:05 reply: 🟠 Nobody has acknowledged it yet on Alert 6 -> U0ANA',
  '23:15 reply: 🟠 Nobody has acknowledged it yet on Alert 6 -> U0BO',
  '23:25 pagerduty: trigger mdr/acme/alert/6',
  '23:25 reply: 🟠 Nobody has acknowledged it yet on Alert 6',
  '23:25 webhook: alert.escalated',
  '23:30 pagerduty: acknowledge mdr/acme/alert/6',
  '23:30 reply: Acknowledged by Bo Anders on Alert 6',
  '23:30 webhook: alert.acknowledged',
  '00:30 reply: It happened again on Alert 4',
  '01:30 pagerduty: resolve mdr/acme/alert/6',
  '01:30 reply: 🟢 Closed by Bo Anders on Alert 6',
  '01:30 webhook: alert.closed',
  // Ten alerts at once where six may be posted: which six depends on who was first.
  ...Array<string>(6).fill('04:00 post: 🟠 Alert 2x · High · Something high on host-2x'),
  '04:00 post: 🟠 Storm n of Acme (acme): 4 alerts',
  ...Array<string>(6).fill('04:00 reply: Opened on Alert 2x'),
  ...Array<string>(6).fill('04:05 reply: Acknowledged by Ana Silva on Alert 2x'),
  '07:00 post: 🟡 Digest of Acme (acme): 3 open alerts',
  '07:30 post: 🟡 Alert 10 · Medium · Something medium on host-10',
  '07:30 reply: Opened on Alert 10',
];

/** In the order of time; within one look at the world, in alphabetical order. */
function listed(seen: readonly Seen[]): string[] {
  const lines = seen.map(({ at, what }) => {
    const any = at.startsWith('04:0')
      ? what.replace(/(Alert |host-)2\d/g, '$12x').replace(/Storm \d+/, 'Storm n')
      : what;
    return { key: at < '12:00' ? `1${at}` : `0${at}`, line: `${at} ${any}` };
  });
  return lines
    .sort((a, b) => (a.key === b.key ? (a.line < b.line ? -1 : 1) : a.key < b.key ? -1 : 1))
    .map(({ line }) => line);
}

describe('a night under the policy of a customer', { timeout: 240_000 }, () => {
  it.each([
    ['in winter, with everything started anew three times', '2026-11-24', ['21:05', '01:15', '04:30'], 14],
    ['in which the clocks go forward', '2026-03-28', ['05:00'], 13],
    ['in which the clocks go back', '2026-10-24', ['23:25'], 15],
  ])('%s', async (_name, evening, restarts, hours) => {
    const { seen, world, slack } = await night(evening, restarts);
    expect(listed(seen)).toEqual(EXPECTED);
    expect((world.now - 5 * MINUTE - DateTime.fromISO(`${evening}T18:00`, { zone: ZONE }).toMillis()) / HOUR).toBe(
      hours,
    );

    const messages = slack.workspace.channels.get(SOC)!.messages;
    const keys = messages.map(({ metadata }) => metadata?.event_payload.key);
    expect(new Set(keys).size).toBe(keys.length);
    const digest = words(messages.find((message) => titleOf(message).includes('3 open'))!);
    for (const part of ['1 medium, 1 low, 1 informational', '1 alert was closed meanwhile', '/mdr alert 5'])
      expect(digest).toContain(part);
    const storm = messages.find((message) => titleOf(message).includes('Storm'))!;
    expect(titleOf(storm)).toContain('is over: 4 alerts');
    expect(words(storm)).toContain('4 alerts held back here from');
    expect([...world.pager.incidents.values()]).toMatchObject([{ state: 'resolved', triggers: 1 }]);

    // What the preview foretells of these alerts is what came.
    const tenant = await world.tenant();
    const told = simulate(policyOf(tenant.tenant), tenant.tenant, await tenant.alerts.find(), world.now);
    const at = (ms: number) => DateTime.fromMillis(ms, { zone: ZONE }).toFormat('HH:mm');
    expect(told.filter(({ kind }) => kind !== 'post').map((one) => `${at(one.at)} ${one.kind}: ${one.to}`)).toEqual([
      '21:05 call: ana',
      '23:05 call: ana',
      '23:15 call: bo',
      '23:25 page: main',
      '23:25 page: hook',
      '00:30 reply: slack:C0SOC',
      '04:00 storm: slack:C0SOC',
      '07:00 digest: slack:C0SOC',
    ]);
    expect(told.filter(({ kind }) => kind === 'post').map((one) => at(one.at))).toEqual(
      EXPECTED.filter((line) => / post: .* Alert /.test(line)).map((line) => line.slice(0, 5)),
    );
  });
});

import { pino } from 'pino';
import { afterEach, describe, expect, it, vi } from 'vitest';
import { type Outbox, startOutbox } from '../../bot/outbox.js';
import { slackSurface } from '../../bot/surfaces/slack/index.js';
import { DeliveryError } from '../../bot/surfaces/types.js';
import status from '../../commands/status.js';
import type { Context } from '../../commands/types.js';
import { systemClock } from '../../engine/clock.js';
import { readConfig } from '../../engine/config.js';
import { lateness } from '../../engine/lateness.js';
import { acknowledge, close, note } from '../../engine/triage/work.js';
import { addTenant, alertRecord } from '../commands/world.js';
import type { Fault } from '../doubles/slack/faults.js';
import { SlackDouble } from '../doubles/slack.js';
import { startPart } from '../support/parts.js';
import { testEnv } from '../support/services.js';
import { FakeSurface } from './fakesurface.js';
import { words } from './surfaces/slack.harness.js';

const log = pino({ level: 'silent' });
const ana = { id: 'ana', name: 'Ana' };
const ALERTS = 6;
const NUMBERS = Array.from({ length: ALERTS }, (_, i) => i + 1);
const toStop: (() => Promise<unknown>)[] = [];
afterEach(async () => {
  for (const stop of toStop.splice(0).reverse()) await stop();
});

async function world(more: Partial<Parameters<typeof startOutbox>[0]> = {}) {
  const [{ store, queues, env }, slack] = await Promise.all([testEnv(), new SlackDouble().start()]);
  toStop.push(() => slack.stop());
  slack.workspace.addChannel('C0SECOND');
  const tenant = await addTenant(store, 'acme', 'Acme', [
    { surface: 'slack', channel: 'C0ALERTS', lane: 'provider' },
    { surface: 'slack', channel: 'C0SECOND', lane: 'provider' },
  ]);
  const config = readConfig({ SLACK_BOT_TOKEN: slack.botToken, SLACK_API_URL: slack.apiUrl });
  const answer = async () => ({ title: '', tone: 'neutral' as const, blocks: [] });
  const surface = slackSurface({ config, answer, redis: queues.redis, prefix: queues.prefix, log, timeout: 700 });
  const start = (): Outbox => {
    const outbox = startOutbox({
      store,
      queues,
      surfaces: [surface],
      clock: systemClock,
      log,
      debounceMs: 50,
      sweepMs: 1000,
      ...more,
    });
    toStop.push(() => outbox.stop());
    return outbox;
  };
  const tell = (number: number) => queues.add('changes', { tenant: 'acme', kind: 'alert', number });
  const open = (number: number) => tenant.alerts.insert(alertRecord(number, { updated: Date.now() }));
  /** What happens to an alert: three entries after `opened`. */
  const live = async (number: number) => {
    await acknowledge(tenant, number, ana, systemClock);
    await tell(number);
    await note(tenant, number, ana, systemClock, `looked at ${number}`);
    await tell(number);
    await close(tenant, number, ana, systemClock, 'benign');
    await tell(number);
  };
  /** Until nothing is missing; then nothing may be there twice, and every thread has to be in order. */
  const whole = async (channel = 'C0ALERTS', timeout = 30_000) => {
    const threadOf = (number: number) => {
      const root = slack.workspace.roots(channel).find(({ blocks }) => words(blocks).includes(`Alert ${number} ·`));
      return root ? [root, ...slack.workspace.replies(channel, root.ts)] : [];
    };
    await vi.waitFor(
      () => {
        for (const number of NUMBERS) {
          const thread = threadOf(number).map(({ blocks }) => words(blocks));
          expect(thread).toHaveLength(5);
          expect(thread[0]).toContain('Closed as benign');
          ['Opened', 'Acknowledged by', 'Note by', 'Closed by'].forEach((title, i) => {
            expect(thread[i + 1]).toContain(title);
          });
        }
      },
      { timeout, interval: 100 },
    );
    const keys = slack.workspace.channels.get(channel)!.messages.map(({ metadata }) => metadata?.event_payload.key);
    expect(new Set(keys).size).toBe(keys.length);
    expect(keys).toHaveLength(5 * ALERTS);
  };
  return { store, queues, env, slack, tenant, surface, start, tell, open, live, whole };
}

describe('the outbox against a Slack that fails', { timeout: 120_000 }, () => {
  it.each<[string, string, Fault, number]>([
    ['a storm of 429', 'chat.postMessage', { kind: 'rate-limited', retryAfter: 1 }, 8],
    ['429 on edits', 'chat.update', { kind: 'rate-limited', retryAfter: 1 }, 3],
    ['5xx, stored or not', 'chat.postMessage', { kind: 'status', status: 503 }, 3],
    ['5xx after it was stored', 'chat.postMessage', { kind: 'status', status: 500, stored: true }, 4],
    ['a time-out after it was stored', 'chat.postMessage', { kind: 'time-out', stored: true }, 3],
    ['a connection that breaks after it was stored', 'chat.postMessage', { kind: 'reset', stored: true }, 4],
  ])('after %s nothing is missing, nothing twice, order kept', async (_name, method, fault, times) => {
    const { slack, start, open, live, tell, whole } = await world();
    slack.fault(method, fault, times);
    start();
    await Promise.all(NUMBERS.map(open));
    await Promise.all(NUMBERS.map(tell));
    await Promise.all(NUMBERS.map(live));
    await whole();
    await whole('C0SECOND');
  });

  it('jobs in any order, and more of them than changes, give the same threads', async () => {
    const { queues, start, open, live, whole } = await world();
    await Promise.all(NUMBERS.map(open));
    for (const number of NUMBERS) await live(number);
    const jobs = NUMBERS.flatMap((number) =>
      ['C0SECOND', 'C0ALERTS'].map((channel) => ({
        tenant: 'acme',
        surface: 'slack',
        channel,
        kind: 'alert' as const,
        number,
      })),
    );
    // Straight to the channels, backwards, twice, before anything was judged.
    await queues.addBulk(
      'outbox',
      [...jobs.toReversed(), ...jobs].map((data) => ({ data })),
    );
    start();
    await whole();
    await whole('C0SECOND');
  });

  it('a channel that was archived, or a thread that was deleted, holds up no other, and nothing more is posted there', async () => {
    const { slack, tenant, start, open, live, tell, whole } = await world();
    slack.workspace.channels.get('C0SECOND')!.archived = true;
    start();
    await Promise.all(NUMBERS.map(open));
    await Promise.all(NUMBERS.map(tell));
    await Promise.all(NUMBERS.map(live));
    await whole();
    expect(slack.workspace.channels.get('C0SECOND')!.messages).toEqual([]);
    await vi.waitFor(
      async () => expect(await tenant.posts.count({ state: 'gone', channel: 'C0SECOND' })).toBe(ALERTS),
      { timeout: 30_000 },
    );
    const channel = slack.workspace.channels.get('C0ALERTS')!;
    channel.messages.splice(0);
    await note(tenant, 1, ana, systemClock, 'one more');
    await tell(1);
    await vi.waitFor(
      async () => expect(await tenant.posts.count({ _id: /C0ALERTS:alert:1:root$/, state: 'gone' })).toBe(1),
      {
        timeout: 30_000,
      },
    );
    expect(channel.messages).toEqual([]);
  });

  it('killed in the middle, started again: nothing missing, nothing twice, order kept', async () => {
    const { slack, env, open, live, tell, whole } = await world();
    const settings = {
      ...env,
      SLACK_BOT_TOKEN: slack.botToken,
      SLACK_SIGNING_SECRET: slack.signingSecret,
      SLACK_PORT: '0',
      SLACK_API_URL: slack.apiUrl,
    };
    // Some were stored when it dies waiting for the answer.
    slack.fault('chat.postMessage', { kind: 'slow', ms: 400 }, 20);
    let bot = await startPart('bot', settings);
    await Promise.all(NUMBERS.map(open));
    await Promise.all(NUMBERS.map(tell));
    const working = Promise.all(NUMBERS.map(live));
    for (let deaths = 0; deaths < 2; deaths++) {
      const before = slack.calls.length;
      await slack.until(() => slack.calls.length > before + 2, 20_000);
      await bot.kill();
      bot = await startPart('bot', settings);
    }
    toStop.push(() => bot.stop());
    await working;
    await whole('C0ALERTS', 45_000);
    await whole('C0SECOND', 45_000);
  }, 150_000);
});

describe('what is late', { timeout: 90_000 }, () => {
  it('is noted while a rate limit holds a channel, shown by status, told in the console, and over when it is delivered', async () => {
    let now = Date.now();
    const { slack, store, queues, tenant, surface, open, tell } = await world();
    const webConsole = new FakeSurface('console');
    slack.fault('chat.postMessage', { kind: 'rate-limited', retryAfter: 3 }, 2);
    const outbox = startOutbox({
      store,
      queues,
      surfaces: [surface, webConsole],
      clock: () => now,
      log,
      debounceMs: 0,
      sweepMs: 300,
    });
    toStop.push(() => outbox.stop());
    await open(1);
    await tell(1);
    const late = lateness(queues.redis, queues.prefix);
    await vi.waitFor(async () => expect(await late.read('acme', now)).toHaveLength(2), { timeout: 30_000 });
    // Some four minutes go by for whoever looks at the clock.
    now = Date.now() + 4 * 60_000;
    const context = { tenant, queues, internal: false, clock: () => now } as unknown as Context;
    expect(JSON.stringify(await status.run(context, []))).toMatch(
      /Posting to slack is 4 min behind: rate limit; 2 messages waiting/,
    );
    const notice = () => webConsole.messages.find(({ key }) => key.includes(':late:slack:'));
    await vi.waitFor(() => expect(notice()?.card.title).toMatch(/^Posting to slack is [45] min behind: rate limit/), {
      timeout: 30_000,
    });
    await vi.waitFor(() => expect(notice()?.card.title).toBe('Posting to slack has caught up'), { timeout: 30_000 });
    expect(await late.read('acme', now)).toEqual([]);
    expect(slack.workspace.roots('C0ALERTS')).toHaveLength(1);
  });

  it('does not hold up another channel: one that hangs takes only its own places', async () => {
    const { store, queues, open, tell } = await world();
    const many = Array.from({ length: 20 }, (_, i) => i + 1);
    let mostHanging = 0;
    let hanging = 0;
    class Half extends FakeSurface {
      override async post(...args: Parameters<FakeSurface['post']>) {
        if (args[0] !== 'C0SECOND') return super.post(...args);
        hanging += 1;
        mostHanging = Math.max(mostHanging, hanging);
        await new Promise((resolve) => setTimeout(resolve, 6000));
        hanging -= 1;
        throw new DeliveryError('unavailable', 'no answer');
      }
    }
    const half = new Half('slack');
    const outbox = startOutbox({ store, queues, surfaces: [half], clock: systemClock, log, debounceMs: 0 });
    toStop.push(() => outbox.stop());
    await Promise.all(many.map(open));
    await Promise.all(many.map(tell));
    await vi.waitFor(() => expect(half.messages.filter(({ thread }) => thread === null)).toHaveLength(many.length), {
      timeout: 30_000,
    });
    expect(mostHanging).toBeGreaterThan(0);
    expect(mostHanging).toBeLessThanOrEqual(4);
  });
});

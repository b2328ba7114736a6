import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest';
import { makeAnswer } from '../../bot/answer.js';
import { renderText } from '../../bot/cards/text.js';
import { makeHear, type Said } from '../../bot/heard.js';
import { type Outbox, startOutbox } from '../../bot/outbox.js';
import { type Action, type Card, plain } from '../../commands/cards/card.js';
import { customerCard, withoutActions } from '../../commands/cards/customer.js';
import { loadCommands } from '../../commands/index.js';
import { systemClock } from '../../engine/clock.js';
import { log } from '../../engine/log.js';
import { policySchema } from '../../engine/notify/policy.js';
import { savePolicy } from '../../engine/notify/save.js';
import type { Queues } from '../../engine/queues.js';
import type { Store, TenantStore } from '../../engine/store/index.js';
import { addPerson, addTenant, alertRecord, NOW } from '../commands/world.js';
import { testQueues, testStore } from '../support/services.js';
import { FakeSurface } from './fakesurface.js';

let store: Store;
let queues: Queues;
let acme: TenantStore;
let slack: FakeSurface;
let outbox: Outbox;
let say: (text: string, user?: string, channel?: string) => Promise<Card>;
let hear: (said: Partial<Said>) => Promise<boolean>;

beforeEach(async () => {
  ({ store } = await testStore());
  ({ queues } = await testQueues());
  acme = await addTenant(store, 'acme', 'Acme', [
    { surface: 'slack', channel: 'C1', lane: 'provider' },
    { surface: 'slack', channel: 'C9', lane: 'customer' },
    // Bound both ways: the customer reads it.
    { surface: 'slack', channel: 'CBOTH', lane: 'provider' },
    { surface: 'slack', channel: 'CBOTH', lane: 'customer' },
  ]);
  await addTenant(store, 'zeta', 'Zeta');
  await addPerson(store, 'ana', 'Ana Silva', [{ tenant: 'acme', role: 'analyst' }]);
  await addPerson(store, 'cus', 'Cus Tomer', [{ tenant: 'acme', role: 'admin' }], 'customer');
  await addPerson(store, 'zed', 'Zed Zeta', [{ tenant: 'zeta', role: 'admin' }], 'customer');
  await acme.alerts.insert(alertRecord(1, { updated: Date.now() }));
  slack = new FakeSurface('slack');
  outbox = startOutbox({ store, queues, surfaces: [slack], clock: systemClock, log, debounceMs: 50 });
  const answer = makeAnswer({ store, queues, commands: await loadCommands(), clock: systemClock, log });
  say = (text, user = 'ana', channel = 'C1') =>
    answer({ surface: 'slack', user: `U${user}`, channel, thread: null, text, tenant: null });
  const take = makeHear({ store, queues, clock: systemClock, log });
  hear = (said) =>
    take({ surface: 'slack', user: 'Ucus', channel: 'C9', thread: null, message: '1.1', text: 'hello', ...said });
});
afterEach(() => outbox.stop());

const actions = (card: Card): Action[] =>
  card.blocks.flatMap((block) => (block.kind === 'actions' ? block.actions : []));
const press = (card: Card) => {
  const button = actions(card).find(({ id }) => id === 'confirm')!;
  return say(`${button.command} ${button.record}`);
};
const text = (card: Card) => renderText(card, { width: 200 });
/** Until everything that was enqueued is shown. */
const settled = () =>
  vi.waitFor(
    async () => {
      for (const name of ['changes', 'outbox'] as const)
        expect(await queues.queue(name).getJobCountByTypes('waiting', 'active', 'delayed')).toBe(0);
      expect(await outbox.sweep()).toBe(0);
    },
    { timeout: 30_000, interval: 50 },
  );
const customers = () => slack.messages.filter(({ channel }) => channel !== 'C1');

describe('publish', () => {
  it('shows nothing to the customer before it, whatever happens to the alert', async () => {
    for (const line of ['ack 1', 'note 1 internal words', 'assign 1 me', 'close 1 benign', 'reopen 1']) await say(line);
    await settled();
    expect(slack.thread('C1').length).toBeGreaterThan(4);
    expect(customers()).toEqual([]);
    expect(text(await say('alerts', 'cus', 'C9'))).not.toContain('LSASS');
    expect(text(await say('alert 1', 'cus', 'C9'))).toContain('MDR_ALERT_UNKNOWN');
  });

  it('refuses what nobody has triaged, and whoever is not of the provider', async () => {
    expect(text(await say('publish 1'))).toContain('MDR_ALERT_STATE');
    await say('ack 1');
    expect(text(await say('publish 1', 'cus'))).toContain('MDR_FORBIDDEN');
    expect(text(await say('publish 1', 'ana', 'C9'))).toContain('MDR_FORBIDDEN');
    expect(text(await say('unpublish 1'))).toContain('MDR_ALERT_STATE');
  });

  it('previews the very card that the customer then gets, and posts nothing before the button', async () => {
    await say('ack 1');
    await say('note 1 internal words');
    const preview = await say('publish 1');
    await settled();
    expect(customers()).toEqual([]);
    // There is one thing to press on it.
    expect(actions(preview).map(({ id }) => id)).toEqual(['confirm']);
    expect((await press(preview)).tone).toBe('ok');
    await settled();
    const shown = customers();
    expect(shown.map(({ channel }) => channel).sort()).toEqual(['C9', 'CBOTH']);
    for (const { card } of shown) {
      expect(card).toEqual(customerCard((await acme.alerts.findOne({ number: 1 }))!, acme.tenant));
      expect(text(preview)).toContain(plain(card.title));
      for (const block of withoutActions(card.blocks)) expect(preview.blocks).toContainEqual(block);
    }
    const alert = (await acme.alerts.findOne({ number: 1 }))!;
    expect(alert.published).toMatchObject({ by: { id: 'ana' }, at: expect.any(Number) });
    expect(slack.thread('C1')).toContain('Published to the customer by Ana Silva');
    expect(text(await say('alert 1', 'cus', 'C9'))).not.toContain('internal words');
    expect(text(await press(preview))).toContain('done already');
  });

  it('shows the preview anew when the alert changed meanwhile, and publishes only what was looked at', async () => {
    await say('ack 1');
    const old = await say('publish 1');
    await acme.alerts.update({ number: 1 }, { $set: { title: 'Worse than that' }, $inc: { revision: 1 } });
    const anew = await press(old);
    expect(text(anew)).toContain('the alert has changed');
    expect(text(anew)).toContain('Worse than that');
    expect((await acme.alerts.findOne({ number: 1 }))!.published).toBeUndefined();
    await press(anew);
    await settled();
    expect(plain(customers()[0]!.card.title)).toContain('Worse than that');
  });

  it.each([
    'publish 1:0123456789abcdef0123456789abcdef',
    'publish 1:x',
    'publish 1 now',
    'publish 2:0123456789abcdef0123456789abcdef',
  ])('publishes nothing by a made-up confirmation: %s', async (line) => {
    await say('ack 1');
    await say(line);
    await settled();
    expect((await acme.alerts.findOne({ number: 1 }))!.published).toBeUndefined();
    expect(customers()).toEqual([]);
  });

  it("follows the alert in the customer's thread from then on, without notes; unpublish says so there and ends it", async () => {
    await say('ack 1');
    await press(await say('publish 1'));
    await settled();
    await say('note 1 internal words');
    await say('assign 1 me');
    await settled();
    expect(slack.thread('C9').slice(1)).toEqual(['Assigned by Ana Silva']);
    await say('unpublish 1');
    await settled();
    const before = JSON.stringify(customers());
    expect(slack.thread('C9').at(-1)).toBe('No further updates here');
    await say('close 1 true_positive it was real');
    await settled();
    expect(JSON.stringify(customers())).toBe(before);
    expect(text(await say('alert 1', 'cus', 'C9'))).toContain('MDR_ALERT_UNKNOWN');
    // Again: what happened in between is not told afterwards.
    await press(await say('publish 1'));
    await say('reopen 1');
    await settled();
    expect(slack.thread('C9').slice(1)).toEqual([
      'Assigned by Ana Silva',
      'No further updates here',
      'Reopened by Ana Silva',
    ]);
    expect(JSON.stringify(customers())).not.toContain('internal words');
  });

  it('goes its own way, whatever the notification policy says of the provider’s channels', async () => {
    const rules = [{ levels: ['informational', 'low', 'medium', 'high', 'critical'], send: 'never' }];
    await savePolicy(acme, policySchema.parse({ rules }), 'test', systemClock);
    await say('ack 1');
    await press(await say('publish 1'));
    await settled();
    expect(new Set(slack.messages.map(({ channel }) => channel))).toEqual(new Set(['C9', 'CBOTH']));
  });
});

describe("what is said in the customer's lane", () => {
  const published = async () => {
    await say('ack 1');
    await press(await say('publish 1'));
    await settled();
    return slack.messages.find(({ channel, thread }) => channel === 'C9' && thread === null)!.id;
  };

  it("reaches the provider's thread once, marked as the customer's, and does not come back to them", async () => {
    const thread = await published();
    const before = customers().length;
    expect(await hear({ thread, text: 'We switched it off.' })).toBe(true);
    expect(await hear({ thread, text: 'We switched it off.' })).toBe(true);
    await settled();
    expect(slack.thread('C1').filter((title) => title === 'Customer: Cus Tomer wrote')).toHaveLength(1);
    expect(JSON.stringify(slack.messages.filter(({ channel }) => channel === 'C1'))).toContain('We switched it off.');
    expect(customers()).toHaveLength(before);
  });

  it('names whoever is not registered, or is of another tenant, by the chat identity alone', async () => {
    const thread = await published();
    await hear({ thread, user: 'Uwho', message: '2' });
    await hear({ thread, user: 'Uzed', message: '3' });
    await settled();
    const titles = slack.thread('C1').join('\n');
    expect(titles).toContain('somebody not registered (slack:Uwho)');
    expect(titles).toContain('somebody not registered (slack:Uzed)');
    expect(titles).not.toContain('Zed');
  });

  it("is not taken from the provider's people, from other channels and threads, or without words", async () => {
    const thread = await published();
    expect(await hear({ thread, user: 'Uana' })).toBe(false);
    expect(await hear({ thread, text: '  ' })).toBe(false);
    expect(await hear({ thread: null })).toBe(false);
    expect(await hear({ thread: 'another' })).toBe(false);
    expect(await hear({ thread, channel: 'C1' })).toBe(false);
    expect(await hear({ thread, channel: 'CNOBODY' })).toBe(false);
  });

  it('cannot fill the log of an alert', async () => {
    const thread = await published();
    const entry = { at: NOW, actor: 'cus', actorName: 'Cus', kind: 'replied' as const, text: 'x' };
    const log = Array.from({ length: 200 }, (_, i) => ({ ...entry, id: `r${i}` }));
    await acme.alerts.update({ number: 1 }, { $push: { log: { $each: log } } });
    expect(await hear({ thread })).toBe(false);
    expect(await hear({ thread, message: '9', text: 'x'.repeat(9000) })).toBe(false);
  });
});

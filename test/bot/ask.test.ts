import { pino } from 'pino';
import { afterEach, describe, expect, it, vi } from 'vitest';
import { makeAnswer } from '../../bot/answer.js';
import { type Outbox, startOutbox } from '../../bot/outbox.js';
import type { Surface } from '../../bot/surfaces/types.js';
import { loadCommands } from '../../commands/index.js';
import type { Queues } from '../../engine/queues.js';
import type { Store } from '../../engine/store/index.js';
import { addPerson, addTenant, alertRecord, NOW } from '../commands/world.js';
import { testQueues, testStore } from '../support/services.js';
import { consoleHarness, newKey } from './surfaces/console.harness.js';
import { discordHarness } from './surfaces/discord.harness.js';
import { words } from './surfaces/slack.harness.js';
import { PROVIDER, slackWorld } from './surfaces/slack.world.js';

const log = pino({ level: 'silent' });
const clock = () => NOW;
const QUESTION = 'Did you sign in to dc01 at 02:13 from 203.0.113.5? <!channel> @everyone *x*';
const closing: (() => Promise<unknown>)[] = [];
afterEach(async () => {
  for (const close of closing.splice(0).reverse()) await close();
});

function outboxOf(store: Store, queues: Queues, surface: Surface): Outbox {
  const outbox = startOutbox({ store, queues, surfaces: [surface], clock, log, debounceMs: 0 });
  closing.push(() => outbox.stop());
  return outbox;
}
const codeIn = (text: string): string => /shown only here and now: \D*(\d{6})/.exec(text)?.[1] ?? 'none';

describe('a question in Slack', () => {
  it('is seen exactly before it is sent, reaches its person alone, and is answered with buttons and a code', {
    timeout: 60_000,
  }, async () => {
    const world = await slackWorld('HTTP');
    closing.push(world.stop);
    const { slack, acme, store, queues, surface } = world;
    outboxOf(store, queues, surface);
    const said = () => words(slack.ephemerals.at(-1)?.blocks);
    const next = async (work: () => Promise<unknown>) => {
      const before = slack.ephemerals.length;
      await work();
      await slack.until(() => slack.ephemerals.length > before);
      return said();
    };
    // Alert 1 is not published: first what they would read.
    const preview = await next(() => slack.slash(`ask 1 cus ${QUESTION}`, { channel: PROVIDER }));
    expect(preview).toContain('Not sent: alert 1 is not published');
    expect(preview).toContain('Did you sign in to dc01 at 02:13 from 203.0.113.5?');
    expect(await acme.dispatches.count()).toBe(0);
    const sent = await next(() => slack.slash('ask Q1 send', { channel: PROVIDER }));
    const code = codeIn(sent);
    expect(code).toMatch(/^\d{6}$/);
    const direct = 'D0CUS';
    const message = await slack.until(() => slack.workspace.channels.get(direct)?.messages[0]);
    const shown = words(message.blocks);
    expect(shown).toContain('Did you sign in to dc01');
    // Nothing of the alert, its rules, its score, and no code.
    expect(shown).not.toMatch(/acme thing|LSASS|crown|score|Alert 1/i);
    expect(JSON.stringify(message)).not.toContain(code);
    expect(message.text).not.toContain('<!channel>');
    for (const { messages } of slack.workspace.channels.values())
      for (const each of messages)
        if (each.channel !== direct) expect(words(each.blocks)).not.toContain('dc01 at 02:13');
    // A button carries a record and a tenant, nothing else.
    const values = JSON.stringify(message.blocks).match(/"value":"(.*?[^\\])"/g) ?? [];
    expect(values.map((value) => JSON.parse(JSON.parse(value.slice('"value":'.length))))).toEqual(
      ['yes', 'no', 'unsure'].map((choice) => ({ tenant: 'acme', record: 'Q1', choice })),
    );
    const press = (user: string, choice = 'yes') => next(() => slack.click(message, `mdr:answer:${choice}`, { user }));
    // Neither a colleague of the analyst nor somebody of another tenant.
    expect(await press('U0VIC')).toContain('MDR_QUESTION_UNKNOWN');
    expect(await press('U0ZED')).toContain('MDR_FORBIDDEN');
    expect((await acme.questions.findOne({ number: 1 }))!.answer).toBeNull();
    expect(await press('U0CUS', 'no')).toContain('It is not confirmed yet');
    expect(await press('U0CUS', 'no')).toContain('you said that already');
    expect(await press('U0CUS', 'yes')).toContain('MDR_QUESTION_STATE');
    // The code, in a dialog.
    await slack.click(
      slack.ephemerals.findLast(({ blocks }) => words(blocks).includes('Enter the code'))! as never,
      'mdr:form:code',
      {
        user: 'U0CUS',
      },
    );
    const view = await slack.until(() => [...slack.workspace.views.keys()].at(-1));
    await slack.until(() => JSON.stringify(slack.workspace.views.get(view)).includes('Was this you?'));
    await slack.submit(view, { question: '', said: 'no', code }, { user: 'U0CUS' });
    await vi.waitFor(
      async () =>
        expect(await acme.questions.findOne({ number: 1 })).toMatchObject({
          recorded: true,
          answer: { said: 'no', confirmed: true, identity: 'slack:U0CUS' },
        }),
      10_000,
    );
    const alert = (await acme.alerts.findOne({ number: 1 }))!;
    expect(alert.reasons.at(-1)).toMatchObject({ points: 25 });
    expect(alert.log.filter(({ kind }) => kind === 'answered')).toHaveLength(2);
  });
});

describe('a question in Discord', () => {
  it('is a direct message with three buttons, sent once whatever goes wrong; of those who take none the alert tells', {
    timeout: 60_000,
  }, async () => {
    const at = await discordHarness();
    closing.push(at.stop);
    const { discord, surface } = at;
    const { store } = await testStore();
    const { queues } = await testQueues();
    const CARLA = '800000000000000077';
    discord.workspace.users.set(CARLA, { id: CARLA, username: 'carla' } as never);
    const acme = await addTenant(store, 'acme', 'Acme', [{ surface: 'discord', channel: '7001', lane: 'provider' }]);
    await addPerson(store, 'carla', 'Carla', [{ tenant: 'acme', role: 'viewer' }], 'customer');
    await addPerson(store, 'lost', 'Lost Person', [{ tenant: 'acme', role: 'viewer' }], 'customer');
    await addPerson(store, 'ana', 'Ana', [{ tenant: 'acme', role: 'analyst' }]);
    await store.people.updateOne({ _id: 'carla' }, { $set: { identities: [`discord:${CARLA}`] } });
    await store.people.updateOne({ _id: 'lost' }, { $set: { identities: ['discord:800000000000000404'] } });
    await acme.alerts.insert(
      alertRecord(12, { state: 'acknowledged', published: { at: NOW, by: { id: 'ana', name: 'Ana' } } }),
    );
    const answer = makeAnswer({ store, queues, commands: await loadCommands(), clock, log });
    at.answerWith(answer);
    discord.fault('POST /channels/:channel/messages', { kind: 'reset', stored: true });
    const outbox = outboxOf(store, queues, surface);
    const byAna = { surface: 'terminal', user: 'ana', channel: 't', thread: null, direct: true, tenant: 'acme' };
    const sent = JSON.stringify(await answer({ ...byAna, text: `ask 12 carla ${QUESTION}` }));
    const code = /"code":"(\d{6})"/.exec(sent)?.[1] ?? '';
    const channel = `6${CARLA.slice(1)}`;
    await discord.until(() => (discord.workspace.channels.get(channel)?.messages.length ?? 0) > 0);
    // Its answer was lost on the way: the next attempt finds it.
    await vi.waitFor(async () => {
      await outbox.sweep();
      expect(await acme.dispatches.findOne({})).toMatchObject({ state: 'sent' });
    }, 30_000);
    const messages = discord.workspace.channels.get(channel)!.messages;
    expect(messages).toHaveLength(1);
    expect(JSON.stringify(messages[0])).not.toContain(code);
    const before = discord.workspace.ephemerals.length;
    await discord.click(messages[0]!, 'mdr|answer|acme|Q1|no', { user: CARLA, channel });
    await discord.until(() => discord.workspace.ephemerals.length > before);
    expect((await acme.questions.findOne({ number: 1 }))?.answer).toMatchObject({ said: 'no', confirmed: false });
    const told = await answer({
      ...{ surface: 'discord', user: CARLA, channel, thread: null, direct: true, tenant: null },
      text: `answer no ${code}`,
    });
    expect(told.title).toBe('Q1: your answer is noted: no');
    expect((await acme.questions.findOne({ number: 1 }))?.answer).toMatchObject({ said: 'no', confirmed: true });
    // Nobody of that id.
    await answer({ ...byAna, text: 'ask 12 lost was this you?' });
    await vi.waitFor(
      async () => expect((await acme.dispatches.find({ state: 'failed' }))[0]?.error).toMatch(/unknown user/i),
      10_000,
    );
  });
});

describe('a question in the console', () => {
  it('shows the code to whoever asks, once, and keeps it nowhere; its person finds it there and answers', async () => {
    const at = await consoleHarness({}, await loadCommands());
    closing.push(() => at.stop());
    const { store, queues } = at;
    at.answerWith(makeAnswer({ store, queues, commands: await loadCommands(), clock, log }));
    await addPerson(store, 'ana', 'Ana', [{ tenant: 'acme', role: 'analyst' }]);
    await addPerson(store, 'carla', 'Carla', [{ tenant: 'acme', role: 'viewer' }], 'customer');
    await store.people.updateOne({ _id: 'carla' }, { $set: { identities: ['console:carla'] } });
    const ana = await at.signedIn('console:ana');
    const carla = await at.signedIn('console:carla');
    const acme = await store.forTenant('acme');
    await acme.alerts.insert(
      alertRecord(12, { state: 'acknowledged', published: { at: NOW, by: { id: 'ana', name: 'Ana' } } }),
    );
    const typed = { text: '/mdr ask 12 carla was this you?', key: newKey() };
    const { json } = await at.askAs(ana, '/api/channels/acme/alerts/messages', typed);
    const code = /"code":"(\d{6})"/.exec(JSON.stringify(json.answer.card.once))?.[1] ?? '';
    expect(code).toMatch(/^\d{6}$/);
    expect(JSON.stringify(json.answer.card.blocks)).not.toContain(code);
    const again = await at.askAs(ana, '/api/channels/acme/alerts/messages');
    expect(again.body).toContain('is on its way to Carla');
    expect(again.body).not.toContain(code);
    expect(JSON.stringify(await acme.messages.find())).not.toContain(code);
    const run = async (cookie: string, text: string) =>
      (await at.askAs(cookie, '/api/run', { tenant: 'acme', text, key: newKey() })).json.card;
    expect(JSON.stringify(await run(carla, 'answer'))).toContain('Q1: was this you?');
    expect(JSON.stringify(await run(ana, 'answer Q1 no'))).toContain('MDR_QUESTION_UNKNOWN');
    expect(JSON.stringify(await run(carla, `answer no ${code}`))).toContain('It is confirmed with your code');
    expect(JSON.stringify(await run(carla, 'ask 12 carla'))).toContain('MDR_FORBIDDEN');
    // What one person said is the provider's, also for their colleagues.
    const theirs = JSON.stringify(await run(carla, 'alert 12'));
    expect(theirs).not.toMatch(/says that it was|was this you/);
    expect(JSON.stringify(await run(ana, 'alert 12'))).toContain('says that it was not them');
  });
});

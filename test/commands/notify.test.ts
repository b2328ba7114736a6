import { beforeAll, beforeEach, describe, expect, it } from 'vitest';
import { renderText } from '../../bot/cards/text.js';
import { peopleOf } from '../../bot/people.js';
import notify from '../../commands/notify.js';
import type { Context } from '../../commands/types.js';
import { alertOf } from '../../commands/words/record.js';
import { MdrError } from '../../engine/errors.js';
import { DEFAULT_POLICY, policyOf, policySchema } from '../../engine/notify/policy.js';
import type { Queues } from '../../engine/queues.js';
import type { Store } from '../../engine/store/index.js';
import type { Person } from '../../engine/store/people.js';
import { testQueues, testStore } from '../support/services.js';
import { addPerson, addTenant, alertRecord, NOW, opened } from './world.js';

let store: Store;
let queues: Queues;
let bo: Person;

beforeAll(async () => {
  ({ store } = await testStore());
  ({ queues } = await testQueues());
  await addTenant(store, 'acme', 'Acme', [
    { surface: 'slack', channel: 'C0SOC', lane: 'provider' },
    { surface: 'slack', channel: 'C0CUST', lane: 'customer' },
  ]);
  await addPerson(store, 'ana', 'Ana Silva', [{ tenant: 'acme', role: 'analyst' }]);
  bo = await addPerson(store, 'bo', 'Bo Anders', [{ tenant: '*', role: 'lead' }]);
  await addPerson(store, 'eve', 'Eve Else', [{ tenant: 'zeta', role: 'admin' }]);
});
beforeEach(async () => {
  await store.tenants.updateOne({ _id: 'acme' }, { $unset: { notify: 1 } });
  const tenant = await store.forTenant('acme');
  for (const each of [tenant.alerts, tenant.dispatches, tenant.secrets, tenant.escalations]) await each.deleteMany({});
});

async function run(line: string, more: Partial<Context> = {}): Promise<string> {
  const context: Context = {
    tenant: await store.forTenant('acme'),
    person: bo,
    role: 'lead',
    queues,
    clock: () => NOW,
    alert: null,
    internal: true,
    commands: [notify],
    people: () => peopleOf(store, 'acme'),
    ...more,
  };
  const card = await notify.run(context, line.split(' ').slice(1));
  return renderText(card, { width: 400 });
}
const fault = async (line: string, more: Partial<Context> = {}): Promise<MdrError> => {
  const error = await run(line, more).then(
    () => null,
    (thrown) => thrown,
  );
  expect(error).toBeInstanceOf(MdrError);
  return error;
};
const policy = async () => policyOf((await store.forTenant('acme')).tenant);
const ruleOf = async (level: string) => (await policy()).rules.find((rule) => rule.levels?.includes(level as never));

describe('/mdr notify', () => {
  it('says in plain words what holds, also when nobody set it', async () => {
    const shown = await run('notify');
    expect(shown).toContain("Every level: at once in the provider's channels.");
    expect(shown).toContain('Nobody has set a policy');
    await run('notify set chain soc 5 ana 15 bo repeat 2 every 60');
    await run('notify set high+ now in slack:C0SOC escalate soc quiet 22:00-07:00 through critical digest 07:00');
    await run('notify set low digest every 4h');
    await run('notify set informational never');
    await run('notify set zone Europe/Copenhagen');
    await run('notify set repeats 24h thread');
    await run('notify set storm 30 per 10m');
    const now = await run('notify');
    for (const part of [
      'Critical and high: at once in `slack C0SOC`. Quiet from 22:00 to 07:00, but not for critical, then in the digest at 07:00. While nobody acknowledges: Ana Silva after 5 min, then Bo Anders after 15 min; all of it again 2 times, every 60 min.',
      "Low: in a digest every 4 hours in the provider's channels.",
      'Informational: not in chat; only in `/mdr alerts`.',
      "Medium: at once in the provider's channels.",
      'within 24 hours: a reply in the first thread',
      'At most 30 new threads in one channel in 10 minutes',
      'Times are those of Europe/Copenhagen.',
      'Set by Bo Anders',
    ])
      expect(now).toContain(part);
    expect(policySchema.safeParse(await policy()).success).toBe(true);
  });

  it.each([
    ['notify set high now', 'high', { send: 'at once', to: ['provider'] }],
    ['notify set high now in <#C0SOC|soc>,console', 'high', { to: ['slack:C0SOC', 'console'] }],
    ['notify set HIGH+ digest 07:00,15:00', 'critical', { send: 'digest', digest: ['07:00', '15:00'] }],
    ['notify set all digest every 6', 'low', { digest: { every: 6 } }],
    ['notify set low,medium never', 'medium', { levels: ['low', 'medium'], send: 'never' }],
  ])('%s', async (line, level, expected) => {
    await run(line);
    expect(await ruleOf(level)).toMatchObject(expected);
  });

  it('changes what the words say and keeps the rest', async () => {
    await run('notify set chain soc 5 ana');
    await run('notify set high now in slack:C0SOC escalate soc quiet 22:00-07:00');
    await run('notify set high now quiet off');
    expect(await ruleOf('high')).toMatchObject({ to: ['slack:C0SOC'], escalate: 'soc', quiet: [] });
    await run('notify set high now escalate nobody');
    expect((await ruleOf('high'))!.escalate).toBeUndefined();
    await run('notify set chain soc off');
    expect((await policy()).chains).toEqual({});
    await run('notify set repeats 12h digest');
    await run('notify set repeats off');
    await run('notify set storm off');
    expect(await policy()).not.toHaveProperty('storm.posts');
    await run('notify reset');
    expect(await policy()).toEqual(DEFAULT_POLICY);
  });

  it.each([
    ['notify set', 'MDR_COMMAND_USAGE', /what is to be set/],
    ['notify sett', 'MDR_COMMAND_USAGE', /Did you mean "set"/],
    ['notify set hihg now', 'MDR_COMMAND_USAGE', /Did you mean "high"/],
    ['notify set high later', 'MDR_COMMAND_USAGE', /now, digest or never/],
    ['notify set high now in', 'MDR_COMMAND_USAGE', /missing after "in"/],
    ['notify set high now at noon', 'MDR_COMMAND_USAGE', /"at" is not understood/],
    ['notify set high now quiet nights', 'MDR_COMMAND_USAGE', /22:00-07:00/],
    ['notify set high digest', 'MDR_POLICY', /needs its times/],
    ['notify set high digest 7am', 'MDR_POLICY', /rules\[0\]\.digest/],
    ['notify set high digest every 5', 'MDR_POLICY', /rules\[0\]\.digest/],
    ['notify set high now escalate soc', 'MDR_POLICY', /there is no chain "soc"/],
    ['notify set high now in slack:C0GONE', 'MDR_POLICY', /C0GONE is not bound.*mdr tenant bind acme slack:C0GONE/],
    ['notify set high now in slack:C0CUST', 'MDR_POLICY', /customer's channel/],
    ['notify set chain soc', 'MDR_POLICY', /chains\.soc/],
    ['notify set chain soc ana', 'MDR_COMMAND_USAGE', /minutes and whom to call/],
    ['notify set chain soc 5 eve', 'MDR_COMMAND_USAGE', /eve/],
    ['notify set chain soc 5 ana 5 bo', 'MDR_POLICY', /later than the one before/],
    ['notify set chain soc 5 ana repeat 99 every 60', 'MDR_POLICY', /repeat/],
    ['notify set chain constructor 5 pagerduty', 'MDR_COMMAND_USAGE', /pagerduty/],
    ['notify set zone Mars', 'MDR_POLICY', /zone: is not a time zone/],
    ['notify set storm many per 10m', 'MDR_POLICY', /storm/],
    ['notify preview never', 'MDR_COMMAND_USAGE', /neither night nor a number/],
    ['notify preview 9999', 'MDR_COMMAND_USAGE', /neither night/],
    ['notify test now', 'MDR_COMMAND_USAGE', /no further words/],
  ])('refuses with what would be right: %s', async (line, code, message) => {
    const error = await fault(line);
    expect(error).toMatchObject({ code, message: expect.stringMatching(message) });
    expect(await policy()).toEqual(DEFAULT_POLICY);
  });

  it('is changed by leads only, and shown to the provider only', async () => {
    for (const line of ['notify set high never', 'notify reset', 'notify test'])
      expect(await fault(line, { role: 'analyst' })).toMatchObject({ code: 'MDR_FORBIDDEN' });
    for (const line of ['notify', 'notify preview', 'notify set high never'])
      expect(await fault(line, { internal: false })).toMatchObject({ code: 'MDR_FORBIDDEN' });
    await run('notify', { role: 'analyst' });
  });

  it('is changed by one at a time: the second hears of the first', async () => {
    const stale = await store.forTenant('acme');
    await run('notify set high never');
    expect(await fault('notify set low never', { tenant: stale })).toMatchObject({ code: 'MDR_CONFLICT' });
    expect((await ruleOf('high'))!.send).toBe('never');
    const again = await store.forTenant('acme');
    await run('notify set medium never');
    expect(await fault('notify reset', { tenant: again })).toMatchObject({ code: 'MDR_CONFLICT' });
  });

  it('remembers who changed what, and goes back', async () => {
    expect(await run('notify history')).toContain('None so far');
    expect(await fault('notify undo')).toMatchObject({ code: 'MDR_COMMAND_USAGE' });
    await run('notify set critical never');
    await run('notify set low digest 07:00', { person: { ...bo, name: 'Cara' } });
    const shown = await run('notify history');
    for (const part of ['Bo Anders', '+ Critical: not in chat', 'Cara', '+ Low: in a digest at 07:00'])
      expect(shown).toContain(part);
    expect(shown.indexOf('Cara')).toBeLessThan(shown.indexOf('Bo Anders'));
    expect(await fault('notify undo', { role: 'analyst' })).toMatchObject({ code: 'MDR_FORBIDDEN' });
    await run('notify undo');
    expect((await ruleOf('low'))!.send).toBe('at once');
    expect((await ruleOf('critical'))!.send).toBe('never');
    for (let i = 0; i < 30; i++) await run(`notify set storm ${i + 1} per 10m`);
    expect((await store.forTenant('acme')).tenant.notify!.past).toHaveLength(20);
    expect((await run('notify history')).length).toBeLessThan(6000);
    await run('notify reset');
    expect(await policy()).toEqual(DEFAULT_POLICY);
    await run('notify undo');
    expect((await ruleOf('critical'))!.send).toBe('never');
  });

  it('shows who is called next', async () => {
    await run('notify set chain soc 5 ana 15 bo');
    const tenant = await store.forTenant('acme');
    const place = { chain: 'soc', state: 'running' as const, run: 1, start: NOW, round: 0, step: 1, revision: 1 };
    await tenant.escalations.insert({ _id: 'e', number: 6, due: NOW + 900_000, ...place });
    const shown = await run('notify');
    expect(shown).toContain('1 escalation under way');
    expect(shown).toContain('Alert 6 (soc): Bo Anders next, 2026-11-24 09:15:00 UTC');
  });

  it('says what does not work', async () => {
    await run('notify set chain soc 5 ana');
    await store.tenants.updateOne(
      { _id: 'acme' },
      { $set: { 'notify.policy.ways': { main: { kind: 'pagerduty', url: 'https://x.example/', secret: 'pd' } } } },
    );
    const tenant = await store.forTenant('acme');
    await tenant.dispatches.insert({
      _id: 'd1',
      to: { kind: 'way', name: 'main' },
      content: { kind: 'test', by: 'Bo' },
      state: 'failed',
      attempts: 1,
      due: NOW,
      created: NOW - 60_000,
      ended: NOW,
      error: 'HTTP 400',
    });
    await store.people.updateOne({ _id: 'ana' }, { $set: { identities: ['discord:1'] } });
    const shown = await run('notify');
    for (const part of [
      'main was not reached: HTTP 400',
      'The secret "pd" of main is missing',
      'Ana Silva has no identity',
    ])
      expect(shown).toContain(part);
    await store.people.updateOne({ _id: 'ana' }, { $set: { identities: ['slack:Uana'] } });
    expect(await run('notify')).not.toContain('has no identity');
  });
});

describe('whom the provider called', () => {
  it('is not shown to the customer', async () => {
    const tenant = await store.forTenant('acme');
    const entry = {
      id: 'e1',
      at: NOW,
      actor: 'mdr',
      actorName: 'mdr',
      kind: 'escalated' as const,
      text: 'Called: Ana',
    };
    await tenant.alerts.insert(
      alertRecord(7, {
        state: 'acknowledged',
        published: { at: NOW, by: { id: 'ana', name: 'Ana' } },
        log: [opened, entry],
      }),
    );
    const context = (internal: boolean) => ({ tenant, internal }) as Context;
    expect((await alertOf(context(true), 7)).log).toHaveLength(2);
    expect((await alertOf(context(false), 7)).log.map(({ kind }) => kind)).toEqual(['opened']);
  });
});

describe('/mdr notify preview', () => {
  it('tells what the policy would have sent last night, bounded', async () => {
    await run('notify set chain soc 5 ana 15 bo');
    await run('notify set critical now escalate soc in slack:C0SOC');
    await run('notify set high,medium,low,informational digest 07:00 in slack:C0SOC');
    const tenant = await store.forTenant('acme');
    const at = (hour: number) => NOW - (9 - hour) * 3_600_000;
    await tenant.alerts.insert(alertRecord(1, { level: 'critical', created: at(1), acknowledged: at(1) + 600_000 }));
    for (let number = 2; number < 60; number++)
      await tenant.alerts.insert(alertRecord(number, { level: 'low', created: at(2) }));
    await tenant.alerts.insert(alertRecord(99, { level: 'critical', created: at(8.5) }));
    const shown = await run('notify preview');
    for (const part of [
      '59 alerts from',
      '1 × new thread: slack:C0SOC',
      '1 × digest: slack:C0SOC',
      '1 × call: Ana Silva',
    ])
      expect(shown).toContain(part);
    expect(shown).not.toContain('call: Bo Anders');
    expect(shown).toContain('and 52 more');
    expect(await run('notify preview 1h')).toContain('1 alert from');
    await run('notify set all now');
    expect(await run('notify preview 24h')).toMatch(/\d+ more not shown/);
  });
});

describe('/mdr notify test', () => {
  it('sends one marked message to each channel and way, once in a minute', async () => {
    await run('notify set high now in slack:C0SOC');
    await store.tenants.updateOne(
      { _id: 'acme' },
      { $set: { 'notify.policy.ways': { main: { kind: 'pagerduty', url: 'https://x.example/', secret: 'pd' } } } },
    );
    const shown = await run('notify test');
    for (const part of ['3 times', 'slack C0SOC', 'console acme/alerts', 'main (pagerduty)'])
      expect(shown).toContain(part);
    await run('notify test');
    const found = await (await store.forTenant('acme')).dispatches.find();
    expect(found).toHaveLength(3);
    expect(found.map(({ content }) => content.kind)).toEqual(['test', 'test', 'test']);
    const jobs = await queues.queue('dispatches').getJobs(['waiting']);
    expect(new Set(jobs.map(({ data }) => data.id)).size).toBe(2);
  });
});

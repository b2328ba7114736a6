import { beforeAll, beforeEach, describe, expect, it } from 'vitest';
import { renderText } from '../../bot/cards/text.js';
import { peopleOf } from '../../bot/people.js';
import { plain } from '../../commands/cards/card.js';
import { caseCard } from '../../commands/cards/case.js';
import { argsOf } from '../../commands/cards/form.js';
import { withoutInternal } from '../../commands/case/customer.js';
import { loadCommands } from '../../commands/index.js';
import type { Command, Context } from '../../commands/types.js';
import { theLaw } from '../../engine/breach/index.js';
import { dutiesOfBreach } from '../../engine/breach/save.js';
import { callsDue, followBreaches, OVER } from '../../engine/breach/watch.js';
import { MdrError } from '../../engine/errors.js';
import { log } from '../../engine/log.js';
import { policySchema } from '../../engine/notify/policy.js';
import type { Queues } from '../../engine/queues.js';
import { faultsOf } from '../../engine/respond/case/check.js';
import { changeCase } from '../../engine/respond/case/save.js';
import type { Store, TenantStore } from '../../engine/store/index.js';
import type { Person, Role } from '../../engine/store/people.js';
import { paging } from '../notify/world.js';
import { testQueues, testStore } from '../support/services.js';
import { addPerson, addTenant, NOW } from './world.js';

const HOUR = 3_600_000;
const ROLES: Record<string, Role> = {
  ana: 'analyst',
  bo: 'responder',
  vic: 'viewer',
  lea: 'responder',
  cus: 'responder',
};

let store: Store;
let queues: Queues;
let commands: readonly Command[];
let acme: TenantStore;
let now = NOW;
const people: Record<string, Person> = {};
let tenants = 0;

beforeAll(async () => {
  ({ store } = await testStore());
  ({ queues } = await testQueues());
  commands = await loadCommands();
});
beforeEach(async () => {
  const id = `breach${++tenants}`;
  now = NOW;
  await store.people.deleteMany({});
  await addTenant(store, id, 'Acme');
  await store.tenants.updateOne(
    { _id: id },
    {
      $set: {
        'profile.timeZone': 'Europe/Berlin',
        'profile.breach': { jurisdictions: ['DE'], roles: ['controller'], providerRoles: ['processor'] },
      },
    },
  );
  acme = await store.forTenant(id);
  for (const [name, full, side] of [
    ['ana', 'Ana Silva', 'provider'],
    ['bo', 'Bo Anders', 'provider'],
    ['vic', 'Vic Viewer', 'provider'],
    ['lea', 'Lea Legal', 'customer'],
    ['cus', 'Cus Tomer', 'customer'],
  ] as const)
    people[name] = await addPerson(store, name, full, [{ tenant: id, role: ROLES[name]! }], side);
  await run('case open high data-leak Data on a leak site');
});

async function run(words: string | string[], who = 'ana', more: Partial<Context> = {}) {
  const [name, ...args] = typeof words === 'string' ? words.split(' ') : words;
  const person = people[who]!;
  const context: Context = {
    ...{ tenant: acme, person, role: ROLES[who]!, queues, clock: () => now, alert: null, commands },
    internal: person.side === 'provider',
    people: () => peopleOf(store, acme.id),
    ...more,
  };
  return commands.find((command) => command.name === name)!.run(context, args);
}
const text = async (...args: Parameters<typeof run>) => renderText(await run(...args), { width: 250 });
const code = async (...args: Parameters<typeof run>) => {
  const error = await run(...args).catch((thrown) => thrown);
  expect(error).toBeInstanceOf(MdrError);
  return (error as MdrError).code;
};
const breach = async () => (await acme.breaches.findOne({ case: 1 }))!;
const duty = async (id: string) =>
  dutiesOfBreach(acme, theLaw(), await breach(), now).duties.find((one) => one.id === id);
const caseNow = async () => (await acme.cases.findOne({ number: 1 }))!;

const AWARE = '2026-11-24 08:00';

describe('/mdr breach', () => {
  it('declares once, takes answers with who and when, and tells the case', async () => {
    expect(await code('breach show 1')).toBe('MDR_BREACH_UNKNOWN');
    expect(await text('breach declare 1')).toContain('Check with counsel');
    expect(await code('breach show 1 eu.gdpr.99')).toBe('MDR_BREACH_UNKNOWN');
    await text(['breach', 'fact', '1', 'personal_data', 'yes', 'aware', AWARE]);
    expect((await breach()).facts).toMatchObject([
      { fact: 'personal_data', value: true, by: 'Ana Silva (ana)', at: expect.any(Number) },
      { fact: 'aware', value: { at: Date.parse('2026-11-24T07:00Z') } },
    ]);
    expect(await text('breach duties 1')).toContain('eu.gdpr.33');
    expect(await duty('eu.gdpr.33')).toMatchObject({ state: 'running', due: Date.parse('2026-11-27T07:00Z') });
    await run('breach declare 1', 'bo');
    expect(await acme.breaches.count({ case: 1 })).toBe(1);
    const record = await caseNow();
    expect(record.log.filter(({ kind }) => kind === 'breach').map((entry) => entry.text)).toEqual([
      expect.stringContaining('Declared'),
      expect.stringContaining('aware: 2026-11-24 07:00 UTC'),
    ]);
    expect(faultsOf(record)).toEqual([]);
  });

  it('corrects an anchor without erasing it, and logs old and new', async () => {
    await run(['breach', 'declare', '1', 'personal_data', 'yes', 'aware', AWARE]);
    const shown = await text(
      ['breach', 'fact', '1', 'aware', '2026-11-23 20:00', 'because', 'the', 'night', 'shift', 'knew'],
      'bo',
    );
    expect(shown).toContain('What this moved');
    const { facts, log: entries } = await breach();
    expect(facts.filter(({ fact }) => fact === 'aware')).toHaveLength(2);
    expect(facts.at(-1)).toMatchObject({ reason: 'the night shift knew', by: 'Bo Anders (bo)' });
    expect(entries.at(-1)!.moves).toContainEqual({
      duty: 'eu.gdpr.33',
      before: { state: 'running', due: Date.parse('2026-11-27T07:00Z') },
      after: { state: 'running', due: Date.parse('2026-11-26T19:00Z') },
    });
    expect((await caseNow()).log.at(-1)!.text).toContain(
      'running due 2026-11-27 07:00 UTC → running due 2026-11-26 19:00 UTC',
    );
    expect(await text('breach list 1')).toMatch(/aware: 2026-11-23[\s\S]*Before: aware: 2026-11-24/);
  });

  it('the same request twice changes once, and of many at once nothing is lost', async () => {
    await run('breach declare 1');
    for (let i = 0; i < 2; i++) await run('breach fact 1 people 40', 'ana', { request: 'r1' });
    expect((await breach()).facts).toHaveLength(1);
    await Promise.all(
      Array.from({ length: 6 }, (_, i) =>
        run(`breach fact 1 people.US-${['CA', 'NY', 'TX', 'WA', 'CO', 'FL'][i]} ${i + 1}`),
      ),
    );
    expect((await breach()).facts).toHaveLength(7);
    expect(new Set((await breach()).facts.map(({ at }) => at)).size).toBe(7);
    expect((await caseNow()).log.filter(({ kind }) => kind === 'breach')).toHaveLength(8);
  });

  it('not required takes a reason and a second person', async () => {
    await run(['breach', 'declare', '1', 'personal_data', 'yes', 'aware', AWARE]);
    expect(await code('breach not-required 1 eu.gdpr.33')).toBe('MDR_COMMAND_USAGE');
    expect(await code('breach approve 1 eu.gdpr.33', 'bo')).toBe('MDR_BREACH_BAD');
    await run('breach not-required 1 eu.gdpr.33 because the disk was encrypted');
    expect((await duty('eu.gdpr.33'))!.state).toBe('running');
    expect(await code('breach approve 1 eu.gdpr.33', 'ana')).toBe('MDR_BREACH_BAD');
    expect(await code('breach approve 1 eu.gdpr.33', 'vic')).toBe('MDR_FORBIDDEN');
    await run('breach refuse 1 eu.gdpr.33 because key taken', 'bo');
    expect(await code('breach approve:1:eu.gdpr.33', 'bo')).toBe('MDR_BREACH_BAD');
    await run('breach not-required 1 eu.gdpr.33 because the key was not');
    await run('breach approve:1:eu.gdpr.33', 'bo');
    expect(await duty('eu.gdpr.33')).toMatchObject({
      state: 'not-required',
      decision: { reason: 'the key was not', by: 'Ana Silva (ana)', approver: 'Bo Anders (bo)' },
    });
    await run('breach resume 1 eu.gdpr.33 because new logs');
    expect((await duty('eu.gdpr.33'))!.state).toBe('running');
  });

  it('satisfies with proof and a time, and refuses what is still to come or no duty', async () => {
    await run(['breach', 'declare', '1', 'personal_data', 'yes', 'aware', AWARE]);
    now += 2 * HOUR;
    expect(await code(['breach', 'satisfy', '1', 'eu.gdpr.33', 'at', '2026-12-24', 'sent'])).toBe('MDR_BREACH_BAD');
    expect(await code('breach satisfy 1 eu.gdpr.99 sent')).toBe('MDR_BREACH_BAD');
    expect(await code('breach pause 1 eu.gdpr.33 police asked')).toBe('MDR_BREACH_BAD');
    await run([
      'breach',
      'satisfy',
      '1',
      'eu.gdpr.33',
      'at',
      '2026-11-24 11:00',
      'because',
      'portal',
      'receipt',
      '4711',
    ]);
    expect(await duty('eu.gdpr.33')).toMatchObject({
      state: 'satisfied',
      late: false,
      decision: { reason: 'portal receipt 4711' },
    });
  });

  it('pauses what the law lets law enforcement delay', async () => {
    await run([
      'breach',
      'declare',
      '1',
      'health_data',
      'yes',
      'encrypted',
      'no',
      'role.covered-entity',
      'yes',
      'discovered',
      '2026-11-20',
    ]);
    expect((await duty('us.hipaa.404'))!.state).toBe('running');
    await run(['breach', 'pause', '1', 'us.hipaa.404', 'until', '2026-12-10', 'because', 'letter', 'of', 'the', 'FBI']);
    expect((await duty('us.hipaa.404'))!.state).toBe('paused');
  });

  it('is the provider’s and the customer’s legal people’s, and nobody else’s', async () => {
    await run(['breach', 'declare', '1', 'personal_data', 'yes', 'aware', AWARE]);
    await run(['case', 'role', '1', 'legal', 'Lea', 'Legal']);
    for (const who of ['lea', 'cus']) expect(await code('breach show 1', who)).toBe('MDR_CASE_UNKNOWN');
    const asking = { by: { id: 'ana', name: 'Ana Silva' }, clock: () => now, request: 'publish' };
    await changeCase(acme, 1, asking, { kind: 'publish' });
    expect(await text('breach show 1', 'lea')).toContain('eu.gdpr.33');
    await run('breach fact 1 risk high', 'lea');
    expect((await breach()).facts.at(-1)).toMatchObject({ fact: 'risk', by: 'Lea Legal (lea)' });
    for (const words of [
      'breach show 1',
      'breach list 1',
      'breach duties 1',
      'breach fact 1 risk unlikely',
      'breach declare 1',
    ])
      expect([words, await code(words, 'cus')]).toEqual([words, 'MDR_CASE_UNKNOWN']);
    expect(await text('breach board', 'cus')).toContain('No duty is open');
    expect(await text('breach board', 'lea')).toContain('eu.gdpr.33');
    // A channel that the customer reads is not the provider's lane.
    expect(await code('breach show 1', 'ana', { internal: false })).toBe('MDR_CASE_UNKNOWN');
    expect(await code('breach fact 1 risk high', 'vic')).toBe('MDR_FORBIDDEN');
    const theirs = withoutInternal(await caseNow(), []);
    expect(JSON.stringify(theirs)).not.toContain('gdpr');
  });

  it('takes what its forms say', async () => {
    const { forms } = commands.find(({ name }) => name === 'breach')!;
    await run([
      'breach',
      'declare',
      ...argsOf(forms!.declare!, { alert: '1', personal_data: 'yes', health_data: 'no', encrypted: 'unknown' }),
    ]);
    await run([
      'breach',
      'whose',
      ...argsOf(forms!.whose!, { alert: '1', people: 'people 1,200\nUS-CA 501\nDE=40-60\npatients unknown' }),
    ]);
    await run(['breach', 'when', ...argsOf(forms!.when!, { alert: '1', aware: AWARE, discovered: '2026-11-23' })]);
    await run(['breach', 'harm', ...argsOf(forms!.harm!, { alert: '1', risk: 'high' })]);
    await run(['breach', 'satisfy', ...argsOf(forms!.satisfy!, { alert: '1', duty: 'eu.gdpr.33', why: 'receipt 7' })]);
    const known = Object.fromEntries((await breach()).facts.map(({ fact, value }) => [fact, value]));
    expect(known).toMatchObject({
      ...{ personal_data: true, health_data: false, encrypted: null, people: { from: 1200, to: 1200 } },
      ...{ 'people.US-CA': { from: 501, to: 501 }, 'people.DE': { from: 40, to: 60 }, patients: null, risk: 'high' },
      ...{ aware: { at: Date.parse('2026-11-24T07:00Z') }, discovered: { day: '2026-11-23' } },
      'duty:eu.gdpr.33': { decided: 'satisfied', reason: 'receipt 7' },
    });
    for (const words of [
      'breach fact 1 nonsense 4',
      'breach fact 1 people lots',
      'breach fact 1 duty:eu.gdpr.33 yes',
      'breach fact 1 submitted:eu.nis2.23.b 2026-11-24',
      'breach fact 1 aware@no.rule 2026-11-24',
    ])
      expect([words, await code(words)]).toEqual([words, 'MDR_BREACH_BAD']);
  });
});

describe('clocks of duties', () => {
  it('remind after half, four fifths and 95 %, once each, say when it is over, and go on along the chain', async () => {
    await run(['breach', 'declare', '1', 'personal_data', 'yes', 'aware', AWARE]);
    const began = Date.parse('2026-11-24T07:00Z');
    const told = async () =>
      (await caseNow()).log.filter(
        ({ kind, actor, text: said }) => kind === 'breach' && actor === 'mdr' && said.includes('eu.gdpr.33,'),
      );
    const follow = () => followBreaches(store, acme, theLaw, () => now, log);
    for (const [hours, count] of [
      [35, 0],
      [36, 1],
      [40, 1],
      [57.5, 1],
      [57.7, 2],
      [68.5, 3],
      [72, 3],
      [72.01, 4],
      [80, 4],
    ] as const) {
      now = began + hours * HOUR;
      await follow();
      await follow();
      expect([hours, (await told()).length]).toEqual([hours, count]);
    }
    const all = await told();
    expect(all.map(({ text: said }) => /(50|80|95) %|is over/.exec(said)?.[0])).toEqual([
      '50 %',
      '80 %',
      '95 %',
      'is over',
    ]);
    expect(all[0]!.calls).toEqual([{ name: 'Ana Silva', identities: people.ana!.identities }]);
    expect(all.every(({ text: said }) => said.includes('Check with counsel'))).toBe(true);
    expect((await caseNow()).breach).toMatchObject({ missed: 1 });
    const found = (await duty('eu.gdpr.33'))!;
    const chain = { steps: [{ after: 60, people: ['ana'] }] };
    const past = [{ duty: found.id, end: found.due!, stage: OVER }];
    expect(callsDue([found], past, chain as never, found.due! + 59 * 60_000)).toEqual([]);
    expect(callsDue([found], past, chain as never, found.due! + 60 * 60_000)).toMatchObject([{ stage: OVER + 1 }]);
    expect(callsDue([found], [{ ...past[0]!, stage: OVER + 1 }], chain as never, found.due! + 600 * 60_000)).toEqual(
      [],
    );
  });

  it('follow every breach, however many there are and however long nobody touched one; so does the board', async () => {
    await run(['breach', 'declare', '1', 'personal_data', 'yes', 'aware', AWARE]);
    await acme.breaches.update({ case: 1 }, { $set: { updated: NOW - 900 * 24 * HOUR } });
    const { _id: _, tenant: __, ...real } = await breach();
    for (let number = 1000; number < 1205; number++)
      await acme.breaches.insert({ ...real, _id: `${acme.id}-${number}`, case: number, updated: NOW });
    now = Date.parse('2026-11-24T07:00Z') + 40 * HOUR;
    expect(await followBreaches(store, acme, theLaw, () => now, log)).toEqual([1]);
    expect((await breach()).told.some(({ duty: id }) => id === 'eu.gdpr.33')).toBe(true);
    expect(await text('breach board')).toContain('eu.gdpr.33');
  });

  it('page for each of two cases whose duties end at the same time', async () => {
    const policy = policySchema.parse(paging({ host: '127.0.0.1:9' } as never, [{ after: 10, page: ['main'] }]));
    await store.tenants.updateOne({ _id: acme.id }, { $set: { notify: { policy, changed: NOW, by: 'test' } } });
    acme = await store.forTenant(acme.id);
    await run('case open high data-leak Another leak');
    for (const number of ['1', '2']) await run(['breach', 'declare', number, 'personal_data', 'yes', 'aware', AWARE]);
    for (const hours of [73, 74.5]) {
      now = Date.parse('2026-11-24T07:00Z') + hours * HOUR;
      await followBreaches(store, acme, theLaw, () => now, log);
    }
    const pages = await acme.dispatches.find({}, { limit: 500 });
    const of = (number: number) =>
      pages.filter(
        ({ content }) =>
          content.kind === 'page' && content.page.case === number && content.page.reason.includes('eu.gdpr.33,'),
      );
    expect([of(1).length, of(2).length]).toEqual([1, 1]);
  });

  it('say once that a duty which ran is no longer computed since the profile changed; two people confirm that', async () => {
    await run(['breach', 'declare', '1', 'personal_data', 'yes', 'aware', AWARE]);
    const follow = () => followBreaches(store, acme, theLaw, () => now, log);
    const gone = async () =>
      (await caseNow()).log.filter(({ text: said }) => said.startsWith('eu.gdpr.33 is no longer computed'));
    await follow();
    expect(await gone()).toEqual([]);
    await store.tenants.updateOne({ _id: acme.id }, { $set: { 'profile.breach.jurisdictions': ['US'] } });
    acme = await store.forTenant(acme.id);
    expect(await duty('eu.gdpr.33')).toBeUndefined();
    expect(await follow()).toEqual([1]);
    expect(await follow()).toEqual([]);
    const [entry, ...more] = await gone();
    expect(more).toEqual([]);
    expect(entry!.text).toContain('the profile or the rules have changed; a second person has to confirm that');
    expect(entry!.calls).toMatchObject([{ name: 'Ana Silva' }]);
    expect(faultsOf(await caseNow())).toEqual([]);
    expect(await code('breach pause 1 eu.gdpr.33 because letter')).toBe('MDR_BREACH_BAD');
    await run('breach not-required 1 eu.gdpr.33 because it left the EU');
    await run('breach approve 1 eu.gdpr.33', 'bo');
    expect((await breach()).log.at(-1)!.text).toContain('eu.gdpr.33 is not required: it left the EU');
    expect(await code('breach not-required 1 eu.gdpr.99 because x')).toBe('MDR_BREACH_BAD');
  });

  it('begin anew when an anchor is corrected, and stop when a duty is done', async () => {
    await run(['breach', 'declare', '1', 'personal_data', 'yes', 'aware', AWARE]);
    now = Date.parse('2026-11-24T07:00Z') + 40 * HOUR;
    await followBreaches(store, acme, theLaw, () => now, log);
    const stage = async () => (await breach()).told.find(({ duty: id }) => id === 'eu.gdpr.33');
    expect(await stage()).toMatchObject({ stage: 1 });
    await run(['breach', 'fact', '1', 'aware', '2026-11-25 20:00']);
    await followBreaches(store, acme, theLaw, () => now, log);
    expect(await stage()).toMatchObject({ stage: 1, end: Date.parse('2026-11-27T07:00Z') });
    now += 30 * HOUR;
    await run('breach satisfy 1 eu.gdpr.33 receipt');
    await followBreaches(store, acme, theLaw, () => now, log);
    expect(await stage()).toMatchObject({ stage: 1, end: Date.parse('2026-11-27T07:00Z') });
  });

  it('stand on the status card of the case, counting', async () => {
    await run(['breach', 'declare', '1', 'personal_data', 'yes', 'aware', AWARE]);
    const card = caseCard(await caseNow(), acme.tenant);
    const fields = card.blocks.flatMap((block) => (block.kind === 'fields' ? block.fields : []));
    const field = fields.find(({ name }) => name === 'eu.gdpr.33')!;
    expect(plain(field.value)).toContain('Tell the supervisory authority');
    expect(field.value).toContainEqual({ time: Date.parse('2026-11-27T07:00Z'), live: true });
    expect(plain(fields.find(({ name }) => name === 'Breach')!.value)).toContain('Check with counsel');
  });
});

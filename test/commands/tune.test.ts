import { beforeAll, beforeEach, describe, expect, it } from 'vitest';
import { renderText } from '../../bot/cards/text.js';
import { readWords } from '../../bot/words.js';
import { alertActions } from '../../commands/cards/alert.js';
import tune from '../../commands/tune.js';
import type { Context } from '../../commands/types.js';
import type { MdrError } from '../../engine/errors.js';
import type { Queues } from '../../engine/queues.js';
import type { Alert } from '../../engine/store/alerts.js';
import type { Detection } from '../../engine/store/detections.js';
import type { Store, TenantStore } from '../../engine/store/index.js';
import type { Person } from '../../engine/store/people.js';
import { DAY_MS } from '../../engine/triage/tune/work.js';
import { testQueues, testStore } from '../support/services.js';
import { addPerson, addTenant, alertRecord, detectionRecord, NOW } from './world.js';

let store: Store;
let queues: Queues;
let acme: TenantStore;
let zeta: TenantStore;
let lea: Person;
let bo: Person;
let cust: Person;

beforeAll(async () => {
  ({ store } = await testStore());
  ({ queues } = await testQueues());
  acme = await addTenant(store, 'acme', 'Acme');
  zeta = await addTenant(store, 'zeta', 'Zeta');
  lea = await addPerson(store, 'lea', 'Lea Lead', [{ tenant: '*', role: 'lead' }]);
  bo = await addPerson(store, 'bo', 'Bo Lead', [{ tenant: '*', role: 'lead' }]);
  cust = await addPerson(store, 'cust', 'Cus Tomer', [{ tenant: 'acme', role: 'lead' }], 'customer');
});
beforeEach(async () => {
  for (const scope of [acme, zeta]) {
    await scope.exceptions.deleteMany({});
    await scope.alerts.deleteMany({});
    await scope.detections.deleteMany({});
  }
});

const run = (line: string, more: Partial<Context> = {}) =>
  tune.run(
    {
      tenant: acme,
      person: lea,
      role: 'lead',
      queues,
      clock: () => NOW,
      alert: null,
      internal: true,
      commands: [tune],
      people: async () => [],
      ...more,
    } as Context,
    readWords(line).words.slice(1),
  );
const text = async (line: string, more: Partial<Context> = {}) => renderText(await run(line, more), { width: 400 });
const fault = async (line: string, more: Partial<Context> = {}) =>
  run(line, more).then(
    () => null,
    (error: MdrError) => error,
  );
const code = async (line: string, more: Partial<Context> = {}) => (await fault(line, more))?.code ?? null;

/** A stored detection of rule r1 by Sysmon, in an alert. */
const seen = (n: number, alert: number, fields: Record<string, unknown> = {}, more: Partial<Detection> = {}) => {
  const base = detectionRecord(n);
  const original = JSON.stringify({
    '@timestamp': '2026-11-24T08:00:00Z',
    Channel: 'Microsoft-Windows-Sysmon/Operational',
    EventID: 1,
    RecordNumber: n,
    Hostname: 'srv01',
    User: 'CORP\\svc-backup',
    Image: 'C:\\Windows\\System32\\vssadmin.exe',
    ParentImage: 'C:\\Backup\\agent.exe',
    CommandLine: 'vssadmin delete shadows /for=C:',
    ...fields,
  });
  return acme.detections.insert({
    ...base,
    alert,
    event: { ...base.event, original },
    created: NOW - n * 3_600_000,
    ...more,
  });
};
const alert = (n: number, more: Partial<Alert> = {}) => acme.alerts.insert(alertRecord(n, more));
const harmless: Partial<Alert> = { state: 'closed', reason: 'false_positive' };
const exception = async (number = 1) => acme.exceptions.findOne({ number });
const first = async () => (await acme.exceptions.find({}, { sort: { number: 1 } }))[0]!;

describe('proposing', () => {
  it('finds what the alert and its history of false positives share, and shows what it would have hidden', async () => {
    await alert(12, harmless);
    await alert(11, harmless);
    await seen(1, 12);
    await seen(2, 11, { Hostname: 'srv02', CommandLine: 'vssadmin delete shadows /for=D:' });
    await seen(3, 10, { User: 'CORP\\jane' });
    const shown = await text('tune 12');
    for (const part of [
      'proposed, from alert 12 of Acme (acme)',
      'LSASS memory read (high)',
      'User: CORP\\svc-backup',
      'ParentImage: C:\\Backup\\agent.exe',
      'It covers 1 of 1 earlier detections',
      '2 of 3 detections of the last 14 days',
      'in alerts closed as harmless: ',
    ])
      expect(shown).toContain(part);
    expect(await first()).toMatchObject({ state: 'proposed', alert: 12, author: { id: 'lea' }, rules: [{ id: 'r1' }] });
    expect(await text('tune 12')).toContain('proposed');
    expect(await acme.exceptions.count()).toBe(1);
  });

  it('warns in plain words of true positives, and is not accepted like that', async () => {
    await alert(12, harmless);
    await alert(9, { state: 'closed', reason: 'true_positive' });
    await seen(1, 12);
    await seen(2, 9, {}, { created: NOW - 40 * DAY_MS });
    const card = await run('tune 12 because backup');
    expect(card.tone).toBe('critical');
    expect(renderText(card, { width: 400 })).toContain(
      'Careful: it would have hidden 1 detection of real attacks (alert 9',
    );
    expect(JSON.stringify(card)).not.toContain('"active"');
    const { number } = await first();
    expect(await fault(`tune accept E${number} active`)).toMatchObject({
      code: 'MDR_EXCEPTION_BAD',
      message: expect.stringContaining('real attacks'),
    });
    expect(await code(`tune accept E${number} active anyway`)).toBe('MDR_COMMAND_USAGE');
    expect(await code(`tune accept E${number} active anyway it was an exercise`)).toBe('MDR_FORBIDDEN');
    expect(await text(`tune accept E${number} active anyway it was an exercise`, { person: bo })).toContain(
      'in spite of 1 true positive',
    );
  });

  it('takes fields, a rule, conditions and a reason from the person', async () => {
    await alert(12);
    await seen(1, 12);
    await run('tune 12 fields User,ParentImage because the job');
    expect(await first()).toMatchObject({ conditions: [{ key: 'ParentImage' }, { key: 'User' }], reason: 'the job' });
    await acme.exceptions.deleteMany({});
    await run('tune 12 rule r1 "CommandLine|contains=delete shadows" User=a User=b Hash|exists=true');
    expect((await first()).conditions).toEqual([
      { key: 'CommandLine|contains', values: ['delete shadows'] },
      { key: 'User', values: ['a', 'b'] },
      { key: 'Hash|exists', values: [true] },
    ]);
  });

  it('refuses what cannot be used, and shows values that an attacker wrote as they are', async () => {
    await alert(12);
    await seen(1, 12, { CommandLine: '<!channel> <@U0ANA> *x* http://evil.example' });
    for (const line of [
      'tune 12 CommandLine|re=(?=x)y',
      'tune 12 User=*',
      'tune 12 |contains=x',
      'tune 12 User|nonsense=x',
    ])
      expect(await code(line), line).toBe('MDR_EXCEPTION_BAD');
    for (const line of [
      'tune',
      'tune twelve',
      'tune 12 User',
      'tune accept',
      'tune accept E1',
      'tune revoke E1',
      'tune list maybe',
    ])
      expect(await code(line), line).toBe('MDR_COMMAND_USAGE');
    expect(await code('tune 99')).toBe('MDR_ALERT_UNKNOWN');
    expect(await code('tune show E99')).toBe('MDR_EXCEPTION_UNKNOWN');
    expect(await code('tune 12 rule zzzz User=a')).toBe('MDR_RULE_UNKNOWN');
    const card = JSON.stringify(await run('tune 12'));
    expect(card).toContain('{"code":"CommandLine: <!channel>');
    const slow = performance.now();
    await run(`tune 12 CommandLine|re=^(a+)+$`);
    expect(performance.now() - slow).toBeLessThan(3000);
  });

  it('says so when there is nothing to go by', async () => {
    await alert(12);
    expect(await text('tune 12')).toContain('too little in common');
  });
});

describe('deciding', () => {
  const propose = async () => {
    await alert(12, harmless);
    await seen(1, 12);
    await run('tune 12 because backup');
    return `E${(await first()).number}`;
  };

  it('goes from monitor to active to revoked, with counts, samples and who did it', async () => {
    const name = await propose();
    const version = async () => Number(await queues.redis.get(`${queues.prefix}:{acme}:tuning`));
    const before = await version();
    expect(await text(`tune ${name} monitor`)).toContain(`${name} counts from now on`);
    expect(await version()).toBeGreaterThan(before);
    const { _id } = await first();
    await seen(2, 12, {}, { monitored: [_id] });
    await seen(3, 12, {}, { suppressed: _id, alert: null });
    const shown = await text(`tune show ${name}`);
    expect(shown).toContain('1 detection hidden; 1 counted in monitor mode');
    expect(shown).toContain('rundll32');
    await run(`tune accept ${name} active 30 days checked with the team`);
    expect(await first()).toMatchObject({
      state: 'active',
      expires: NOW + 30 * DAY_MS,
      reason: 'checked with the team',
    });
    expect(await text(`tune accept ${name} active`)).toContain(`${name} hides already`);
    await run(`tune extend ${name} 60 because still needed`);
    expect((await first()).log.at(-1)!.text).toBe('Extended to 60 days from now: still needed');
    expect((await first()).expires).toBe(NOW + 60 * DAY_MS);
    expect(await text(`tune list`)).toContain(name);
    expect(await text(`tune revoke ${name} job is gone`, { person: bo })).toContain('Bo Lead: Revoked: job is gone');
    expect(await text('tune list')).toContain('0 exceptions');
    expect(await text('tune list all')).toContain(name);
  });

  it('lets an analyst count and revoke, and leads hide', async () => {
    const name = await propose();
    expect(await code(`tune accept ${name} active`, { role: 'analyst' })).toBe('MDR_FORBIDDEN');
    expect(await code(`tune accept ${name} monitor`, { role: 'analyst' })).toBeNull();
    expect(await code(`tune accept ${name} active`)).toBeNull();
    expect(await code(`tune extend ${name} 90 x`, { role: 'analyst' })).toBe('MDR_FORBIDDEN');
    expect(await code(`tune revoke ${name} x`, { role: 'analyst' })).toBeNull();
  });

  it('needs a second person for a critical rule, even at a level that the tenant lowered', async () => {
    await store.rules.create({
      _id: 'c',
      pack: 'mdr',
      digest: 'd',
      id: 'r1',
      title: 'R',
      level: 'critical',
      kind: 'detection',
    } as never);
    const name = await propose();
    expect(await fault(`tune accept ${name} active`)).toMatchObject({
      code: 'MDR_FORBIDDEN',
      message: expect.stringContaining('is critical'),
    });
    expect(await code(`tune accept ${name} active`, { person: bo })).toBeNull();
    await store.rules.deleteMany({});
  });

  it('needs a second person when it would hide most of what the rule finds', async () => {
    await alert(12, harmless);
    for (let n = 1; n <= 60; n++) await seen(n, 12);
    await run('tune 12');
    const { number } = await first();
    expect(await fault(`tune accept E${number} active`)).toMatchObject({
      code: 'MDR_FORBIDDEN',
      message: expect.stringContaining('60 of 60 detections'),
    });
  });

  it('is the provider’s own business', async () => {
    const name = await propose();
    for (const line of ['tune 12', 'tune list', `tune show ${name}`, `tune accept ${name} active`])
      expect(await code(line, { internal: false, person: cust })).toBe('MDR_FORBIDDEN');
    expect(await code(`tune show ${name}`, { tenant: zeta })).toBe('MDR_EXCEPTION_UNKNOWN');
    expect(await exception(99)).toBeNull();
  });
});

it('offers the button where somebody knows why it is harmless', () => {
  const ids = (more: Partial<Alert>) =>
    alertActions({ number: 1, state: 'closed', ...more }, 'acme').map(({ command }) => command);
  expect(ids({ reason: 'false_positive' })).toEqual(['reopen', 'tune']);
  expect(ids({ reason: 'benign' })).toEqual(['reopen', 'tune']);
  expect(ids({ reason: 'true_positive' })).toEqual(['reopen']);
});

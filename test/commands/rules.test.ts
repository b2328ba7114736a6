import { beforeAll, beforeEach, describe, expect, it } from 'vitest';
import { renderText } from '../../bot/cards/text.js';
import { plain } from '../../commands/cards/card.js';
import rules from '../../commands/rules.js';
import type { Context } from '../../commands/types.js';
import { publish } from '../../engine/detect/rulesets/catalog.js';
import type { MdrError } from '../../engine/errors.js';
import type { Queues } from '../../engine/queues.js';
import type { Store, TenantStore } from '../../engine/store/index.js';
import type { Person } from '../../engine/store/people.js';
import { testQueues, testStore } from '../support/services.js';
import { addPerson, addTenant, alertRecord, detectionRecord, NOW } from './world.js';

let store: Store;
let queues: Queues;
let acme: TenantStore;
let zeta: TenantStore;
let lea: Person;
let bo: Person;
let cust: Person;

const rule = (id: string, title: string, level: string, tags: string[], product: string, extra = '') => ({
  file: `${title.toLowerCase().replaceAll(' ', '-')}.yml`,
  content: `title: ${title}
id: ${id}
description: Tells of ${title}.
level: ${level}
tags: [${tags.join(', ')}]
falsepositives: ['Backup <!channel> agents']
logsource: { product: ${product}, category: process_creation }
detection:
  tool: { Image|endswith: '\\x.exe', CommandLine|contains|all: [a, b] }
  quiet: { User: null }
  condition: tool and not quiet
${extra}`,
});
const A = 'aaaaaaaa-1111-4111-8111-111111111111';
const B = 'aaaabbbb-1111-4111-8111-111111111111';
const C = 'cccccccc-1111-4111-8111-111111111111';

beforeAll(async () => {
  ({ store } = await testStore());
  ({ queues } = await testQueues());
  acme = await addTenant(store, 'acme', 'Acme');
  zeta = await addTenant(store, 'zeta', 'Zeta');
  lea = await addPerson(store, 'lea', 'Lea Lead', [{ tenant: '*', role: 'lead' }]);
  bo = await addPerson(store, 'bo', 'Bo Lead', [{ tenant: '*', role: 'lead' }]);
  cust = await addPerson(store, 'cust', 'Cus Tomer', [{ tenant: 'acme', role: 'lead' }], 'customer');
  await publish(store.rules, 'mdr', [
    rule(
      A,
      'LSASS memory read',
      'high',
      ['attack.credential-access', 'attack.t1003.001'],
      'windows',
      'mdr:\n  response: credential-theft\n  triage: [Look at the parent.]\n',
    ),
    rule(B, 'Shadow copies deleted', 'critical', ['attack.impact', 'attack.t1490'], 'windows'),
    rule(C, 'Trail stopped', 'medium', ['attack.defense-evasion', 'attack.t1562.008'], 'aws'),
  ]);
});
beforeEach(async () => {
  for (const scope of [acme, zeta]) {
    await scope.ruleTunings.deleteMany({});
    await scope.alerts.deleteMany({});
    await scope.detections.deleteMany({});
  }
});

const run = (line: string, more: Partial<Context> = {}) =>
  rules.run(
    {
      tenant: acme,
      person: lea,
      role: 'lead',
      queues,
      clock: () => NOW,
      alert: null,
      internal: true,
      commands: [rules],
      people: async () => [],
      ...more,
    } as Context,
    line.split(' ').slice(1),
  );
const text = async (line: string, more: Partial<Context> = {}) => renderText(await run(line, more), { width: 300 });
const code = async (line: string, more: Partial<Context> = {}) =>
  run(line, more).then(
    () => null,
    (error: MdrError) => error.code,
  );
const titles = async (line: string, more: Partial<Context> = {}) => {
  const table = (await run(line, more)).blocks.find((block) => block.kind === 'table');
  return table?.kind === 'table' ? table.rows.map((row) => plain(row[1]!)) : [];
};
const version = () => queues.redis.get(`${queues.prefix}:{acme}:tuning`);

describe('searching rules', () => {
  it.each([
    ['rules', ['LSASS memory read', 'Shadow copies deleted', 'Trail stopped']],
    ['rules lsass', ['LSASS memory read']],
    ['rules high+', ['LSASS memory read', 'Shadow copies deleted']],
    ['rules medium', ['Trail stopped']],
    ['rules impact', ['Shadow copies deleted']],
    ['rules T1003', ['LSASS memory read']],
    ['rules t1003.001 windows', ['LSASS memory read']],
    ['rules t1003.002', []],
    ['rules aws', ['Trail stopped']],
    ['rules process_creation critical', ['Shadow copies deleted']],
    ['rules disabled', []],
    ['rules broken', []],
    ['rules .*', []],
    ['rules search trail', ['Trail stopped']],
  ])('%s', async (line, expected) => {
    expect(await titles(line)).toEqual(expected);
  });

  it("goes by the tenant's own levels and states", async () => {
    await run('rules level cccccccc high it matters here');
    await run('rules disable aaaaaaaa noise');
    expect(await titles('rules high')).toEqual(['LSASS memory read', 'Trail stopped']);
    expect(await titles('rules medium')).toEqual([]);
    expect(await titles('rules disabled')).toEqual(['LSASS memory read']);
    expect(await titles('rules enabled')).toEqual(['Shadow copies deleted', 'Trail stopped']);
    expect(await titles('rules changed')).toEqual(['LSASS memory read', 'Trail stopped']);
    expect(await titles('rules disabled', { tenant: zeta })).toEqual([]);
  });

  it('shows hits to the provider only', async () => {
    await acme.detections.insertNew([
      { ...detectionRecord(1), rule: { ...detectionRecord(1).rule, id: A } },
      { ...detectionRecord(2), rule: { ...detectionRecord(2).rule, id: A }, created: NOW - 8 * 86_400_000 },
    ]);
    expect(await text('rules lsass')).toContain('7 days');
    expect(await text('rules lsass', { internal: false })).not.toContain('7 days');
  });

  it('bounds what is looked for', async () => {
    expect(await code('rules a b c d e f g h i')).toBe('MDR_COMMAND_USAGE');
  });
});

describe('showing a rule', () => {
  it('says in plain words what it looks for, and how it does here', async () => {
    await acme.detections.insertNew([
      { ...detectionRecord(1), rule: { ...detectionRecord(1).rule, id: A } },
      { ...detectionRecord(2), rule: { ...detectionRecord(2).rule, id: A }, created: NOW - 8 * 86_400_000 },
    ]);
    const share = alertRecord(1).rules[0]!;
    for (const [n, reason] of [
      [1, 'false_positive'],
      [2, 'benign'],
      [3, 'true_positive'],
      [4, 'duplicate'],
    ] as const)
      await acme.alerts.insert(alertRecord(n, { state: 'closed', reason, rules: [{ ...share, id: A }] }));
    const shown = await text('rules show aaaaaaaa');
    for (const part of [
      'LSASS memory read',
      'Acme (acme)',
      'Image ends with \\x.exe, and CommandLine contains a and b',
      'User is missing',
      'It fires when: tool and not quiet',
      'Backup',
      'Look at the parent.',
      'credential-theft',
      'T1003.001',
      '1 detection in the last 7 days, 2 in the last 30',
      'Of 3 alerts with it that were judged, 2 were false positives or benign (67 %)',
    ])
      expect(shown).toContain(part);
    expect(await text('rules show aaaaaaaa', { internal: false, person: cust })).not.toContain(
      'detections in the last',
    );
  });

  it('takes an id, the first letters of one, a file or a title; says so when it is none or several', async () => {
    for (const name of [A, 'aaaaaa', 'lsass-memory-read.yml', 'LSASS memory read'])
      expect(await text(`rules show ${name}`)).toContain('LSASS memory read');
    for (const name of ['aaaa', 'aaa', 'zzzzzzzz', '.*', '$ne'])
      expect(await code(`rules show ${name}`)).toBe('MDR_RULE_UNKNOWN');
    expect(await code('rules show')).toBe('MDR_COMMAND_USAGE');
  });
});

describe('changing a rule', () => {
  it('is written down with who, when and why, and told to the workers', async () => {
    const before = Number((await version()) ?? 0);
    const card = await text('rules disable aaaaaaaa too noisy <!channel>');
    expect(card).toContain('Disabled');
    expect(card).toContain('Lea Lead: Disabled: too noisy');
    expect(Number(await version())).toBe(before + 1);
    expect(await acme.ruleTunings.findOne({ rule: A })).toMatchObject({ disabled: true, level: null });
    expect(await text('rules disable aaaaaaaa again')).toContain('Nothing to change');
    expect(Number(await version())).toBe(before + 1);
    await run('rules enable aaaaaaaa tuned');
    expect(await text('rules show aaaaaaaa')).toContain('Lea Lead: Enabled: tuned');
    expect(await zeta.ruleTunings.count()).toBe(0);
  });

  it('that quietens a critical rule waits for a second lead', async () => {
    const before = await version();
    expect(await text('rules disable aaaabbbb noise')).toContain('another lead has to give the same command');
    expect(await version()).toBe(before);
    expect(await text('rules disable aaaabbbb agreed', { person: bo })).not.toContain('another lead');
    expect(await acme.ruleTunings.findOne({ rule: B })).toMatchObject({ disabled: true });
  });

  it('needs a lead of the provider, a reason and a level that exists', async () => {
    expect(await code('rules disable aaaaaaaa x', { role: 'analyst' })).toBe('MDR_FORBIDDEN');
    expect(await code('rules disable aaaaaaaa x', { person: cust })).toBe('MDR_FORBIDDEN');
    for (const line of [
      'rules disable',
      'rules disable aaaaaaaa',
      'rules level aaaaaaaa',
      'rules level aaaaaaaa hihg x',
      'rules level aaaaaaaa low',
    ])
      expect(await code(line), line).toBe('MDR_COMMAND_USAGE');
    expect(await acme.ruleTunings.count()).toBe(0);
  });

  it("gives the rule's own level back", async () => {
    await run('rules level aaaaaaaa low minor here');
    expect(await text('rules show aaaaaaaa')).toContain('Low (own: high)');
    await run('rules level aaaaaaaa own as it was');
    expect(await text('rules show aaaaaaaa')).not.toContain('own: high');
  });
});

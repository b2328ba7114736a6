import { beforeAll, beforeEach, describe, expect, it } from 'vitest';
import { renderText } from '../../bot/cards/text.js';
import { peopleOf } from '../../bot/people.js';
import type { Action, Card } from '../../commands/cards/card.js';
import { loadCommands } from '../../commands/index.js';
import type { Command, Context } from '../../commands/types.js';
import { MdrError } from '../../engine/errors.js';
import type { Queues } from '../../engine/queues.js';
import { faultsOf } from '../../engine/respond/case/check.js';
import { caseOf } from '../../engine/respond/case/join.js';
import { changeCase } from '../../engine/respond/case/save.js';
import type { Store, TenantStore } from '../../engine/store/index.js';
import type { Person, Role } from '../../engine/store/people.js';
import { testQueues, testStore } from '../support/services.js';
import { addPerson, addTenant, alertRecord, NOW } from './world.js';

let store: Store;
let queues: Queues;
let commands: readonly Command[];
let acme: TenantStore;
const people: Record<string, Person> = {};
let tenants = 0;

beforeAll(async () => {
  ({ store } = await testStore());
  ({ queues } = await testQueues());
  commands = await loadCommands();
});
beforeEach(async () => {
  const id = `acme${++tenants}`;
  await store.people.deleteMany({});
  acme = await addTenant(store, id, 'Acme');
  const give = async (name: string, full: string, role: Role, side: Person['side'] = 'provider') => {
    people[name] = await addPerson(store, name, full, [{ tenant: id, role }], side);
  };
  await give('ana', 'Ana Silva', 'analyst');
  await give('bo', 'Bo Anders', 'responder');
  await give('vic', 'Vic Viewer', 'viewer');
  await give('cus', 'Cus Tomer', 'responder', 'customer');
});

const ROLES: Record<string, Role> = { ana: 'analyst', bo: 'responder', vic: 'viewer', cus: 'responder' };
async function run(words: string | string[], who = 'ana', more: Partial<Context> = {}): Promise<Card> {
  const [name, ...args] = typeof words === 'string' ? words.split(' ') : words;
  const person = people[who]!;
  const context: Context = {
    ...{ tenant: acme, person, role: ROLES[who]!, queues, clock: () => NOW, alert: null, commands },
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
const actions = (card: Card): Action[] =>
  card.blocks.flatMap((block) => (block.kind === 'actions' ? block.actions : []));
const add = (number: number, more = {}) => acme.alerts.insert(alertRecord(number, more));

describe('/mdr case', () => {
  it('goes from an alert to a closed case, and says at each step what is next', async () => {
    await add(12);
    const opened = await run('case open 12');
    expect(opened.title).toContain('Opened: Case 1 · High · Credentials read from LSASS');
    expect(await text('alert 12')).toContain('/mdr case 1');
    expect(actions(await run('alert 12')).map(({ id }) => id)).toContain('show-case');
    expect(actions(await run('alert 12')).map(({ id }) => id)).not.toContain('open-case');
    expect((await run('case open 12', 'bo')).title).toBe('Alert 12 is part of case 1 already');
    expect(await acme.cases.count()).toBe(1);

    await run('case state 1 triage looking at ws01');
    await run('case severity 1 critical a domain controller is touched');
    await run('case priority 1 P1 the board meets tomorrow');
    await run('case type 1 intrusion');
    await run('case task 1 take an image of ws01 owner: bo due: 4h items: memory; disk');
    await run('case task 1 read it after: T1');
    await run('case task 1 tell your people lane: customer');
    await run('case role 1 legal cus');
    await run('case handover 1 bo end of shift, waiting for logs');
    await run('case link 1 host dc01');
    await run('case note 1 the owner is on leave');
    await run('case timeline 1 add 08:30 the mail came in');
    const record = await caseOf(acme, 1);
    expect(record).toMatchObject({
      ...{ state: 'triage', severity: 'critical', priority: 'P1', type: 'intrusion' },
      people: [
        { role: 'legal', id: 'cus' },
        { role: 'lead', id: 'bo' },
      ],
    });
    expect(
      record.tasks.map(({ id, owner, due, after, lane, checklist }) => [
        id,
        owner?.id,
        due,
        after,
        lane,
        checklist.length,
      ]),
    ).toEqual([
      ['T1', 'bo', NOW + 4 * 3_600_000, [], 'provider', 2],
      ['T2', undefined, null, ['T1'], 'provider', 0],
      ['T3', undefined, null, [], 'customer', 0],
    ]);
    const shown = await text('case 1');
    for (const part of [
      'Bo Anders',
      'take an image of ws01',
      'after T1',
      'dc01',
      'Contain by',
      'the owner is on leave',
    ])
      expect(shown).toContain(part);
    expect(await code('case close 1 benign nothing')).toBe('MDR_CASE_STATE');
    await run('case task 1 check T1 2');
    for (const id of ['T1', 'T2']) await run(`case task 1 done ${id}`);
    await run('case task 1 drop T3 they know');
    await run('case close 1 true_positive account disabled');
    const closed = await caseOf(acme, 1);
    expect(closed).toMatchObject({ state: 'closed', outcome: 'true_positive' });
    expect(faultsOf(closed)).toEqual([]);
    const line = await text('case timeline 1');
    for (const part of [
      'the mail came in',
      'First event of alert 12',
      'First time: LSASS memory read',
      'because account disabled',
      'T1 done',
    ])
      expect(line).toContain(part);
    expect(line.indexOf('the mail came in')).toBeLessThan(line.indexOf('First event of alert 12'));
    await run('case reopen 1 seen again');
    expect(await caseOf(acme, 1)).toMatchObject({ state: 'triage' });
  });

  it('changes nothing twice when a click is delivered twice', async () => {
    await add(12);
    await run('case open 12');
    const request = { request: 'click-1' };
    for (const line of [
      'case note 1 words',
      'case task 1 isolate it',
      'case state 1 triage because so',
      'case timeline 1 add 08:30 words',
    ]) {
      const before = await caseOf(acme, 1);
      const mine = { request: `${request.request}:${line}` };
      await Promise.all([run(line, 'ana', mine), run(line, 'ana', mine)]);
      await run(line, 'ana', mine);
      expect((await caseOf(acme, 1)).log).toHaveLength(before.log.length + 1);
    }
    const mine = { request: 'open-by-hand' };
    await run('case open high phishing Mails from a stolen account', 'ana', mine);
    await run('case open high phishing Mails from a stolen account', 'ana', mine);
    expect(await acme.cases.count()).toBe(2);
    expect(await caseOf(acme, 2)).toMatchObject({
      type: 'phishing',
      title: 'Mails from a stolen account',
      severity: 'high',
    });
  });

  it('corrects words, and keeps what they said', async () => {
    await run('case open low a thing');
    await run('case note 1 it was ws01');
    const at = (await caseOf(acme, 1)).log.length;
    await run(`case timeline 1 correct ${at} it was ws02 because: read it wrong`);
    const shown = await text('case timeline 1');
    expect(shown).toContain('it was ws02 (before: it was ws01)');
    expect(shown).toContain('because read it wrong');
    expect(await code(`case timeline 1 correct 1 never opened`)).toBe('MDR_CASE_BAD');
  });

  it('lists open cases, the gravest first, and says which are like each other, with reasons', async () => {
    await add(1, { entity: { kind: 'host', value: 'ws01' } });
    await add(2, { entity: { kind: 'host', value: 'WS01' }, level: 'critical' });
    for (const number of [1, 2]) await run(`case open ${number}`);
    await run('case open low nothing to do with them');
    const list = await text('case list');
    expect(list.indexOf('critical, P1')).toBeLessThan(list.indexOf('high, P2'));
    const shown = await text('case show 1');
    expect(shown).toMatch(/Case 2 \(new, \d+ of 100\).*shares host ws01.*the same rules fired: 1/i);
    expect(shown).toContain('also in case 2');
    expect(shown).not.toContain('nothing to do with them');
    expect(await text('case list low')).toContain('nothing to do with them');
    await run('case merge 2 1 the same machine');
    expect(await caseOf(acme, 1)).toMatchObject({ alerts: [1, 2] });
    await run('case split 1 2 On second thoughts another one');
    expect(await caseOf(acme, 4)).toMatchObject({ alerts: [2], title: 'On second thoughts another one' });
    expect((await acme.alerts.findOne({ number: 2 }))!.case).toBe(4);
    for (const record of await acme.cases.find()) expect(faultsOf(record)).toEqual([]);
  });

  it.each([
    ['case frobnicate 1', 'MDR_COMMAND_USAGE'],
    ['case state 1 contian because', 'MDR_COMMAND_USAGE'],
    ['case state 1 triage', 'MDR_COMMAND_USAGE'],
    ['case state 1 review so it is', 'MDR_CASE_STATE'],
    ['case show 9', 'MDR_CASE_UNKNOWN'],
    ['case task 1 done T9', 'MDR_CASE_BAD'],
    ['case task 1 go due: someday', 'MDR_COMMAND_USAGE'],
    ['case assign 1 vic', 'MDR_COMMAND_USAGE'],
    ['case assign 1 cus', 'MDR_COMMAND_USAGE'],
    ['case open 99', 'MDR_ALERT_UNKNOWN'],
    ['case link 1 99', 'MDR_ALERT_UNKNOWN'],
    ['case link 1 case 9', 'MDR_CASE_UNKNOWN'],
    ['case merge 1 1 so it is', 'MDR_CASE_BAD'],
    ['case publish 1', 'MDR_CASE_STATE'],
  ])('%s is refused as %s', async (line, expected) => {
    await run('case open high a thing');
    expect(await code(line)).toBe(expected);
    expect((await caseOf(acme, 1)).revision).toBe(1);
  });

  it('lets a viewer look and touch nothing', async () => {
    await add(12);
    await run('case open 12');
    for (const line of ['case', 'case list all', 'case 1', 'case timeline 1', 'case task 1'])
      expect((await run(line, 'vic')).tone).not.toBe('error');
    const lines = [
      'case open 12',
      'case note 1 x',
      'case task 1 do',
      'case task 1 done T1',
      'case state 1 triage x',
      'case timeline 1 add 08:30 x',
      'case close 1 test x',
    ];
    for (const line of lines) expect({ line, code: await code(line, 'vic') }).toEqual({ line, code: 'MDR_FORBIDDEN' });
  });
});

describe('the lanes of a case', () => {
  const SECRET = 'internal-7f3a';
  async function world() {
    await add(12, { title: `public title` });
    await run('case open 12');
    await run(`case state 1 triage ${SECRET} reason`);
    await run(`case note 1 ${SECRET} note`);
    await run('case note 1 customer: for your eyes');
    await run(`case task 1 ${SECRET} task`);
    await run('case task 1 change the password lane: customer');
    await run(`case link 1 host ${SECRET}-host`);
    await run(`case timeline 1 add 08:30 ${SECRET} time`);
    await run(`case severity 1 critical ${SECRET} why`);
    await add(13, { title: `${SECRET} alert` });
    await run('case link 1 13');
  }
  const LINES = ['case', 'case list all', 'case 1', 'case show 1', 'case timeline 1', 'case task 1', 'brief 1'];

  it('shows the customer nothing before it is published, on no path', async () => {
    await world();
    for (const line of [
      'case 1',
      'brief 1',
      'case timeline 1',
      'case task 1',
      'case task 1 done T2',
      'case note 1 x',
      'case show 1',
    ])
      expect({ line, code: await code(line, 'cus') }).toEqual({ line, code: 'MDR_CASE_UNKNOWN' });
    for (const line of ['case', 'case list all'])
      expect(await text(line, 'cus')).not.toMatch(/internal-7f3a|public title/);
    const lines = [
      'case open 12',
      'case state 1 contain x',
      'case assign 1 me',
      'case close 1 test x',
      'case publish 1',
      'case link 1 13',
    ];
    for (const line of lines) expect({ line, code: await code(line, 'cus') }).toEqual({ line, code: 'MDR_FORBIDDEN' });
    // Also one of the provider's people where the customer reads along.
    expect(await code('case 1', 'ana', { internal: false })).toBe('MDR_CASE_UNKNOWN');
  });

  it('publishes what was looked at and nothing else, and never what is internal', async () => {
    await world();
    const preview = await run('case publish 1');
    expect(renderText(preview, { width: 250 })).not.toContain(SECRET);
    const [button] = actions(preview);
    await run('case title 1 another title');
    const again = await run(`case ${button!.record}`);
    expect(renderText(again)).toContain('changed since you looked');
    expect((await caseOf(acme, 1)).published).toBeUndefined();
    await run(`case ${actions(again)[0]!.record}`);
    expect((await caseOf(acme, 1)).published).toMatchObject({ by: { id: 'ana' } });
    for (const line of LINES) {
      const shown = await text(line, 'cus');
      expect({ line, shown }).not.toEqual({ line, shown: expect.stringContaining(SECRET) });
    }
    expect(await text('case timeline 1', 'cus')).toContain('for your eyes');
    expect(await text('case 1', 'cus')).toContain('change the password');
    // What is theirs they can do; what is not is not there for them.
    await run('case task 1 done T2', 'cus');
    expect((await caseOf(acme, 1)).tasks[1]).toMatchObject({ state: 'done' });
    expect(await code('case task 1 done T1', 'cus')).toBe('MDR_CASE_BAD');
    expect(await code('case task 1 owner T2 ana', 'cus')).toBe('MDR_FORBIDDEN');
    await run('case note 1 we changed it', 'cus');
    expect((await caseOf(acme, 1)).log.at(-1)).toMatchObject({ kind: 'note', lane: 'customer', actor: 'cus' });
    await run('case unpublish 1');
    expect(await code('case 1', 'cus')).toBe('MDR_CASE_UNKNOWN');
  });
});

it('says so when a record does not agree with its log', async () => {
  await run('case open high a thing');
  await run('case severity 1 low because it is small');
  expect(await text('case 1')).not.toContain('does not agree');
  await acme.cases.update({ number: 1 }, { $set: { severity: 'critical' } });
  expect(await text('case 1')).toContain('This record does not agree with itself');
});

it('hostile words are kept short and shown as they are', async () => {
  const evil = '<!channel> <@U0ANA> [x](https://evil.example) \u202egnp.exe\u0000 @everyone';
  await run(['case', 'open', 'high', evil]);
  await run(['case', 'note', '1', `${evil}${'A'.repeat(100_000)}`]);
  await run(['case', 'task', '1', evil, 'items:', evil]);
  const record = await caseOf(acme, 1);
  expect(JSON.stringify(record).length).toBeLessThan(8000);
  const shown = await text('case 1');
  for (const hidden of ['\u202e', '\u0000']) expect(shown).not.toContain(hidden);
  expect(shown).toContain('\\u{202e}');
});

it('counts for the customer only the tasks that are theirs', async () => {
  await add(12, { published: { at: NOW, by: { id: 'ana', name: 'Ana Silva' } } });
  await run('case open 12');
  for (const title of ['secret one', 'secret two']) await run(`case task 1 ${title}`);
  await run('case task 1 tell your people lane: customer');
  await changeCase(acme, 1, { by: { id: 'ana', name: 'Ana' }, clock: () => NOW, request: 'p' }, { kind: 'publish' });
  const open = async (who: string) => {
    const { blocks } = await run('case list', who);
    const table = blocks.find((block) => block.kind === 'table');
    return table?.kind === 'table' && table.rows[0]![4];
  };
  expect(await open('ana')).toBe('3');
  expect(await open('cus')).toBe('1');
});

import { applyPatch } from 'diff';
import { beforeAll, expect, it } from 'vitest';
import { renderText } from '../../bot/cards/text.js';
import { peopleOf } from '../../bot/people.js';
import { loadCommands } from '../../commands/index.js';
import type { Command, Context } from '../../commands/types.js';
import { MdrError } from '../../engine/errors.js';
import type { Queues } from '../../engine/queues.js';
import { beginRun } from '../../engine/respond/playbook/drive/begin.js';
import { ownLibrary, parsePlaybook } from '../../engine/respond/playbook/load.js';
import type { Store, TenantStore } from '../../engine/store/index.js';
import type { Person, Role } from '../../engine/store/people.js';
import { testQueues, testStore } from '../support/services.js';
import { addPerson, addTenant, alertRecord, NOW } from './world.js';

let store: Store;
let queues: Queues;
let commands: readonly Command[];
let acme: TenantStore;
const people: Record<string, { person: Person; role: Role }> = {};
const channel = { surface: 'slack', channel: 'C1', direct: false, identity: 'slack:U' };

async function run(line: string, who = 'lea', more: Partial<Context> = {}) {
  const [name, ...args] = line.split(' ');
  const { person, role } = people[who]!;
  const context: Context = {
    ...{ tenant: acme, person, role, queues, clock: () => NOW, alert: null, commands },
    internal: person.side === 'provider',
    people: () => peopleOf(store, acme.id),
    ...more,
  };
  return commands.find((command) => command.name === name)!.run(context, args);
}
const text = async (...args: Parameters<typeof run>) => renderText(await run(...args), { width: 300 });
const code = async (...args: Parameters<typeof run>) => {
  const error = await run(...args).catch((thrown) => thrown);
  expect(error).toBeInstanceOf(MdrError);
  return (error as MdrError).code;
};

beforeAll(async () => {
  ({ store } = await testStore());
  ({ queues } = await testQueues());
  commands = await loadCommands();
  acme = await addTenant(store, 'acme', 'Acme');
  const give = async (id: string, name: string, role: Role, side: Person['side'] = 'provider') => {
    people[id] = { person: await addPerson(store, id, name, [{ tenant: 'acme', role }], side), role };
  };
  await give('lea', 'Lea Lead', 'lead');
  await give('max', 'Max Lead', 'lead');
  await give('ana', 'Ana Silva', 'analyst');
  await give('bo', 'Bo Anders', 'responder');
  await give('cus', 'Cus Tomer', 'responder', 'customer');
  for (const [alert, number] of [
    [12, 1],
    [13, 2],
  ] as const) {
    await acme.alerts.insert(alertRecord(alert));
    await run(`case open ${alert}`, 'ana');
    await run(`case type ${number} intrusion`, 'ana');
    await run(`case state ${number} triage secret-reason`, 'ana');
    await run(`case task ${number} Call the bank lane: customer`, 'ana');
    await run(`case task ${number} done T1`, 'ana');
    for (const state of ['contain', 'eradicate', 'recover', 'review'])
      await run(`case state ${number} ${state} so`, 'ana');
  }
  await run('case close 2 true_positive over', 'ana');
});

it('says how a case went, and that nothing was run', async () => {
  const shown = await text('review 1', 'bo');
  for (const part of [
    'Review of case 1 of Acme (acme)',
    'no run belongs to this case',
    'To contain it',
    '/mdr review 1 report',
  ])
    expect(shown).toContain(part);
  expect(await code('review')).toBe('MDR_COMMAND_USAGE');
  expect(await code('review 1 nonsense')).toBe('MDR_COMMAND_USAGE');
  expect(await code('review 99')).toBe('MDR_CASE_UNKNOWN');
});

it('drafts a playbook of what like cases did; a lead decides, once, with a reason for a no', async () => {
  expect(await code('review 1 propose', 'bo')).toBe('MDR_FORBIDDEN');
  expect(await text('review propose:1', 'ana')).toContain('L1 intrusion-from-cases (new), 1 change: open');
  await run('review 1 propose', 'ana');
  expect(await acme.lessons.count()).toBe(1);
  const lesson = (await acme.lessons.findOne({ number: 1 }))!;
  expect(applyPatch('', lesson.diff)).toBe(lesson.after);
  expect(parsePlaybook(lesson.after, 'x.yaml').problems).toEqual([]);
  const shown = await text('review L1', 'ana');
  expect(shown).toContain('+id: intrusion-from-cases');
  expect(shown).not.toContain('Accept');
  expect(await code('review accept L1', 'ana')).toBe('MDR_FORBIDDEN');
  expect(await code('review refuse L1')).toBe('MDR_LESSON_STATE');
  expect(await code('review accept L9')).toBe('MDR_LESSON_UNKNOWN');
  expect(await text('review refuse:L1 once')).toContain('refused by Lea Lead');
  expect(await acme.lessons.findOne({ number: 1 })).toMatchObject({
    ...{ state: 'refused', decided: { by: { id: 'lea' }, reason: 'It was so this once only', at: NOW } },
  });
  expect(await code('review accept L1')).toBe('MDR_LESSON_STATE');
  await run('review refuse L1 again');
  expect((await acme.lessons.findOne({ number: 1 }))!.decided!.reason).toBe('It was so this once only');
});

it('is accepted by nobody who proposed it, and refused by them', async () => {
  const { person } = people.lea!;
  const lesson = { case: 1, playbook: 'phishing', version: 'v', after: 'a', diff: 'd', reasons: [], left: [] };
  const by = { id: person._id, name: person.name };
  for (const number of [71, 72])
    await acme.lessons.insert({
      ...{ _id: `l${number}`, number, ...lesson },
      ...{ state: 'open', by, created: NOW, revision: 1 },
    });
  expect(await code('review accept L71')).toBe('MDR_FORBIDDEN');
  expect(await acme.lessons.findOne({ number: 71 })).toMatchObject({ state: 'open', revision: 1 });
  expect(await text('review accept L71', 'max')).toContain('accepted by Max Lead');
  expect(await text('review refuse L72 no longer true')).toContain('refused by Lea Lead');
  await acme.lessons.deleteMany({ number: { $in: [71, 72] } });
});

it('gives the customer what is published to them and nothing of playbooks', async () => {
  expect(await code('review 1', 'cus')).toBe('MDR_CASE_UNKNOWN');
  await acme.cases.update({ number: 1 }, { $set: { published: { at: NOW, by: { id: 'ana', name: 'Ana' } } } });
  const shown = await text('review 1', 'cus');
  expect(shown).not.toMatch(/playbook|L1|secret-reason|Draft/i);
  for (const line of ['review 1 propose', 'review L1', 'review accept L1'])
    expect(await code(line, 'cus')).toBe('MDR_FORBIDDEN');
  await run('review 1 report html', 'cus', { place: channel });
  const [sent] = await acme.dispatches.find({ 'content.kind': 'review' });
  expect(sent!.content).toMatchObject({ review: { case: 1, internal: false, format: 'html' } });
  expect(JSON.stringify(sent!.content)).not.toMatch(/secret-reason|ws01|T1003/);
});

it('puts the report into the thread as a file, the same once', async () => {
  await acme.dispatches.deleteMany({});
  for (let i = 0; i < 2; i++)
    expect(await text('review report:1:pdf', 'bo', { place: channel })).toContain('on its way as PDF');
  expect(await acme.dispatches.count({ 'content.kind': 'review' })).toBe(1);
  expect(await code('review 1 report docx', 'bo', { place: channel })).toBe('MDR_COMMAND_USAGE');
  expect(await code('review 1 report pdf', 'bo')).toBe('MDR_FORBIDDEN');
});

it('sets a case that was run by a playbook beside it, and proposes changes of that file', async () => {
  await acme.alerts.insert(alertRecord(14));
  await run('case open 14', 'ana');
  const by = { id: 'ana', name: 'Ana Silva' };
  const library = await ownLibrary();
  const given = { hosts: ['ws01'] };
  const parts = { store: acme, queues, clock: () => NOW };
  const wanted = { case: 3, playbook: 'malware-on-endpoint', given };
  const { record } = await beginRun(parts, by, library, wanted);
  await run('case task 3 Call the bank about ws01', 'ana');
  await run('case task 3 done T1', 'ana');
  const shown = await text('review 3', 'ana');
  expect(shown).toContain(`${record.name} (running)`);
  expect(shown).toContain('Added: T1, “Call the bank about ws01”, is in no step of the playbook, and was done.');
  await run('review 3 propose', 'ana');
  const [lesson] = await acme.lessons.find({ case: 3 });
  expect(lesson).toMatchObject({
    playbook: 'malware-on-endpoint',
    state: 'open',
    reasons: [{ from: ['T1', expect.any(String)] }],
  });
  expect(lesson!.diff).toContain('+    title: Call the bank about the host');
  expect(lesson!.version).not.toBeNull();
  await acme.cases.update({ number: 3 }, { $set: { published: { at: NOW, by } } });
  expect(await text('review 3', 'cus')).not.toMatch(/playbook|bank/i);
});

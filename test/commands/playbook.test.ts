import { beforeEach, describe, expect, it } from 'vitest';
import { renderText } from '../../bot/cards/text.js';
import type { Action, Card } from '../../commands/cards/card.js';
import { contractOf } from '../../engine/respond/case/contract.js';
import { newCase } from '../../engine/respond/case/create.js';
import { drive } from '../../engine/respond/playbook/drive/index.js';
import type { Person, Role } from '../../engine/store/people.js';
import { log } from '../respond/actions/world.js';
import { Machines } from '../respond/playbook/drive.world.js';
import { commandWorld } from './commands.world.js';
import { addRun, INTERNAL } from './runs.js';
import { NOW } from './world.js';

const { store, queues, tenant, run, text, fault, commands } = await commandWorld();
const parts = { store: tenant, queues, clock: () => NOW, log, secrets: null as never, allowed: [] };
const go = (number = 3) => drive({ ...parts, carriers: [new Machines().carrier] }, number);
const as = async (id: string, role: Role, internal = true) => ({
  ...{ person: (await store.people.findById(id).lean<Person>())!, role, internal },
});
const actionsOf = ({ blocks }: Card): Action[] =>
  blocks.flatMap((block) => (block.kind === 'actions' ? block.actions : []));
const state = async () => JSON.parse((await tenant.playbookRuns.findOne({ number: 3 }))!.state).steps;

beforeEach(async () => {
  for (const all of [tenant.cases, tenant.playbookRuns, tenant.actions]) await all.deleteMany({});
  const by = { id: 'ana', name: 'Ana Silva' };
  const cause = { by, now: NOW, request: 'r', contract: contractOf(tenant.tenant) };
  const { tenant: _, ...record } = newCase(
    'acme',
    4,
    {
      ...{ origin: '4', title: 'A case', type: 'other', severity: 'high', priority: 'P2', lead: by, reason: '' },
      alerts: [
        {
          ...{ number: 12, title: 't', rules: [], techniques: ['T1486'], simulated: false },
          observables: [
            { kind: 'host', value: 'fs01' },
            { kind: 'user', value: 'jane' },
          ],
        },
      ],
    },
    cause,
  );
  await tenant.cases.insert({ ...record, state: 'triage', published: { at: NOW, by } });
});

describe('/mdr playbook', () => {
  it('says which playbooks fit a case, and begins one with what was seen in it', async () => {
    const card = await run('playbook of 4');
    expect(renderText(card, { width: 250 })).toContain('Ransomware: technique T1486 was seen');
    const button = actionsOf(card).find(({ id }) => id === 'run-ransomware')!;
    expect(button.record).toBe('run:4:ransomware');
    const begun = await text(`playbook ${button.record}`);
    expect(begun).toContain('Begun: Ransomware, as run 1 of case 4');
    expect(begun).toContain('On fs01 find the process');
    expect(await text('playbook run 4 ransomware')).toContain('Run 1 of this playbook is on it already');
    expect(await text('playbook list')).toContain('Ransomware');
    expect(await fault('playbook run 4 ransomware host=x')).toMatchObject({ code: 'MDR_COMMAND_USAGE' });
    expect(await fault('playbook run 4 nothing')).toMatchObject({ code: 'MDR_PLAYBOOK_UNKNOWN' });
    expect(await fault('playbook run 9 ransomware')).toMatchObject({ code: 'MDR_CASE_UNKNOWN' });
    expect(await fault('playbook run 4 ransomware', await as('vic', 'viewer'))).toMatchObject({
      code: 'MDR_FORBIDDEN',
    });
    expect(await fault('playbook run 4 ransomware', await as('ben', 'viewer', false))).toMatchObject({
      code: 'MDR_FORBIDDEN',
    });
  });

  it('shows what is to be done now, with a button for each, and takes answers, choices and agreement', async () => {
    await addRun(tenant, 4, 3);
    await go();
    const card = await run('playbook 3');
    const shown = renderText(card, { width: 250 });
    for (const part of ['S3 Take an image of ws01', 'Done when: It is there.', 'S1 First look — running: yes', 'T1'])
      expect(shown).toContain(part);
    const buttons = Object.fromEntries(
      actionsOf(card).map((action) => [action.id, `${action.command} ${action.record}`]),
    );
    const { number, digest } = (await tenant.actions.findOne({ action: 'isolate-host' }))!;
    expect(buttons).toMatchObject({
      ...{ 'done-S3': 'playbook done:3:S3', 'choose-S5': 'playbook choose:3:S5', 'done-S8': 'form playbook:done:3:S8' },
      ...{ 'approve-S7': `actions approve:${number}:${digest}`, pause: 'playbook pause:3' },
    });
    expect(await fault('playbook done 3 S8')).toMatchObject({ message: expect.stringContaining('who is missing') });
    const form = (await run('form playbook:done:3:S8')).form!;
    expect(form.fields.map(({ name, value }) => [name, value])).toEqual([
      ['number', '3'],
      ['seen', 's8'],
      ['answers', 'who=\nips='],
    ]);
    const command = commands.find(({ name }) => name === 'playbook')!;
    const { done } = command.forms!;
    const { argsOf } = await import('../../commands/cards/form.js');
    const filled = argsOf(done!, { number: '3', seen: 's8', answers: 'who=Jane Doe\nips=192.0.2.1, 192.0.2.2' });
    await run(`playbook done ${filled.join(' ')}`);
    expect((await state()).names).toMatchObject({
      ...{ status: 'done', by: 'ana', answers: { who: 'Jane Doe', ips: ['192.0.2.1', '192.0.2.2'] } },
    });
    expect(await text('playbook done:3:S3')).toContain('Run 3: done: Take an image of ws01');
    expect(await text('playbook done:3:S3')).toContain('nothing was changed');
    expect(await fault('playbook choose 3 S5 persn')).toMatchObject({ message: expect.stringContaining('person') });
    await run('playbook choose:3:S5 person');
    // Ana brought it about; somebody else agrees, to what they were shown.
    const agree = buttons['agree-S9']!.replace('playbook ', '');
    expect(await fault(`playbook ${agree}`)).toMatchObject({ code: 'MDR_FORBIDDEN' });
    expect(await fault(`playbook ${agree.replace(/.$/, 'z')}`, await as('bo', 'lead'))).toMatchObject({
      code: 'MDR_PLAYBOOK_RUN',
    });
    expect(await fault(`playbook ${agree}`, await as('vic', 'viewer'))).toMatchObject({ code: 'MDR_FORBIDDEN' });
    await run(`playbook ${agree}`, await as('bo', 'lead'));
    expect((await state()).restart).toMatchObject({ status: 'done', approvedBy: 'bo' });
    await run('playbook leave 3 S7 done by hand');
    expect(await tenant.actions.findOne({ number })).toMatchObject({ state: 'refused' });
    await run('playbook signal 3 device-returned');
    await go();
    expect(await text('playbook 3')).toContain('S4 Call them');
    await run('case task 4 done T2');
    await go();
    expect(await text('playbook 3')).toContain('run 3 · completed');
    expect(await text('case timeline 4')).toContain('"A person\'s" was chosen: Whose is it?');
  });

  it("shows the customer's people their lane only, and takes from them what is theirs", async () => {
    await addRun(tenant, 4, 3);
    await go();
    const ben = await as('ben', 'responder', false);
    const shown = await text('playbook show 3', ben);
    expect(shown).toContain('S4 Call them');
    expect(shown).not.toMatch(/image|Internal|Isolate|First look|Whose|Restart|Pause/);
    expect(await fault('playbook done 3 S3', ben)).toMatchObject({ code: 'MDR_COMMAND_USAGE' });
    expect(await fault('playbook pause 3', ben)).toMatchObject({ code: 'MDR_FORBIDDEN' });
    expect(await fault('playbook agree 3 S9', ben)).toMatchObject({ code: 'MDR_FORBIDDEN' });
    await run('playbook done 3 S4', ben);
    expect((await state()).call).toMatchObject({ status: 'done', by: 'ben' });
    await tenant.cases.update({ number: 4 }, { $unset: { published: 1 } });
    expect(await fault('playbook show 3', ben)).toMatchObject({ code: 'MDR_PLAYBOOK_RUN' });
    expect(await fault('playbook of 4', ben)).toMatchObject({ code: 'MDR_CASE_UNKNOWN' });
  });

  it("takes a step of the customer's lane from their responders and whoever has its role, and from no other viewer", async () => {
    await addRun(tenant, 4, 3);
    await go();
    const ben = await as('ben', 'viewer', false);
    const call = (await tenant.cases.findOne({ number: 4 }))!.tasks.find(({ title }) => title === 'Call them')!;
    for (const line of ['playbook done 3 S4', `case task 4 done ${call.id}`])
      expect(await fault(line, ben)).toMatchObject({ code: 'MDR_FORBIDDEN' });
    await go();
    expect((await state()).call).toMatchObject({ status: 'running' });
    await run('case task 4 tell your people lane: customer');
    const { tasks } = (await tenant.cases.findOne({ number: 4 }))!;
    await run(`case task 4 done ${tasks.at(-1)!.id}`, ben);
    expect(await fault('playbook done 3 S3', ben)).toMatchObject({ code: 'MDR_COMMAND_USAGE' });
    // The form of a step that is not theirs names nothing of it.
    expect(JSON.stringify(await run('form playbook:done:3:S8', ben))).not.toMatch(/who=|addresses/);
    await tenant.cases.update({ number: 4 }, {
      $push: { people: { role: 'customer-lead', id: 'ben', name: 'Ben Roe' } },
    } as never);
    await run('playbook done 3 S4', ben);
    expect((await state()).call).toMatchObject({ status: 'done', by: 'ben' });
  });

  it('takes agreement to a step from nobody who began the run', async () => {
    await addRun(tenant, 4, 3);
    // Somebody else brought the step about.
    const record = (await tenant.playbookRuns.findOne({ number: 3 }))!;
    const changed = JSON.parse(record.state);
    changed.steps.restart.requestedBy = 'bodil';
    await tenant.playbookRuns.update({ number: 3 }, { $set: { state: JSON.stringify(changed) } });
    expect(await fault('playbook agree 3 S9')).toMatchObject({ code: 'MDR_FORBIDDEN' });
    await run('playbook agree 3 S9', await as('bo', 'lead'));
    expect((await state()).restart).toMatchObject({ status: 'done', approvedBy: 'bo' });
  });

  it('shows customers only runs with something in them for them; of others they learn nothing', async () => {
    await addRun(tenant, 4, 3);
    await addRun(tenant, 4, 5, INTERNAL);
    await go();
    await go(5);
    const ben = await as('ben', 'responder', false);
    const missing = await fault('playbook show 9', ben);
    for (const line of ['show 5', 'done 5 S4', 'agree 5 S9', 'disagree 5 S9 no']) {
      const { code, message, hint } = await fault(`playbook ${line}`, ben);
      expect([code, message.replace('5', '9'), hint]).toEqual([missing.code, missing.message, missing.hint]);
    }
    const shown = await text('playbook of 4', ben);
    expect(shown).toContain('S4 Call them');
    expect(shown).not.toMatch(/Insider|Run /);
    expect(await text('playbook of 4')).toContain('Insider');
    await tenant.playbookRuns.deleteMany({ number: 3 });
    const withHidden = await text('playbook of 4', ben);
    await tenant.playbookRuns.deleteMany({});
    expect(withHidden).toBe(await text('playbook of 4', ben));
  });

  it('is paused, resumed and stopped', async () => {
    await addRun(tenant, 4, 3);
    await go();
    expect(await text('playbook pause 3')).toContain('nothing of it begins');
    expect(await text('playbook done 3 S3')).toContain('the run is paused');
    await run('playbook resume 3');
    expect(await fault('playbook stop 3')).toMatchObject({ code: 'MDR_COMMAND_USAGE' });
    expect(await fault('playbook stop 3 rollback why', await as('bodil', 'responder'))).toMatchObject({
      code: 'MDR_FORBIDDEN',
    });
    await run('playbook stop 3 an exercise');
    await go();
    expect(await text('playbook 3')).toContain('an exercise');
    expect((await tenant.cases.findOne({ number: 4 }))!.tasks.filter((task) => task.state === 'open')).toEqual([]);
    expect(await tenant.actions.findOne({ action: 'isolate-host' })).toMatchObject({ state: 'refused' });
  });
});

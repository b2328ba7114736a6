import { beforeAll, beforeEach, describe, expect, it } from 'vitest';
import { renderText } from '../../bot/cards/text.js';
import { postDispatch } from '../../bot/outbox/dispatch.js';
import { rootKey } from '../../bot/outbox/keys.js';
import type { UploadFile } from '../../bot/surfaces/types.js';
import { type Card, plain } from '../../commands/cards/card.js';
import { argsOf } from '../../commands/cards/form.js';
import form from '../../commands/form.js';
import report from '../../commands/report.js';
import type { Context } from '../../commands/types.js';
import { saveVersion } from '../../engine/investigate/report/keep.js';
import { log } from '../../engine/log.js';
import type { Queues } from '../../engine/queues.js';
import type { TenantStore } from '../../engine/store/index.js';
import { FakeSurface } from '../bot/fakesurface.js';
import { investigation } from '../investigate/report/fixture.js';
import { testQueues, testStore } from '../support/services.js';
import { addPerson, addTenant, alertRecord, NOW } from './world.js';

let acme: TenantStore;
let queues: Queues;
let base: Context;
let now = NOW;
const by = { id: 'ana', name: 'Ana' };
const published = { at: NOW, by };
const CUSTOMERS = { surface: 'slack', channel: 'CSHARED', lane: 'customer' as const };

beforeAll(async () => {
  const { store } = await testStore();
  ({ queues } = await testQueues());
  acme = await addTenant(store, 'acme', 'Acme', [{ surface: 'slack', channel: 'C0SOC', lane: 'provider' }, CUSTOMERS]);
  const person = await addPerson(store, 'ana', 'Ana', [{ tenant: 'acme', role: 'analyst' }]);
  const place = { surface: 'slack', channel: 'C0SOC', direct: false, identity: 'slack:Uana' };
  base = {
    ...{ tenant: acme, person, role: 'analyst', queues, clock: () => now, alert: null, internal: true, place },
    ...{ commands: [report, form], people: async () => [person] },
  };
});
beforeEach(async () => {
  now += 3_600_000;
  for (const each of [acme.reports, acme.alerts, acme.dispatches, acme.posts]) await each.deleteMany({});
  await acme.alerts.insert(alertRecord(12, { state: 'acknowledged', published }));
  await acme.alerts.insert(alertRecord(13, { state: 'acknowledged' }));
});
const run = (line: string, more: Partial<Context> = {}): Promise<Card> =>
  report.run({ ...base, ...more }, line.split(' ').filter(Boolean));
const text = async (line: string, more: Partial<Context> = {}) => renderText(await run(line, more), { width: 300 });
const buttons = (card: Card) => card.blocks.flatMap((block) => (block.kind === 'actions' ? block.actions : []));
const customers = { internal: false, place: { ...CUSTOMERS, direct: false, identity: 'slack:Uben' } };
const keep = (alert = 12, made = now) => saveVersion(acme, investigation({ alert, alerts: [alert], made }), by);

class WithFiles extends FakeSurface {
  readonly files: (UploadFile & { channel: string; thread: string | null })[] = [];
  async upload(channel: string, file: UploadFile, key: string, thread: string | null) {
    this.files.push({ ...file, channel, thread });
    return this.post(channel, { title: file.name, tone: 'neutral', blocks: [] }, key, thread);
  }
}
/** Deliver what is due, as the outbox does. */
async function deliver(): Promise<WithFiles> {
  const surface = new WithFiles('slack');
  const hold = { check: async () => {}, set: async (): Promise<never> => Promise.reject(new Error('no limit')) };
  for (const { _id, to } of await acme.dispatches.find({ state: 'due' })) {
    if (to.kind !== 'channel' || to.surface !== 'slack') continue;
    const thread = { tenant: 'acme', surface: 'slack', channel: to.channel, number: 0 };
    const parts = { store: acme, surface, thread, hold, held: async () => true, clock: () => now, log, debounceMs: 0 };
    await postDispatch(parts, _id);
    await postDispatch(parts, _id);
  }
  return surface;
}

describe('a report in chat', () => {
  it('says which command makes one when there is none', async () => {
    await expect(run('12')).rejects.toMatchObject({
      code: 'MDR_REPORT_UNKNOWN',
      hint: '/mdr investigate 12 makes one.',
    });
    await keep();
    await expect(run('12 v7')).rejects.toMatchObject({ code: 'MDR_REPORT_UNKNOWN' });
    await expect(run('12 docx')).rejects.toMatchObject({ code: 'MDR_COMMAND_USAGE' });
    await expect(run('99')).rejects.toMatchObject({ code: 'MDR_ALERT_UNKNOWN' });
  });

  it('is shown in short: severity, a sentence each, counts, gaps, what to do first', async () => {
    await keep();
    const shown = await text('12');
    for (const part of [
      'Critical, score 96',
      'Who: CORP\\jane acted',
      'How: A document',
      '6 steps on 2 hosts',
      '1 gap',
      'Do first: Isolate ws-14',
    ])
      expect(shown).toContain(part);
    const shownButtons = buttons(await run('12'));
    expect(shownButtons.map(({ id }) => id)).toEqual(['files', 'edit', 'publish']);
    // A surface takes one word, and each does what it says.
    for (const { record, choice, choices = [] } of shownButtons.filter(({ command }) => command === 'report'))
      for (const said of [...(choice ? [choice] : []), ...choices.map(({ value }) => value)]) {
        expect(said).toMatch(/^[\w.:@-]+$/);
        expect((await run(`${record} ${said}`)).tone).not.toBe('error');
      }
  });

  it('comes as files into the thread of the alert, each once', async () => {
    await keep();
    const thread = { tenant: 'acme', surface: 'slack', channel: 'C0SOC', number: 12 };
    await acme.posts.insert({
      ...{ _id: rootKey(thread), surface: 'slack', channel: 'C0SOC', thread: null, message: 'root-12' },
      ...{ digest: '', state: 'sent', revision: 1, updated: now },
    });
    await run('12 markdown');
    await run('12 markdown');
    expect(await acme.dispatches.count()).toBe(1);
    const { files, messages } = await deliver();
    expect(files.map(({ name, thread: under }) => [name, under])).toEqual([
      ['report-12-v1.md', 'root-12'],
      ['report-12-v1-chain.png', 'root-12'],
      ['report-12-v1.stix.json', 'root-12'],
    ]);
    expect(plain(messages[0]!.card.title)).toContain('Report on alert 12, version 1');
    expect((await acme.dispatches.find())[0]!.state).toBe('sent');
    await expect(run('12 pdf', { place: { ...base.place!, surface: 'terminal' } })).rejects.toMatchObject({
      code: 'MDR_FORBIDDEN',
    });
  });

  it('is edited by a form that holds what it says, and only while it still says that', async () => {
    await keep();
    const asked = await form.run(base, ['report:12', 'who']);
    const [section, words] = asked.form!.fields;
    expect(section).toMatchObject({ value: 'who@1.1', choices: [{ value: 'who@1.1', label: 'Who (version 1)' }] });
    expect(words!.value).toContain('CORP\\jane acted on ws-14');
    const filled = argsOf(report.form!, { alert: '12', section: section!.value!, text: 'edit publish\nNobody knows.' });
    const card = await report.run(base, filled);
    expect(plain(card.title)).toContain('Who written anew');
    expect(await text('12')).toContain('Who: edit publish');
    expect(await text('12')).toContain('Written by hand: Who by Ana');
    // The same dialog again, by somebody who opened it before that.
    await expect(report.run(base, filled)).rejects.toMatchObject({ code: 'MDR_CONFLICT' });
    expect(await text('12 versions')).toContain('Their way out was');
    await run('12 restore who');
    expect(await text('12')).toContain('Who: CORP\\jane acted');
    await expect(run('12 edit who x', { role: 'viewer' })).rejects.toMatchObject({ code: 'MDR_FORBIDDEN' });
    await expect(run('12 edit who x', { internal: false })).rejects.toMatchObject({ code: 'MDR_FORBIDDEN' });
    await expect(run('12 edit evidence x')).rejects.toMatchObject({ code: 'MDR_COMMAND_USAGE' });
  });

  it('reaches the customer only when a version was published on purpose, as it was then', async () => {
    await keep();
    await keep(13);
    await expect(run('12', customers)).rejects.toMatchObject({ code: 'MDR_REPORT_UNKNOWN' });
    await expect(run('13 publish')).rejects.toMatchObject({ code: 'MDR_ALERT_STATE' });
    await expect(run('12 publish', { role: 'responder' })).rejects.toMatchObject({ code: 'MDR_FORBIDDEN' });
    await expect(run('12 publish', customers)).rejects.toMatchObject({ code: 'MDR_FORBIDDEN' });
    const [confirm] = buttons(await run('12 publish'));
    expect(await acme.dispatches.count()).toBe(0);
    await run('12 edit remarks SEEN-BY-ALL');
    // Not what was looked at any more.
    expect(plain((await run(`12 ${confirm!.choice}`)).blocks[1]! && (await text(`12 ${confirm!.choice}`)))).toContain(
      'Not published',
    );
    const [again] = buttons(await run('12 publish'));
    await run(`12 ${again!.choice}`);
    await run('12 edit remarks LATER-EDIT');
    const theirs = await text('12', customers);
    expect(theirs).toContain('Report on alert 12');
    expect(buttons(await run('12', customers)).map(({ id }) => id)).toEqual(['files']);
    await run('12 html', customers);
    const { files } = await deliver();
    expect(new Set(files.map(({ channel }) => channel))).toEqual(new Set(['CSHARED']));
    const html = Buffer.from(files.find(({ name }) => name.endsWith('.html'))!.data).toString('utf8');
    expect(html).toContain('SEEN-BY-ALL');
    expect(html).not.toMatch(/LATER-EDIT|PROVIDER-ONLY/);
    expect(files.some(({ type }) => type === 'application/pdf')).toBe(true);
  }, 120_000);

  it('is not delivered to a channel that the customer reads by then, nor once the alert is taken back', async () => {
    await keep();
    await run('12 stix', { place: { ...base.place!, channel: 'CSHARED' } });
    const [confirm] = buttons(await run('12 publish'));
    await run(`12 ${confirm!.choice}`);
    await acme.alerts.update({ number: 12 }, { $unset: { published: 1 } });
    const { messages } = await deliver();
    expect(messages).toEqual([]);
    const slack = (await acme.dispatches.find()).filter(({ to }) => to.kind === 'channel' && to.surface === 'slack');
    expect(slack.map(({ state }) => state)).toEqual(['dropped', 'dropped']);
  });
});

import { beforeAll, describe, expect, test } from 'vitest';
import { makeAnswer } from '../../bot/answer.js';
import { renderText } from '../../bot/cards/text.js';
import type { Ask } from '../../bot/surfaces/types.js';
import type { Action } from '../../commands/cards/card.js';
import { argsOf, type Form } from '../../commands/cards/form.js';
import { loadCommands } from '../../commands/index.js';
import { log } from '../../engine/log.js';
import type { TenantStore } from '../../engine/store/index.js';
import { isAtLeast, ROLES } from '../../engine/store/people.js';
import { startTriage } from '../../engine/triage/stage.js';
import { testQueues, testStore } from '../support/services.js';
import { addPerson, addTenant, alertRecord, detectionRecord, NOW } from './world.js';

const { store } = await testStore();
const { queues } = await testQueues();
const commands = await loadCommands();
const answer = makeAnswer({ store, queues, commands, clock: () => NOW, log });
let acme: TenantStore;
let zeta: TenantStore;

beforeAll(async () => {
  acme = await addTenant(store, 'acme', 'Acme', [
    { surface: 'slack', channel: 'CPROV', lane: 'provider' },
    { surface: 'slack', channel: 'CCUST', lane: 'customer' },
  ]);
  zeta = await addTenant(store, 'zeta', 'Zeta');
  await addPerson(store, 'ana', 'Ana Silva', [{ tenant: 'acme', role: 'analyst' }]);
  await addPerson(store, 'vic', 'Vic Viewer', [{ tenant: 'acme', role: 'viewer' }]);
  await addPerson(store, 'cus', 'Cus Tomer', [{ tenant: 'acme', role: 'responder' }], 'customer');
  await acme.alerts.insert(alertRecord(1, { title: 'first' }));
  await acme.alerts.insert(alertRecord(2, { title: 'second', state: 'acknowledged' }));
  await acme.detections.insert(detectionRecord(2));
  await zeta.alerts.insert(alertRecord(9));
  startTriage({ store, queues, clock: () => NOW });
});

const say = async (text: string, more: Partial<Ask> = {}) => {
  const ask: Ask = { surface: 'slack', user: 'Uana', channel: 'CPROV', thread: null, tenant: null, text, ...more };
  const card = await answer(ask);
  return { card, text: renderText(card, { width: 200 }) };
};
const record = async (number: number) => (await acme.alerts.findOne({ number }))!;

describe('forms', () => {
  test('every form fits every dialog, and its fields run the command', () => {
    for (const { name, form } of commands) {
      if (!form) continue;
      expect(form.title.length, name).toBeLessThanOrEqual(18);
      expect(new Set(form.fields.map((field) => field.name)).size).toBe(form.fields.length);
      for (const field of form.fields) {
        expect(field.label.length).toBeLessThanOrEqual(48);
        expect(field.kind === 'select').toBe(field.choices !== undefined);
      }
    }
    expect(commands.filter(({ form }) => form).map(({ name }) => name)).toEqual(
      expect.arrayContaining(['answer', 'ask', 'assign', 'close', 'note', 'raise', 'tune']),
    );
  });

  test('a value stays one argument, whatever it says; lines are arguments where the field says so', () => {
    const form: Form = {
      title: 'x',
      alert: true,
      fields: [
        { name: 'a', label: 'a', kind: 'text' },
        { name: 'b', label: 'b', kind: 'text', lines: true },
        { name: 'c', label: 'c', kind: 'text', after: 'because' },
      ],
    };
    expect(argsOf(form, { alert: '7', a: '--tenant zeta "x"', b: 'A=b c\n\n D=e ', c: ' w ', d: 'not there' })).toEqual(
      [...['#7', '--tenant zeta "x"', 'A=b c', 'D=e', 'because', 'w']],
    );
    expect(argsOf(form, { a: '' })).toEqual([]);
  });

  test('`form note 1` brings the form with the number; without one, a field asks for the alert', async () => {
    const known = await say('form note:1');
    expect(known.card.form).toMatchObject({ command: 'note', tenant: 'acme', alert: 1, title: 'Note on alert · 1' });
    expect(known.card.form?.fields.map(({ name }) => name)).toEqual(['words']);
    expect(known.text).toContain('/mdr note 1');
    const unknown = await say('form close');
    expect(unknown.card.form?.fields.map(({ name, kind }) => `${name} ${kind}`)).toEqual([
      ...['alert alert', 'reason select', 'words text'],
    ]);
  });

  test('no form for what one may not do, or may not see', async () => {
    expect((await say('form note 1', { user: 'Uvic' })).text).toContain('MDR_FORBIDDEN');
    expect((await say('form note 2', { user: 'Ucus', channel: 'CCUST' })).text).toContain('MDR_FORBIDDEN');
    expect((await say('form close 1', { user: 'Ucus', channel: 'CCUST' })).text).toContain('MDR_ALERT_UNKNOWN');
    expect((await say('form close 9')).text).toContain('MDR_ALERT_UNKNOWN');
    expect((await say('form close 1', { tenant: 'zeta' })).text).toContain('MDR_FORBIDDEN');
    expect((await say('form status')).text).toContain('MDR_COMMAND_UNKNOWN');
    expect((await say('form')).text).toContain('MDR_COMMAND_USAGE');
    expect((await say('form note x')).text).toContain('MDR_COMMAND_USAGE');
  });

  test('what is filled in runs the command; flags and numbers in it are words', async () => {
    const words = '2 --tenant zeta "quoted\nand more';
    const { text } = await say('note', { values: { alert: '1', words }, tenant: 'acme' });
    expect(text).toContain('Alert 1');
    expect((await record(1)).log.at(-1)).toMatchObject({ kind: 'note', text: words });
    await say('assign', { values: { alert: '1', person: 'ana' } });
    expect((await record(1)).assignee).toEqual({ id: 'ana', name: 'Ana Silva' });
    await say('close', { values: { alert: '1', reason: 'benign', words: 'true_positive? no' } });
    expect(await record(1)).toMatchObject({ state: 'closed', reason: 'benign' });
    expect((await say('close', { values: { alert: '9', reason: 'benign' } })).text).toContain('MDR_ALERT_UNKNOWN');
    expect((await say('note', { user: 'Uvic', values: { alert: '1', words: 'x' } })).text).toContain('MDR_FORBIDDEN');
  });

  test('tune takes conditions as lines and the reason as a whole', async () => {
    const values = { alert: '2', conditions: 'Image|endswith=\\rundll32.exe\nUser=CORP\\jane', reason: 'it is ours' };
    const { text } = await say('tune', { values });
    expect(text).toContain('E1 proposed');
    const [exception] = await acme.exceptions.find({});
    expect(exception?.conditions.map(({ key }) => key)).toEqual(['Image|endswith', 'User']);
    expect(exception?.reason).toBe('it is ours');
  });
});

describe('menu', () => {
  const actions = async (user: string, channel = 'CPROV'): Promise<Action[]> =>
    (await say('menu', { user, channel })).card.blocks.flatMap((block) =>
      block.kind === 'actions' ? block.actions : [],
    );

  test.each(['ana', 'vic', 'cus'])('shows %s only what they may run, and each button runs', async (id) => {
    const channel = id === 'cus' ? 'CCUST' : 'CPROV';
    const person = (await store.people.findById(id).lean())!;
    const role = ROLES.find((known) => known === person.grants[0]?.role)!;
    const found = await actions(`U${id}`, channel);
    expect(found.map((action) => action.id)).toContain('alerts');
    for (const action of found) {
      const name = action.record;
      expect(isAtLeast(role, commands.find((command) => command.name === name)!.role)).toBe(true);
      const { card, text } = await say(`${action.command} ${action.record}`, {
        user: `U${id}`,
        channel,
        tenant: 'acme',
      });
      // What a customer's side may not have is said by the command itself; nothing is misunderstood.
      expect(text).not.toMatch(/MDR_COMMAND|MDR_INTERNAL/);
      expect(card.form !== undefined).toBe(action.command === 'form');
    }
  });

  test('it starts no command that needs words, none that is not there, and not itself', async () => {
    for (const name of ['close', 'form', 'menu', 'nope', 'note'])
      expect((await say(`menu ${name}`)).text).toContain('MDR_COMMAND_UNKNOWN');
  });
});

describe('raise', () => {
  const message = {
    ...{
      surface: 'slack',
      channel: 'CPROV',
      message: '1764.1',
      at: NOW - 5000,
      author: 'slack:UX',
      authorName: 'Xeni',
    },
    ...{ text: 'my screen turned red\nand it says pay', link: 'https://x.slack.com/archives/CPROV/p1' },
  };

  test('by hand: a detection with its words, level and host, through triage into an alert', async () => {
    const { text } = await say('raise high odd window at login on host WS-077');
    const number = Number(/Alert (\d+)/.exec(text)?.[1]);
    const alert = await record(number);
    expect(alert).toMatchObject({ entity: { kind: 'host', value: 'ws-077' }, level: 'high' });
    expect(alert.title).toContain('odd window at login');
    const told = async () => (await queues.queue('changes').getJobs()).map(({ data }) => data.number);
    await expect.poll(told).toContain(number);
    const again = await say('raise high odd window at login on host WS-077');
    expect(again.text).toContain(`Alert ${number}`);
    expect((await record(number)).detections).toBe(1);
  });

  test('two reports on nothing in particular are two alerts; two on one host are one, with the words of both', async () => {
    const numbers = new Set<string>();
    for (const words of ['lights are off', 'door is open'])
      numbers.add(/Alert (\d+)/.exec((await say(`raise ${words}`)).text)![1]!);
    expect(numbers.size).toBe(2);
    await say('raise first thing on host H1');
    const { text } = await say('raise second thing on host H1');
    const alert = await record(Number(/Alert (\d+)/.exec(text)?.[1]));
    expect(alert.rules.map(({ title }) => title).sort()).toEqual(['first thing', 'second thing']);
  });

  test('from a message: its author, its own time and its address, once however often it is raised', async () => {
    const values = { level: 'critical', words: 'Ransom note' };
    const { text } = await say('raise', { values, message });
    const number = Number(/Alert (\d+)/.exec(text)?.[1]);
    expect(await record(number)).toMatchObject({ first: message.at, detections: 1 });
    const [detection] = await acme.detections.find({ alert: number });
    expect(detection?.event.time).toBe(message.at);
    expect(JSON.parse(detection!.event.original)).toMatchObject({ authorName: 'Xeni', link: message.link });
    expect((await say('raise', { values, message })).text).toContain(`Alert ${number}`);
    expect(await acme.detections.count({ alert: number })).toBe(1);
  });

  test('what was said in the provider lane is not shown where the customer reads', async () => {
    const secret = { ...message, message: '1764.2', text: 'SECRET words of the provider' };
    const form = await say('form raise', { message: secret });
    expect(JSON.stringify(form.card.form)).not.toContain('SECRET');
    const { text } = await say('raise', { values: { words: 'Something odd' }, message: secret });
    const number = /Alert (\d+)/.exec(text)![1];
    await say(`ack ${number}`);
    expect((await say(`alert ${number}`)).text).toContain('SECRET');
    expect((await say(`alert ${number}`, { user: 'Ucus', channel: 'CCUST' })).text).not.toContain('SECRET');
    expect((await say(`alert ${number}`, { channel: 'CCUST' })).text).not.toContain('SECRET');
  });

  test("a customer's message is prefilled and shown, and the customer is told that the provider knows", async () => {
    const own = { ...message, channel: 'CCUST', message: '1764.3' };
    const form = await say('form raise', { user: 'Ucus', channel: 'CCUST', message: own });
    expect(form.card.form?.fields.find(({ name }) => name === 'words')?.value).toBe('my screen turned red');
    const { text } = await say('raise', {
      user: 'Ucus',
      channel: 'CCUST',
      values: { words: 'Red screen' },
      message: own,
    });
    expect(text).toContain('provider was told');
  });

  test('a viewer raises nothing, and nothing is raised without words', async () => {
    expect((await say('raise x', { user: 'Uvic' })).text).toContain('MDR_FORBIDDEN');
    expect((await say('raise high')).text).toContain('MDR_COMMAND_USAGE');
    expect((await say('raise on host H9')).text).toContain('MDR_COMMAND_USAGE');
  });
});

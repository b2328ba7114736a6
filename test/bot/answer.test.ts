import { Writable } from 'node:stream';
import { pino } from 'pino';
import { beforeAll, describe, expect, it } from 'vitest';
import { makeAnswer } from '../../bot/answer.js';
import { renderText } from '../../bot/cards/text.js';
import { rootKey } from '../../bot/outbox/keys.js';
import type { Answer, Ask } from '../../bot/surfaces/types.js';
import { loadCommands } from '../../commands/index.js';
import type { Command } from '../../commands/types.js';
import { log } from '../../engine/log.js';
import type { Queues } from '../../engine/queues.js';
import type { Store } from '../../engine/store/index.js';
import { addPerson, addTenant, alertRecord, detectionRecord, NOW } from '../commands/world.js';
import { testQueues, testStore } from '../support/services.js';

/** Stands in every record of zeta: it must never be shown to acme's people. */
const SECRET = 'zeta-secret-7f3a';

let store: Store;
let queues: Queues;
let commands: readonly Command[];
let answer: Answer;

beforeAll(async () => {
  ({ store } = await testStore());
  ({ queues } = await testQueues());
  commands = await loadCommands();
  answer = makeAnswer({ store, queues, commands, clock: () => NOW, log });
  const acme = await addTenant(store, 'acme', 'Acme', [
    { surface: 'slack', channel: 'CACME', lane: 'provider' },
    { surface: 'slack', channel: 'CACMECUSTOMER', lane: 'customer' },
    { surface: 'slack', channel: 'CTWO', lane: 'provider' },
  ]);
  const zeta = await addTenant(store, 'zeta', `Zeta ${SECRET}`, [
    { surface: 'slack', channel: 'CZETA', lane: 'provider' },
    { surface: 'slack', channel: 'CTWO', lane: 'provider' },
  ]);
  await acme.alerts.insert(alertRecord(1));
  const published = { at: NOW, by: { id: 'soc', name: 'Soc Analyst' } };
  await acme.alerts.insert(alertRecord(2, { state: 'acknowledged', published }));
  for (const number of [1, 2, 3]) {
    await zeta.alerts.insert(
      alertRecord(number, {
        title: SECRET,
        entity: { kind: 'host', value: SECRET },
        observables: [{ kind: 'host', value: SECRET }],
        state: number === 2 ? 'acknowledged' : number === 3 ? 'closed' : 'new',
      }),
    );
    await zeta.detections.insert(detectionRecord(number, SECRET));
  }
  for (const [number, message] of [
    [1, 'ts1'],
    [2, 'ts2'],
  ] as const) {
    const thread = { tenant: 'acme', surface: 'slack', channel: 'CACME', number };
    await acme.posts.insert({
      _id: rootKey(thread),
      surface: 'slack',
      channel: 'CACME',
      thread: null,
      message,
      digest: 'd',
      state: 'sent',
      revision: 1,
      updated: NOW,
    });
  }
  await addPerson(store, 'ana', 'Ana Acme', [{ tenant: 'acme', role: 'admin' }]);
  await addPerson(store, 'vic', 'Vic Viewer', [{ tenant: 'acme', role: 'viewer' }]);
  await addPerson(store, 'cus', 'Cus Tomer', [{ tenant: 'acme', role: 'lead' }], 'customer');
  await addPerson(store, 'star', 'Star Customer', [{ tenant: '*', role: 'admin' }], 'customer');
  await addPerson(store, 'soc', 'Soc Analyst', [{ tenant: '*', role: 'analyst' }]);
  await addPerson(store, 'zed', SECRET, [{ tenant: 'zeta', role: 'admin' }]);
  await addPerson(store, 'none', 'No Role', []);
});

const ask = (text: string, more: Partial<Ask> = {}): Ask => ({
  surface: 'terminal',
  user: 'ana',
  channel: 'terminal',
  thread: null,
  tenant: null,
  text,
  ...more,
});
const say = async (text: string, more: Partial<Ask> = {}) => {
  const card = await answer(ask(text, more));
  return { card, text: renderText(card, { width: 200 }), failed: card.tone === 'error' };
};
const slack = (channel: string, user: string, more: Partial<Ask> = {}): Partial<Ask> => ({
  surface: 'slack',
  channel,
  user: `U${user}`,
  ...more,
});

describe('who is asking', () => {
  it('tells somebody unknown their id and how to get access, and nothing else', async () => {
    const { text, card } = await say('alerts', { user: 'mallory', tenant: 'zeta' });
    expect(card.tone).toBe('error');
    expect(text).toContain('MDR_PERSON_UNKNOWN');
    expect(text).toContain('terminal:mallory');
    expect(text).toContain('npx mdr people add');
    expect(text).not.toMatch(/acme|zeta/i);
  });

  it('is not fooled by an id that only looks like a known one', async () => {
    for (const user of ['ANA', 'ana ', ' ana', 'an', 'ana\u200b', '$ne', 'ana\n'])
      expect((await say('alerts', { user })).text).toContain('MDR_PERSON_UNKNOWN');
  });

  it('knows a person by the identity of the surface they use', async () => {
    expect((await say('alerts', slack('CACME', 'ana'))).failed).toBe(false);
    expect((await say('alerts', { surface: 'slack', channel: 'CACME', user: 'ana' })).text).toContain(
      'MDR_PERSON_UNKNOWN',
    );
  });
});

describe('tenants never mix', () => {
  // Every command and button, in every surface: tenants.test.ts.
  it('never shows a word of another tenant in what a person may run', async () => {
    const tricks = [
      'alerts all',
      `alerts ${SECRET}`,
      `alerts all host ${SECRET}`,
      'alerts zeta',
      'alert 3',
      'alert zeta/1',
      'alert 1 zeta',
      'tenant',
      'tenant zeta',
      'status',
      'help',
      `assign 1 "${SECRET}"`,
      'assign 1 zed',
      'assign 1 <@Uzed>',
      'alerts {"$gt":""}',
      'alert $ne',
      'ack 3',
      'close 3 benign',
      'note 3 x',
      'reopen 3',
      'alert detection-1',
    ];
    for (const user of ['ana', 'cus']) {
      for (const trick of tricks) {
        const { text } = await say(trick, { user });
        // What they typed themselves may be repeated to them.
        expect(text.replaceAll(trick.includes(SECRET) ? SECRET : '\0', '')).not.toContain(SECRET);
        expect(text).not.toContain('Zeta');
      }
    }
  });

  it('does not say whether a tenant exists to somebody without a role for it', async () => {
    const title = async (tenant: string) => (await say('alerts', { tenant })).card.title;
    expect(await title('zeta')).toBe(await title('no-such-tenant'));
    expect((await say('alerts --tenant no-such-tenant', { user: 'soc' })).text).toContain('MDR_TENANT_UNKNOWN');
  });

  it.each(['Zeta', 'ZETA', 'zet', 'zeta ', 'zeta*', '*', 'acme,zeta'])(
    'matches a named tenant exactly: %j',
    async (tenant) => {
      expect((await say('alerts', { user: 'soc', tenant })).failed).toBe(true);
    },
  );

  it('refuses a channel that two tenants are bound to', async () => {
    expect((await say('alerts', slack('CTWO', 'soc'))).text).toContain('MDR_FORBIDDEN');
  });
});

describe('which tenant', () => {
  it("takes the channel's", async () => {
    const { text } = await say('alerts', slack('CACME', 'soc'));
    expect(text).toContain('of Acme (acme)');
    expect((await say('alerts', { surface: 'console', channel: 'acme/alerts', user: 'soc' })).text).toContain('(acme)');
  });

  it.each(['alerts --tenant acme', '--tenant=acme alerts', '/mdr alerts —tenant acme', 'mdr --tenant "acme" alerts'])(
    'takes the one that was named, and echoes it: %s',
    async (text) => {
      expect((await say(text, { user: 'soc' })).text).toContain('Tenant: Acme (acme)');
    },
  );

  it('takes the only one a person has, and asks when there are several', async () => {
    expect((await say('help')).text).toContain('Tenant: Acme (acme)');
    const { text } = await say('help', { user: 'soc' });
    expect(text).toContain('MDR_TENANT_NEEDED');
    expect(text).toContain('acme, zeta');
    expect((await say('help', { user: 'none' })).text).toContain('MDR_FORBIDDEN');
    expect((await say('help', { user: 'star' })).text).toContain('MDR_FORBIDDEN');
  });

  it('answers in no channel that is bound to nobody, but in a direct message', async () => {
    expect((await say('alerts', slack('CRANDOM', 'ana', { tenant: 'acme' }))).text).toContain('MDR_CHANNEL_UNBOUND');
    expect((await say('alerts', slack('DANA', 'ana', { direct: true }))).text).toContain('Tenant: Acme (acme)');
  });

  it('refuses two tenants in one command', async () => {
    expect((await say('alerts --tenant acme --tenant zeta', { user: 'soc' })).text).toContain('MDR_COMMAND_USAGE');
    expect((await say('alerts --tenant zeta', { user: 'soc', tenant: 'acme' })).text).toContain('MDR_COMMAND_USAGE');
  });
});

describe('what they may do', () => {
  it('lets each command be run from its role on', async () => {
    for (const command of commands) {
      const { text } = await say(`${command.name} 2 benign`, { user: 'vic' });
      expect({ command: command.name, refused: text.includes('needs the role') }).toEqual({
        command: command.name,
        refused: command.role !== 'viewer',
      });
    }
  });

  it("keeps what was not published, and notes, in the provider's lane", async () => {
    await say('note 2 internal-words');
    for (const place of [{ user: 'cus' }, slack('CACMECUSTOMER', 'soc')]) {
      expect((await say('alert 1', place)).text).toContain('MDR_ALERT_UNKNOWN');
      expect((await say('ack 1', place)).text).toContain('MDR_ALERT_UNKNOWN');
      expect((await say('alerts', place)).text).not.toMatch(/^1 {2,}/m);
      const { text, failed } = await say('alert 2', place);
      expect(failed).toBe(false);
      expect(text).not.toContain('internal-words');
      expect((await say('note 2 hello', place)).text).toContain('MDR_FORBIDDEN');
      expect((await say('status', place)).text).not.toContain('Workers');
    }
    expect((await say('alert 2')).text).toContain('internal-words');
  });
});

describe('in a thread', () => {
  it("takes the alert's number from the thread, and a number that is typed before that", async () => {
    expect((await say('alert', slack('CACME', 'ana', { thread: 'ts1' }))).text).toContain('Alert 1 ');
    expect((await say('alert', slack('CACME', 'ana', { thread: 'ts2' }))).text).toContain('Alert 2 ');
    expect((await say('alert #2', slack('CACME', 'ana', { thread: 'ts1' }))).text).toContain('Alert 2 ');
    expect((await say('alert', slack('CACME', 'ana', { thread: 'another' }))).text).toContain('MDR_COMMAND_USAGE');
    expect((await say('alert', slack('CACME', 'ana'))).text).toContain('MDR_COMMAND_USAGE');
  });

  it('does not take the first word of a note for a number', async () => {
    await say('note 2 hosts more', slack('CACME', 'ana', { thread: 'ts1' }));
    expect((await say('alert 1')).text).toContain('2 hosts more');
  });
});

describe('answers that cannot be given', () => {
  it.each([
    ['alrets', 'Did you mean "alerts"?'],
    ['hlep', 'Did you mean "help"?'],
    ['acknowledge', 'Did you mean "ack"?'],
    ['12', 'Did you mean "alert 12"?'],
    ['<!channel>', ''],
  ])('says that it does not know %s', async (text, meant) => {
    const shown = (await say(text)).text;
    expect(shown).toContain('MDR_COMMAND_UNKNOWN');
    expect(shown).toContain(meant);
    expect(shown).toContain('/mdr help');
  });

  it('answers an empty line with help', async () => {
    expect((await say('  ')).text).toContain('/mdr alerts');
    expect((await say('/mdr')).text).toContain('/mdr alerts');
  });

  it('refuses a text that is too long, and survives any other', async () => {
    expect((await say('x'.repeat(4001))).text).toContain('MDR_COMMAND_USAGE');
    for (const text of [
      '\0',
      '"',
      "'''",
      '“',
      '\u202e',
      '--tenant',
      '" '.repeat(1900),
      'alerts '.repeat(500),
      '__proto__',
      'constructor',
    ])
      expect((await say(text)).failed).toBe(true);
  });

  it('logs a failure inside under a reference that the card shows, and shows nothing of it', async () => {
    const lines: string[] = [];
    const sink = new Writable({
      write(chunk, _encoding, done) {
        lines.push(String(chunk));
        done();
      },
    });
    const broken: Command = {
      ...commands[0]!,
      name: 'broken',
      role: 'viewer',
      run: async () => {
        throw new Error('password=hunter2');
      },
    };
    const failing = makeAnswer({
      store,
      queues,
      commands: [broken],
      clock: () => NOW,
      log: pino(sink) as unknown as typeof log,
    });
    const text = renderText(await failing(ask('broken')));
    const reference = /reference ([0-9a-f]{8})/.exec(text)?.[1];
    expect(text).toContain('MDR_INTERNAL');
    expect(text).not.toContain('hunter2');
    expect(lines.join('')).toContain(`"reference":"${reference}"`);
    expect(lines.join('')).toContain('hunter2');
  });
});

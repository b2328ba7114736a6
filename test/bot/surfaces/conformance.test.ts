import { afterEach, describe, expect, test } from 'vitest';
import { linkOrNull, uploadOrSay } from '../../../bot/surfaces/degrade.js';
import { DeliveryError, FEATURES, type Surface } from '../../../bot/surfaces/types.js';
import type { Action, Block, Card, Inline } from '../../../commands/cards/card.js';
import { consoleKit } from './conformance/console.js';
import { discordKit } from './conformance/discord.js';
import { slackKit } from './conformance/slack.js';
import { terminalKit } from './conformance/terminal.js';
import { type Kit, RATE_LIMIT_MS } from './conformance/types.js';
import { card } from './slack.harness.js';

const SURFACES: [string, () => Promise<Kit>][] = [
  ['Slack over HTTP', () => slackKit('HTTP')],
  ['Slack over Socket Mode', () => slackKit('Socket Mode')],
  ['Discord', discordKit],
  ['the console', consoleKit],
  ['the terminal', terminalKit],
];

let open: Kit | undefined;
afterEach(async () => {
  await open?.stop();
  open = undefined;
});

async function failure(delivery: Promise<unknown>): Promise<DeliveryError> {
  const error = await delivery.then(
    () => new Error('it succeeded'),
    (thrown: unknown) => thrown,
  );
  expect(error).toBeInstanceOf(DeliveryError);
  return error as DeliveryError;
}

const action = (rest: Partial<Action> = {}): Action => ({
  id: 'one',
  label: 'Acknowledge',
  command: 'ack',
  tenant: 'acme',
  record: '17',
  ...rest,
});

/** A value wherever a card can hold one. */
function everywhere(text: string): Card {
  const inline: Inline = [text, { bold: text }, { code: text }];
  return {
    title: text,
    tone: 'high',
    blocks: [
      { kind: 'text', text: inline },
      { kind: 'fields', fields: [{ name: text, value: inline }] },
      { kind: 'list', items: [inline, text] },
      { kind: 'table', columns: [text, 'b'], rows: [[text, inline]] },
      { kind: 'code', text },
      { kind: 'note', text: inline },
      { kind: 'actions', actions: [action({ label: text })] },
    ],
  };
}

const HOSTILE = [
  '<!channel> <!here|here>',
  '<@U0ANA> <@800000000000000001> <@&1> <#C0ALERTS> <#700000000000000001>',
  '@everyone @here @channel',
  '<http://evil.example|your bank>',
  '[click](http://evil.example)',
  '](http://evil.example) [x',
  'http://evil.example/x https://evil.example discord://x',
  '*bold* _it_ __un__ ~~st~~ ||spoiler||',
  'a `code` b',
  '```\nblock\n``` after `',
  ':rotating_light: <:name:123> </close:1> <t:0:R> <id:customize>',
  'x\n# big\n> quoted\n1. one\n-# small',
  '\\<@800000000000000001\\> \\[x](http://evil.example)',
  '&lt;!channel&gt; <script>alert(1)</script>',
  'name\u202efdp.exe a\u200bb \u2066x\u2069',
  'a\u0000b\u001b[31mc\u0007',
];

describe.each(SURFACES)('%s', (_name, make) => {
  const start = async (): Promise<Kit> => {
    open = await make();
    return open;
  };
  const can = ({ surface }: Kit, feature: (typeof FEATURES)[number]) => surface.supports.has(feature);

  test('says what it can do: an optional method is there exactly when its feature is', async () => {
    const { surface } = await start();
    const optional = [
      'upload',
      'link',
      'whisper',
      'react',
      'person',
      'direct',
      'room',
    ] as const satisfies (keyof Surface)[];
    for (const feature of optional)
      expect([feature, surface[feature] !== undefined]).toEqual([feature, surface.supports.has(feature)]);
    for (const feature of surface.supports) expect(FEATURES).toContain(feature);
  });

  test('where it writes to one person alone, that is a channel of its own, the same each time', async () => {
    const { surface, person, channel } = await start();
    if (!surface.direct) return;
    const alone = await surface.direct(person.id);
    expect(alone).not.toBe(channel);
    expect(await surface.direct(person.id)).toBe(alone);
    const ref = await surface.post(alone, card('Was this you?'), 'q1', null);
    expect(await surface.find(alone, 'q1', null)).toEqual(ref);
    expect((await failure(surface.direct('800000000000000404'))).kind).toBe('gone');
  });

  test('a post is there with its words, and a reply stands in its thread, or after it where there are none', async () => {
    const kit = await start();
    const root = await kit.surface.post(
      kit.channel,
      card('Alert 17', [{ kind: 'text', text: 'on host WS-1' }]),
      'k1',
      null,
    );
    expect(await kit.see(root)).toMatchObject({
      text: expect.stringMatching(/Alert 17.*on host WS-1/s),
      thread: null,
      invalid: null,
    });
    const reply = await kit.surface.post(kit.channel, card('Acknowledged'), 'k2', root.message);
    const seen = await kit.see(reply);
    expect(seen?.text).toContain('Acknowledged');
    expect(seen?.thread).toBe(can(kit, 'thread') ? root.message : null);
    expect(await kit.count()).toBe(2);
  });

  test('an edit replaces what was there, a reply’s too; where that cannot be it is shown again', async () => {
    const kit = await start();
    const root = await kit.surface.post(kit.channel, card('Alert 17'), 'k1', null);
    const reply = await kit.surface.post(kit.channel, card('Working on it'), 'k2', root.message);
    await kit.surface.edit(root, card('Alert 17, closed'));
    expect((await kit.see(root))?.text).toContain('closed');
    await kit.surface.edit(reply, card('Done'));
    expect((await kit.see(reply))?.text).toContain('Done');
    expect(await kit.count()).toBe(can(kit, 'edit') ? 2 : 4);
    if (can(kit, 'edit')) expect((await kit.see(root))?.edits).toBe(1);
  });

  test('the same key twice is one message: by itself, or because find sees the first', async () => {
    const kit = await start();
    const root = await kit.surface.post(kit.channel, card('root'), 'root', null);
    for (const thread of [null, root.message]) {
      const key = `key of ${thread}`;
      const first = await kit.surface.post(kit.channel, card('once'), key, thread);
      expect(await kit.surface.find(kit.channel, key, thread)).toEqual(first);
      if (can(kit, 'once')) expect(await kit.surface.post(kit.channel, card('once'), key, thread)).toEqual(first);
    }
    expect(await kit.count()).toBe(3);
    expect(await kit.surface.find(kit.channel, 'another key', null)).toBeNull();
    expect(await kit.surface.find(kit.channel, 'another key', root.message)).toBeNull();
  });

  test('a post whose answer was lost is unknown, and find sees whether it was stored; an edit is tried again', async () => {
    const kit = await start();
    const root = await kit.surface.post(kit.channel, card('root'), 'root', null);
    // Where nothing stands between, no answer can be lost, and the same key is the same message anyway.
    if (!kit.trouble) return expect(can(kit, 'once')).toBe(true);
    await kit.surface.post(kit.channel, card('first reply'), 'first', root.message);
    for (const thread of [null, root.message]) {
      kit.trouble('post', 'lost');
      expect(await failure(kit.surface.post(kit.channel, card('x'), `lost ${thread}`, thread))).toMatchObject({
        kind: 'unknown',
      });
      const found = await kit.surface.find(kit.channel, `lost ${thread}`, thread);
      expect((await kit.see(found!))?.text).toContain('x');
      kit.trouble('post', 'not stored');
      expect(await failure(kit.surface.post(kit.channel, card('y'), `not ${thread}`, thread))).toMatchObject({
        kind: 'unknown',
      });
      expect(await kit.surface.find(kit.channel, `not ${thread}`, thread)).toBeNull();
    }
    kit.trouble('edit', 'not stored');
    expect(await failure(kit.surface.edit(root, card('z')))).toMatchObject({ kind: 'unavailable' });
  });

  test('a rate limit says how long to wait, and nothing was tried again behind the back of the outbox', async () => {
    const kit = await start();
    if (!kit.trouble) return expect(can(kit, 'once')).toBe(true);
    const root = await kit.surface.post(kit.channel, card('root'), 'root', null);
    for (const [operation, attempt] of [
      ['post', () => kit.surface.post(kit.channel, card('x'), 'k', null)],
      ['edit', () => kit.surface.edit(root, card('x'))],
    ] as const) {
      kit.trouble(operation, 'rate-limited');
      const error = await failure(attempt());
      expect(error.kind).toBe('rate-limited');
      expect(error.retryAfterMs).toBeGreaterThanOrEqual(RATE_LIMIT_MS);
      expect(error.retryAfterMs).toBeLessThan(RATE_LIMIT_MS + 1000);
    }
    expect(await kit.count()).toBe(1);
    await kit.surface.post(kit.channel, card('x'), 'k', null);
  });

  test('what the server will never take is refused', async () => {
    const kit = await start();
    if (!kit.trouble) return expect(can(kit, 'once')).toBe(true);
    kit.trouble('post', 'refused');
    expect(await failure(kit.surface.post(kit.channel, card('x'), 'k', null))).toMatchObject({ kind: 'refused' });
  });

  test('a channel, a message or a thread that is not there is gone', async () => {
    const kit = await start();
    expect(await failure(kit.surface.post(kit.noChannel, card('x'), 'k', null))).toMatchObject({ kind: 'gone' });
    expect(await failure(kit.surface.find(kit.noChannel, 'k', null))).toMatchObject({ kind: 'gone' });
    expect(await failure(kit.surface.edit(kit.noMessage, card('x')))).toMatchObject({ kind: 'gone' });
  });

  test('a command is asked by the right person in the right channel, and answered to them', async () => {
    const kit = await start();
    await kit.type('alerts high+');
    expect(kit.asks).toMatchObject([
      { surface: kit.surface.name, user: kit.person.id, channel: kit.channel, thread: null, text: 'alerts high+' },
    ]);
    const [answer] = await kit.answers();
    expect(answer?.text).toMatch(/alerts high\+/);
    expect(answer?.user).toBe(can(kit, 'ephemeral') ? kit.person.id : null);
  });

  test('a click carries command, record and tenant, and nothing else', async () => {
    const kit = await start();
    const post = (rest: Partial<Action>, key: string) =>
      kit.surface.post(kit.channel, card('Alert 17', [{ kind: 'actions', actions: [action(rest)] }]), key, null);
    const button = await post({}, 'k1');
    const choices = [{ value: 'benign', label: 'Benign' }];
    const select = await post({ command: 'close', choices }, 'k2');
    // Without buttons the card says what to type.
    if (!kit.click) return expect((await kit.see(button))?.text).toMatch(/--tenant acme "close 17 <benign>"/);
    await kit.click(button);
    await kit.click(select, 'benign');
    expect(kit.asks).toMatchObject([
      { user: kit.person.id, channel: kit.channel, thread: button.message, text: 'ack 17', tenant: 'acme' },
      { user: kit.person.id, channel: kit.channel, thread: select.message, text: 'close 17 benign', tenant: 'acme' },
    ]);
    expect((await kit.see(button))?.edits).toBe(0);
  });

  test('the same command arriving twice is handled and answered once', async () => {
    const kit = await start();
    await kit.type('alerts');
    if (!kit.again) return;
    await kit.again();
    await kit.type('status');
    expect(kit.asks.map(({ text }) => text)).toEqual(['alerts', 'status']);
    expect(await kit.answers()).toHaveLength(2);
  });

  test('values never act: no mention, link, formatting, control or invisible character', async () => {
    const kit = await start();
    for (const [index, text] of HOSTILE.entries()) {
      const ref = await kit.surface.post(kit.channel, everywhere(text), `hostile ${index}`, null);
      const seen = await kit.see(ref);
      expect([text, seen?.acting, seen?.invalid]).toEqual([text, [], null]);
    }
  });

  test('ordinary text is readable as it was', async () => {
    const kit = await start();
    const words = 'powershell -enc "SQBFAFgA" && echo <done> | 50% of C:\\Temp\\a_b*c';
    const ref = await kit.surface.post(kit.channel, card('x', [{ kind: 'text', text: words }]), 'k', null);
    expect((await kit.see(ref))?.text).toContain(words);
  });

  test('values of 1 MB, and cards with hundreds of parts, are taken, with a count of what is left out', async () => {
    const kit = await start();
    const bounded = kit.surface.name === 'slack' || kit.surface.name === 'discord';
    const many = <T>(most: (at: number) => T) => Array.from({ length: 200 }, (_, at) => most(at));
    const blocks: Block[][] = [
      everywhere('*A'.repeat(500_000)).blocks,
      many((at) => ({ kind: 'text', text: `part ${at} ${'words '.repeat(100)}` })),
      [{ kind: 'fields', fields: many((at) => ({ name: `n${at}`, value: 'v_'.repeat(50) })) }],
      [{ kind: 'list', items: many((at) => `item ${at} ${'-'.repeat(80)}`) }],
      [{ kind: 'table', columns: ['a', 'b'], rows: many((at) => [`row ${at}`, '`'.repeat(70)]) }],
      [{ kind: 'actions', actions: many((at) => action({ id: `a${at}` })) }],
      [{ kind: 'actions', actions: [action({ choices: many((at) => ({ value: `v${at}`, label: `c${at}` })) })] }],
    ];
    for (const [index, each] of blocks.entries()) {
      const ref = await kit.surface.post(kit.channel, card('long', each), `long ${index}`, null);
      const seen = await kit.see(ref);
      expect([index, seen?.invalid]).toEqual([index, null]);
      if (bounded) expect(seen?.text).toMatch(/\d+ more /);
    }
    const empty = await kit.surface.post(
      kit.channel,
      card('', [
        { kind: 'text', text: ' ' },
        { kind: 'list', items: [''] },
      ]),
      'empty',
      null,
    );
    expect((await kit.see(empty))?.invalid).toBeNull();
  });

  test('a file is put into channel and thread, once for a key; where none are taken, the surface says so there', async () => {
    const kit = await start();
    const root = await kit.surface.post(kit.channel, card('root'), 'root', null);
    const data = Buffer.from('host,user\nWS-1,ana\n');
    const file = { name: '../\u202ereport "x".csv', type: 'text/csv', data };
    for (const thread of [null, root.message]) {
      const put = () => uploadOrSay(kit.surface, kit.channel, file, `file ${thread}`, thread, 'Next: /mdr report 17.');
      const ref = await put();
      const seen = await kit.see(ref);
      expect(seen?.invalid).toBeNull();
      expect(seen?.thread).toBe(can(kit, 'thread') ? thread : null);
      if (can(kit, 'upload')) {
        expect(seen?.file?.data.equals(data)).toBe(true);
        expect(seen?.file?.name).toMatch(/^[^/\\"\u202e]*report _x_\.csv$/);
      } else expect(seen?.text).toMatch(/19 bytes.*cannot show.*Next: \/mdr report 17\./);
      expect(await put()).toEqual(ref);
    }
    expect(await kit.count()).toBe(3);
    if (!can(kit, 'upload')) return;
    const huge = { ...file, data: Buffer.alloc(10 * 1024 * 1024 + 1) };
    for (const wrong of [huge, { ...file, data: Buffer.alloc(0) }])
      expect(await failure(kit.surface.upload!(kit.channel, wrong, 'k', null))).toMatchObject({ kind: 'refused' });
    expect(await failure(kit.surface.upload!(kit.noChannel, file, 'k', null))).toMatchObject({ kind: 'gone' });
  });

  test('a message has an address, or it is said that it has none', async () => {
    const kit = await start();
    const ref = await kit.surface.post(kit.channel, card('Alert 17'), 'k', null);
    const link = await linkOrNull(kit.surface, ref);
    if (!can(kit, 'link')) return expect(link).toBeNull();
    expect(link).toMatch(/^https?:\/\/\S+$/);
    expect(link).toContain(ref.message.replace('.', ''));
    expect(await failure(kit.surface.link!({ ...ref, channel: kit.noChannel }))).toMatchObject({ kind: 'gone' });
  });

  test('an emoji, a card for one person and a person’s name, where it says so', async () => {
    const kit = await start();
    const { surface, channel, person } = kit;
    const ref = await surface.post(channel, card('Alert 17'), 'k', null);
    if (can(kit, 'react')) {
      await surface.react!(ref, '👀');
      await surface.react!(ref, '👀');
      expect(await failure(surface.react!(kit.noMessage, '👀'))).toMatchObject({ kind: 'gone' });
    }
    if (can(kit, 'person')) {
      expect(await surface.person!(person.id)).toBe(person.name);
      expect(await surface.person!('800000000000000404')).toBeNull();
    }
    if (can(kit, 'whisper')) {
      await surface.whisper!(channel, person.id, card('for you alone'), null);
      expect(await kit.count()).toBe(1);
    }
  });
});

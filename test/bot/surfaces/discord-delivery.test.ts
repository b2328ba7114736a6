import { afterEach, describe, expect, test } from 'vitest';
import { render } from '../../../bot/surfaces/discord/render.js';
import { DeliveryError } from '../../../bot/surfaces/types.js';
import type { Card } from '../../../commands/cards/card.js';
import { active } from '../../doubles/discord/markdown.js';
import { ANA, CHANNEL, type DiscordHarness, discordHarness } from './discord.harness.js';
import { card } from './slack.harness.js';

const POST = 'POST /channels/:channel/messages';
const PATCH = 'PATCH /channels/:channel/messages/:message';
let open: DiscordHarness | undefined;
afterEach(async () => {
  await open?.stop();
  open = undefined;
});
async function start(): Promise<DiscordHarness> {
  open = await discordHarness(800);
  return open;
}
async function failure(delivery: Promise<unknown>): Promise<DeliveryError> {
  const error = await delivery.then(
    () => new Error('it succeeded'),
    (thrown: unknown) => thrown,
  );
  expect(error).toBeInstanceOf(DeliveryError);
  return error as DeliveryError;
}

test.each([
  [POST, 404, 10003, 'gone'],
  [PATCH, 404, 10008, 'gone'],
  [POST, 400, 50083, 'gone'],
  [POST, 403, 50001, 'unavailable'],
  [POST, 403, 50013, 'unavailable'],
  [POST, 400, 160006, 'unavailable'],
  [POST, 401, 0, 'unavailable'],
  [POST, 400, 50035, 'refused'],
  [POST, 413, 40005, 'refused'],
  [POST, 400, 240000, 'refused'],
  [PATCH, 403, 50005, 'refused'],
  [PATCH, 400, 30046, 'rate-limited'],
  [POST, 400, 20016, 'rate-limited'],
])('%s answering %d with code %d is %s', async (route, status, code, kind) => {
  const { discord, surface } = await start();
  discord.fault(route, { kind: 'error', status, code });
  const ref = { channel: CHANNEL, message: '1' };
  const delivery = route === PATCH ? surface.edit(ref, card('x')) : surface.post(CHANNEL, card('x'), 'k', null);
  expect(await failure(delivery)).toMatchObject({ kind });
});

test('an operator is told what to do about a missing permission; a token that works again is used again', async () => {
  const { discord, surface } = await start();
  discord.workspace.channels.get(CHANNEL)!.writable = false;
  expect((await failure(surface.post(CHANNEL, card('x'), 'k', null))).message).toContain('"Send Messages"');
  discord.workspace.channels.get(CHANNEL)!.writable = true;
  discord.fault(POST, { kind: 'error', status: 401, code: 0 });
  expect((await failure(surface.post(CHANNEL, card('x'), 'k', null))).message).toContain('DISCORD_TOKEN');
  await surface.post(CHANNEL, card('x'), 'k', null);
});

test('a global rate limit holds other channels back too, without a call, until it is over', async () => {
  const { discord, surface } = await start();
  discord.workspace.addChannel('77');
  discord.fault(POST, { kind: 'rate-limited', retryAfter: 1, global: true });
  expect(await failure(surface.post(CHANNEL, card('x'), 'k', null))).toMatchObject({ kind: 'rate-limited' });
  const calls = discord.calls.length;
  const held = await failure(surface.post('77', card('x'), 'k', null));
  expect(held.kind).toBe('rate-limited');
  expect(discord.calls).toHaveLength(calls);
  await new Promise((resolve) => setTimeout(resolve, held.retryAfterMs));
  await surface.post('77', card('x'), 'k', null);
});

test('after a time-out the same key posted again gives the first message back', async () => {
  const { discord, surface } = await start();
  discord.fault(POST, { kind: 'time-out', stored: true });
  expect(await failure(surface.post(CHANNEL, card('x'), 'k', null))).toMatchObject({ kind: 'unknown' });
  const again = await surface.post(CHANNEL, card('x'), 'k', null);
  expect(discord.workspace.messages(CHANNEL).map(({ id }) => id)).toEqual([again.message]);
});

test('find turns pages, and takes no message of another for ours', async () => {
  const { discord, surface } = await start();
  const ref = await surface.post(CHANNEL, card('x'), 'far back', null);
  const embeds = discord.workspace.message(CHANNEL, ref.message)!.embeds;
  for (let count = 0; count < 250; count += 1) discord.workspace.add({ channel: CHANNEL, author: ANA, embeds });
  expect(await surface.find(CHANNEL, 'far back', null)).toEqual(ref);
});

test('a thread whose first message was deleted is gone; two first replies at once begin one thread', async () => {
  const { discord, surface } = await start();
  const root = await surface.post(CHANNEL, card('Alert 17'), 'root', null);
  await Promise.all(['a', 'b', 'c'].map((key) => surface.post(CHANNEL, card(key), key, root.message)));
  expect(discord.workspace.messages(root.message)).toHaveLength(3);
  expect(await failure(surface.post(CHANNEL, card('x'), 'k', '700000000000000999'))).toMatchObject({ kind: 'gone' });
});

describe('a card', () => {
  test('that calls somebody notifies them and nobody else', async () => {
    const { discord, surface } = await start();
    const calling: Card = card('Alert', [
      { kind: 'text', text: [{ call: 'Ana', identities: ['slack:U0ANA', `discord:${ANA}`] }, ' @everyone <@5>'] },
      { kind: 'text', text: [{ call: 'Bo', identities: ['slack:U0BO'] }] },
    ]);
    const ref = await surface.post(CHANNEL, calling, 'k', null);
    const message = discord.workspace.message(CHANNEL, ref.message)!;
    expect(message.notified).toEqual([ANA]);
    expect(message.embeds[0]?.description).toContain(`<@${ANA}>`);
    expect(message.embeds[0]?.description).toContain('**\\@Bo**');
  });

  test('shows times in the reader’s time zone, and links of ours as links', () => {
    const text = [
      { time: 1764003665123 },
      ' ',
      { link: 'open', href: 'http://127.0.0.1:8788/a(b)' },
      { time: Number.NaN },
    ];
    const [embed] = render(card('x', [{ kind: 'text', text }])).embeds;
    expect(embed?.description).toBe('<t:1764003665:d> <t:1764003665:T> [open](http://127.0.0.1:8788/a%28b%29)NaN');
    for (const href of ['javascript:alert(1)', '//x', 'http://a b']) {
      const bad = render(card('x', [{ kind: 'text', text: [{ link: 'open', href }] }])).embeds[0]?.description;
      expect(active(bad ?? '')).toEqual([]);
    }
  });

  test('keeps its parts in order: what comes after fields is an embed of its own', () => {
    const { embeds } = render(
      card('x', [
        { kind: 'text', text: 'first' },
        { kind: 'fields', fields: [{ name: 'State', value: 'open' }] },
        { kind: 'note', text: 'last' },
      ]),
    );
    expect(embeds.map(({ description, fields }) => [description, fields?.[0]?.name])).toEqual([
      ['first', 'State'],
      ['-# last', undefined],
    ]);
  });
});

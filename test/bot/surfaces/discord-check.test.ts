import { afterEach, expect, test } from 'vitest';
import { checkDiscord } from '../../../bot/surfaces/discord/check.js';
import { readConfig } from '../../../engine/config.js';
import { DiscordDouble } from '../../doubles/discord.js';
import { startPart } from '../../support/parts.js';
import { testEnv } from '../../support/services.js';
import { CHANNEL, discordHarness } from './discord.harness.js';

let discord: DiscordDouble | undefined;
afterEach(async () => {
  await discord?.stop();
  discord = undefined;
});
const settings = (double: DiscordDouble, token = double.token) =>
  readConfig({ DISCORD_TOKEN: token, DISCORD_API_URL: double.apiUrl });

test('doctor: token, application, command and channels are well', async () => {
  const harness = await discordHarness();
  const findings = await checkDiscord(settings(harness.discord), [CHANNEL]);
  expect(findings.map(({ ok, todo }) => ({ ok, todo }))).toEqual([1, 2, 3].map(() => ({ ok: true, todo: undefined })));
  expect(findings[0]?.seen).toContain(harness.discord.workspace.application);
  await harness.stop();
});

test('doctor: a wrong token, an unregistered command, and channels that are gone, closed or of another kind are each said', async () => {
  discord = await new DiscordDouble().start();
  discord.workspace.addChannel('71', { visible: false });
  discord.workspace.addChannel('72', { type: 15 });
  const findings = await checkDiscord(settings(discord), ['404', '71', '72']);
  expect(findings.map(({ ok }) => ok)).toEqual([true, true, false, false, false]);
  for (const finding of findings.slice(1)) expect(finding.todo).toBeTruthy();
  expect(findings[3]?.seen).toContain('50001');
  const wrong = await checkDiscord(settings(discord, 'wrong'), ['404']);
  expect(wrong).toMatchObject([{ ok: false, todo: expect.stringContaining('docs/discord.md') }]);
});

test('doctor: replies are to be read, and the application may not or may', async () => {
  discord = await new DiscordDouble().start();
  const config = { ...settings(discord), DISCORD_READ_REPLIES: true };
  expect((await checkDiscord(config, []))[2]).toMatchObject({
    ok: false,
    todo: expect.stringContaining('Message Content'),
  });
  discord.workspace.flags = 1 << 19;
  expect((await checkDiscord(config, []))[2]).toMatchObject({ ok: true });
});

test('the bot process connects to Discord when it has a token, answers there, and stops cleanly', async () => {
  discord = await new DiscordDouble().start();
  const { env } = await testEnv();
  const bot = await startPart('bot', { ...env, DISCORD_TOKEN: discord.token, DISCORD_API_URL: discord.apiUrl });
  try {
    expect(bot.facts.surfaces).toBe('console, discord');
    expect((await discord.slash('help')).type).toBe(5);
    const answer = await discord.until(() => discord!.workspace.ephemerals[0]);
    expect(JSON.stringify(answer.embeds)).toContain('MDR_PERSON_UNKNOWN');
  } finally {
    expect(await bot.stop()).toBe(0);
  }
}, 60_000);

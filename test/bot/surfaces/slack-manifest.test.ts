import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { afterEach, expect, test } from 'vitest';
import { parse } from 'yaml';
import { checkSlack } from '../../../bot/surfaces/slack/check.js';
import { EVENTS, SCOPES, SHORTCUTS, SLASH_COMMAND } from '../../../bot/surfaces/slack/scopes.js';
import { type Config, readConfig } from '../../../engine/config.js';
import { projectRoot } from '../../../engine/root.js';
import { SlackDouble } from '../../doubles/slack.js';

const manifest = parse(await readFile(join(projectRoot, 'manifest.yaml'), 'utf8'));
let slack: SlackDouble | undefined;
afterEach(async () => {
  await slack?.stop();
  slack = undefined;
});

test('the manifest asks for the scopes that the calls, events and command need, and no other', () => {
  expect(manifest.oauth_config.scopes.bot).toEqual(SCOPES);
});

test('the manifest subscribes to the events the bot listens for, with its slash command, buttons and Socket Mode', () => {
  expect(manifest.settings.event_subscriptions.bot_events.toSorted()).toEqual(Object.keys(EVENTS).toSorted());
  expect(manifest.features.slash_commands.map(({ command }: { command: string }) => command)).toEqual([SLASH_COMMAND]);
  expect(manifest.settings.interactivity.is_enabled).toBe(true);
  expect(manifest.settings.socket_mode_enabled).toBe(true);
  const shortcuts = manifest.features.shortcuts.map((one: Record<string, string>) => [one.callback_id, one.type]);
  expect(Object.fromEntries(shortcuts)).toEqual(SHORTCUTS);
  expect(manifest.features.app_home.home_tab_enabled).toBe(true);
  // Without this, nobody could write to the bot.
  expect(manifest.features.app_home.messages_tab_enabled).toBe(true);
  expect(manifest.features.app_home.messages_tab_read_only_enabled).toBe(false);
});

test("the manifest keeps to Slack's lengths", () => {
  expect(manifest.display_information.name.length).toBeLessThanOrEqual(35);
  expect(manifest.display_information.description.length).toBeLessThanOrEqual(140);
  for (const shortcut of manifest.features.shortcuts) {
    expect(shortcut.name.length).toBeLessThanOrEqual(24);
    expect(shortcut.description.length).toBeLessThanOrEqual(150);
  }
  for (const command of manifest.features.slash_commands) {
    expect(command.description.length).toBeLessThanOrEqual(2000);
    expect(command.usage_hint.length).toBeLessThanOrEqual(1000);
  }
});

async function settings(change: Record<string, string | undefined> = {}): Promise<Config> {
  slack = await new SlackDouble().start();
  return readConfig({
    SLACK_BOT_TOKEN: slack.botToken,
    SLACK_APP_TOKEN: slack.appToken,
    SLACK_API_URL: slack.apiUrl,
    ...change,
  });
}

test('doctor: all is well', async () => {
  const findings = await checkSlack(await settings());
  expect(findings.map(({ ok }) => ok)).toEqual([true, true, true]);
  expect(findings[0]?.seen).toContain('Double');
});

test('doctor: a missing scope is named, with what to do', async () => {
  const config = await settings();
  slack!.scopes = slack!.scopes.filter((scope) => scope !== 'im:history');
  const finding = (await checkSlack(config)).find(({ ok }) => !ok);
  expect(finding).toMatchObject({ seen: 'scopes missing: im:history', todo: expect.stringContaining('manifest.yaml') });
});

test('doctor: wrong tokens, and no way in, are each said', async () => {
  const wrong = await checkSlack(await settings({ SLACK_BOT_TOKEN: 'xoxb-wrong', SLACK_APP_TOKEN: 'xapp-wrong' }));
  expect(wrong.map(({ ok }) => ok)).toEqual([false, false]);
  for (const finding of wrong) expect(finding.todo).toBeTruthy();
  await slack?.stop();
  const none = await checkSlack(await settings({ SLACK_APP_TOKEN: undefined }));
  expect(none.at(-1)).toMatchObject({ ok: false, todo: expect.stringContaining('connections:write') });
  await slack?.stop();
  const http = await checkSlack(await settings({ SLACK_APP_TOKEN: undefined, SLACK_SIGNING_SECRET: 's' }));
  expect(http.at(-1)).toMatchObject({ ok: true, seen: expect.stringContaining('/slack/events') });
});

import { setTimeout as sleep } from 'node:timers/promises';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { words } from './slack.harness.js';
import { slackWorld, type World } from './slack.world.js';

let world: World;
beforeAll(async () => {
  world = await slackWorld('HTTP');
  await world.acme.alerts.update(
    { number: 3 },
    { $set: { assignee: { id: 'soc', name: 'Soc Both' }, level: 'critical' } },
  );
});
afterAll(() => world.stop());

const open = (user: string) => world.slack.event({ type: 'app_home_opened', user, tab: 'home', channel: 'D1' });
const page = (user: string) =>
  world.slack.until(() => {
    const view = world.slack.workspace.views.get(`home:${user}`);
    return view && words(view.blocks);
  });

test('it shows my alerts and the numbers of my tenants, by priority, and what waits', async () => {
  await open('U0SOC');
  const text = await page('U0SOC');
  expect(text).toMatch(
    /Acme \(acme\).*1 critical, 2 high.*1 alert nobody has taken.*3 · Critical · Acknowledged · .*acme thing 3/,
  );
  expect(text).toContain('Zeta (zeta)');
});

test('per person, their tenants only; the customer does not see what nobody has looked at', async () => {
  await open('U0ZED');
  expect(await page('U0ZED')).not.toContain('acme');
  await open('U0CUS');
  const theirs = await page('U0CUS');
  expect(theirs).toContain('1 critical, 1 high');
  expect(theirs).toContain('0 alerts nobody has taken');
  expect(theirs).not.toContain('zeta');
  world.slack.workspace.addUser('U0NEW', 'new');
  await open('U0NEW');
  expect(await page('U0NEW')).toContain('MDR_PERSON_UNKNOWN');
});

test('it follows changes at a bounded rate, and without changes Slack is not called', async () => {
  await sleep(700);
  const before = world.slack.workspace.published;
  await sleep(1000);
  expect(world.slack.workspace.published).toBe(before);
  for (const score of [71, 72, 73, 74])
    await world.acme.alerts.update({ number: 2 }, { $set: { score, level: 'critical' } });
  await world.slack.until(() => words(world.slack.workspace.views.get('home:U0SOC')?.blocks).includes('2 critical'));
  await sleep(400);
  // One for each of those who look at acme.
  expect(world.slack.workspace.published - before).toBe(2);
});

test('its buttons answer in a dialog; too late for one, in the conversation with the bot', async () => {
  await world.slack.clickIn('home:U0SOC', 'mdr:alert:acme-show', { user: 'U0SOC' });
  await world.slack.until(() =>
    [...world.slack.workspace.views].some(
      ([id, view]) => id.startsWith('V') && words(view.blocks).includes('acme thing 3'),
    ),
  );
  world.slack.workspace.addChannel('U0SOC', { kind: 'im' });
  world.slack.fault('views.open', { kind: 'error', error: 'expired_trigger_id' });
  await world.slack.clickIn('home:U0SOC', 'mdr:alert:acme-show', { user: 'U0SOC' });
  const [message] = await world.slack.until(() => {
    const roots = world.slack.workspace.roots('U0SOC');
    return roots.length > 0 && roots;
  });
  expect(words(message?.blocks)).toContain('acme thing 3');
});

test("a click on somebody else's page, or with another tenant's record, is refused", async () => {
  await world.slack.clickIn('home:U0SOC', 'mdr:alert:acme-show', { user: 'U0ZED' });
  await world.slack.until(() =>
    [...world.slack.workspace.views].some(
      ([id, view]) => id.startsWith('V') && words(view.blocks).includes('MDR_FORBIDDEN'),
    ),
  );
});

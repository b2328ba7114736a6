import { afterEach, expect, test } from 'vitest';
import { checkSlack } from '../../../bot/surfaces/slack/check.js';
import { slackSurface } from '../../../bot/surfaces/slack/index.js';
import { readConfig } from '../../../engine/config.js';
import { log } from '../../../engine/log.js';
import { Workspace } from '../../doubles/slack/workspace.js';
import type { Mode } from './slack.harness.js';
import { card, words } from './slack.harness.js';
import { PROVIDER, slackWorld, type World } from './slack.world.js';

const KEY = 'a key of thirty-two characters!!';
let world: World | undefined;
afterEach(async () => {
  await world?.stop();
  world = undefined;
});

async function start(mode: Mode, bot: boolean, more: Record<string, string> = {}): Promise<World> {
  world = await slackWorld(
    mode,
    {
      ...{ SLACK_CLIENT_ID: '111.222', SLACK_CLIENT_SECRET: 'double-client-secret', MDR_SECRET_KEY: KEY },
      SLACK_STATE_SECRET: 'a state secret of some length',
      ...more,
    },
    bot,
  );
  return world;
}

/** Another workspace, with a channel of its own. */
function workspace(team: string, channel: string): Workspace {
  const made = new Workspace();
  Object.assign(made.team, { id: team, name: `Team ${team}` });
  Object.assign(made.bot, { user: `U0BOT${team}`, id: `B0BOT${team}` });
  made.addChannel(channel);
  return made;
}

/** A person goes through the installation in a browser. */
async function install(
  { slack, surface }: World,
  made: Workspace,
  { forge = false, cookies = true, enterprise = false } = {},
) {
  const begun = await fetch(surface.installUrl()!, { redirect: 'manual' });
  const cookie = begun.headers.get('set-cookie')?.split(';')[0] ?? '';
  const to = new URL(begun.headers.get('location')!);
  const code = `code-${made.team.id}`;
  slack.codes.set(code, { token: `xoxb-${made.team.id}`, workspace: made, enterprise });
  const back = new URL('/slack/oauth_redirect', surface.installUrl()!);
  back.searchParams.set('code', code);
  back.searchParams.set('state', `${to.searchParams.get('state')}${forge ? 'x' : ''}`);
  const done = await fetch(back, { headers: cookies ? { cookie } : {}, redirect: 'manual' });
  return { to, status: done.status };
}

test.each<Mode>(['HTTP', 'Socket Mode'])(
  '%s: two workspaces install the app, and each channel is served with its own token',
  async (mode) => {
    const { slack, surface, store } = await start(mode, false);
    const one = workspace('T0ONE', 'C0ONE');
    const two = workspace('T0TWO', 'C0TWO');
    for (const made of [one, two]) {
      const { to, status } = await install(world!, made);
      expect(to.searchParams.get('scope')?.split(',')).toEqual(slack.scopes.toSorted());
      expect(status).toBe(200);
    }
    const ref = await surface.post('C0TWO', card('Alert 1'), 'key', null);
    expect(two.roots('C0TWO')).toHaveLength(1);
    expect(await surface.find('C0TWO', 'key', null)).toEqual(ref);
    await surface.post('C0ONE', card('Alert 2'), 'key2', null);
    expect(words(one.roots('C0ONE')[0]?.blocks)).toContain('Alert 2');
    const stored = JSON.stringify(await store.installations.find().lean());
    expect(stored).not.toContain('xoxb-');
    expect(stored).toContain('slack:T0ONE');
    await expect(surface.post('C0NOWHERE', card('x'), 'k', null)).rejects.toMatchObject({ kind: 'unavailable' });
    // The app is taken out of one of them.
    Object.assign(slack.workspace.team, { id: 'T0ONE' });
    await slack.event({ type: 'app_uninstalled' });
    await expect.poll(() => store.installations.countDocuments()).toBe(1);
    await expect(surface.post('C0ONE', card('x'), 'k', null)).rejects.toMatchObject({ kind: 'unavailable' });
  },
);

test('doctor: the workspaces that installed the app are looked at with their own tokens', async () => {
  const { slack, store } = await start('HTTP', false);
  const config = readConfig({
    ...{ SLACK_CLIENT_ID: '111.222', SLACK_CLIENT_SECRET: 'double-client-secret', MDR_SECRET_KEY: KEY },
    ...{ SLACK_STATE_SECRET: 'a state secret of some length', SLACK_SIGNING_SECRET: 's', SLACK_API_URL: slack.apiUrl },
  });
  const seen = async (of = config) => checkSlack(of, await store.installations.find().lean());
  expect((await seen())[0]).toMatchObject({ ok: true, todo: expect.stringContaining('/slack/install') });
  await install(world!, workspace('T0ONE', 'C0ONE'));
  expect((await seen()).map(({ ok }) => ok)).toEqual([true, true, true]);
  expect((await seen())[0]?.seen).toContain('T0ONE');
  const otherKey = { ...config, MDR_SECRET_KEY: KEY.toUpperCase() };
  expect((await seen(otherKey))[0]).toMatchObject({
    ok: false,
    seen: expect.stringContaining('another MDR_SECRET_KEY'),
  });
  expect((await seen({ ...config, SLACK_STATE_SECRET: undefined }))[0]).toMatchObject({ ok: false });
  slack.codes.clear();
});

test('a state that was forged, or comes from another browser, installs nothing; nor does a whole organisation', async () => {
  const { store, slack } = await start('HTTP', false);
  expect((await install(world!, workspace('T1', 'C1'), { forge: true })).status).toBeGreaterThanOrEqual(400);
  expect((await install(world!, workspace('T1', 'C1'), { cookies: false })).status).toBeGreaterThanOrEqual(400);
  expect((await install(world!, workspace('T1', 'C1'), { enterprise: true })).status).toBeGreaterThanOrEqual(400);
  expect(slack.calls.filter(({ method }) => method === 'oauth.v2.access')).toHaveLength(1);
  expect(await store.installations.countDocuments()).toBe(0);
});

test('an answer goes to the workspace that it was asked in, and teaches where its channel is', async () => {
  const { slack, store, surface } = await start('HTTP', true);
  await install(world!, workspace('T0ONE', 'C0ONE'));
  const asked = slack.slashEnvelope('form note 1', { user: 'U0ANA', channel: PROVIDER });
  await slack.deliver(asked);
  // T0DOUBLE did not install by itself: it has the bot token of the settings, as before.
  await slack.until(() => slack.workspace.views.size > 0);
  await expect.poll(async () => (await store.channelTeams.findById(`slack:${PROVIDER}`))?.team).toBe('T0DOUBLE');
  await surface.post(PROVIDER, card('still works'), 'k', null);
  expect(slack.workspace.roots(PROVIDER)).toHaveLength(1);
});

test('with another key the tokens cannot be read, and nobody is served with a wrong one', async () => {
  const { store, slack, queues } = await start('HTTP', false);
  await install(world!, workspace('T0ONE', 'C0ONE'));
  const config = readConfig({
    ...{ SLACK_CLIENT_ID: '111.222', SLACK_CLIENT_SECRET: 's', SLACK_STATE_SECRET: 'a state secret of some length' },
    ...{ MDR_SECRET_KEY: 'another key of 32 characters !!!!', SLACK_API_URL: slack.apiUrl },
  });
  const other = slackSurface({
    ...{
      config,
      answer: async () => card('x'),
      redis: queues.redis,
      prefix: queues.prefix,
      log: log.child({}, { level: 'silent' }),
    },
    desk: { store, clock: Date.now } as never,
  });
  await expect(other.post('C0ONE', card('x'), 'k', null)).rejects.toMatchObject({ kind: 'unavailable' });
});

test('what is missing for it is said at the start', async () => {
  const config = readConfig({ SLACK_CLIENT_ID: '1.2', SLACK_SIGNING_SECRET: 's' });
  const options = { config, answer: async () => card('x'), redis: {} as never, prefix: 'p', log };
  expect(() => slackSurface({ ...options, desk: {} as never })).toThrow(/SLACK_CLIENT_SECRET and SLACK_STATE_SECRET/);
});

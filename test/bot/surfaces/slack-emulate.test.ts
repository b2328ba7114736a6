import { createEmulator, type Emulator } from 'emulate';
import { pino } from 'pino';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { slackSurface } from '../../../bot/surfaces/slack/index.js';
import { SCOPES } from '../../../bot/surfaces/slack/scopes.js';
import { readConfig } from '../../../engine/config.js';
import { testQueues } from '../../support/services.js';
import { card, words } from './slack.harness.js';

// A second Slack, not written by us: it has no Socket Mode and sends no commands or clicks, but it checks our Web API calls
// and, with strict scopes, that the scopes of the manifest are enough for them.
let emulator: Emulator;
let channel: string;
const TOKEN = 'xoxb-emulate';

beforeAll(async () => {
  emulator = await createEmulator({
    service: 'slack',
    port: 0,
    seed: {
      slack: {
        strict_scopes: true,
        users: [{ name: 'mdr', real_name: 'mdr', email: 'mdr@example.com' }],
        channels: [{ name: 'alerts', topic: 'alerts' }],
        tokens: [
          { token: TOKEN, user: 'mdr', scopes: [...SCOPES] },
          { token: 'xoxb-operator', user: 'mdr', scopes: ['channels:read'] },
        ],
      },
    },
  });
  const { channels } = (await call('conversations.list', {}, 'xoxb-operator')) as {
    channels: { id: string; name: string }[];
  };
  channel = channels.find(({ name }) => name === 'alerts')!.id;
});
afterAll(() => emulator.close());

async function call(method: string, args: Record<string, string>, token = TOKEN): Promise<unknown> {
  const answer = await fetch(`${emulator.url}/api/${method}`, {
    method: 'POST',
    headers: { authorization: `Bearer ${token}` },
    body: new URLSearchParams(args),
  });
  return answer.json();
}

test('post, reply, edit and find work on a Slack that is not ours, with the scopes of the manifest', async () => {
  const { queues } = await testQueues();
  const surface = slackSurface({
    config: readConfig({ SLACK_BOT_TOKEN: TOKEN, SLACK_API_URL: `${emulator.url}/api/`, SLACK_APP_TOKEN: 'xapp-none' }),
    answer: async () => card('unused'),
    redis: queues.redis,
    prefix: queues.prefix,
    log: pino({ level: 'silent' }),
  });
  const root = await surface.post(channel, card('Alert 17'), 'alert:17', null);
  const reply = await surface.post(channel, card('Acknowledged'), 'alert:17:1', root.message);
  await surface.edit(root, card('Alert 17, closed'));
  expect(await surface.find(channel, 'alert:17', null)).toEqual(root);
  expect(await surface.find(channel, 'alert:17:1', root.message)).toEqual(reply);
  expect(await surface.find(channel, 'alert:18', null)).toBeNull();
  const { messages } = (await call('conversations.replies', { channel, ts: root.message })) as {
    messages: { ts: string; blocks: unknown }[];
  };
  expect(messages.map(({ ts }) => ts)).toEqual([root.message, reply.message]);
  expect(words(messages[0]?.blocks)).toContain('Alert 17, closed');
  await expect(surface.post('C0NONE', card('x'), 'k', null)).rejects.toMatchObject({ kind: 'gone' });
  await expect(surface.edit({ channel, message: '1.1' }, card('x'))).rejects.toMatchObject({ kind: 'gone' });
});

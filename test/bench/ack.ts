import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { startServices } from '../../bin/services.mjs';
import { render } from '../../bot/surfaces/slack/render.js';
import { alertCard } from '../../commands/cards/alert.js';
import { createToken } from '../../engine/ingest/tokens.js';
import { projectRoot } from '../../engine/root.js';
import { openStore } from '../../engine/store/index.js';
import { addPerson, addTenant, alertRecord } from '../commands/world.js';
import { SlackDouble } from '../doubles/slack.js';
import { type Figure, figure, type Measurement } from '../support/figures.js';
import { type Part, startPart } from '../support/parts.js';

const EACH = 60;
const PAUSE_MS = 40;
/** Until the queue is full. */
const WARM_MS = 2000;
const SENDERS = 4;
const LINES = 500;
const BODIES = 200;
/** Where the bot takes Slack's posts: no other bot may run on this machine then. */
const PORT = 18_789;

const ack: Measurement = {
  name: 'ack',
  summary: 'time to acknowledge slash commands and clicks, in both modes, while the engine is saturated',
  async run(_options, progress) {
    const folder = await mkdtemp(join(tmpdir(), 'mdr-bench-'));
    const services = await startServices({
      dataDir: folder,
      cacheDir: join(projectRoot, '.data/cache'),
      say: progress,
      env: { ...process.env, MONGODB_URI: undefined, REDIS_URL: undefined },
    });
    const store = await openStore(services.mongodbUri, 'mdr');
    const slack = await new SlackDouble().start();
    const parts: Part[] = [];
    let loading = false;
    const senders: Promise<void>[] = [];
    let sent = 0;
    let next = 0;
    try {
      const tenant = await addTenant(store, 'bench', 'Bench', [
        { surface: 'slack', channel: 'C0ALERTS', lane: 'provider' },
      ]);
      const person = await addPerson(store, 'ana', 'Ana', [{ tenant: 'bench', role: 'analyst' }]);
      await store.people.updateOne({ _id: person._id }, { $set: { identities: ['slack:U0ANA'] } });
      await tenant.alerts.insert(alertRecord(1, { updated: 0 }));
      const token = await createToken(store, { tenant: 'bench', source: '*' });
      const env = {
        MONGODB_URI: services.mongodbUri,
        REDIS_URL: services.redisUrl,
        MDR_ENGINE_PORT: '0',
        MDR_CONSOLE_PORT: '0',
      };
      parts.push(await startPart('engine', env), await startPart('worker', env));
      const door = parts[0]!.facts.engine!;

      // One request after the other from each sender: the worker always has more to do than it can.
      const line = (i: number) =>
        JSON.stringify({
          EventID: 4688,
          Computer: `ws${i % 50}`,
          CommandLine: `cmd.exe /c echo ${i} ${Math.random()}`,
          NewProcessName: 'C:\\Windows\\System32\\cmd.exe',
        });
      // Made before: whoever measures must not be busy making work.
      const bodies = Array.from({ length: BODIES }, (_, body) =>
        Array.from({ length: LINES }, (_, i) => line(body * LINES + i)).join('\n'),
      );
      const load = () => {
        loading = true;
        for (let sender = 0; sender < SENDERS; sender++) senders.push(send(sender));
      };
      const send = async (sender: number) => {
        while (loading) {
          const body = bodies[next++ % BODIES]!;
          const response = await fetch(`${door}/v1/events/s${sender}`, {
            method: 'POST',
            headers: { authorization: `Bearer ${token}`, 'content-type': 'application/x-ndjson' },
            body,
          }).catch(() => null);
          await response?.arrayBuffer();
          if (response?.ok) sent += LINES;
          else await sleep(200);
        }
      };
      const calm = async () => {
        loading = false;
        await Promise.all(senders.splice(0));
      };

      const figures: Figure[] = [];
      for (const mode of ['HTTP', 'Socket Mode'] as const) {
        const bot = await startPart('bot', {
          ...env,
          SLACK_BOT_TOKEN: slack.botToken,
          SLACK_API_URL: slack.apiUrl,
          ...(mode === 'HTTP'
            ? { SLACK_SIGNING_SECRET: slack.signingSecret, SLACK_PORT: String(PORT) }
            : { SLACK_APP_TOKEN: slack.appToken }),
        });
        slack.appUrl = mode === 'HTTP' ? `http://127.0.0.1:${PORT}/slack/events` : null;
        const record = (await tenant.alerts.findOne({ number: 1 }))!;
        const message = slack.workspace.add({
          channel: 'C0ALERTS',
          user: slack.workspace.bot.user,
          bot_id: slack.workspace.bot.id,
          unfurl: false,
          ...(render(alertCard(record, tenant.tenant)) as unknown as {
            text: string;
            blocks: Record<string, unknown>[];
          }),
        });
        progress(`${mode} …`);
        load();
        await sleep(WARM_MS);
        // The first of each loads what it needs.
        await slack.slash('help');
        for (const [kind, act] of [
          ['slash command', () => slack.slash('alerts')],
          ['click', () => slack.click(message, 'mdr:assign:assign')],
        ] as const) {
          const times: number[] = [];
          for (let i = 0; i < EACH; i++) {
            times.push((await act()).ms);
            await sleep(PAUSE_MS);
          }
          times.sort((a, b) => a - b);
          const at = (share: number) => times[Math.min(times.length - 1, Math.ceil(share * times.length) - 1)]!;
          figures.push(
            figure(`${mode}, ${kind}: median`, at(0.5), 'ms'),
            figure(`${mode}, ${kind}: 95th percentile`, at(0.95), 'ms'),
            figure(`${mode}, ${kind}: 99th percentile`, at(0.99), 'ms', '<= 300'),
          );
        }
        await calm();
        await bot.stop();
      }
      figures.push(figure('events sent meanwhile', sent, ''));
      return {
        name: 'ack',
        method: `${EACH} of each against a double of Slack while ${SENDERS} senders keep the engine and one worker saturated through the HTTP door, all on this machine; from the request to its acknowledgement.`,
        figures,
      };
    } finally {
      loading = false;
      await Promise.all(senders);
      for (const part of parts) await part.stop();
      await store.close();
      await slack.stop();
      await services.stop();
      await rm(folder, { recursive: true, force: true });
    }
  },
};
export default ack;

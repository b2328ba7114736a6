import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { promisify } from 'node:util';
import { gzip } from 'node:zlib';
import { startServices } from '../../bin/services.mjs';
import { counters } from '../../engine/counters.js';
import { createToken } from '../../engine/ingest/tokens.js';
import { openLake } from '../../engine/lake/index.js';
import { openQueues } from '../../engine/queues.js';
import { projectRoot } from '../../engine/root.js';
import { openStore } from '../../engine/store/index.js';
import { profileSchema } from '../../engine/store/tenants.js';
import { figure, type Measurement } from '../support/figures.js';
import { type Part, startPart } from '../support/parts.js';
import { sharedData } from '../support/shared.js';
import { readLogs } from './detect.js';

const LINES = 500;
const SENDERS = 4;
const HALF_LOAD_MS = 10_000;
const TENANT = 'bench';
const zip = promisify(gzip);

interface Batch {
  body: Buffer;
  lines: number;
}

const road: Measurement = {
  name: 'road',
  summary: 'HTTP door to stored detections, with embedded services and real processes',
  async run({ data, rules }, progress) {
    const path = data ?? sharedData('otrf');
    const folders = rules.length > 0 ? rules : [sharedData('sigmahq') ?? ''];
    if (!path || folders.includes('')) throw new Error('the shared data is not here: name --data and --rules');
    const batches: Batch[] = [];
    for await (const log of readLogs(path)) {
      const lines = log
        .toString('utf8')
        .split('\n')
        .filter((line) => line !== '');
      for (let from = 0; from < lines.length; from += LINES) {
        const part = lines.slice(from, from + LINES);
        batches.push({ body: await zip(part.join('\n'), { level: 1 }), lines: part.length });
      }
    }
    const events = batches.reduce((sum, batch) => sum + batch.lines, 0);

    const folder = await mkdtemp(join(tmpdir(), 'mdr-bench-'));
    const services = await startServices({
      dataDir: folder,
      cacheDir: join(projectRoot, '.data/cache'),
      say: progress,
      env: { ...process.env, MONGODB_URI: undefined, REDIS_URL: undefined },
    });
    const parts: Part[] = [];
    const store = await openStore(services.mongodbUri, 'mdr');
    const queues = openQueues(services.redisUrl, '{mdr}');
    try {
      await store.tenants.create({
        _id: TENANT,
        name: 'Bench',
        profile: profileSchema.parse({}),
        channels: [],
        created: Date.now(),
      });
      const token = await createToken(store, { tenant: TENANT, source: '*' });
      const env = {
        MONGODB_URI: services.mongodbUri,
        REDIS_URL: services.redisUrl,
        MDR_ENGINE_PORT: '0',
        MDR_RULES: folders.join(','),
        MDR_LAKE: join(folder, 'lake'),
      };
      parts.push(await startPart('engine', env), await startPart('worker', env));
      const door = parts[0]!.facts.engine!;
      const scope = await store.forTenant(TENANT);
      const processed = async () => (await counters(queues.redis, queues.prefix, TENANT).read()).processed;

      const send = async (batch: Batch, source: string): Promise<void> => {
        while (true) {
          const response = await fetch(`${door}/v1/events/${source}`, {
            method: 'POST',
            headers: {
              authorization: `Bearer ${token}`,
              'content-type': 'application/x-ndjson',
              'content-encoding': 'gzip',
            },
            body: new Uint8Array(batch.body),
          });
          const text = await response.text();
          if (response.ok) return;
          if (response.status !== 429) throw new Error(`the door answered ${response.status}: ${text}`);
          await sleep(Number(response.headers.get('retry-after') ?? 1) * 1000);
        }
      };
      const untilProcessed = async (total: number): Promise<void> => {
        const limit = Date.now() + 300_000;
        while ((await processed()) < total) {
          if (Date.now() > limit)
            throw new Error(`only ${await processed()} of ${total} events were processed in 5 minutes`);
          await sleep(20);
        }
      };

      const untilPublished = async (): Promise<void> => {
        const limit = Date.now() + 120_000;
        for (let before = -1, now = 0; now === 0 || now !== before; ) {
          if (Date.now() > limit) throw new Error('the rule catalogue was not written in 2 minutes');
          before = now;
          await sleep(2000);
          now = await store.rules.countDocuments({ pack: 'local' });
        }
      };

      progress('warming up …');
      const warm = batches.slice(0, 20);
      for (const batch of warm) await send(batch, 'warm');
      let done = warm.reduce((sum, batch) => sum + batch.lines, 0);
      await untilProcessed(done);
      // A worker writes new rules into the catalogue once; what is measured here is the road of a worker at rest.
      await untilPublished();

      progress(`sending ${events} events as fast as they are taken …`);
      const started = performance.now();
      const waiting = [...batches];
      await Promise.all(
        Array.from({ length: SENDERS }, async () => {
          for (let batch = waiting.shift(); batch; batch = waiting.shift()) await send(batch, 'full');
        }),
      );
      const acceptedMs = performance.now() - started;
      await untilProcessed(done + events);
      done += events;
      const perSecond = events / ((performance.now() - started) / 1000);

      progress(`half load: ${Math.round(perSecond / 2)} events/s for ${HALF_LOAD_MS / 1000} s …`);
      const accepted = new Map<string, number>();
      const begin = performance.now();
      const sending: Promise<void>[] = [];
      let sent = 0;
      for (let i = 0; performance.now() - begin < HALF_LOAD_MS; i++) {
        const batch = batches[i % batches.length]!;
        const due = begin + (sent / (perSecond / 2)) * 1000;
        if (due > performance.now()) await sleep(due - performance.now());
        sent += batch.lines;
        sending.push(
          send(batch, `half-${i}`).then(() => {
            accepted.set(`half-${i}`, Date.now());
          }),
        );
      }
      await Promise.all(sending);
      await untilProcessed(done + sent);
      const delays: number[] = [];
      for (const [source, at] of accepted) {
        const [first] = await scope.detections.find({ 'event.source': source }, { limit: 1 });
        if (first) delays.push(first.created - at);
      }
      const caughtUp = performance.now();
      const lake = openLake(join(folder, 'lake'));
      const inLake = lake.forTenant(TENANT);
      // All that was sent is of some format: what was processed is what must be there, each event once.
      while ((await inLake.status()).waiting > 0 && performance.now() - caughtUp < 300_000) await sleep(100);
      const lakeMs = performance.now() - caughtUp;
      const { events: landed } = await inLake.status();
      lake.close();
      delays.sort((a, b) => a - b);
      const p95 = delays[Math.floor(delays.length * 0.95)] ?? Number.NaN;
      return {
        name: 'road',
        method: `${events} events in gzip'd requests of ${LINES}, ${SENDERS} senders, engine and worker as processes, ${services.kinds.mongo} and ${services.kinds.redis}; from the first request to the last batch processed with its detections stored. Half load: requests spread evenly for ${HALF_LOAD_MS / 1000} s; from the 2xx to the batch's detections in MongoDB.`,
        figures: [
          figure('door to stored detections', Math.round(perSecond), 'events/s', '>= 10000'),
          figure('accepted by the door', Math.round(events / (acceptedMs / 1000)), 'events/s'),
          figure('accepted to detection at half load, 95th percentile', Math.max(0, p95), 'ms', '<= 2000'),
          figure('batches measured at half load', delays.length, '', '>= 10'),
          figure('detections stored', await scope.detections.count(), ''),
          figure('lake caught up after', lakeMs / 1000, 's'),
          figure('processed, not in the lake', (await processed()) - landed, 'events', '= 0'),
        ],
      };
    } finally {
      for (const part of parts) await part.stop();
      await queues.close();
      await store.close();
      await services.stop();
      await rm(folder, { recursive: true, force: true });
    }
  },
};
export default road;

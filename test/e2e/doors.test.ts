import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { openIntake } from '../../engine/ingest/intake.js';
import { replayLetters } from '../../engine/ingest/letters.js';
import { createToken } from '../../engine/ingest/tokens.js';
import { log } from '../../engine/log.js';
import type { TenantStore } from '../../engine/store/index.js';
import { addTenant } from '../ingest/parts.js';
import { type Part, startPart } from '../support/parts.js';
import { testEnv } from '../support/services.js';

const RULES = `title: A guessed password
id: 5a0c6f0e-0000-4000-8000-0000000000d1
logsource: { product: linux, service: sshd }
detection:
  s:
    message|contains: Failed password
  condition: s
level: low
---
title: A marked record
id: 5a0c6f0e-0000-4000-8000-0000000000d2
logsource: {}
detection:
  s:
    mark: found
  condition: s
level: low
`;
const ssh = (n: number) => `Failed password for root from 203.0.113.9 port ${40000 + n} ssh2`;

let folder: string;
let made: Awaited<ReturnType<typeof testEnv>>;
let env: Record<string, string>;
let engine: Part;
let worker: Part;
let acme: TenantStore;
let token: string;

beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), 'mdr-doors-e2e-'));
  await writeFile(join(folder, 'rules.yml'), RULES);
  made = await testEnv();
  env = { ...made.env, MDR_RULES: folder };
  await addTenant(made.store, 'acme');
  acme = await made.store.forTenant('acme');
  token = await createToken(made.store, { tenant: 'acme', source: '*' });
  [engine, worker] = await Promise.all([startPart('engine', env), startPart('worker', env)]);
});
afterAll(async () => {
  await Promise.all([engine?.stop(), worker?.stop()]);
  await rm(folder, { recursive: true, force: true });
});

const post = (path: string, body: string, type = 'application/json') =>
  fetch(`${engine.facts.engine}${path}`, {
    method: 'POST',
    body,
    headers: { authorization: `Bearer ${token}`, 'content-type': type },
  });
const found = async (rule: string) =>
  (await acme.detections.find({ 'rule.id': `5a0c6f0e-0000-4000-8000-0000000000${rule}` })).map(({ event }) => event);
const idle = async () => {
  const counts = await made.queues.queue('events').getJobCounts('waiting', 'active', 'delayed');
  return Object.values(counts).reduce((sum, count) => sum + count, 0);
};

describe('from every HTTP door to detections', () => {
  const requests: [path: string, body: string][] = [
    [
      '/services/collector',
      `{"event":"Mar  4 08:15:02 hec-1 sshd[1]: ${ssh(1)}","time":1772611200,"host":"relay"}{"event":{"mark":"found"},"host":"hec-2"}{"event":{"mark":"found"},"host":"hec-3"}`,
    ],
    ['/services/collector/raw?host=hec-4', `<86>1 2026-03-04T08:00:00Z - sshd 7 - - ${ssh(2)}\n`],
    [
      '/_bulk',
      `{"create":{"_index":"logs"}}\n${JSON.stringify({ '@timestamp': '2026-03-04T08:00:00Z', host: { name: 'es-1' }, programname: 'sshd', message: ssh(3) })}\n{"index":{"_index":"logs"}}\n{"mark":"found","host":{"name":"es-2"}}\n`,
    ],
    [
      '/v1/logs',
      JSON.stringify({
        resourceLogs: [
          {
            resource: { attributes: [{ key: 'host.name', value: { stringValue: 'otel-1' } }] },
            scopeLogs: [
              {
                logRecords: [
                  {
                    timeUnixNano: '1772611200000000000',
                    body: { stringValue: 'free text' },
                    attributes: [{ key: 'mark', value: { stringValue: 'found' } }],
                  },
                ],
              },
            ],
          },
        ],
      }),
    ],
  ];

  it('what shippers say of a record reaches its detection; requests sent again change nothing', async () => {
    for (let round = 0; round < 3; round++) {
      for (const [path, body] of requests) expect((await post(path, body)).status).toBe(200);
      await expect.poll(idle).toBe(0);
    }
    const hosts = async (rule: string) => (await found(rule)).map(({ ecs }) => ecs['host.name']).sort();
    await expect.poll(() => hosts('d1')).toEqual(['es-1', 'hec-1', 'hec-4']);
    expect(await hosts('d2')).toEqual(['es-2', 'hec-2', 'hec-3', 'otel-1']);
    const [raw] = (await found('d1')).filter(({ ecs }) => ecs['host.name'] === 'hec-4');
    expect(raw!.original).toBe(`<86>1 2026-03-04T08:00:00Z - sshd 7 - - ${ssh(2)}`);
    expect(await acme.deadletters.count()).toBe(0);
  }, 60_000);

  it('an engine and a worker killed in the middle lose nothing that was accepted, and do nothing twice', async () => {
    const before = (await found('d2')).length;
    const accepted = new Set<number>();
    let killed: Promise<unknown> | null = null;
    for (let n = 0; n < 60; ) {
      const body = `{"event":{"mark":"found","n":${n}},"time":1772611200}`;
      if (n === 20 && !killed) killed = Promise.all([engine.kill(), worker.kill()]);
      const status = await post('/services/collector', body).then(
        (answer) => answer.status,
        () => 0,
      );
      if (status === 200) accepted.add(n++);
      else {
        await killed;
        [engine, worker] = await Promise.all([startPart('engine', env), startPart('worker', env)]);
      }
    }
    expect(accepted.size).toBe(60);
    await expect.poll(async () => (await found('d2')).length, { timeout: 40_000 }).toBe(before + 60);
  }, 120_000);

  it('a record that no format can read becomes a letter; once replayed it stands again, until it can be read', async () => {
    const line = '{"mark":"found","but":"no time"}';
    expect((await post('/v1/events/app', `${line}\n`, 'application/x-ndjson')).status).toBe(202);
    await expect.poll(() => acme.deadletters.count()).toBe(1);
    const intake = openIntake({
      store: made.store,
      queues: made.queues,
      config: { MDR_MAX_WAITING: 10 },
      metrics: { accepted() {}, refused() {} },
      clock: Date.now,
      log,
    });
    const replay = () => replayLetters(acme, intake, {}, { by: 'ana', now: Date.now() });
    const [letter] = await acme.deadletters.find();
    expect(letter).toMatchObject({ source: 'app', code: 'MDR_LINE_TIME', sample: line, record: { whole: '' } });
    expect(await replay()).toEqual({ queued: 1, left: 0 });
    await expect.poll(async () => (await acme.deadletters.find())[0]!.replay).toBeNull();
    const before = (await found('d2')).length;
    // As if the sender's format had been mended since: the shipper's envelope gives it a time.
    const record = { ...letter!.record!, carrier: 'envelope', whole: `{"time":1772611200000}\t${line}` };
    await acme.deadletters.update({ _id: letter!._id }, { $set: { record } });
    expect(await replay()).toMatchObject({ queued: 1 });
    await expect.poll(async () => (await found('d2')).length).toBe(before + 1);
    expect(await replay()).toEqual({ queued: 0, left: 0 });
    expect((await acme.deadletters.find())[0]!.replay).toMatchObject({ done: true, by: 'ana' });
  }, 60_000);
});

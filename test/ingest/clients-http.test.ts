import { type ChildProcess, execFile, spawn } from 'node:child_process';
import { once } from 'node:events';
import { existsSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { promisify } from 'node:util';
import { gzipSync } from 'node:zlib';
import { afterAll, afterEach, describe, expect, it } from 'vitest';
import { createToken } from '../../engine/ingest/tokens.js';
import { hasProgram } from './certificates.js';
import { freshDoor, MIB } from './httpdoor.js';
import { countsOf, queued, queuedLines } from './parts.js';
import { seen } from './sight.js';

// Real senders against the real door. Each part skips, saying so, on a machine that lacks the program.
const run = promisify(execFile);
const env = { ...process.env, PATH: `${process.env.PATH}:/usr/sbin:/sbin`, LC_ALL: 'C' };
const folder = mkdtempSync(join(tmpdir(), 'mdr-http-clients-'));
afterAll(() => rmSync(folder, { recursive: true }));

const programs: ChildProcess[] = [];
afterEach(async () => {
  for (const program of programs.splice(0))
    if (program.exitCode === null && program.kill()) await once(program, 'exit');
});

describe.skipIf(!hasProgram('curl'))('curl (skipped without it)', () => {
  const door = freshDoor();
  async function curl(path: string, ...options: string[]): Promise<{ status: number; body: string }> {
    const { stdout } = await run('curl', ['-sS', '-w', '\n%{http_code}', ...options, `${door.url}${path}`], { env });
    const cut = stdout.lastIndexOf('\n');
    return { status: Number(stdout.slice(cut + 1)), body: stdout.slice(0, cut) };
  }
  const file = (name: string, content: string | Buffer) => {
    const path = join(folder, name);
    writeFileSync(path, content);
    return `@${path}`;
  };

  it('to HEC: as in its manual, with a channel, in chunks, and a large body that waits for a word to go on', async () => {
    const splunk = ['-H', `Authorization: Splunk ${door.token}`];
    expect(await curl('/services/collector/event', ...splunk, '-d', '{"event":"hello","host":"h"}')).toEqual({
      status: 200,
      body: '{"text":"Success","code":0}',
    });
    const channel = ['-H', 'X-Splunk-Request-Channel: FE0ECFAD-13D5-401B-847D-77833BD77131'];
    const raw = await curl(
      '/services/collector/raw?sourcetype=x',
      ...splunk,
      ...channel,
      '--data-binary',
      file('raw', 'a\nb\n'),
    );
    expect(JSON.parse(raw.body)).toEqual({ text: 'Success', code: 0, ackId: 0 });
    const ack = await curl('/services/collector/ack', ...splunk, ...channel, '-d', '{"acks":[0,1]}');
    expect(JSON.parse(ack.body)).toEqual({ acks: { 0: true, 1: false } });
    const many = file('many', `{"event":{"a":"${'x'.repeat(1000)}"}}`.repeat(3000));
    expect((await curl('/services/collector', '-u', `x:${door.token}`, '--data-binary', many)).status).toBe(200);
    const chunked = ['-H', 'Transfer-Encoding: chunked', '-H', 'Expect: 100-continue'];
    expect((await curl('/services/collector', ...splunk, ...chunked, '-d', '{"event":"in chunks"}')).status).toBe(200);
    expect((await curl('/services/collector', '-H', 'Authorization: Splunk no', '-d', '{}')).status).toBe(403);
    expect(await countsOf(door.parts)).toEqual({ accepted: 3004, refused: 0 });
  });

  it('to _bulk and to /v1/logs, compressed and not, over HTTP/1.0 too', async () => {
    const lines = Array.from({ length: 2000 }, (_, n) => `{"create":{"_index":"i"}}\n{"n":${n}}\n`).join('');
    const zipped = ['-H', 'Content-Encoding: gzip', '--data-binary', file('bulk.gz', gzipSync(lines))];
    const bulk = await curl('/_bulk?filter_path=errors', '-u', `elastic:${door.token}`, ...zipped);
    expect(bulk).toEqual({ status: 200, body: '{"errors":false}' });
    const log = '{"resourceLogs":[{"scopeLogs":[{"logRecords":[{"body":{"stringValue":"hi"}}]}]}]}';
    const otlp = ['-H', `Authorization: Bearer ${door.token}`, '-H', 'Content-Type: application/json', '-d', log];
    expect(await curl('/v1/logs', '--http1.0', ...otlp)).toEqual({ status: 200, body: '{"partialSuccess":{}}' });
    expect(await countsOf(door.parts)).toEqual({ accepted: 2001, refused: 0 });
  });

  it('gets to read why, however large its body', async () => {
    const bomb = file('bomb.gz', gzipSync(Buffer.alloc(300 * MIB, 'x')));
    const answer = await curl('/_bulk', '-u', `x:${door.token}`, '-H', 'Content-Encoding: gzip', '--data-binary', bomb);
    expect(answer).toMatchObject({ status: 413, body: expect.stringContaining('MDR_BODY_TOO_LARGE') });
    const huge = file('huge', '{"event":"x"}'.repeat(3 * MIB));
    expect((await curl('/services/collector', '-u', `x:${door.token}`, '--data-binary', huge)).status).toBe(413);
    expect(await queued(door.parts.queues)).toEqual([]);
  });
});

const modules = ['/usr/lib/x86_64-linux-gnu/rsyslog', '/usr/lib/aarch64-linux-gnu/rsyslog', '/usr/lib/rsyslog'];
const hasElastic = hasProgram('rsyslogd') && modules.some((path) => existsSync(join(path, 'omelasticsearch.so')));

describe.skipIf(!hasElastic)(
  'rsyslog with omelasticsearch (skipped without packages rsyslog and rsyslog-elasticsearch)',
  () => {
    const total = 2000;
    const door = freshDoor({ MDR_MAX_WAITING: '30' });
    const template = `template(name="record" type="list" option.jsonf="on") {
  property(outname="@timestamp" name="timereported" dateFormat="rfc3339" format="jsonf")
  property(outname="host" name="hostname" format="jsonf")
  property(outname="severity" name="syslogseverity-text" format="jsonf")
  property(outname="programname" name="programname" format="jsonf")
  property(outname="procid" name="procid" format="jsonf")
  property(outname="message" name="msg" format="jsonf")
}`;

    /** rsyslog that reads a file and ships each of its lines, until the test ends. */
    function shipping(lines: number, action: string, port = new URL(door.url).port): () => string {
      const work = mkdtempSync(join(folder, 'rsyslog-'));
      const log = join(work, 'in.log');
      const text = (n: number) => `Failed password for user${n} from 203.0.113.9 port 41822 ssh2`;
      writeFileSync(log, `${Array.from({ length: lines }, (_, n) => text(n)).join('\n')}\n`);
      const config = join(work, 'rsyslog.conf');
      writeFileSync(
        config,
        `global(workDirectory="${work}" localHostname="web-1")
module(load="imfile")
module(load="omelasticsearch")
input(type="imfile" File="${log}" Tag="sshd[4711]:" Severity="info" Facility="authpriv")
${template}
action(type="omelasticsearch" server="127.0.0.1" serverport="${port}" template="record" uid="rsyslog" pwd="${door.token}"
  action.resumeRetryCount="-1" action.resumeInterval="1" ${action})
`,
      );
      const program = spawn('rsyslogd', ['-n', '-f', config, '-i', join(work, 'pid')], {
        env,
        stdio: ['ignore', 'pipe', 'pipe'],
      });
      programs.push(program);
      let said = '';
      for (const stream of [program.stdout, program.stderr]) stream!.on('data', (chunk) => (said += chunk));
      return () => said;
    }
    const users = async () => [...new Set((await seen(door.parts)).map(({ ecs }) => ecs['user.name']))].sort();
    /** Take from the queue as a slow worker does, until so many have come. */
    async function worked(wanted: number, ms: number): Promise<Set<unknown>> {
      const arrived = new Set<unknown>();
      for (const end = Date.now() + ms; arrived.size < wanted && Date.now() < end; ) {
        await new Promise((resolve) => setTimeout(resolve, 300));
        const jobs = await door.parts.queues.queue('events').getJobs(['waiting'], 0, 20, true);
        for (const { ecs } of await seen(door.parts, jobs)) arrived.add(ecs['user.name']);
        await Promise.all(jobs.map((job) => job.remove()));
      }
      return arrived;
    }
    const expected = (n: number) => Array.from({ length: n }, (_, i) => `user${i}`).sort();
    const BULK = 'bulkmode="on" queue.type="linkedList" queue.dequeuebatchsize="200"';

    it('in bulk: every line arrives, and is what it was before rsyslog took it apart', async () => {
      shipping(total, BULK);
      await expect.poll(async () => (await users()).length).toBe(total);
      expect(await users()).toEqual(expected(total));
      const [first] = await seen(door.parts);
      expect(first).toMatchObject({
        format: 'linux',
        ecs: { 'host.name': 'web-1', 'process.pid': 4711, 'source.ip': '203.0.113.9' },
      });
      expect(Math.abs(first!.time - Date.now())).toBeLessThan(60_000);
    });

    it('one by one, as it does unless it is told otherwise', async () => {
      shipping(20, '');
      await expect.poll(async () => (await users()).length).toBe(20);
    });

    it('told 429 by a full queue and by a quota: it comes back until everything is taken', async () => {
      door.token = await createToken(door.parts.store, {
        tenant: 'acme',
        source: 'fw',
        quota: { eventsPerSecond: 100, bytesPerDay: null },
      });
      shipping(total, BULK);
      const arrived = await worked(total, 45_000);
      const metrics = await door.parts.metrics.registry.metrics();
      expect({ arrived: arrived.size, metrics: metrics.match(/throttled_total\{.*/g) }).toMatchObject({
        arrived: total,
      });
      expect(metrics).toMatch(/throttled_total\{tenant="acme",source="fw",why="quota"\} [1-9]/);
    }, 60_000);

    it('with a wrong password: it keeps everything until the token is put right', async () => {
      const { tokens } = door.parts.store;
      const record = await tokens.findOneAndDelete({}).lean();
      shipping(300, BULK);
      const refused = async () => (await door.parts.metrics.registry.metrics()).includes('door="bulk",status="401"');
      await expect.poll(refused).toBe(true);
      expect(await queuedLines(door.parts.queues)).toEqual([]);
      await tokens.create(record!);
      // The door remembers tokens for half a minute: a new one on the same port is the quickest way to forget.
      await door.reopen(undefined, undefined, Number(new URL(door.url).port));
      expect((await worked(300, 15_000)).size).toBe(300);
    });
  },
);

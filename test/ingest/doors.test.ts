import { once } from 'node:events';
import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { connect } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { gzipSync } from 'node:zlib';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { decodeLines } from '../../engine/ingest/batch.js';
import { type Doors, startDoors } from '../../engine/ingest/index.js';
import { replayFiles } from '../../engine/ingest/replay.js';
import { createToken } from '../../engine/ingest/tokens.js';
import { countsOf, doorParts, queued, queuedLines } from './parts.js';

let folder: string;
let parts: Awaited<ReturnType<typeof doorParts>>;
let doors: Doors | null;
let url: string;

async function open(settings: Record<string, string> = {}) {
  parts = await doorParts(settings);
  doors = await startDoors(parts);
  url = `http://127.0.0.1:${doors.port}`;
}
async function stop() {
  await doors?.stop();
  doors = null;
}
beforeEach(async () => {
  doors = null;
  folder = await mkdtemp(join(tmpdir(), 'mdr-doors-'));
});
afterEach(async () => {
  await stop();
  await parts.close();
  await rm(folder, { recursive: true, force: true });
});

describe('the doors together', () => {
  it('take from HTTP, syslog and a folder at once, and store everything before they are closed', async () => {
    await open({ MDR_SYSLOG: 'acme:linux:tcp:0, acme:linux:udp:0', MDR_WATCH: `acme:files:${folder}` });
    expect(doors!.syslog.map(({ source, protocol }) => [source, protocol])).toEqual([
      ['linux', 'tcp'],
      ['linux', 'udp'],
    ]);
    await writeFile(join(folder, 'a.log'), '{"from":"folder"}\n');
    const token = await createToken(parts.store, { tenant: 'acme', source: 'fw' });
    const headers = { authorization: `Bearer ${token}`, 'content-type': 'application/json' };
    const body = '{"from":"http"}';
    expect((await fetch(`${url}/v1/events/fw`, { method: 'POST', headers, body })).status).toBe(202);
    await expect.poll(() => queuedLines(parts.queues)).toContain('{"from":"folder"}');
    const socket = connect(doors!.syslog[0]!.port, '127.0.0.1');
    await once(socket, 'connect');
    socket.end('<34>Nov 24 03:00:01 web su: from tcp\n');
    await once(socket, 'close');
    await stop();
    const found = (await queued(parts.queues)).map(({ source, lines }) => [source, ...lines]);
    expect(found.sort()).toEqual([
      ['files', '{"from":"folder"}'],
      ['fw', '{"from":"http"}'],
      ['linux', '<34>Nov 24 03:00:01 web su: from tcp'],
    ]);
    await expect(fetch(`${url}/healthz`)).rejects.toThrow();
  });

  it('say which port is taken, and leave no other door open', async () => {
    await open();
    const second = await doorParts({ MDR_ENGINE_PORT: String(doors!.port), MDR_SYSLOG: 'acme:linux:tcp:0' });
    await expect(startDoors(second)).rejects.toMatchObject({
      code: 'MDR_CONFIG',
      hint: expect.stringContaining('MDR_ENGINE_PORT'),
    });
    const third = await doorParts({ MDR_SYSLOG: `acme:a:tcp:${doors!.port}` });
    await expect(startDoors(third)).rejects.toMatchObject({
      code: 'MDR_CONFIG',
      message: expect.stringContaining('MDR_SYSLOG'),
    });
    await Promise.all([second.close(), third.close()]);
  });
});

describe('replay through the real door', () => {
  it('sends files, waits while the queue is full, and loses and doubles nothing', async () => {
    await open({ MDR_MAX_WAITING: '3' });
    const token = await createToken(parts.store, { tenant: 'acme', source: 'replay' });
    const lines = Array.from({ length: 12_000 }, (_, n) => `{"n":${n}}`);
    const files = [join(folder, 'a.jsonl.gz'), join(folder, 'b.log')];
    await writeFile(files[0]!, gzipSync(lines.join('\n')));
    await writeFile(files[1]!, '<34>Nov 24 03:00:01 web su: text\n{"broken":\n');
    const seen: string[] = [];
    const late = setTimeout(() => {
      parts.queues.work('events', 1, async (job) => {
        seen.push(...decodeLines(job.data.lines));
      });
    }, 700);
    const result = await replayFiles({ files, url, token });
    clearTimeout(late);
    expect(result).toMatchObject({ accepted: 12_001, refused: 1, failedFiles: [] });
    expect(await (await fetch(`${url}/metrics`)).text()).toMatch(
      /request_seconds_count\{door="events",status="429"\} [1-9]/,
    );
    await expect.poll(() => seen.length).toBe(12_001);
    expect(new Set(seen)).toEqual(new Set([...lines, '<34>Nov 24 03:00:01 web su: text']));
    expect(await countsOf(parts)).toEqual({ accepted: 12_001, refused: 1 });
  });
});

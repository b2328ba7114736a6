import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { createServer, type IncomingMessage, type Server, type ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { gunzipSync, gzipSync } from 'node:zlib';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { replayFiles } from '../../engine/ingest/replay.js';

let folder: string;
let server: Server;
let url: string;
/** Bodies of the requests that were taken. */
let taken: string[];
/** Bodies of all requests, with those that failed. */
let received: string[];
/** What goes wrong with the next requests, in turn. */
let faults: ((response: ServerResponse) => void)[];

const refuse =
  (status: number, headers: Record<string, string> = {}) =>
  (response: ServerResponse) => {
    response.writeHead(status, { 'content-type': 'application/json', ...headers });
    response.end(
      JSON.stringify({ code: status === 401 ? 'MDR_TOKEN_BAD' : 'MDR_OVERLOADED', message: 'no', hint: '' }),
    );
  };
const hangUp = (response: ServerResponse) => response.destroy();

async function bodyOf(request: IncomingMessage): Promise<string> {
  const chunks: Buffer[] = [];
  for await (const chunk of request) chunks.push(chunk as Buffer);
  return gunzipSync(Buffer.concat(chunks)).toString('utf8');
}

beforeEach(async () => {
  folder = await mkdtemp(join(tmpdir(), 'mdr-replay-'));
  taken = [];
  received = [];
  faults = [];
  server = createServer(async (request, response) => {
    const body = await bodyOf(request);
    received.push(body);
    const fault = faults.shift();
    if (fault) return fault(response);
    taken.push(body);
    response.writeHead(202, { 'content-type': 'application/json' });
    response.end(JSON.stringify({ accepted: body.split('\n').length, refused: 0, errors: [], batches: 1 }));
  });
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  url = `http://127.0.0.1:${(server.address() as AddressInfo).port}`;
});
afterEach(async () => {
  server.closeAllConnections();
  server.close();
  await rm(folder, { recursive: true, force: true });
});

const lines = (from: number, count: number) => Array.from({ length: count }, (_, i) => `{"n":${from + i}}`);
async function file(name: string, content: string | Buffer): Promise<string> {
  const path = join(folder, name);
  await writeFile(path, content);
  return path;
}
const sent = () => taken.flatMap((body) => body.split('\n')).sort();

describe('replay', () => {
  it('sends every line of plain and compressed files, at most 1,000 in a request', async () => {
    const files = [
      await file('a.jsonl', lines(0, 2500).join('\n')),
      await file('b.jsonl.gz', gzipSync(lines(2500, 10).join('\n'))),
    ];
    const result = await replayFiles({ files, url, token: 't' });
    expect(result).toMatchObject({ accepted: 2510, refused: 0, failedFiles: [], aborted: false });
    expect(sent()).toEqual(lines(0, 2510).sort());
    expect(Math.max(...taken.map((body) => body.split('\n').length))).toBeLessThanOrEqual(1000);
  });

  it('waits as long as the door says and repeats what failed on the way, as it was', async () => {
    faults = [refuse(429, { 'retry-after': '1' }), refuse(503), hangUp];
    const started = performance.now();
    const result = await replayFiles({ files: [await file('a.jsonl', lines(0, 3).join('\n'))], url, token: 't' });
    expect(result.accepted).toBe(3);
    expect(sent()).toEqual(lines(0, 3));
    expect(received).toEqual(Array(4).fill(taken[0]));
    expect(performance.now() - started).toBeGreaterThan(1000);
  });

  it('gives up at once when no repeat will help', async () => {
    faults = [refuse(401), refuse(401)];
    const files = [await file('a.jsonl', lines(0, 3).join('\n'))];
    await expect(replayFiles({ files, url, token: 't' })).rejects.toMatchObject({ code: 'MDR_TOKEN_BAD' });
  });

  it('names a file that cannot be read and sends the others', async () => {
    const files = [join(folder, 'missing.jsonl'), await file('a.jsonl', lines(0, 1).join('\n'))];
    const result = await replayFiles({ files, url, token: 't' });
    expect(result).toMatchObject({ accepted: 1, failedFiles: [{ file: files[0], code: 'MDR_FILE_UNREADABLE' }] });
  });

  it('sends what stands before the fault of a file that is cut short', async () => {
    const noise = Array.from({ length: 40_000 }, (_, n) => `{"n":${n},"r":${Math.random()}}`);
    const packed = gzipSync(noise.join('\n'));
    const files = [await file('cut.jsonl.gz', packed.subarray(0, packed.length - 100))];
    const result = await replayFiles({ files, url, token: 't' });
    expect(result.failedFiles).toMatchObject([{ code: 'MDR_FILE_UNREADABLE' }]);
    // All that came out of it, also beyond the last whole thousand.
    expect(result.accepted % 1000).not.toBe(0);
    expect(taken.flatMap((body) => body.split('\n'))).toHaveLength(result.accepted);
  });

  it('stops in the middle of a wait for a door that is full', async () => {
    faults = Array(20).fill(refuse(429, { 'retry-after': '30' }));
    const files = [await file('a.jsonl', lines(0, 3).join('\n'))];
    const started = performance.now();
    const result = await replayFiles({ files, url, token: 't', signal: AbortSignal.timeout(200) });
    expect(result).toMatchObject({ aborted: true, accepted: 0 });
    expect(performance.now() - started).toBeLessThan(3000);
  });

  it('keeps the pace of the records’ own times', async () => {
    const files = [await file('a.jsonl', '{"n":0}\n{"n":400}\n')];
    const started = performance.now();
    await replayFiles({ files, url, token: 't', speed: 1, timeOf: (line) => (JSON.parse(line) as { n: number }).n });
    expect(performance.now() - started).toBeGreaterThan(350);
    expect(taken).toHaveLength(2);
  });

  it('stops when it is told to', async () => {
    const abort = new AbortController();
    abort.abort();
    const result = await replayFiles({
      files: [await file('a.jsonl', lines(0, 5000).join('\n'))],
      url,
      token: 't',
      signal: abort.signal,
    });
    expect(result.aborted).toBe(true);
    expect(taken.length).toBeLessThan(5);
  });
});

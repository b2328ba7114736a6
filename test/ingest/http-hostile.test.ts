import { once } from 'node:events';
import { connect, type Socket } from 'node:net';
import { gzipSync } from 'node:zlib';
import { describe, expect, it } from 'vitest';
import { BODY_LIMITS } from '../../engine/ingest/doors/body.js';
import { createToken } from '../../engine/ingest/tokens.js';
import { freshDoor, MIB } from './httpdoor.js';
import { countsOf, lettersOf, queued } from './parts.js';

const door = freshDoor();
/** One address of each door. */
const DOORS = ['/v1/events/fw', '/services/collector', '/services/collector/raw', '/_bulk', '/i/_doc', '/v1/logs'];

const post = (path: string, body: string | Buffer, headers: Record<string, string> = {}) =>
  fetch(`${door.url}${path}`, {
    method: 'POST',
    body: body as never,
    headers: { authorization: `Bearer ${door.token}`, 'content-type': 'application/json', ...headers },
  });
const open = (text: string) => {
  const socket = connect(Number(new URL(door.url).port), '127.0.0.1');
  socket.on('error', () => {});
  socket.write(text);
  return socket;
};

const trickling = (sockets: readonly Socket[], piece: string) =>
  setInterval(() => {
    for (const socket of sockets) if (socket.writable) socket.write(piece);
  }, 50);

describe('at every HTTP door', () => {
  it('a gzip bomb is refused as a whole, kept as one letter, and counted once', async () => {
    const bomb = gzipSync(Buffer.alloc(200 * MIB, ' '));
    for (const path of DOORS)
      expect({ path, status: (await post(path, bomb, { 'content-encoding': 'gzip' })).status }).toEqual({
        path,
        status: 413,
      });
    expect(await queued(door.parts.queues)).toEqual([]);
    expect((await countsOf(door.parts)).accepted).toBe(0);
    expect((await lettersOf(door.parts)).map(({ code }) => code)).toEqual(
      expect.arrayContaining(['MDR_BODY_TOO_LARGE']),
    );
  }, 60_000);

  it('a body that is cut short is refused as a whole', async () => {
    const body = gzipSync(Buffer.from(Array.from({ length: 5000 }, (_, n) => `{"event":"${n * 7919}"}`).join('')));
    for (const path of DOORS) {
      const answer = await post(path, body.subarray(0, body.length - 20), { 'content-encoding': 'gzip' });
      expect({ path, status: answer.status }).toEqual({ path, status: 400 });
    }
    expect(await queued(door.parts.queues)).toEqual([]);
  });

  it('a wrong token is refused in every scheme, and nothing of the body is read', async () => {
    const wrong = `mdr_${'w'.repeat(32)}`;
    const pair = Buffer.from(`elastic:${wrong}`).toString('base64');
    for (const path of DOORS)
      for (const authorization of [
        `Bearer ${wrong}`,
        `Splunk ${wrong}`,
        `ApiKey ${pair}`,
        `Basic ${pair}`,
        'Negotiate x',
        '\u00ff',
      ]) {
        const answer = await post(path, '{"event":"x"}', { authorization });
        expect([401, 403]).toContain(answer.status);
        expect(await answer.text()).not.toContain(wrong);
      }
    expect(await queued(door.parts.queues)).toEqual([]);
    expect(await lettersOf(door.parts)).toEqual([]);
  });

  it('a token that has ended is refused', async () => {
    door.token = await createToken(door.parts.store, { tenant: 'acme', source: '*', expires: Date.now() - 1 });
    for (const path of DOORS) expect([401, 403]).toContain((await post(path, '{"event":"x"}')).status);
  });

  it('a body that trickles in is cut off in time, and others are served meanwhile', async () => {
    await door.reopen({ ...BODY_LIMITS, time: 500 });
    const head = (path: string) =>
      `POST ${path} HTTP/1.1\r\nHost: x\r\nUser-Agent: t\r\nContent-Type: application/json\r\nAuthorization: Bearer ${door.token}\r\nContent-Length: 1000\r\n\r\n`;
    const sockets = DOORS.map((path) => open(head(path)));
    const trickle = trickling(sockets, ' ');
    const answers = sockets.map(async (socket) => {
      let text = '';
      for await (const chunk of socket) text += chunk;
      return text.slice(9, 12);
    });
    expect((await post('/v1/events/fw', '{"a":1}')).status).toBe(202);
    expect(await Promise.all(answers)).toEqual(DOORS.map(() => '408'));
    clearInterval(trickle);
  });

  it('headers that trickle in are cut off in time', async () => {
    await door.reopen({ ...BODY_LIMITS, time: 500 });
    const sockets = Array.from({ length: 50 }, () => open('POST /_bulk HTTP/1.1\r\nX-A: '));
    const trickle = trickling(sockets, 'a');
    const began = Date.now();
    for (const socket of sockets) socket.resume();
    await Promise.all(sockets.map((socket) => socket.destroyed || once(socket, 'close')));
    expect(Date.now() - began).toBeLessThan(4000);
    clearInterval(trickle);
  });

  it('methods, versions and addresses that make no sense get an answer, or are hung up on', async () => {
    for (const text of [
      'GARBAGE\r\n\r\n',
      'POST /_bulk HTTP/9.9\r\nHost: x\r\n\r\n',
      'POST /_bulk HTTP/1.1\r\nHost: x\r\nContent-Length: -1\r\n\r\n',
      'POST /_bulk HTTP/1.1\r\nHost: x\r\nContent-Length: 1\r\nTransfer-Encoding: chunked\r\n\r\nx',
      `GET /${'a'.repeat(100_000)} HTTP/1.1\r\nHost: x\r\n\r\n`,
      'POST /%ff%00/_bulk HTTP/1.1\r\nHost: x\r\nContent-Length: 0\r\nConnection: close\r\n\r\n',
      `POST /${'%41'.repeat(300)}/_bulk HTTP/1.1\r\nHost: x\r\nContent-Length: 0\r\nConnection: close\r\n\r\n`,
    ]) {
      const socket = open(text);
      let answer = '';
      for await (const chunk of socket) answer += chunk;
      expect(answer.slice(0, 12)).toMatch(/^(?:HTTP\/1\.1 4\d\d)?$/);
    }
    expect((await post('/v1/events/fw', '{"a":1}')).status).toBe(202);
  });
});

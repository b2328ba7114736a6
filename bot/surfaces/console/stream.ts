import type { ServerResponse } from 'node:http';
import type { FastifyReply, FastifyRequest } from 'fastify';
import { MdrError } from '../../../engine/errors.js';
import { roleIn, roomOf } from './channel.js';
import { SECURITY_HEADERS } from './guard.js';
import type { Heard } from './notices.js';
import type { ServerParts } from './types.js';
import type { Viewers } from './viewers.js';

/** The browser gives a stream up after 40 s of silence (web/live.js). */
const HEARTBEAT_MS = 15_000;
const MOST_STREAMS = 500;
/** A browser that reads slower than this much behind is let go; it comes back and fetches what it missed. */
const MOST_UNREAD_BYTES = 256 * 1024;

/**
 * Server-Sent Events: `ready` once listening (the browser then fetches what it may have missed), `notice` for each
 * message that is new or changed, `resync` when notices may have been lost, `over` when the session has ended.
 */
export function registerStream({ notices, log, heartbeatMs = HEARTBEAT_MS }: ServerParts, viewers: Viewers) {
  const open = new Set<() => void>();

  async function handle(request: FastifyRequest, reply: FastifyReply): Promise<void> {
    if (open.size >= MOST_STREAMS)
      throw new MdrError('MDR_OVERLOADED', 'Too many browsers are connected.', 'Close some tabs and try again.');
    let viewer = viewers.of(request);
    reply.hijack();
    const raw = reply.raw;
    raw.writeHead(200, {
      ...SECURITY_HEADERS,
      'content-type': 'text/event-stream',
      'cache-control': 'no-store',
      'x-accel-buffering': 'no',
    });
    const onHeard = (heard: Heard) => {
      if (heard.kind === 'resync') return send(raw, 'resync', {});
      const room = roomOf(heard.notice.channel);
      if (room && roleIn(viewer.person, room) !== null) send(raw, 'notice', heard.notice);
    };
    const unlisten = notices.listen(onHeard);
    // The session may end and roles may be withdrawn while the stream is open, so both are read again with each beat.
    const beat = setInterval(async () => {
      try {
        const again = await viewers.bySession(viewer.session);
        if (again) {
          viewer = again;
          send(raw, 'beat', {});
        } else {
          send(raw, 'over', {});
          close();
        }
      } catch (error) {
        log.warn({ error: (error as Error).message }, 'console stream');
        close();
      }
    }, heartbeatMs);
    const close = () => {
      open.delete(close);
      clearInterval(beat);
      unlisten();
      raw.end();
    };
    open.add(close);
    raw.on('close', close);
    send(raw, 'ready', {});
  }

  return {
    handle,
    stop() {
      for (const close of [...open]) close();
    },
  };
}

function send(raw: ServerResponse, event: string, data: object): void {
  if (raw.writableLength > MOST_UNREAD_BYTES) raw.destroy();
  else if (!raw.writableEnded) raw.write(`event: ${event}\ndata: ${JSON.stringify(data)}\n\n`);
}

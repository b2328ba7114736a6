import { pino } from 'pino';

/** Structured log on stderr, so that stdout stays free for results. Level from `MDR_LOG` (default `info`). */
export const log = pino(
  { level: process.env.MDR_LOG ?? 'info', redact: { paths: ['*.token', '*.authorization', 'headers.authorization'] } },
  process.stderr.isTTY
    ? pino.transport({
        target: 'pino-pretty',
        options: { destination: 2, ignore: 'pid,hostname', translateTime: 'HH:MM:ss' },
      })
    : pino.destination({ dest: 2, sync: true }),
);
export type Log = typeof log;

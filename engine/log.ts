import { pino } from 'pino';

const wanted = process.env.MDR_LOG || 'info';
const isLevel = wanted === 'silent' || Object.hasOwn(pino.levels.values, wanted);

/** Structured log on stderr, so that stdout stays free for results. Level from `MDR_LOG` (default `info`). */
export const log = pino(
  {
    level: isLevel ? wanted : 'info',
    redact: { paths: ['*.token', '*.authorization', 'headers.authorization'] },
  },
  process.stderr.isTTY
    ? pino.transport({
        target: 'pino-pretty',
        options: { destination: 2, ignore: 'pid,hostname', translateTime: 'HH:MM:ss' },
      })
    : pino.destination({ dest: 2, sync: true }),
);
export type Log = typeof log;

if (!isLevel) log.warn({ MDR_LOG: wanted }, 'MDR_LOG names no level: info is used; see .env.example');

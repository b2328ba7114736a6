import type { FastifyInstance } from 'fastify';
import type { Redis } from 'ioredis';
import type { Command, Context } from '../../../commands/types.js';
import type { Clock } from '../../../engine/clock.js';
import type { Config } from '../../../engine/config.js';
import type { Log } from '../../../engine/log.js';
import type { Store } from '../../../engine/store/index.js';
import type { Person } from '../../../engine/store/people.js';
import type { Hear } from '../../heard.js';
import type { Answer, Ask, Surface } from '../types.js';
import type { Board } from './board.js';
import type { Notices } from './notices.js';

/** What the browser needs to know of a command, to complete it. */
export type CommandInfo = Pick<Command, 'name' | 'summary' | 'usage' | 'examples'>;

export interface ConsoleOptions {
  config: Config;
  store: Store;
  /** For sessions and for publishing; a duplicate of it subscribes. */
  redis: Redis;
  /** Prefix of Redis keys and of the pub/sub topic. */
  prefix: string;
  answer: Answer;
  /** Takes what is said in threads without being a command. */
  hear?: Hear | undefined;
  /** What a command would get for the same ask: pages read with it, so that they see what commands would show, and no more. */
  contextOf: (person: Person, ask: Ask) => Promise<Context>;
  /** For completion in the message box; only these can be run by a button. */
  commands: readonly CommandInfo[];
  log: Log;
  clock?: Clock;
  /** Routes for other programs beside those of the pages, in a scope of their own (bot/api). */
  rest?: (app: FastifyInstance) => Promise<void>;
  /** How often an open stream is kept alive and its session looked at again. */
  heartbeatMs?: number;
}

export interface ConsoleSurface extends Surface {
  /** Where it listens, `http://127.0.0.1:8788`, or `MDR_CONSOLE_URL` when that is set. Known after `start`. */
  address(): string;
  /** A link that signs the operator in. A new one each time, good once; with MDR_CONSOLE_TOKEN the same one, good always. */
  signInLink(): string;
}

/** What the server's parts are made from. */
export interface ServerParts extends ConsoleOptions {
  clock: Clock;
  board: Board;
  notices: Notices;
}

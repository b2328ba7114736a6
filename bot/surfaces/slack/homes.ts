import type { Redis } from 'ioredis';
import { idOf } from '../../../engine/ids.js';
import type { Log } from '../../../engine/log.js';
import type { Home } from '../../home.js';
import type { Gateway } from './gateway.js';
import { homeView } from './views.js';

/** How long the page of somebody who looked at it is kept up to date. */
const WATCHED_MS = 8 * 3600 * 1000;
/** Most pages refreshed in one round: those looked at last. */
const MOST_A_ROUND = 40;
export const ROUND_MS = 30_000;

export interface HomesOptions {
  home: Home;
  gateway: Gateway;
  redis: Redis;
  prefix: string;
  log: Log;
}

/**
 * The bot's own page, for each person who looks at it. After that it is kept up to date for some hours: one round at a time over all
 * processes, and Slack is only called for pages that say something else than before.
 */
export class Homes {
  readonly #key: (what: string) => string;

  constructor(private readonly options: HomesOptions) {
    this.#key = (what) => `${options.prefix}:slack:home:${what}`;
  }

  /** Somebody opened it. */
  async opened(user: string, team: string | null): Promise<void> {
    await this.options.redis.zadd(this.#key('open'), Date.now(), `${team ?? ''}:${user}`);
    await this.#publish(user, team, true);
  }

  /** Refresh the pages that changed. @returns how many there were */
  async round(everyMs = ROUND_MS): Promise<number> {
    const { redis, log } = this.options;
    if ((await redis.set(this.#key('round'), '1', 'PX', Math.max(1, everyMs - 100), 'NX')) === null) return 0;
    await redis.zremrangebyscore(this.#key('open'), 0, Date.now() - WATCHED_MS);
    let refreshed = 0;
    for (const member of await redis.zrevrange(this.#key('open'), 0, MOST_A_ROUND - 1)) {
      const [team = '', user = ''] = member.split(':');
      try {
        if (await this.#publish(user, team || null, false)) refreshed += 1;
      } catch (error) {
        log.warn({ error: (error as Error).message, user }, 'slack: a home page was not refreshed');
        // Most often a rate limit: the next round goes on.
        break;
      }
    }
    return refreshed;
  }

  /** @returns whether Slack was told */
  async #publish(user: string, team: string | null, always: boolean): Promise<boolean> {
    const { home, gateway, redis } = this.options;
    const view = homeView(await home(`slack:${user}`));
    const digest = idOf(JSON.stringify(view));
    const key = this.#key(`shown:${team ?? ''}:${user}`);
    if (!always && (await redis.get(key)) === digest) return false;
    await gateway.in(team).publishHome(user, view);
    await redis.set(key, digest, 'PX', WATCHED_MS);
    return true;
  }
}

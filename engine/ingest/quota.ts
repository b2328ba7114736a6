import type { Clock } from '../clock.js';
import { MdrError } from '../errors.js';
import type { Queues } from '../queues.js';
import type { Quota } from '../store/tokens.js';
import type { Grant } from './tokens.js';
import { within } from './within.js';

const DAY_MS = 86_400_000;
/** Seconds' worth of events that may come at once after a silence. */
const BURST_SECONDS = 10;
/** A sender that owes more than this has shown what it is: it does not wait longer. */
const LONGEST_DEBT_SECONDS = 300;
const UNITS: Record<string, number> = {
  '': 1,
  k: 1e3,
  m: 1e6,
  g: 1e9,
  t: 1e12,
  ki: 1024,
  mi: 1024 ** 2,
  gi: 1024 ** 3,
  ti: 1024 ** 4,
};

/**
 * `500/s` (events), `2GiB/day` (bytes once decompressed), or both with a comma; `none`.
 * @throws MdrError MDR_CONFIG
 */
export function readQuota(text: string): Quota | null {
  if (text === 'none') return null;
  const quota: Quota = { eventsPerSecond: null, bytesPerDay: null };
  for (const part of text.split(',')) {
    const [, number, unit, per] = /^\s*(\d{1,12}(?:\.\d{1,3})?)\s*(?:([kmgt]i?)?b)?\/(s|day)\s*$/i.exec(part) ?? [];
    const value = Math.floor(Number(number) * (UNITS[(unit ?? '').toLowerCase()] ?? 0));
    const bytes = /b\//i.test(part);
    if (!(value >= 1) || (per?.toLowerCase() === 'day') !== bytes) throw badQuota(text);
    if (bytes) quota.bytesPerDay = value;
    else quota.eventsPerSecond = value;
  }
  return quota;
}

function badQuota(text: string): MdrError {
  const hint = 'Write events per second, bytes per day, or both: "500/s", "2GiB/day", "500/s,2GiB/day"; or "none".';
  return new MdrError('MDR_CONFIG', `"${text.slice(0, 60)}" is not a quota.`, hint);
}

/** As `readQuota` reads it. */
export function quotaText(quota: Quota | null | undefined): string {
  const parts = [
    ...(quota?.eventsPerSecond ? [`${quota.eventsPerSecond}/s`] : []),
    ...(quota?.bytesPerDay ? [`${quota.bytesPerDay}B/day`] : []),
  ];
  return parts.join(',') || 'none';
}

// A bucket of events that fills at the quota's pace, and the bytes of this day. Both are kept by Redis's own count of what was
// charged, so that several engines share them. ARGV: now (ms), events/s, burst, longest debt, charge events, charge bytes, limit
// of bytes. Returns the ms until the sender may come again (0: now), by the bucket and by the bytes.
const SHARED = `
local now, rate, burst, debt = tonumber(ARGV[1]), tonumber(ARGV[2]), tonumber(ARGV[3]), tonumber(ARGV[4])
local events, bytes, limit = tonumber(ARGV[5]), tonumber(ARGV[6]), tonumber(ARGV[7])
local wait = 0
if rate > 0 then
  local kept = redis.call('hmget', KEYS[1], 'level', 'at')
  local level, at = tonumber(kept[1] or burst), tonumber(kept[2] or now)
  level = math.min(burst, level + math.max(0, now - at) * rate / 1000) - events
  if level < -debt then level = -debt end
  redis.call('hset', KEYS[1], 'level', tostring(level), 'at', tostring(math.max(now, at)))
  redis.call('pexpire', KEYS[1], math.ceil((burst + debt) * 1000 / rate) + 60000)
  if level < 0 then wait = math.ceil(-level * 1000 / rate) end
end
local over = 0
if limit > 0 then
  local used
  if bytes > 0 then
    used = redis.call('incrby', KEYS[2], bytes)
    redis.call('pexpire', KEYS[2], 2 * 86400000)
  else used = tonumber(redis.call('get', KEYS[2]) or 0) end
  if used >= limit then over = 1 end
end
return {wait, over}`;

export interface Quotas {
  /** @returns ms until this token's sender may send again; 0: now. @throws MdrError MDR_SERVICE_DOWN */
  wait(grant: Grant): Promise<number>;
  /**
   * Count what a request held. A request is let in whole while anything is left, and what it takes too much is waited for
   * afterwards: so a large request is not starved by a small quota.
   */
  charge(grant: Grant, events: number, bytes: number): Promise<void>;
}

/** Quotas of tokens, shared by every engine on the same Redis. A token without one costs nothing. */
export function quotas(queues: Queues, clock: Clock): Quotas {
  async function ask(grant: Grant, events: number, bytes: number): Promise<number> {
    const { eventsPerSecond: rate, bytesPerDay } = grant.quota ?? {};
    if (!rate && !bytesPerDay) return 0;
    const now = clock();
    const day = Math.floor(now / DAY_MS);
    const key = `${queues.prefix}:{${grant.tenant}}:quota:${grant.id.slice(0, 32)}`;
    const rates = [rate ?? 0, (rate ?? 0) * BURST_SECONDS, (rate ?? 0) * LONGEST_DEBT_SECONDS];
    const asked = queues.redis.eval(SHARED, 2, key, `${key}:${day}`, now, ...rates, events, bytes, bytesPerDay ?? 0);
    const [wait, over] = (await within('Redis', asked)) as [number, number];
    return over ? (day + 1) * DAY_MS - now : wait;
  }
  return {
    wait: (grant) => ask(grant, 0, 0),
    async charge(grant, events, bytes) {
      await ask(grant, events, bytes);
    },
  };
}

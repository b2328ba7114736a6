import type { Redis } from 'ioredis';
import { isInternal } from '../address.js';
import { lookUpAddresses } from './addresses.js';
import type { Commonness } from './commonness.js';
import { keyOf, type Link } from './links.js';
import type { Strand } from './strands.js';

/** What is looked back at, in days. */
export const FORTNIGHT = 14;
const DAY_MS = 86_400_000;
const WEEK = 7;
/** Three weeks are kept, so that a fortnight is always whole. */
const KEEP_S = 22 * 24 * 3600;
/** Days as bits of a number: a fortnight and the weeks that counts are kept by. */
const MAX_LINKS = 4000;

/** Sets bit `day - base` of a field that holds `last:bits`, bits counted back from `last`. */
const MARK = `
local day = tonumber(ARGV[1])
for i = 2, #ARGV do
  local last, bits = string.match(redis.call('hget', KEYS[1], ARGV[i]) or '', '^(%d+):(%d+)$')
  last, bits = tonumber(last), tonumber(bits)
  if not last then last, bits = day, 1
  elseif day > last then
    local by = day - last
    if by > 15 then bits = 1 else bits = (bit.band(bit.lshift(bits, by), 0xFFFF)) bits = bit.bor(bits, 1) end
    last = day
  elseif last - day <= 15 then bits = bit.bor(bits, bit.lshift(1, last - day)) end
  redis.call('hset', KEYS[1], ARGV[i], last .. ':' .. bits)
end
redis.call('expire', KEYS[1], ${KEEP_S})
return 1`;

/** One rule on some links, as it is noted. */
export interface Firing {
  rule: string;
  links: readonly Link[];
  /** Epoch ms. */
  time: number;
}

/**
 * What is ordinary at each tenant, kept in Redis: which rules fire on what and on which days, and how many hosts and accounts meet each
 * other. It forgets after three weeks, and does not care for order: sets and HyperLogLogs only.
 */
export interface Habits {
  note(tenant: string, firings: readonly Firing[]): Promise<void>;
  /** What is known for judging these. @param now epoch ms: whose day is "today" */
  look(tenant: string, strands: readonly Strand[], now: number): Promise<Commonness>;
}

const dayOf = (time: number): number => Math.floor(time / DAY_MS);

export function redisHabits(redis: Redis, prefix: string): Habits {
  const key = (tenant: string, ...parts: (string | number)[]) => `${prefix}:{${tenant}}:habit:${parts.join(':')}`;
  const weeks = (now: number) => [0, 1, 2].map((back) => Math.floor(dayOf(now) / WEEK) - back);

  return {
    async note(tenant, firings) {
      if (firings.length === 0) return;
      const once = new Map<string, Firing & { day: number }>();
      for (const { rule, links, time } of firings) {
        const day = dayOf(time);
        once.set([rule, day, ...links.map(keyOf)].join('\n'), { rule, links, time, day });
      }
      const pipeline = redis.pipeline();
      const kept = new Set<string>();
      const add = (name: string, value: string) => {
        pipeline.pfadd(name, value);
        if (!kept.has(name)) pipeline.expire(name, KEEP_S);
        kept.add(name);
      };
      for (const { rule, links, day } of once.values()) {
        const week = Math.floor(day / WEEK);
        const host = links.find(({ kind }) => kind === 'host')?.value;
        const user = links.find(({ kind }) => kind === 'user')?.value;
        const who = links.filter(({ kind }) => kind === 'host' || kind === 'user').map(keyOf);
        if (who[0] !== undefined) add(key(tenant, 'fired', rule, week), who[0]);
        pipeline.eval(MARK, 1, key(tenant, 'on', rule), day, 'any', ...who);
        pipeline.eval(MARK, 1, key(tenant, 'days'), day, 'any');
        if (host === undefined) continue;
        add(key(tenant, 'hosts', week), host);
        for (const link of links) {
          const other = link.kind === 'host' ? user : host;
          if (other !== undefined) add(key(tenant, 'met', week, keyOf(link)), other);
        }
      }
      for (const [error] of (await pipeline.exec()) ?? []) if (error) throw error;
    },

    async look(tenant, strands, now) {
      const today = dayOf(now);
      const rules = [...new Set(strands.map(({ id }) => id))];
      const links = new Map<string, Link>();
      const on = new Map<string, Set<string>>();
      const inside = strands.flatMap(({ links: of, first }) =>
        of.flatMap(({ kind, value }) => (kind === 'ip' && isInternal(value) ? [{ ip: value, time: first }] : [])),
      );
      const hostOf = await lookUpAddresses(redis, prefix, tenant, inside.slice(0, MAX_LINKS));
      for (const { ip, time } of inside) {
        const host = hostOf(ip, time);
        if (host !== undefined && links.size < MAX_LINKS) links.set(`host:${host}`, { kind: 'host', value: host });
      }
      for (const strand of strands)
        for (const link of strand.links) {
          if (links.size < MAX_LINKS) links.set(keyOf(link), link);
          if (link.kind === 'host' || link.kind === 'user')
            on.set(strand.id, (on.get(strand.id) ?? new Set()).add(keyOf(link)));
        }
      const pipeline = redis.pipeline();
      pipeline.pfcount(...(weeks(now).map((week) => key(tenant, 'hosts', week)) as [string]));
      pipeline.hget(key(tenant, 'days'), 'any');
      for (const rule of rules) {
        pipeline.pfcount(...(weeks(now).map((week) => key(tenant, 'fired', rule, week)) as [string]));
        pipeline.hmget(key(tenant, 'on', rule), 'any', ...(on.get(rule) ?? []));
      }
      for (const link of links.keys())
        pipeline.pfcount(...(weeks(now).map((week) => key(tenant, 'met', week, link)) as [string]));
      const answers = ((await pipeline.exec()) ?? []).map(([error, value]) => {
        if (error) throw error;
        return value;
      });
      const [hosts, all, ...rest] = answers;
      const fired = new Map<string, number>();
      const marks = new Map<string, string | null | undefined>();
      rules.forEach((rule, i) => {
        fired.set(rule, Number(rest[2 * i]));
        const of = rest[2 * i + 1] as (string | null)[];
        marks.set(rule, of[0]);
        [...(on.get(rule) ?? [])].forEach((link, n) => void marks.set(`${rule}\n${link}`, of[n + 1]));
      });
      const spread = new Map([...links.keys()].map((link, i) => [link, Number(rest[2 * rules.length + i])]));
      return {
        hosts: Math.max(1, Number(hosts)),
        history: others(all as string | null, today, today),
        hostOf,
        spread: (link) => spread.get(keyOf(link)) ?? 0,
        fired: (rule) => fired.get(rule) ?? 0,
        days: (rule, time) => others(marks.get(rule), dayOf(time), today),
        habit: (rule, of, time) =>
          Math.max(0, ...of.map((link) => others(marks.get(`${rule}\n${keyOf(link)}`), dayOf(time), today))),
      };
    },
  };
}

/** How many whole days of the fortnight before today are marked, but for one. */
function others(mark: string | null | undefined, own: number, today: number): number {
  const [, last, bits] = /^(\d+):(\d+)$/.exec(mark ?? '') ?? [];
  if (last === undefined) return 0;
  let count = 0;
  for (let back = 0; back < 16; back++) {
    const day = Number(last) - back;
    if ((Number(bits) >> back) & 1 && day !== own && day < today && day >= today - FORTNIGHT) count++;
  }
  return count;
}

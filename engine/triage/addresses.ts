import type { Redis } from 'ioredis';
import { isInternal } from '../address.js';
import type { Fields, Parsed, Value } from '../event.js';
import { addressName, hostName } from './links.js';

const DAY_MS = 86_400_000;
/** As long as habits are kept. */
const KEEP_S = 22 * 24 * 3600;
/** An address is believed to be a host's for so many days after it was seen as such: leases end. */
const BELIEVED_DAYS = 3;
/** Addresses that are kept of a day at a tenant. */
const MAX_ADDRESSES = 50_000;
/** What stands for an address that several hosts had on one day: it tells of none of them. */
const SEVERAL = '*';

/** A host's own address inside a network, as one of its events tells it. */
export interface Address {
  ip: string;
  host: string;
}

const text = (value: Value): string | undefined => (typeof value === 'string' ? value : undefined);

/** Which of an event's addresses is its machine's own, and what the machine is called. */
function ownOf(fields: Fields): { ip: string | undefined; host: string | undefined } | null {
  const here = text(fields.Computer) ?? text(fields.Hostname);
  switch (Number(fields.EventID)) {
    case 3: {
      const isFromHere = String(fields.Initiated).toLowerCase() === 'true';
      return { ip: text(isFromHere ? fields.SourceIp : fields.DestinationIp), host: here };
    }
    case 5156: {
      // %%14593: outbound, %%14592: inbound.
      const isFromHere = /14593|^outbound$/i.test(String(fields.Direction));
      return { ip: text(isFromHere ? fields.SourceAddress : fields.DestAddress), host: here };
    }
    case 4624: {
      // A machine signs in with its own account from its own address.
      const account = text(fields.TargetUserName);
      return account?.endsWith('$') ? { ip: text(fields.IpAddress), host: account.slice(0, -1) } : null;
    }
    default:
      return null;
  }
}

/** The host's own address that an event tells, if it tells one. */
export function addressTold({ logsource, fields }: Pick<Parsed, 'logsource' | 'fields'>): Address | null {
  if (logsource.product !== 'windows' && logsource.product !== 'linux') return null;
  const own = ownOf(fields);
  const ip = addressName(own?.ip);
  const host = hostName(own?.host);
  return ip !== '' && host !== '' && isInternal(ip) ? { ip, host } : null;
}

const NOTE = `
for i = 1, #ARGV, 2 do
  local was = redis.call('hget', KEYS[1], ARGV[i])
  if not was then
    if redis.call('hlen', KEYS[1]) < ${MAX_ADDRESSES} then redis.call('hset', KEYS[1], ARGV[i], ARGV[i + 1]) end
  elseif was ~= ARGV[i + 1] then redis.call('hset', KEYS[1], ARGV[i], '${SEVERAL}') end
end
redis.call('expire', KEYS[1], ${KEEP_S})
return 1`;

/** Addresses that the events of a batch tell. */
export class Addresses {
  /** By day: hosts by address. */
  readonly #told = new Map<number, Map<string, string>>();

  note(parsed: Parsed): void {
    const address = addressTold(parsed);
    if (!address) return;
    const day = Math.floor(parsed.time / DAY_MS);
    const told = this.#told.get(day) ?? new Map<string, string>();
    this.#told.set(day, told);
    const { ip, host } = address;
    told.set(ip, (told.get(ip) ?? host) === host ? host : SEVERAL);
  }

  /** Keep them. The order and the parts in which they come do not matter. */
  async keep(redis: Redis, prefix: string, tenant: string): Promise<void> {
    if (this.#told.size === 0) return;
    const pipeline = redis.pipeline();
    for (const [day, told] of this.#told) pipeline.eval(NOTE, 1, keyOf(prefix, tenant, day), ...[...told].flat());
    for (const [error] of (await pipeline.exec()) ?? []) if (error) throw error;
  }

  /** Of these alone, for what is judged in memory. */
  hostOf(ip: string, time: number): string | undefined {
    return foundIn((day) => this.#told.get(day)?.get(ip), time);
  }
}

const keyOf = (prefix: string, tenant: string, day: number): string => `${prefix}:{${tenant}}:habit:addresses:${day}`;

function foundIn(at: (day: number) => string | null | undefined, time: number): string | undefined {
  const today = Math.floor(time / DAY_MS);
  for (let back = 0; back <= BELIEVED_DAYS; back++) {
    const host = at(today - back);
    if (host) return host === SEVERAL ? undefined : host;
  }
  return undefined;
}

/** Whose addresses these were at their times (epoch ms): a function that answers for them. */
export async function lookUpAddresses(
  redis: Redis,
  prefix: string,
  tenant: string,
  asked: readonly { ip: string; time: number }[],
): Promise<(ip: string, time: number) => string | undefined> {
  const ips = [...new Set(asked.map(({ ip }) => ip))];
  const days = new Set<number>();
  for (const { time } of asked)
    for (let back = 0; back <= BELIEVED_DAYS; back++) days.add(Math.floor(time / DAY_MS) - back);
  const told = new Map<number, Map<string, string | null>>();
  if (ips.length > 0) {
    const pipeline = redis.pipeline();
    for (const day of days) pipeline.hmget(keyOf(prefix, tenant, day), ...ips);
    const answers = (await pipeline.exec()) ?? [];
    [...days].forEach((day, n) => {
      const [error, hosts] = answers[n] ?? [];
      if (error) throw error;
      told.set(day, new Map(ips.map((ip, i) => [ip, (hosts as (string | null)[])[i] ?? null])));
    });
  }
  return (ip, time) => foundIn((day) => told.get(day)?.get(ip), time);
}

import type { Line, Maker } from '../triage/maker.js';
import type { Company } from '../triage/people.js';

const DAY = 86_400_000;
const HOUR = 3_600_000;
const INSIDE = /^(?:10\.|192\.168\.|172\.(?:1[6-9]|2\d|3[01])\.)/;
const SITES = 12;

interface Window {
  start: number;
  days: number;
  random: () => number;
  company: Company;
}

/** Zeek's records of an attack on hosts of the company: times moved, its inner addresses those of ours. */
export function placeZeek(lines: readonly string[], { start, random, company }: Window): Line[] {
  const records = lines.map((line) => JSON.parse(line) as Record<string, unknown>);
  const first = Math.min(...records.map(({ ts }) => Number(ts)));
  const shift = start / 1000 + 3 * 86_400 + 9 * 3600 - first;
  const addresses = new Map<string, string>();
  const free = company.people.slice(60).map(({ host }) => host.ip);
  const ours = (value: unknown): unknown => {
    if (typeof value !== 'string' || !INSIDE.test(value)) return value;
    if (!addresses.has(value)) addresses.set(value, free.splice(Math.floor(random() * free.length), 1)[0] ?? value);
    return addresses.get(value);
  };
  return records.map((record) => {
    const moved = Object.fromEntries(Object.entries(record).map(([key, value]) => [key, ours(value)]));
    const ts = Number(record.ts) + shift;
    return { time: Math.trunc(ts * 1000), line: JSON.stringify({ ...moved, ts }) };
  });
}

/** CloudTrail's records of an attack, times moved into one working day. */
export function placeCloud(lines: readonly string[], { start }: Window): Line[] {
  const records = lines.map((line) => JSON.parse(line) as { eventTime: string });
  const first = Math.min(...records.map(({ eventTime }) => Date.parse(eventTime)));
  return records.map((record) => {
    const time = Date.parse(record.eventTime) - first + start + 2 * DAY + 9 * HOUR;
    return { time, line: JSON.stringify({ ...record, eventTime: new Date(time).toISOString() }) };
  });
}

/** Ordinary flows of a day as Zeek tells them: mail and updates by the clock, sites, the file server, and names that are asked for. */
export function ordinaryFlows({ company, random }: Maker, midnight: number): Line[] {
  const out: Line[] = [];
  let uid = 0;
  const conn = (time: number, from: string, to: string, port: number, sent: number, got: number, seconds: number) =>
    out.push({
      time: Math.trunc(time),
      line: JSON.stringify({
        '@stream': 'conn',
        '@proc': 'zeek',
        ts: time / 1000,
        uid: `C${midnight}${uid++}`,
        id_orig_h: from,
        id_orig_p: 49_152 + Math.floor(random() * 16_000),
        id_resp_h: to,
        id_resp_p: port,
        proto: 'tcp',
        duration: seconds,
        orig_bytes: Math.round(sent),
        resp_bytes: Math.round(got),
        conn_state: 'SF',
      }),
    });
  for (const { host, begins } of company.people) {
    const at = () => midnight + (begins + random() * 9) * HOUR;
    for (let n = 0; n < 5; n++)
      conn(
        at(),
        host.ip,
        `198.51.100.${1 + Math.floor(random() ** 2 * SITES)}`,
        443,
        400 + random() * 5000,
        9000 + random() * 90_000,
        random() * 90,
      );
    for (let hour = random(); hour < 24; hour += 4)
      conn(midnight + hour * HOUR, host.ip, '198.51.100.40', 443, 700, 1200, 0.3);
    conn(
      at(),
      host.ip,
      company.servers[host.name.length % 4]!.ip,
      445,
      4000 + random() * 1e6,
      9000 + random() * 1e6,
      random() * 60,
    );
    conn(at(), host.ip, company.controllers[0]!.ip, 88, 1500, 1500, 0.1);
  }
  return out;
}

import { readdirSync, readFileSync } from 'node:fs';
import { basename, join } from 'node:path';
import { gunzipSync } from 'node:zlib';
import type { Fields } from '../../../engine/event.js';
import { addressTold } from '../../../engine/triage/addresses.js';
import type { Company, Host } from './people.js';

/** A recorded attack as it was placed into the company. */
export interface Attack {
  name: string;
  /** The tactic that its name says, as Sigma spells it; null when it says none. */
  tactic: string | null;
  lines: { time: number; line: string }[];
  hosts: string[];
  users: string[];
}

const DAY_MS = 86_400_000;
const BUILT_IN =
  /^(|-|system|local service|network service|anonymous logon|everyone|localsystem|administrators|backup operators|guest|guests|users|none|n\/a|nt authority|window manager|font driver host|dwm-\d+|umfd-\d+|iis apppool.*|default ?account|wdagutilityaccount|healthmailbox.*|root|.*\$)$/i;
const HOST_FIELDS = ['Hostname', 'Computer', 'ComputerName', 'host_name'];
const USER_FIELDS = ['SubjectUserName', 'TargetUserName', 'AccountName', 'User', 'SourceUser', 'TargetUser'];
const TIME = /\b(20\d\d-[01]\d-[0-3]\d)([T ])([0-2]\d:[0-5]\d:[0-5]\d)(\.\d{1,7})?/g;
const IPV4 = /\b(?:(?:25[0-5]|2[0-4]\d|1?\d?\d)\.){3}(?:25[0-5]|2[0-4]\d|1?\d?\d)\b/g;
const KEPT_IPS = /^(0\.|127\.|255\.|22[4-9]\.|23\d\.|169\.254\.)|\.0\.0\.0$/;
const SERVERS = /dc\d*$|^dc|mxs|exch|adfs|file|srv|sql|web|^app/i;

/** Recorded attacks of a folder, by name. */
export function recordings(folder: string): { name: string; lines: string[] }[] {
  return readdirSync(folder)
    .filter((file) => file.endsWith('.jsonl.gz'))
    .sort()
    .map((file) => ({
      name: basename(file, '.jsonl.gz'),
      lines: gunzipSync(readFileSync(join(folder, file)))
        .toString('utf8')
        .split('\n')
        .filter((line) => line.trim() !== ''),
    }));
}

/**
 * Put each recording on hosts and accounts of the company that no other recording has, with its times kept relative, one after the
 * other over the days from `start`. Hosts keep their own ordinary life.
 */
export function place(
  all: readonly { name: string; lines: string[] }[],
  { start, days, random, company }: { start: number; days: number; random: () => number; company: Company },
): Attack[] {
  const free = {
    workstations: company.people.filter(({ job }) => job === 'office').map(({ host }) => host),
    servers: [...company.servers],
  };
  const spare = company.people.filter(({ job }) => job === 'developer').map(({ account }) => account);
  const take = (from: Host[]): Host => from.splice(Math.floor(random() * from.length), 1)[0]!;
  return all.map(({ name, lines }, index) => {
    const { hosts, users, addresses } = whoIsIn(lines);
    const renamed = new Map<string, string>();
    const ips = new Map<string, string>();
    const taken: Host[] = [];
    for (const host of hosts) {
      const to = take(SERVERS.test(host) ? free.servers : free.workstations);
      taken.push(to);
      renamed.set(host.toLowerCase(), to.name);
    }
    const owners = taken.filter(({ role }) => role === 'workstation').map(({ owner }) => owner);
    const accounts: string[] = [];
    for (const user of users) {
      const to = owners.shift() ?? spare.pop() ?? `guest.${index}.${accounts.length}`;
      accounts.push(to);
      renamed.set(user.toLowerCase(), to);
    }
    const names = [...renamed.keys()].sort((a, b) => b.length - a.length).map(escaped);
    const name_ = names.length > 0 ? new RegExp(`(?<![A-Za-z0-9])(?:${names.join('|')})(?![A-Za-z0-9])`, 'gi') : null;
    // An address that was a host's is that of the host in its place.
    for (const [ip, host] of addresses) {
      const now = taken[hosts.indexOf(host)];
      if (now && ![...ips.values()].includes(now.ip)) ips.set(ip, now.ip);
    }
    let outside = 0;
    const ipFor = (ip: string): string => {
      if (KEPT_IPS.test(ip)) return ip;
      const known = ips.get(ip);
      if (known) return known;
      const inside = /^(10\.|192\.168\.|172\.(1[6-9]|2\d|3[01])\.)/.test(ip);
      const to = inside
        ? (taken[ips.size % Math.max(1, taken.length)]?.ip ?? `10.61.${index}.${ips.size + 1}`)
        : `${60 + (index % 120)}.${17 + Math.floor(index / 120)}.${Math.floor(outside / 250)}.${1 + (outside++ % 250)}`;
      const unique = [...ips.values()].includes(to) ? `10.61.${index % 250}.${(ips.size % 250) + 1}` : to;
      ips.set(ip, unique);
      return unique;
    };
    const times = lines.flatMap((line) => timesOf(line));
    const first = Math.min(...times);
    // Within the working day of one of the days, spread evenly.
    const day = Math.floor((index * days) / all.length);
    const at = start + day * DAY_MS + 8 * 3_600_000 + Math.floor(random() * 7 * 3_600_000);
    const shift = at - first;
    const placed = lines.map((line) => {
      const moved = line.replace(TIME, (_, date: string, between: string, clock: string, fraction = '') => {
        const iso = new Date(Date.parse(`${date}T${clock}Z`) + shift).toISOString();
        return `${iso.slice(0, 10)}${between}${iso.slice(11, 19)}${fraction}`;
      });
      const named = name_ ? moved.replace(name_, (found) => renamed.get(found.toLowerCase()) ?? found) : moved;
      return { time: (timesOf(line)[0] ?? first) + shift, line: named.replace(IPV4, ipFor) };
    });
    return {
      name,
      tactic: /^[a-z]+-([a-z_]+)-/.exec(name)?.[1]?.replaceAll('_', '-') ?? null,
      lines: placed,
      hosts: taken.map((host) => host.name.toLowerCase()),
      users: accounts.map((account) => account.toLowerCase()),
    };
  });
}

/** Hosts, accounts, and whose own address an address was, as connections and sign-ins of machines tell. */
function whoIsIn(lines: readonly string[]): { hosts: string[]; users: string[]; addresses: Map<string, string> } {
  const addresses = new Map<string, string>();
  const hosts = new Set<string>();
  const users = new Set<string>();
  for (const line of lines) {
    const record = JSON.parse(line) as Fields;
    for (const field of HOST_FIELDS) {
      const value = record[field];
      if (typeof value === 'string' && value !== '' && value !== '-') hosts.add(value.split('.')[0]!.toLowerCase());
    }
    for (const field of USER_FIELDS) {
      const value = record[field];
      if (typeof value !== 'string') continue;
      const name = value.split('\\').at(-1)!.toLowerCase();
      if (!BUILT_IN.test(name) && name.length > 2 && !name.startsWith('s-1-')) users.add(name);
    }
    const told = addressTold({ logsource: { product: 'windows', service: '', categories: [] }, fields: record });
    if (told) addresses.set(told.ip, told.host);
    const identity = record.userIdentity as { userName?: unknown } | undefined;
    if (typeof identity?.userName === 'string') users.add(identity.userName.toLowerCase());
  }
  // What is a host is no user.
  for (const host of hosts) users.delete(host);
  return { hosts: [...hosts].sort(), users: [...users].sort(), addresses };
}

function timesOf(line: string): number[] {
  const found = /"(?:@timestamp|TimeCreated|eventTime)": ?"(20\d\d-\d\d-\d\d)[T ](\d\d:\d\d:\d\d)/.exec(line);
  return found ? [Date.parse(`${found[1]}T${found[2]}Z`)] : [];
}

const escaped = (text: string): string => text.replace(/[.*+?^${}()|[\]\\]/g, '\\$&');

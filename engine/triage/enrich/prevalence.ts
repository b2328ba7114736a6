import { minute } from '../../say.js';
import { accountName, isEverywhere } from '../links.js';
import type { Enricher, Fact, Subject } from './types.js';
import { accountSql } from './types.js';

const DAYS = 30;
const DAY_MS = 86_400_000;
const TIMEOUT_MS = 8000;

/** Columns in which a kind is met, and the host that met it there; logs of networks name hosts by their addresses. */
const ARMS: readonly (readonly [kind: Subject['kind'], column: string, by: string])[] = [
  ['ip', 'source_ip', 'coalesce(host_name, destination_ip)'],
  ['ip', 'destination_ip', 'coalesce(host_name, source_ip)'],
  ['domain', 'dns_question_name', 'coalesce(host_name, source_ip)'],
  ['domain', 'destination_domain', 'coalesce(host_name, source_ip)'],
  ['hash', 'process_hash_sha256', 'host_name'],
  ['hash', 'process_hash_md5', 'host_name'],
  ['hash', 'file_hash_sha256', 'host_name'],
  ['hash', 'file_hash_md5', 'host_name'],
  ['user', 'user_name', 'host_name'],
  ['file', 'file_path', 'host_name'],
  ['process', 'process_executable', 'host_name'],
];

interface Met {
  kind: string;
  value: string;
  hosts: number;
  events: number;
  first: number;
  last: number;
}

/** How many hosts met it in the lake within 30 days, and when first and last. */
export default {
  name: 'prevalence',
  what: 'how far it is spread in the lake',
  kinds: ['ip', 'domain', 'hash', 'user', 'file', 'process'],
  rank: 5,
  timeoutMs: TIMEOUT_MS,
  ttlMs: 3_600_000,
  async enrich(subjects, { lake, now }, signal) {
    const asked = new Map<string, Subject[]>();
    for (const subject of subjects) {
      const value = spelled(subject);
      if (value === '') continue;
      const key = `${subject.kind}:${value}`;
      asked.set(key, [...(asked.get(key) ?? []), subject]);
    }
    if (!lake || asked.size === 0) return [];
    const params: Record<string, string[]> = {};
    for (const [subject] of asked.values()) {
      const values = params[subject!.kind] ?? [];
      values.push(spelled(subject!));
      params[subject!.kind] = values;
    }
    const arms = ARMS.filter(([kind]) => params[kind]).map(([kind, column, by]) => {
      const value = kind === 'user' ? accountSql(column) : `lower(${column})`;
      return `SELECT '${kind}' AS kind, ${value} AS value, lower(${by}) AS host, id, time FROM events WHERE ${value} = ANY($${kind})`;
    });
    const { rows } = await lake.query(
      `SELECT kind, value, count(DISTINCT CASE WHEN regexp_matches(host, '^[0-9.]+$|:') THEN host ELSE split_part(host, '.', 1) END)::INTEGER AS hosts,
        count(DISTINCT id)::INTEGER AS events, epoch_ms(min(time)) AS first, epoch_ms(max(time)) AS last
       FROM (${arms.join(' UNION ALL ')}) GROUP BY ALL`,
      params,
      {
        ...{ from: now - DAYS * DAY_MS, until: now + DAY_MS, signal },
        ...{ timeoutMs: TIMEOUT_MS, maxRows: 1000, memoryMb: 512 },
      },
    );
    return (rows as unknown as Met[])
      .map((row) => ({ ...row, first: Number(row.first), last: Number(row.last) }))
      .sort((a, b) => a.hosts - b.hosts || b.first - a.first)
      .flatMap((row): Fact[] =>
        (asked.get(`${row.kind}:${row.value}`) ?? []).map((observable) => ({
          observable,
          text: said(row),
          source: 'lake',
        })),
      );
  },
} satisfies Enricher;

/** As the lake has it; empty for accounts that every machine has. */
function spelled({ kind, value }: Subject): string {
  if (kind !== 'user') return value.toLowerCase();
  const account = accountName(value);
  return isEverywhere(account) || account.endsWith('$') ? '' : account;
}

function said({ hosts, events, first, last }: Met): string {
  const counted = (n: number, one: string) => `${n.toLocaleString('en-US')} ${one}${n === 1 ? '' : 's'}`;
  const met = hosts > 0 ? `met by ${counted(hosts, 'host')}` : 'met by no host that has a name';
  return `${met} in ${DAYS} days, in ${counted(events, 'event')}; first ${minute(first)}${last - first >= 60_000 ? `, last ${minute(last)}` : ''}`;
}

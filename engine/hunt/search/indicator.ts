import type { Parameter } from '../../lake/cells.js';
import type { SoughtValue, ValueKind } from './values.js';

const eq = (column: string): [string, string] => [column, `lower(${column}) = $v`];
const mentions = (column: string): [string, string] => [column, `regexp_matches(${column}, $re)`];
const account = (column: string): [string, string] => [
  column,
  `regexp_replace(regexp_replace(lower(${column}), '^.*\\\\', ''), '@.*$', '') = $v`,
];
const host = (column: string): [string, string] => [column, `split_part(lower(${column}), '.', 1) = $v`];
const name = (column: string): [string, string] => [
  column,
  `(rtrim(lower(${column}), '.') = $v OR ends_with(rtrim(lower(${column}), '.'), '.' || $v))`,
];
const ACCOUNTS = [account('user_name'), account('user_target_name')];
const HOSTS = [host('host_name'), host('observer_name'), host('source_domain'), host('destination_domain')];
const TEXTS = [mentions('url_original'), mentions('process_command_line'), mentions('process_parent_command_line')];

/** Where a value of each kind may stand, by column. */
const PLACES: Record<ValueKind, [string, string][]> = {
  ip: [
    ...[eq('source_ip'), eq('destination_ip'), eq('host_ip')],
    ['dns_answers', `list_contains(string_split(lower(dns_answers), ';'), $v)`],
    ...TEXTS,
  ],
  domain: [name('dns_question_name'), name('destination_domain'), name('source_domain'), ...TEXTS],
  url: [['url_original', 'contains(lower(url_original), $v)']],
  hash: [eq('process_hash_sha256'), eq('process_hash_md5'), eq('file_hash_sha256'), eq('file_hash_md5')],
  account: ACCOUNTS,
  host: HOSTS,
  email: [eq('user_name'), eq('user_target_name'), eq('user_id')],
  name: [...ACCOUNTS, ...HOSTS],
  text: [mentions('process_executable'), mentions('file_path'), ...TEXTS],
};
/** Where only the whole record tells, it is read as a text. A name is found in too many records to count as met there. */
const IN_RECORD: ReadonlySet<ValueKind> = new Set(['ip', 'domain', 'url', 'hash', 'email', 'text']);

const escaped = (text: string): string => text.replace(/[\\^$.*+?()[\]{}|/-]/g, '\\$&');
/** The value with nothing around it that would make it another; names below a domain are its own. */
function mentionOf({ kind, value }: SoughtValue): string {
  const before = kind === 'domain' ? '[^0-9a-z_-]' : '[^0-9a-z_.-]';
  const after = kind === 'text' ? '[^0-9a-z_]' : '[^0-9a-z_.-]|\\.(?:$|[^0-9a-z])';
  return `(?i)(?:^|${before})${escaped(value)}(?:$|${after})`;
}

export interface IndicatorSql {
  /** A row for each value, place, host and user. */
  rows: string;
  /** Events of each day, UTC. */
  days: string;
  params: Record<string, Parameter>;
}

/** The questions for one value: has anybody here ever met it? */
export function indicatorSql(sought: SoughtValue): IndicatorSql {
  const { kind, value } = sought;
  const cases = PLACES[kind].map(([column, condition]) => `CASE WHEN ${condition} THEN '${column}' END`);
  const record = `CASE WHEN contains(lower(original), $v) AND regexp_matches(original, $re) THEN 'record' END`;
  const conditions = PLACES[kind].map(([, condition]) => condition);
  const inRecord = IN_RECORD.has(kind);
  const where = [...conditions, ...(inRecord ? ['contains(lower(original), $v)'] : [])].join(' OR ');
  const found = `SELECT id, time, coalesce(host_name, observer_name, source_ip) AS host, user_name,
    list_filter([${cases.join(', ')}], lambda x: x IS NOT NULL) AS known, ${inRecord ? record : 'NULL'} AS record
    FROM events WHERE ${where}`;
  const met = `SELECT id, time, host, user_name, CASE WHEN len(known) > 0 THEN known ELSE [record] END AS places
    FROM (${found}) WHERE len(known) > 0 OR record IS NOT NULL`;
  // What one SQL names, and no more, is bound.
  const params: Record<string, Parameter> = {
    v: value,
    ...(where.includes('$re') || inRecord ? { re: mentionOf(sought) } : {}),
  };
  return {
    rows: `SELECT $v AS value, place AS seen_in, host, user_name AS "user", count(DISTINCT id) AS events, min(time) AS first, max(time) AS last
    FROM (SELECT id, time, host, user_name, unnest(places) AS place FROM (${met})) GROUP BY ALL ORDER BY events DESC, first, seen_in, host, "user"`,
    days: `SELECT strftime(time, '%Y-%m-%d') AS day, count(DISTINCT id) AS events FROM (${met}) GROUP BY 1 ORDER BY 1`,
    params,
  };
}

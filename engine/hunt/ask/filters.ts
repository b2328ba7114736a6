import { MdrError } from '../../errors.js';
import type { Parameter } from '../../lake/cells.js';
import { accountName } from '../../triage/links.js';
import type { FilterKind } from './vocabulary.js';

/** What is asked for of one kind: any of the values, or none of them. */
export interface Filter {
  kind: FilterKind;
  values: string[];
  not: boolean;
}

/** Collects values that are bound, never written into the SQL. */
export class Binder {
  readonly params: Record<string, Parameter> = {};
  #next = 1;
  bind(value: Parameter): string {
    const name = `p${this.#next++}`;
    this.params[name] = value;
    return `$${name}`;
  }
}

const bare = (column: string): string => `regexp_replace(regexp_replace(lower(${column}), '^.*\\\\', ''), '@.*$', '')`;
const program = (column: string): string => `regexp_replace(lower(${column}), '^.*[\\\\/]', '')`;
/** What is read for a text; `original` as it came, with its escapes. */
const TEXTS = [
  ...[
    'process_command_line',
    'process_executable',
    'powershell_file_script_block_text',
    'registry_path',
    'registry_data_strings',
  ],
  ...['file_path', 'url_original', 'message', 'original'],
];

/** A value with `*` as a LIKE pattern; nothing else in it is a wildcard. */
const like = (value: string): string => value.replace(/[\\%_]/g, '\\$&').replaceAll('*', '%');

function compare(
  binder: Binder,
  columns: readonly string[],
  value: string,
  form: (text: string) => string = (text) => text,
): string {
  const wanted = form(value.toLowerCase());
  const wild = wanted.includes('*');
  const bound = binder.bind(wild ? like(wanted) : wanted);
  const one = (column: string) => (wild ? `${column} LIKE ${bound} ESCAPE '\\'` : `${column} = ${bound}`);
  return any(columns.map(one));
}

const lower = (column: string): string => `lower(${column})`;
const any = (parts: readonly string[]): string => (parts.length === 1 ? parts[0]! : `(${parts.join(' OR ')})`);

/** An address, or a network whose prefix ends at a dot. @throws MdrError MDR_HUNT_BAD for other networks */
function address(binder: Binder, columns: readonly string[], value: string): string {
  const network = /^([\d.]+)\/(\d{1,2})$/.exec(value);
  if (!network) return compare(binder, columns.map(lower), value);
  const bits = Number(network[2]);
  if (![8, 16, 24, 32].includes(bits))
    throw new MdrError(
      'MDR_HUNT_BAD',
      `networks can be /8, /16, /24 and /32 here, not /${network[2]}.`,
      'Or write it as SQL: /mdr hunt sql.',
    );
  const prefix =
    network[1]!
      .split('.')
      .slice(0, bits / 8)
      .join('.') + (bits < 32 ? '.' : '');
  const bound = binder.bind(prefix);
  return any(columns.map((column) => `starts_with(${column}, ${bound})`));
}

function host(binder: Binder, columns: readonly string[], value: string): string {
  if (value.includes('.'))
    return any([
      compare(binder, columns.map(lower), value),
      ...(isAddress(value) ? [address(binder, ['host_ip'], value)] : []),
    ]);
  return compare(
    binder,
    columns.map((column) => `split_part(lower(${column}), '.', 1)`),
    value,
  );
}

function domain(binder: Binder, value: string): string {
  const columns = ['dns_question_name', 'destination_domain'];
  if (value.includes('*'))
    return any([compare(binder, columns.map(lower), value), compare(binder, ['lower(url_original)'], `*${value}*`)]);
  const name = value.toLowerCase().replace(/^\.|\.$/g, '');
  const [exact, below, inUrl] = [
    binder.bind(name),
    binder.bind(`.${name}`),
    binder.bind(`(?i)^(?:[a-z]+://)?(?:[^/@]*@)?(?:[^/]*\\.)?${name.replace(/[^a-z0-9]/g, '\\$&')}(?:[:/?]|$)`),
  ];
  return any([
    ...columns.flatMap((column) => [
      `rtrim(lower(${column}), '.') = ${exact}`,
      `ends_with(rtrim(lower(${column}), '.'), ${below})`,
    ]),
    `regexp_matches(url_original, ${inUrl})`,
  ]);
}

const withExe = (binder: Binder, column: string, value: string): string => {
  if (/[\\/]/.test(value)) return compare(binder, [lower(column)], value);
  const made = [compare(binder, [program(column)], value)];
  if (!value.includes('.')) made.push(compare(binder, [program(column)], `${value}.exe`));
  return any(made);
};

export const isAddress = (value: string): boolean =>
  /^\d{1,3}(?:\.\d{1,3}){3}(?:\/\d{1,2})?$/.test(value) || /^[0-9a-f]*:[0-9a-f:]+$/i.test(value);
const FILES = /\.(?:exe|dll|ps1|bat|vbs|cmd|sys|py|sh|js|docm?x?|xlsm?x?|zip|txt|log|pdf|lnk|iso|hta)$/i;
/** `j.maier`: an initial and a name. Names of sites with one letter have a short, well-known ending. */
const PERSON = /^[a-z]\.(?!(?:com|net|org|info|biz|app|dev|xyz|top|site|shop|example|test|local)$)[a-z]{3,}$/i;

export const isDomain = (value: string): boolean =>
  /^\*?\.?(?:[a-z0-9_-]+\.)+[a-z]{2,24}\.?$/i.test(value) && !FILES.test(value) && !PERSON.test(value);

/** A filter as SQL with bound values. @param view of what is asked */
export function filterSql({ kind, values, not }: Filter, view: string, binder: Binder): string {
  const sql = any(values.map((value) => one(kind, value, view, binder)));
  return not ? `(${sql}) IS NOT TRUE` : sql;
}

function one(kind: FilterKind, value: string, view: string, binder: Binder): string {
  const text = value.toLowerCase();
  const contains = (columns: readonly string[]) => {
    if (value.includes('*')) return compare(binder, columns.map(lower), `*${value}*`);
    const bound = binder.bind(text);
    return any(columns.map((column) => `contains(lower(${column}), ${bound})`));
  };
  switch (kind) {
    case 'host':
      return host(
        binder,
        view === 'network' || view === 'web' || view === 'events' ? ['host_name', 'observer_name'] : ['host_name'],
        value,
      );
    case 'user':
      return compare(binder, ['user_name', 'user_target_name'].map(bare), value, accountName);
    case 'target':
      return compare(binder, [bare('user_target_name')], value, accountName);
    case 'ip':
      return address(binder, ['source_ip', 'destination_ip', 'host_ip'], value);
    case 'source':
      if (isAddress(value)) return address(binder, ['source_ip'], value);
      return host(
        binder,
        view === 'authentication' || view === 'iam' ? ['source_domain'] : ['host_name', 'source_domain'],
        value,
      );
    case 'destination':
      if (isAddress(value)) return address(binder, ['destination_ip'], value);
      if (isDomain(value))
        return any([domain(binder, value), ...(view === 'authentication' ? [host(binder, ['host_name'], value)] : [])]);
      return host(
        binder,
        view === 'authentication' ? ['host_name', 'destination_domain'] : ['destination_domain'],
        value,
      );
    case 'domain':
      return domain(binder, value);
    case 'process':
      return withExe(binder, 'coalesce(process_executable, process_name)', value);
    case 'parent':
      return withExe(binder, 'coalesce(process_parent_executable, process_parent_name)', value);
    case 'command':
      return contains(['process_command_line']);
    case 'port': {
      const port = Number(value);
      if (!Number.isInteger(port) || port < 0 || port > 65_535)
        throw new MdrError('MDR_HUNT_BAD', `"${value.slice(0, 20)}" is no port.`, 'As in: connections to port 445.');
      return `destination_port = ${binder.bind(port)}`;
    }
    case 'status':
      return `http_response_status_code = ${binder.bind(Math.trunc(Number(value)) || 0)}`;
    case 'url':
      return contains(['url_original']);
    case 'file':
      return /[\\/*]/.test(value) ? contains(['file_path']) : compare(binder, [program('file_path')], value);
    case 'hash':
      return compare(
        binder,
        ['process_hash_sha256', 'process_hash_md5', 'file_hash_sha256', 'file_hash_md5'].map(lower),
        value,
      );
    case 'service':
      return compare(binder, ['service_name', 'cloud_service_name'].map(lower), value);
    case 'registry':
      return contains(['registry_path']);
    case 'code':
      return compare(binder, ['lower(event_code)'], value);
    case 'action':
      return compare(binder, ['lower(event_action)'], value);
    case 'type':
      return compare(binder, ['winlog_logon_type'], value);
    case 'agent':
      return contains(['user_agent_original']);
    case 'method':
      return compare(binder, ['lower(http_request_method)'], value);
    case 'region':
      return compare(binder, ['lower(cloud_region)'], value);
    case 'rule':
      return contains(['rule_name']);
    case 'group':
      return compare(binder, ['lower(group_name)'], value);
    case 'format':
      return compare(binder, ['lower(format)', 'lower(logsource_product)'], value);
    case 'provider':
      return compare(binder, ['lower(cloud_provider)'], value);
    case 'protocol':
      return compare(binder, ['lower(network_protocol)'], value);
    case 'name':
      return any([
        compare(binder, ['user_name', 'user_target_name'].map(bare), value, accountName),
        host(binder, ['host_name', 'source_domain', 'destination_domain'], value),
      ]);
    case 'text':
      return contains(TEXTS);
  }
}

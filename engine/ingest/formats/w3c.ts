import { isIP } from 'node:net';
import type { Fields } from '../../event.js';
import { byColumns, lineFormat } from './shared/lined.js';
import type { Kind, Kinds } from './shared/mapping/index.js';
import { isoTime, readTime } from './shared/time.js';

const START = /^\d{4}-\d\d-\d\d[ \t]\d\d:\d\d:\d\d[ \t]\S/;
const DIRECTIVE = /^#(?:Software|Version|Date|Fields|Start-Date|End-Date|Remark|Time Format): ?/;
const MOST_COLUMNS = 64;

/** Columns between blanks or tabs; `"` keeps blanks together, as Blue Coat writes. */
function split(line: string): string[] {
  if (line.includes('\t')) return line.split('\t', MOST_COLUMNS);
  const values: string[] = [];
  for (const [, quoted, bare] of line.matchAll(/"([^"]*)"|(\S+)/g)) {
    if (values.push(quoted ?? bare!) > MOST_COLUMNS) break;
  }
  return values;
}

/** What a value must look like where its column is the telling one. */
const TELLING: Record<string, RegExp> = {
  'sc-status': /^\d{1,3}$/,
  'cs-method': /^(?:-|[A-Za-z_-]{2,32})$/,
  'cs-uri-stem': /^(?:-|\*|\/|[a-z]+:\/\/)/,
  action: /^(?:ALLOW|DROP|CLOSE|OPEN|INFO-EVENTS-LOST)$/,
  'time-taken': /^(?:-|[\d.]{1,12})$/,
};
const ADDRESSES = new Set(['c-ip', 's-ip', 'src_ip', 'dst_ip']);

function suits({ columns }: Kind, values: readonly string[]): boolean {
  if (columns.length !== values.length || columns[0] !== 'date') return false;
  return columns.every((name, i) => {
    const value = values[i]!;
    if (ADDRESSES.has(name)) return value === '-' || isIP(value) !== 0;
    return TELLING[name]?.test(value) ?? true;
  });
}

/** The header with the columns' names does not come with each line: layouts are known by their number and what is in them. */
const layoutOf = (values: readonly string[], kinds: Kinds): Kind | undefined =>
  kinds.list.find((kind) => kind.columns.length > 0 && suits(kind, values));

/** Blanks within a value are written as `+`. */
function readable(fields: Fields): void {
  for (const name of ['cs-user-agent', 'cs-referer']) {
    const value = fields[name];
    if (typeof value === 'string' && !value.includes(' ')) fields[name] = value.replaceAll('+', ' ');
  }
}

export default lineFormat({
  name: 'w3c',
  summary: 'W3C extended logs in the usual layouts: IIS, CloudFront, Blue Coat, Windows firewall (pfirewall.log)',
  priority: 39,
  taxonomy: 'web',
  accepts: (line, kinds) => (START.test(line) ? layoutOf(split(line), kinds) !== undefined : DIRECTIVE.test(line)),
  read(line, received, kinds) {
    if (line.startsWith('#')) {
      const date = /^#(?:Date|Start-Date): (\S+ \S+)/.exec(line)?.[1];
      const time = date === undefined ? Number.NaN : readTime(date.trim());
      return { kind: kinds.named('directive'), fields: { message: line }, time: Number.isNaN(time) ? received : time };
    }
    const values = split(line);
    const kind = layoutOf(values, kinds);
    if (!kind) return null;
    const fields = byColumns(kind.columns, values);
    fields.message = line;
    readable(fields);
    return { kind, fields, time: isoTime(`${values[0]} ${values[1]}`) };
  },
  samples: [
    {
      line: '2026-03-04 08:00:00 10.20.0.15 GET /owa/auth/logon.aspx url=x 443 CORP\\marta 203.0.113.9 Mozilla/5.0+(X11;+Linux) https://mail.example/ 200 0 0 15',
      logsource: { product: 'iis', category: 'webserver' },
      ecs: {
        '@timestamp': '2026-03-04T08:00:00.000Z',
        'host.name': '10.20.0.15',
        'source.ip': '203.0.113.9',
        'user.name': 'marta',
        'http.response.status_code': 200,
        'user_agent.original': 'Mozilla/5.0 (X11; Linux)',
      },
      fields: {
        'cs-uri-stem': '/owa/auth/logon.aspx',
        'cs-uri-query': ['url=x', '/owa/auth/logon.aspx?url=x'],
        'c-useragent': 'Mozilla/5.0 (X11; Linux)',
      },
    },
    {
      line: '2026-03-04 08:00:01 10.20.0.15 POST /aspnet_client/x.aspx - 443 - 203.0.113.9 - 500 0 0 15',
      logsource: { product: 'iis', category: 'webserver' },
      ecs: { 'event.outcome': 'failure', 'http.request.method': 'POST' },
      fields: { 'cs-uri-query': '/aspnet_client/x.aspx' },
    },
    {
      line: '2026-03-04 08:00:02 W3SVC1 WEB-03 10.20.0.15 GET / - 80 - 203.0.113.9 HTTP/1.1 curl/8.5.0 - - www.example 301 0 0 321 80 3',
      logsource: { product: 'iis', category: 'webserver' },
      ecs: { 'host.name': 'WEB-03', 'destination.domain': 'www.example', 'network.bytes': 321 },
    },
    {
      line: '2026-03-04 08:00:03 120 10.20.4.17 marta staff - OBSERVED "Technology/Internet" http://start.example/ 200 TCP_NC_MISS GET text/html http files.hopto.org 80 /a/b.exe ?x=1 exe "Microsoft BITS/7.8" 10.20.0.8 900 300 -',
      logsource: { product: 'bluecoat', category: 'proxy' },
      ecs: { 'observer.name': '10.20.0.8', 'destination.domain': 'files.hopto.org', 'event.action': 'OBSERVED' },
      fields: { 'c-uri-extension': 'exe', 'c-uri-query': 'x=1', 'cs-categories': 'Technology/Internet' },
    },
    {
      line: '2026-03-04 08:00:04 DROP TCP 203.0.113.9 10.20.4.17 41822 445 52 S 1 0 64240 - - - RECEIVE',
      logsource: { product: 'windows', service: 'firewall', category: 'firewall' },
      ecs: { 'source.ip': '203.0.113.9', 'destination.port': 445, 'event.outcome': 'failure' },
      fields: { action: ['DROP', 'deny'], blocked: 'true' },
    },
    {
      line: '2026-03-04\t08:00:05\tFRA2\t2390\t203.0.113.9\tGET\td1.cloudfront.example\t/x.php\t404\t-\tcurl/8.5.0\ta=1\t-\tError\tr1\twww.example\thttps\t80\t0.01\t-\tTLSv1.3\tX\tError\tHTTP/2.0\t-\t-\t41822\t0.01\tError\ttext/html\t15\t-\t-',
      logsource: { product: 'aws', service: 'cloudfront', category: 'webserver' },
      ecs: { 'destination.domain': 'www.example', 'http.response.status_code': 404 },
      fields: { 'c-uri-query': 'a=1' },
    },
    {
      line: '#Date: 2026-03-04 08:00:00',
      logsource: { product: '' },
      ecs: { '@timestamp': '2026-03-04T08:00:00.000Z' },
    },
  ],
});

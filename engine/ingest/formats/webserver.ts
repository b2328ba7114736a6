import type { Fields } from '../../event.js';
import { type LineContent, lineFormat, openLine } from './shared/lined.js';
import type { Kinds } from './shared/mapping/index.js';
import { isoTime, readTime } from './shared/time.js';

/** Common and combined log format, with the virtual host before it and whatever behind it. */
const ACCESS =
  /^(?:([\w.-]{1,255})(?::(\d{1,5}))? )?([\w.:%-]{1,255}) (\S{1,255}) (.{1,255}?) \[(\d\d\/[A-Z][a-z]{2}\/\d{4}:\d\d:\d\d:\d\d [+-]\d{4})\] "((?:[^"\\]|\\.){0,16384})" (\d{3}|-) (\d{1,15}|-)(?: "((?:[^"\\]|\\.){0,8192})" "((?:[^"\\]|\\.){0,8192})")?/;
const MARK = /\[\d\d\/[A-Z][a-z]{2}\/\d{4}:\d\d:\d\d:\d\d [+-]\d{4}\] "/;
const REQUEST = /^([A-Za-z-]{1,32}) (.*?)(?: (HTTP\/[\d.]{1,4}))?$/s;
const APACHE_ERROR =
  /^(?:\[[A-Z][a-z]{2} ([A-Z][a-z]{2}) (\d\d) (\d\d:\d\d:\d\d)(?:\.\d{1,9})? (\d{4})\] )?\[([\w-]{0,64}):(\w{1,16})\] \[pid (\d{1,10})[^\]]{0,40}\] (?:\[client ([^\]]{1,64})\] )?(.*)$/s;
const NGINX_ERROR = /^(\d{4})\/(\d\d)\/(\d\d) (\d\d:\d\d:\d\d) \[(\w{1,16})\] (\d{1,10})#\d{1,10}: (.*)$/s;
const NGINX_CLIENT = /, client: ([\w.:]{2,64}), server: (\S{0,255}?)(?:,|$)/;
const HAPROXY =
  /^([\w.:]{2,64}):(\d{1,5}) \[(\d\d\/[A-Z][a-z]{2}\/\d{4}:\d\d:\d\d:\d\d)\.\d{3}\] (\S{1,128}) (\S{1,128}) [-+\d/]{9,80} (-?\d{1,3}) \+?(\d{1,15}) .{0,300}? "((?:[^"\\]|\\.){0,16384})"?$/s;

const shown = (value: string | undefined): string | undefined =>
  value === undefined || value === '-' || value === '' ? undefined : value.replace(/\\(["\\])/g, '$1');

function setTarget(fields: Fields, line: string): void {
  const request = REQUEST.exec(line);
  if (!request) {
    // No request at all: what a scanner of another protocol sent.
    fields['c-uri'] = line;
    return;
  }
  fields['cs-method'] = request[1];
  fields['c-uri'] = request[2];
  if (request[3] !== undefined) fields['cs-version'] = request[3];
}

function access(message: string, program: string, kinds: Kinds): LineContent | null {
  const found = ACCESS.exec(message);
  if (!found) return null;
  const fields: Fields = { 'c-ip': found[3], message };
  const set = (name: string, value: string | undefined) => {
    const given = shown(value);
    if (given !== undefined) fields[name] = given;
  };
  set('cs-host', found[1]);
  set('s-port', found[2]);
  set('cs-username', found[5]);
  setTarget(fields, found[7]!);
  if (found[8] !== '-') fields['sc-status'] = Number(found[8]);
  set('sc-bytes', found[9]);
  set('cs-referer', found[10]);
  set('cs-user-agent', found[11]);
  const name = /nginx/.test(program) ? 'nginxAccess' : /apache|httpd/.test(program) ? 'apacheAccess' : 'access';
  return { kind: kinds.named(name), fields, time: readTime(found[6]) };
}

function haproxy(message: string, kinds: Kinds): LineContent | null {
  const found = HAPROXY.exec(message);
  if (!found) return null;
  const fields: Fields = { 'c-ip': found[1], 'c-port': found[2], frontend: found[4], backend: found[5], message };
  if (Number(found[6]) > 0) fields['sc-status'] = Number(found[6]);
  fields['sc-bytes'] = found[7];
  setTarget(fields, found[8]!);
  return { kind: kinds.named('haproxy'), fields, time: readTime(found[3]) };
}

/** Times of error logs say no zone: the server's own, taken as UTC. */
function errors(message: string, time: number, kinds: Kinds): LineContent | null {
  const nginx = NGINX_ERROR.exec(message);
  if (nginx) {
    const fields: Fields = { level: nginx[5], pid: nginx[6], message: nginx[7] };
    const client = NGINX_CLIENT.exec(nginx[7]!.slice(-4096));
    if (client) [fields.client, fields.server] = [client[1], client[2]];
    return { kind: kinds.named('nginx'), fields, time: isoTime(`${nginx[1]}-${nginx[2]}-${nginx[3]} ${nginx[4]}`) };
  }
  const apache = APACHE_ERROR.exec(message);
  if (!apache) return null;
  const [, month, day, clock, year, module, level, pid, client, text] = apache;
  const fields: Fields = { module, level, pid, message: text };
  if (client !== undefined) fields.client = client;
  return { kind: kinds.named('apache'), fields, time: month ? readTime(`${month} ${day} ${year} ${clock}`) : time };
}

export default lineFormat({
  name: 'webserver',
  summary: 'web servers: access logs (common, combined, virtual host), error logs of Apache and nginx, HAProxy',
  priority: 42,
  taxonomy: 'web',
  accepts: (line) =>
    (line.includes('] "') && MARK.test(line)) ||
    (line.includes('#') && / \[\w{1,16}\] \d{1,10}#\d{1,10}: /.test(line.slice(0, 400))) ||
    (line.includes('[pid ') && /\[[\w-]{0,64}:\w{1,16}\] \[pid \d/.test(line.slice(0, 400))) ||
    (line.includes('haproxy') && HAPROXY.test(openLine(line, 0).message)),
  read(line, received, kinds) {
    const { time, host, program, message } = openLine(line, received);
    const content =
      access(message, program, kinds) ?? errors(message, time ?? received, kinds) ?? haproxy(message, kinds);
    if (content && host !== undefined) content.fields.hostname = host;
    return content;
  },
  samples: [
    {
      line: '203.0.113.9 - marta [04/Mar/2026:09:00:00 +0100] "GET /search.php?q=1%27+OR+1=1 HTTP/1.1" 200 2326 "https://www.example/start" "sqlmap/1.8"',
      logsource: { product: '', service: '', category: 'webserver' },
      ecs: {
        '@timestamp': '2026-03-04T08:00:00.000Z',
        'source.ip': '203.0.113.9',
        'user.name': 'marta',
        'http.request.method': 'GET',
        'http.response.status_code': 200,
        'user_agent.original': 'sqlmap/1.8',
        'url.original': '/search.php?q=1%27+OR+1=1',
        'event.outcome': 'success',
      },
      fields: {
        'cs-uri-stem': '/search.php',
        'cs-uri-query': ['q=1%27+OR+1=1', '/search.php?q=1%27+OR+1=1'],
        'cs-referer': 'https://www.example/start',
        'sc-status': 200,
      },
    },
    {
      line: '<190>Mar  4 08:00:01 web-03 nginx: 2001:db8::9 - - [04/Mar/2026:08:00:01 +0000] "POST /owa/auth/x.aspx HTTP/2.0" 404 153 "-" "-"',
      logsource: { product: '', service: 'nginx', category: 'webserver' },
      ecs: { 'host.name': 'web-03', 'source.ip': '2001:db8::9', 'event.outcome': 'failure' },
      fields: { 'cs-uri-query': '/owa/auth/x.aspx', 'c-uri-extension': 'aspx' },
    },
    {
      line: 'www.example:443 198.51.100.3 - - [04/Mar/2026:08:00:02 +0000] "GET / HTTP/1.1" 301 0',
      logsource: { product: '', category: 'webserver' },
      ecs: { 'destination.domain': 'www.example', 'source.ip': '198.51.100.3' },
    },
    {
      line: '198.51.100.4 - - [04/Mar/2026:08:00:03 +0000] "\\x16\\x03\\x01\\x02\\"" 400 484 "-" "-"',
      logsource: { product: '', category: 'webserver' },
      ecs: { 'http.response.status_code': 400 },
    },
    {
      line: '[Wed Mar 04 08:00:04.123456 2026] [core:notice] [pid 4411:tid 140] AH00051: child pid 4450 exit signal Segmentation Fault (11), possible coredump in /etc/apache2',
      logsource: { product: '', service: 'apache' },
      ecs: { '@timestamp': '2026-03-04T08:00:04.000Z', 'event.action': 'notice' },
      fields: { module: 'core' },
    },
    {
      line: '2026/03/04 08:00:05 [error] 991#991: *7 open() "/srv/www/x.php" failed (2: No such file or directory), client: 203.0.113.9, server: www.example, request: "GET /x.php HTTP/1.1", host: "www.example"',
      logsource: { product: '', service: 'nginx' },
      ecs: { 'source.ip': '203.0.113.9', 'destination.domain': 'www.example' },
    },
    {
      line: '2026/03/04 08:00:06 [alert] 990#990: worker process 991 exited on signal 6 (core dumped)',
      logsource: { product: '', service: 'nginx' },
      ecs: { message: 'worker process 991 exited on signal 6 (core dumped)' },
    },
    {
      line: '<134>Mar  4 08:00:07 lb-1 haproxy[88]: 203.0.113.9:41822 [04/Mar/2026:08:00:07.120] https~ app/web-03 0/0/1/20/21 200 2326 - - ---- 9/9/0/0/0 0/0 "GET /login?u=1 HTTP/1.1"',
      logsource: { product: '', service: 'haproxy', category: 'webserver' },
      ecs: {
        'host.name': 'lb-1',
        'source.ip': '203.0.113.9',
        'http.request.method': 'GET',
        'event.action': 'app/web-03',
      },
    },
  ],
});

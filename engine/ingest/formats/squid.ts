import { byColumns, lineFormat, openLine } from './shared/lined.js';
import { epochTime } from './shared/time.js';

const NATIVE =
  /^(\d{9,12}\.\d{3}) +(\d{1,10}) (\S{1,255}) ([A-Z_]{3,64}\/\d{3}) (\d{1,15}) (\S{1,32}) (\S{1,16384}) (\S{1,255}) ([A-Z_]{3,64}\/\S{1,255}) (\S{1,255})/;

export default lineFormat({
  name: 'squid',
  summary: 'Squid access.log in its native format',
  priority: 41,
  taxonomy: 'web',
  accepts: (line) =>
    (line.includes('TCP_') || line.includes('NONE') || line.includes('UDP_')) &&
    / [A-Z_]{3,64}\/\d{3} \d{1,15} \S{1,32} /.test(line.slice(0, 500)) &&
    NATIVE.test(openLine(line, 0).message.trimStart()),
  read(line, received, kinds) {
    const { host, message } = openLine(line, received);
    const found = NATIVE.exec(message.trimStart());
    if (!found) return null;
    const kind = kinds.named('squid');
    const fields = byColumns(kind.columns, found.slice(1));
    fields['sc-status'] = Number(found[4]!.slice(-3));
    fields.dst_ip = found[9]!.slice(found[9]!.indexOf('/') + 1);
    fields.message = message;
    if (host !== undefined) fields.hostname = host;
    // A tunnel is to a host and a port.
    if (fields['cs-method'] === 'CONNECT') fields['cs-host'] = found[7]!.replace(/:\d{1,5}$/, '');
    return { kind, fields, time: epochTime(Number(found[1])) };
  },
  samples: [
    {
      line: '1772611200.123    150 10.20.4.17 TCP_MISS/200 1234 GET http://files.hopto.org/a/b.exe?x=1 marta HIER_DIRECT/198.51.100.80 application/octet-stream',
      logsource: { product: '', service: 'squid', category: 'proxy' },
      ecs: {
        '@timestamp': '2026-03-04T08:00:00.123Z',
        'source.ip': '10.20.4.17',
        'user.name': 'marta',
        'url.original': 'http://files.hopto.org/a/b.exe?x=1',
        'destination.domain': 'files.hopto.org',
        'destination.ip': '198.51.100.80',
        'http.response.status_code': 200,
      },
      fields: {
        'c-uri': ['http://files.hopto.org/a/b.exe?x=1', '/a/b.exe?x=1'],
        'c-uri-extension': 'exe',
        'c-uri-query': 'x=1',
        'cs-host': 'files.hopto.org',
      },
    },
    {
      line: '1772611201.000      0 10.20.4.17 TCP_DENIED/403 3900 CONNECT api.telegram.org:443 - HIER_NONE/- text/html',
      logsource: { product: '', service: 'squid', category: 'proxy' },
      ecs: { 'destination.domain': 'api.telegram.org', 'event.outcome': 'failure', 'event.action': 'TCP_DENIED/403' },
    },
    {
      line: '<134>Mar  4 08:00:02 proxy-1 squid[900]: 1772611202.250     90 2001:db8::17 TCP_TUNNEL/200 39 CONNECT [2001:db8::80]:443 - HIER_DIRECT/2001:db8::80 -',
      logsource: { product: '', service: 'squid', category: 'proxy' },
      ecs: { 'observer.name': 'proxy-1', 'source.ip': '2001:db8::17' },
    },
    {
      line: '1772611203.500   5000 10.20.4.18 NONE_NONE/000 0 - error:transaction-end-before-headers - HIER_NONE/- -',
      logsource: { product: '', service: 'squid', category: 'proxy' },
      ecs: { 'source.ip': '10.20.4.18' },
    },
  ],
});

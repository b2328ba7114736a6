import { byColumns, lineFormat } from './shared/lined.js';
import { epochTime } from './shared/time.js';

export default lineFormat({
  name: 'vpcflow',
  summary: 'Amazon VPC flow logs in the default format (version 2)',
  priority: 43,
  taxonomy: 'firewall',
  accepts: (line) => /^2 (?:\d{12}|unknown) eni-[\da-f]{1,40} \S{1,45} \S{1,45} /.test(line),
  read(line, _received, kinds) {
    const kind = kinds.named('vpcflow');
    const fields = byColumns(kind.columns, line.split(' ', 40));
    return { kind, fields, time: epochTime(Number(fields.start)) };
  },
  samples: [
    {
      line: '2 210987654321 eni-0a1b2c3d 203.0.113.9 10.1.2.3 41822 3306 6 20 4249 1772611200 1772611260 ACCEPT OK',
      logsource: { product: 'aws', service: 'vpcflow', category: 'firewall' },
      ecs: {
        '@timestamp': '2026-03-04T08:00:00.000Z',
        'source.ip': '203.0.113.9',
        'destination.port': 3306,
        'network.bytes': 4249,
        'cloud.account.id': '210987654321',
        'event.outcome': 'success',
      },
      fields: { action: 'ACCEPT', blocked: 'false' },
    },
    {
      line: '2 210987654321 eni-0a1b2c3d 203.0.113.9 10.1.2.3 41823 22 6 1 60 1772611201 1772611261 REJECT OK',
      logsource: { product: 'aws', service: 'vpcflow', category: 'firewall' },
      ecs: { 'event.outcome': 'failure' },
      fields: { action: ['REJECT', 'deny'] },
    },
    {
      line: '2 210987654321 eni-0a1b2c3d - - - - - - - 1772611202 1772611262 - NODATA',
      logsource: { product: 'aws', service: 'vpcflow', category: 'firewall' },
      ecs: { 'observer.name': 'eni-0a1b2c3d' },
    },
    {
      line: '2 210987654321 eni-0a1b2c3d 2001:db8::9 2001:db8::3 5000 443 6 9 900 1772611203 1772611263 ACCEPT OK',
      logsource: { product: 'aws', service: 'vpcflow', category: 'firewall' },
      ecs: { 'destination.ip': '2001:db8::3' },
    },
  ],
});

import { byColumns, lineFormat, openLine } from './shared/lined.js';

export default lineFormat({
  name: 'pfsense',
  summary: 'pfSense and OPNsense packet filter log (filterlog)',
  priority: 44,
  taxonomy: 'firewall',
  accepts: (line) =>
    line.includes('filterlog') &&
    /filterlog(?:\[\d{1,8}\]:|: | \d{1,8} - (?:-|\[[^\]]{0,200}\]) )/.test(line.slice(0, 400)),
  read(line, received, kinds) {
    const { time, host, message } = openLine(line, received);
    const values = message.split(',', 60);
    const kind = kinds.named('pfsense');
    const fields = byColumns(kind.columns, values);
    const version = kinds.named(fields.ipversion === '6' ? 'pfsenseV6' : 'pfsenseV4');
    Object.assign(fields, byColumns(version.columns, values.slice(kind.columns.length)));
    fields.message = message;
    if (host !== undefined) fields.hostname = host;
    return { kind, fields, time: time ?? received };
  },
  samples: [
    {
      line: '<134>Mar  4 08:00:00 pf-1 filterlog[31210]: 4,,,1000000103,igb0,match,block,in,4,0x0,,50,4411,0,DF,6,tcp,60,203.0.113.9,10.20.0.15,41822,3306,0,S,1,,64240,,mss',
      logsource: { product: 'pfsense', service: 'filterlog', category: 'firewall' },
      ecs: {
        '@timestamp': '2026-03-04T08:00:00.000Z',
        'observer.name': 'pf-1',
        'source.ip': '203.0.113.9',
        'destination.ip': '10.20.0.15',
        'destination.port': 3306,
        'network.protocol': 'tcp',
        'event.outcome': 'failure',
      },
      fields: { action: ['block', 'deny'], dst_port: '3306', blocked: 'true' },
    },
    {
      line: '<134>1 2026-03-04T08:00:01.000000+00:00 pf-1 filterlog 31210 - - 88,,,1,igb1,match,pass,out,4,0x0,,63,1,0,none,17,udp,73,10.20.4.17,192.0.2.53,5353,53,53',
      logsource: { product: 'pfsense', service: 'filterlog', category: 'firewall' },
      ecs: { 'destination.port': 53, 'event.outcome': 'success' },
    },
    {
      line: 'Mar  4 08:00:02 pf-1 filterlog[31210]: 5,,,2,igb0,match,block,in,6,0x00,0x0,255,tcp,6,40,2001:db8::9,2001:db8::1,5000,22,0,S,1,,1,,',
      logsource: { product: 'pfsense', service: 'filterlog', category: 'firewall' },
      ecs: { 'source.ip': '2001:db8::9', 'destination.port': 22 },
    },
    {
      line: 'Mar  4 08:00:03 pf-1 filterlog[31210]: 9,,,3,igb0,match,block,in,4,0x0,,64,0,0,none,1,icmp,84,198.51.100.3,10.20.0.1,request,1,2',
      logsource: { product: 'pfsense', service: 'filterlog', category: 'firewall' },
      ecs: { 'source.ip': '198.51.100.3', 'network.protocol': 'icmp' },
    },
  ],
});

import type { Fields } from '../../event.js';
import { byColumns, lineFormat, openLine } from './shared/lined.js';
import { commaValues } from './shared/pairs.js';
import { isoTime, readTime } from './shared/time.js';

const HEAD =
  /(?:^|[ >])(?:1|0)?,(\d{4}\/\d\d\/\d\d \d\d:\d\d:\d\d),\w{0,32},(TRAFFIC|THREAT|SYSTEM|CONFIG|GLOBALPROTECT),/;
const THREATS: Record<string, string> = {
  url: 'paloaltoUrl',
  virus: 'paloaltoVirus',
  wildfire: 'paloaltoVirus',
  'wildfire-virus': 'paloaltoVirus',
};
const OTHERS: Record<string, string> = {
  TRAFFIC: 'paloaltoTraffic',
  SYSTEM: 'paloaltoSystem',
  CONFIG: 'paloaltoConfig',
  GLOBALPROTECT: 'globalprotectLogin',
};
/** The mark `2026/03/04 08:00:00` with dashes, as the rest of the product reads times. */
const timeOf = (value: unknown): number =>
  typeof value === 'string' ? isoTime(value.replace(/^(\d{4})\/(\d\d)\/(\d\d)/, '$1-$2-$3')) : Number.NaN;

function complete(fields: Fields, name: string): void {
  if (name !== 'paloaltoUrl' || typeof fields.misc !== 'string') return;
  // The address is written without its scheme: `files.example/a/b.exe`.
  fields['c-uri'] = /^[a-z]+:\/\//.test(fields.misc) ? fields.misc : `http://${fields.misc}`;
}

export default lineFormat({
  name: 'paloalto',
  summary: 'Palo Alto Networks PAN-OS syslog in its CSV form: traffic, threat, URL, system, config, GlobalProtect',
  priority: 46,
  taxonomy: 'firewall',
  accepts: (line) => line.includes(',20') && HEAD.test(line.slice(0, 400)),
  read(line, received, kinds) {
    const head = HEAD.exec(line.slice(0, 400));
    if (!head) return null;
    const { host, message } = openLine(line, received);
    const from = HEAD.exec(message.slice(0, 400)) ? message : line;
    const values = commaValues(from.slice(from.indexOf(',')).replace(/^/, '1'));
    const type = head[2]!;
    const name = OTHERS[type] ?? THREATS[values[4] ?? ''] ?? 'paloaltoThreat';
    const kind = kinds.named(name);
    const fields = byColumns(kind.columns, values);
    if (fields.hostname === undefined && host !== undefined) fields.hostname = host;
    complete(fields, name);
    const generated = timeOf(fields.generated);
    return { kind, fields, time: Number.isNaN(generated) ? readTime(timeOf(head[1])) : generated };
  },
  samples: [
    {
      line: '<14>Mar  4 08:00:00 pa-1 1,2026/03/04 08:00:00,007200001,TRAFFIC,end,2561,2026/03/04 07:59:58,10.20.4.17,192.0.2.14,198.51.100.1,192.0.2.14,lan-out,corp\\marta,,telnet,vsys1,trust,untrust,ethernet1/2,ethernet1/1,fwd,2026/03/04 08:00:00,30011,1,51544,23,40123,23,0x400053,tcp,allow,2740,1840,900,12,2026/03/04 07:59:50,3,any',
      logsource: { product: 'paloalto', service: 'traffic', category: 'firewall' },
      ecs: {
        '@timestamp': '2026-03-04T07:59:58.000Z',
        'observer.name': 'pa-1',
        'source.ip': '10.20.4.17',
        'destination.port': 23,
        'user.name': 'marta',
        'user.domain': 'corp',
        'network.bytes': 2740,
        'event.outcome': 'success',
      },
      fields: { dst_port: '23', action: ['allow', 'accept'], blocked: 'false' },
    },
    {
      line: '1,2026/03/04 08:01:00,007200001,THREAT,url,2561,2026/03/04 08:01:00,10.20.4.17,198.51.100.80,,,lan-out,corp\\marta,,web-browsing,vsys1,trust,untrust,e1,e2,fwd,2026/03/04 08:01:00,30012,1,51545,80,0,0,0x0,tcp,block-url,"files.hopto.org/a/b.exe?x=1,2",(9999),malware,informational,client-to-server,77,0x0,,,,text/html,0,,,1,"Microsoft BITS/7.8",,,,,,,0,11,12,13,14,vsys1,pa-1,,,,get',
      logsource: { product: 'paloalto', service: 'threat', category: 'proxy' },
      ecs: {
        'destination.domain': 'files.hopto.org',
        'http.request.method': 'get',
        'user_agent.original': 'Microsoft BITS/7.8',
        'event.outcome': 'failure',
      },
      fields: { 'cs-host': 'files.hopto.org', 'c-uri-extension': 'exe', 'c-uri-query': 'x=1,2' },
    },
    {
      line: '1,2026/03/04 08:02:00,007200001,THREAT,virus,2561,2026/03/04 08:02:00,10.20.4.17,198.51.100.80,,,lan-out,,,web-browsing,vsys1,trust,untrust,e1,e2,fwd,2026/03/04 08:02:00,30013,1,51546,80,0,0,0x0,tcp,reset-both,"m.exe",Trojan/Win32.Mimikatz.a(42),any,medium,server-to-client,78,0x0',
      logsource: { product: 'paloalto', service: 'threat', category: 'antivirus' },
      ecs: { 'rule.name': 'Trojan/Win32.Mimikatz.a(42)', 'file.path': 'm.exe' },
      fields: { Signature: 'Trojan/Win32.Mimikatz.a(42)', Filename: 'm.exe', blocked: 'true' },
    },
    {
      line: '1,2026/03/04 08:03:00,007200001,CONFIG,0,2561,2026/03/04 08:03:00,10.20.1.5,,set,tomas,Web,Succeeded, vsys vsys1 rulebase security rules any-any',
      logsource: { product: 'paloalto', service: 'config' },
      ecs: { 'user.name': 'tomas', 'source.ip': '10.20.1.5', 'event.action': 'set', 'event.outcome': 'success' },
    },
    {
      line: '1,2026/03/04 08:04:00,007200001,GLOBALPROTECT,0,2561,2026/03/04 08:04:00,vsys1,gateway-auth,login,Other,,anna,SE,ws-14,203.0.113.77,0.0.0.0,0.0.0.0,0.0.0.0,h1,,6.1.0,Windows,"Windows 11",1,,"Authentication failed: Invalid username or password",,failure,,0,,0,gp-gw',
      logsource: { product: 'paloalto', service: 'globalprotect', category: 'appliance' },
      ecs: { 'user.name': 'anna', 'source.ip': '203.0.113.77', 'event.outcome': 'failure' },
    },
    {
      line: '<14>1 2026-03-04T08:05:00Z pa-1 - - - - 1,2026/03/04 08:05:00,007200001,SYSTEM,auth,0,2026/03/04 08:05:00,,auth-fail,,0,0,general,medium,"failed authentication for user \'admin\'. From: 203.0.113.9."',
      logsource: { product: 'paloalto', service: 'system' },
      ecs: { 'event.action': 'auth-fail', 'host.name': 'pa-1' },
    },
    {
      line: '1,2026/03/04 08:06:00,007200001,THREAT,vulnerability,2561,2026/03/04 08:06:00,203.0.113.9,10.20.0.15,,,in,,,web-browsing,vsys1,untrust,dmz,e1,e2,fwd,2026/03/04 08:06:00,3,1,41000,443,0,0,0x0,tcp,alert,"/login",Apache Log4j RCE(91991),code-execution,critical,client-to-server,80,0x0',
      logsource: { product: 'paloalto', service: 'threat', category: 'firewall' },
      ecs: { 'rule.name': 'Apache Log4j RCE(91991)', 'source.ip': '203.0.113.9' },
    },
  ],
});

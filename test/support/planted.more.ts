import { addressOf, seen, userOf } from './month.js';
import { at, HOUR, many, type Planted } from './planted.parts.js';

/** The second half of the intrusions of `planted.ts`. */
export const MORE: Record<string, Planted> = {
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
};

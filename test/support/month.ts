import type { HuntFields, Seen } from '../../engine/hunt/models/types.js';
import { seeded } from '../../engine/hunt/stats.js';
import { moreOrdinary } from './month.more.js';

export const DAY = 86_400_000;
const HOUR = 3_600_000;
const MINUTE = 60_000;
/** A Monday. */
export const START = Date.UTC(2026, 0, 5);
export const DAYS = 30;
export const PEOPLE = 120;

export const seen = (id: string, time: number, ecs: HuntFields): Seen => ({ id, time: Math.round(time), ecs });
export const userOf = (i: number) => `user${i}`;
export const addressOf = (i: number) => `10.1.${i >> 7}.${(i & 127) + 10}`;
const hostOf = (i: number) => `pc-${i}`;
const serverOf = (i: number) => `10.2.0.${i + 1}`;

const SITES = Array.from(
  { length: 80 },
  (_, i) =>
    `${['north', 'green', 'data', 'open', 'river', 'photo', 'blue', 'market'][i % 8]}${['wind', 'press', 'house', 'line', 'garden', 'field', 'works', 'paper', 'cloud', 'stone'][Math.floor(i / 8)]}.example`,
);
const PROGRAMS: readonly (readonly [string, string, (r: () => number) => string])[] = [
  [
    'C:\\Windows\\explorer.exe',
    'C:\\Program Files\\Office\\winword.exe',
    (r) => `"winword.exe" /n "C:\\Users\\x\\Documents\\report ${Math.floor(r() * 400)}.docx"`,
  ],
  [
    'C:\\Windows\\explorer.exe',
    'C:\\Program Files\\Browser\\chrome.exe',
    () => '"chrome.exe" --profile-directory=Default',
  ],
  [
    'C:\\Windows\\System32\\services.exe',
    'C:\\Windows\\System32\\svchost.exe',
    (r) => `svchost.exe -k netsvcs -p -s ${['BITS', 'wuauserv', 'Schedule', 'Themes'][Math.floor(r() * 4)]}`,
  ],
  ['C:\\Windows\\System32\\svchost.exe', 'C:\\Windows\\System32\\taskhostw.exe', () => 'taskhostw.exe Install'],
  [
    'C:\\Program Files\\Agent\\agent.exe',
    'C:\\Windows\\System32\\cmd.exe',
    (r) => `cmd.exe /c inventory ${Math.floor(r() * 20)}`,
  ],
  [
    'C:\\Windows\\explorer.exe',
    'C:\\Windows\\System32\\WindowsPowerShell\\v1.0\\powershell.exe',
    (r) => `powershell.exe -File C:\\Scripts\\clean-${Math.floor(r() * 9)}.ps1`,
  ],
];

/**
 * An ordinary month of 120 people, day by day, with what troubles models in the field: software that calls home by the clock, content
 * networks, an administrator, a monitor that tries every host, nightly backups, mistyped passwords, journeys, a new colleague, new programs.
 */
export function* ordinaryMonth(seed = 1): Generator<Seen[]> {
  const random = seeded(seed);
  const pick = <T>(list: readonly T[]): T => list[Math.floor(random() * list.length)]!;
  let number = 0;
  const more = moreOrdinary(START, DAYS, PEOPLE, seed);
  for (let day = 0; day < DAYS; day++) {
    const events: Seen[] = more.next().value ?? [];
    const add = (time: number, ecs: HuntFields) => void events.push(seen(`o${number++}`, time, ecs));
    const midnight = START + day * DAY;
    const weekend = day % 7 > 4;
    for (let i = 0; i < PEOPLE; i++) {
      if (i === PEOPLE - 1 && day < 16) continue;
      const ip = addressOf(i);
      const user = userOf(i);
      // Computers stay on: their software calls by the clock, everybody's the same.
      for (const [site, every] of [
        ['update.example', 60],
        ['mail.example', 15],
      ] as const)
        if (i % 3 !== 0 || every === 60)
          for (let at = random() * every * MINUTE; at < DAY; at += every * MINUTE)
            add(midnight + at, {
              'source.ip': ip,
              'destination.domain': site,
              'destination.ip': '203.0.113.7',
              'destination.port': 443,
              'source.bytes': 400 + Math.floor(random() * 60),
            });
      if (weekend && random() < 0.9) continue;
      const begins = midnight + (8 + (i % 3)) * HOUR + (random() - 0.5) * 50 * MINUTE;
      const at = () => begins + random() * 8 * HOUR;
      const travels = i % 20 === 3 && day >= 10 && day <= 14;
      const place = travels ? { country: 'US', lat: 40.7, lon: -74 } : { country: 'DE', lat: 52.5, lon: 13.4 };
      const signIn = (time: number, outcome: string, host: string) =>
        add(time, {
          'event.category': 'authentication',
          'event.outcome': outcome,
          'user.name': user,
          'source.ip': travels ? `198.51.100.${i}` : ip,
          'source.geo.country_iso_code': place.country,
          'source.geo.location': { lat: place.lat, lon: place.lon },
          'device.id': `d${i}-${i % 2 && random() < 0.3 ? 1 : 0}`,
          'host.name': host,
        });
      if (!(travels && day === 10)) {
        signIn(begins, 'success', hostOf(i));
        for (let n = 0; n < 3; n++) signIn(at(), 'success', `srv-${(i * 3 + Math.floor(random() ** 2 * 4)) % 30}`);
        for (let n = random() < 0.2 ? 1 + Math.floor(random() * 3) : 0; n > 0; n--)
          signIn(begins - n * 20_000, 'failure', hostOf(i));
        if (random() < 0.01) signIn(at(), 'success', `srv-${Math.floor(random() * 30)}`);
      }
      for (let n = 0; n < 12; n++) {
        const site = SITES[(i * 7 + Math.floor(random() ** 2 * 25)) % SITES.length]!;
        const time = at();
        for (let hit = 0; hit < 3; hit++)
          add(time + hit * 900, {
            'source.ip': ip,
            'destination.domain': site,
            'destination.ip': '203.0.113.9',
            'destination.port': 443,
            'tls.client.ja3': random() < 0.0005 ? `tool-${number}` : `browser-${i % 4}`,
            'source.bytes': 300 + Math.floor(random() * 4000),
          });
        add(time - 50, {
          'source.ip': ip,
          'dns.question.name':
            random() < 0.2 ? `d${Math.floor(random() * 300).toString(16)}.cdn.example` : `www.${site}`,
          'dns.question.type': 'A',
          'dns.response_code': 'NOERROR',
        });
      }
      add(at(), {
        'source.ip': ip,
        'destination.domain': 'drive.example',
        'destination.ip': '203.0.113.20',
        'destination.port': 443,
        'source.bytes': random() ** 3 * 60e6,
        'event.duration': random() * 5400e9,
      });
      if (random() < 0.05)
        add(at(), {
          'source.ip': ip,
          'dns.question.name': `${pick(['wpad', 'printer', 'intranett', 'fileserverr'])}.example`,
          'dns.response_code': 'NXDOMAIN',
        });
      for (let n = 0; n < 8; n++) {
        const [parent, program, command] = pick(PROGRAMS);
        add(at(), {
          'host.name': hostOf(i),
          'user.name': user,
          'process.executable': program,
          'process.name': program.slice(program.lastIndexOf('\\') + 1),
          'process.parent.executable': parent,
          'process.command_line': command(random),
        });
      }
      if (random() < 0.004) {
        const program = `C:\\Program Files\\Tool ${number}\\tool${number % 50}.exe`;
        add(at(), {
          'host.name': hostOf(i),
          'user.name': user,
          'process.executable': program,
          'process.name': `tool${number % 50}.exe`,
          'process.parent.executable': 'C:\\Windows\\explorer.exe',
          'process.command_line': `"${program}"`,
        });
      }
      for (let n = 0; n < 4; n++)
        add(at(), {
          'source.ip': ip,
          'destination.domain': 'shop.example',
          'url.original': `/list?page=${Math.floor(random() * 30)}&q=${pick(["d'angelo", 'red+shoes', 'c/+mayor+5', 'select+tables', '100%25+wool'])}`,
          'http.response.status_code': random() < 0.05 ? 404 : 200,
        });
      add(at(), { 'source.ip': ip, 'destination.ip': serverOf(i % 12), 'destination.port': 445, 'source.bytes': 4000 });
      if (i % 10 === 1)
        for (let n = 0; n < 20; n++)
          add(at(), {
            'cloud.provider': 'aws',
            'cloud.region': 'eu-west-1',
            'user.name': user,
            'event.category': 'api',
            'event.outcome': random() < 0.03 ? 'failure' : 'success',
            'event.action': pick([
              'DescribeInstances',
              'ListBuckets',
              'GetObject',
              'PutObject',
              'DescribeAlarms',
              ...(random() < 0.02 ? ['DescribeVolumes', 'ListRoles'] : []),
            ]),
          });
      if (i === 1 && !weekend && day % 3 === 0)
        add(at(), {
          'cloud.provider': 'aws',
          'cloud.region': 'eu-west-1',
          'user.name': user,
          'event.category': 'iam',
          'event.outcome': 'success',
          'event.action': 'CreateAccessKey',
        });
    }
    // A monitor tries every server each hour; a backup goes out at night; an administrator works on many hosts.
    for (let hour = 0; hour < 24; hour += 2)
      for (let s = 0; s < 60; s++)
        add(midnight + hour * HOUR + s * 2000, {
          'source.ip': '10.2.0.250',
          'destination.ip': serverOf(s),
          'destination.port': [22, 443, 445][s % 3]!,
          'source.bytes': 90,
        });
    add(midnight + 2 * HOUR, {
      'source.ip': '10.2.0.240',
      'destination.domain': 'backup.example',
      'destination.ip': '203.0.113.30',
      'destination.port': 443,
      'source.bytes': 40e9 + random() * 6e9,
      'event.duration': 1.2e13,
    });
    for (let n = 0; n < 12; n++)
      add(midnight + (9 + random() * 8) * HOUR, {
        'source.ip': addressOf(0),
        'destination.ip': serverOf(Math.floor(random() * 40)),
        'destination.port': 22,
        'source.bytes': 9000,
      });
    yield events.sort((a, b) => a.time - b.time);
  }
}

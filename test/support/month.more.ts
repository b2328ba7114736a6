import type { HuntFields, Seen } from '../../engine/hunt/models/types.js';
import { seeded } from '../../engine/hunt/stats.js';

const HOUR = 3_600_000;
const SYSTEM = 'C:\\Windows\\System32';
const FILES = 'C:\\Program Files';
const PIPES = ['lsass', 'ntsvcs', 'spoolss', 'browser.4c1d33', 'agent-7781'];
const ACCESS = [
  [`${SYSTEM}\\svchost.exe`, '0x1000'],
  [`${SYSTEM}\\wbem\\wmiprvse.exe`, '0x1400'],
  [`${FILES}\\Agent\\sensor.exe`, '0x1410'],
] as const;

/**
 * What else is ordinary: departments and their applications, services that sign in, rights that administrators give, software that is
 * installed, agents that look into processes, help desks that look round, interfaces that are used, servers that fail now and then.
 * @param people how many; host `pc-<i>`, user `user<i>`
 */
export function* moreOrdinary(start: number, days: number, people: number, seed: number): Generator<Seen[]> {
  const random = seeded(seed + 1000);
  const pick = <T>(list: readonly T[]): T => list[Math.floor(random() * list.length)]!;
  let number = 0;
  for (let day = 0; day < days; day++) {
    const events: Seen[] = [];
    const midnight = start + day * 24 * HOUR;
    const weekend = day % 7 > 4;
    const add = (time: number, ecs: HuntFields) =>
      void events.push({ id: `m${number++}`, time: Math.round(time), ecs });
    const anytime = () => midnight + random() * 24 * HOUR;
    for (let i = 0; i < people; i++) {
      // A colleague who comes in the third week, as in `month.ts`.
      if (i === people - 1 && day < 16) continue;
      const [user, host, team] = [`user${i}`, `pc-${i}`, i % 6];
      const ip = `10.1.${i >> 7}.${(i & 127) + 10}`;
      // The machine, also at weekends.
      for (const [source, mask] of ACCESS)
        add(anytime(), {
          'host.name': host,
          'event.action': 'process-accessed',
          'event.code': '10',
          'process.executable': source,
          'process.target.executable': `${SYSTEM}\\lsass.exe`,
          'process.granted_access': mask,
        });
      for (let n = 0; n < 3; n++)
        add(anytime(), {
          'host.name': host,
          'event.action': 'pipe-created',
          'file.pipe': `\\${pick(PIPES)}`,
          'process.executable': `${SYSTEM}\\svchost.exe`,
        });
      add(anytime(), {
        'host.name': host,
        'event.action': 'driver-loaded',
        'file.path': `${SYSTEM}\\drivers\\${pick(['ndis', 'tcpip', 'usb', 'disk'])}.sys`,
      });
      if (random() < 0.1)
        add(anytime(), {
          'host.name': host,
          'event.action': 'service-installed',
          'service.name': 'Browser Update',
          'file.path': `"${FILES}\\Browser\\update.exe" /svc`,
        });
      if (random() < 0.1)
        add(anytime(), {
          'host.name': host,
          'event.action': 'registry-value-set',
          'registry.path': `HKU\\S-1-5-21-1-${i}\\Software\\Microsoft\\Windows\\CurrentVersion\\Run\\Chat`,
          'registry.data.strings': `${FILES}\\Chat\\chat.exe`,
        });
      if (random() < 0.003) {
        const tool = pick(['Scanner', 'Printer', 'Drawing', 'Ledger']);
        add(anytime(), {
          'host.name': host,
          'event.action': 'service-installed',
          'service.name': `${tool} Service ${number}`,
          'file.path': `${FILES}\\${tool}\\${tool.toLowerCase()}.exe`,
        });
        add(anytime(), {
          'host.name': host,
          'event.action': 'scheduled-task-created',
          'task.name': `\\${tool} Update ${number}`,
          'process.command_line': `${FILES}\\${tool}\\update.exe /quiet`,
        });
      }
      if (random() < 0.002)
        add(anytime(), {
          'host.name': host,
          'event.action': 'process-accessed',
          'process.executable': `${FILES}\\Tool${number}\\tool.exe`,
          'process.target.executable': `${SYSTEM}\\lsass.exe`,
          'process.granted_access': '0x1000',
        });
      if (weekend && random() < 0.95) continue;
      const at = () => midnight + (8 + random() * 9) * HOUR;
      add(at(), {
        'event.action': 'logged-in',
        'event.category': 'authentication',
        'event.outcome': 'success',
        'user.name': user,
        'host.name': host,
        'winlog.logon.type': '2',
        'device.id': `d${i}-0`,
        'source.geo.country_iso_code': 'DE',
        'source.as.number': 100 + (i % 3),
        'service.name': `sso-${pick([0, 1, 2])}`,
      });
      if (random() < 0.01)
        add(at(), {
          'event.action': 'logged-in',
          'event.category': 'authentication',
          'event.outcome': 'success',
          'user.name': user,
          'source.as.number': 200 + Math.floor(random() * 20),
          'service.name': `sso-${Math.floor(random() * 12)}`,
          'device.id': `d${i}-0`,
        });
      for (let n = 0; n < 3; n++)
        add(at(), {
          'user.name': user,
          'user.group.name': `team-${team}`,
          'service.name': `app-${team}-${Math.floor(random() ** 2 * 6)}`,
        });
      if (random() < 0.004)
        add(at(), {
          'user.name': user,
          'user.group.name': `team-${team}`,
          'service.name': `app-${(team + 1) % 6}-${Math.floor(random() * 6)}`,
        });
      const order = Math.floor(random() * 100_000);
      for (let n = 0; n < 3 + random() * 8; n++)
        add(at(), {
          'source.ip': ip,
          'user.name': user,
          'destination.domain': 'portal.example',
          'url.original': `/api/orders/${n === 0 ? order : Math.floor(random() * 100_000)}`,
          'http.response.status_code': random() < 0.01 ? 500 : 200,
        });
      // Some look round for a living; others once in a while.
      if (i < 4 || random() < 0.004)
        add(at(), {
          'host.name': host,
          'user.name': user,
          'event.action': 'process-created',
          'process.name': 'whoami.exe',
          'process.executable': `${SYSTEM}\\whoami.exe`,
          'process.parent.executable': 'C:\\Windows\\explorer.exe',
          'process.command_line': 'whoami /all',
        });
      if (i < 4 || random() < 0.002)
        add(at(), {
          'host.name': host,
          'event.action': 'script-block-logged',
          'powershell.file.script_block_text': pick([
            'Get-ADUser -Filter *',
            'Compress-Archive a b.zip',
            'Get-Process',
          ]),
        });
    }
    for (let s = 0; s < 10; s++)
      for (const hour of [1, 7, 13, 19])
        add(midnight + hour * HOUR + s * 60_000, {
          'event.action': 'logged-in',
          'event.category': 'authentication',
          'event.outcome': 'success',
          'user.name': `svc-${s}`,
          'host.name': `srv-${s}`,
          'source.ip': `10.2.0.${s + 1}`,
          'winlog.logon.type': s % 2 ? '3' : '5',
        });
    if (!weekend) {
      for (const who of [0, 2])
        add(midnight + 10 * HOUR, {
          'event.action': 'group-member-added',
          'event.category': 'iam',
          'user.name': `user${who}`,
          'group.name': who ? 'staff' : day % 9 ? 'printing' : 'server-admins',
          'user.target.name': `user${Math.floor(random() * people)}`,
        });
      for (const who of [0, 1])
        add(midnight + 8 * HOUR, {
          'event.action': 'privileges-assigned',
          'event.category': 'iam',
          'user.name': `user${who}`,
          'host.name': `pc-${who}`,
        });
    }
    yield events;
  }
}

import { cloud, machine, nightly } from './machines.js';
import { type Line, logon, type Maker } from './maker.js';
import { ONE_OFFS } from './one-offs.js';
import type { Person } from './people.js';

const MINUTE = 60_000;
const HOUR = 60 * MINUTE;
const SYS = 'C:\\Windows\\System32';
const EXPLORER = 'C:\\Windows\\explorer.exe';
const OFFICE = 'C:\\Program Files\\Microsoft Office\\root\\Office16';
const SITES =
  'news.example intranet.fernhill.example mail.fernhill.example maps.example wiki.fernhill.example shop.example crm.example video.example'.split(
    ' ',
  );

const PROGRAMS: { image: string; command: string; site?: boolean }[] = [
  { image: `${OFFICE}\\OUTLOOK.EXE`, command: 'OUTLOOK.EXE /recycle', site: true },
  { image: `${OFFICE}\\EXCEL.EXE`, command: 'EXCEL.EXE "S:\\reports\\{n}.xlsx"' },
  { image: `${OFFICE}\\WINWORD.EXE`, command: 'WINWORD.EXE /n "S:\\letters\\{n}.docx"' },
  {
    image: 'C:\\Program Files\\Google\\Chrome\\Application\\chrome.exe',
    command: 'chrome.exe --type=renderer --lang=en',
    site: true,
  },
  {
    image: 'C:\\Program Files (x86)\\Microsoft\\Edge\\Application\\msedge.exe',
    command: 'msedge.exe --type=utility',
    site: true,
  },
  { image: `${SYS}\\notepad.exe`, command: 'notepad.exe C:\\Users\\{u}\\Documents\\{n}.txt' },
  { image: `${SYS}\\mspaint.exe`, command: 'mspaint.exe' },
  { image: 'C:\\Program Files\\7-Zip\\7zFM.exe', command: '7zFM.exe "C:\\Users\\{u}\\Documents\\{n}.zip"' },
  {
    image: 'C:\\Program Files\\Adobe\\Acrobat DC\\Acrobat\\Acrobat.exe',
    command: 'Acrobat.exe "C:\\Users\\{u}\\Documents\\{n}.pdf"',
  },
  { image: `${SYS}\\splwow64.exe`, command: 'splwow64.exe 12288' },
];
/** What people of the IT department do again and again: rules fire on it every day. */
const HELPDESK = [
  ['net.exe', 'net user {u} /domain'],
  ['net.exe', 'net localgroup administrators'],
  ['whoami.exe', 'whoami /groups'],
  ['whoami.exe', 'whoami /all'],
  ['ipconfig.exe', 'ipconfig /all'],
  ['systeminfo.exe', 'systeminfo'],
  ['quser.exe', 'quser'],
  ['nltest.exe', 'nltest /dsgetdc:fernhill'],
  ['gpresult.exe', 'gpresult /r'],
  ['tasklist.exe', 'tasklist /svc'],
  ['reg.exe', 'reg query HKLM\\SOFTWARE\\Microsoft\\Windows\\CurrentVersion\\Uninstall'],
] as const;
const DEVELOPER = [
  ['C:\\Program Files\\Git\\cmd\\git.exe', 'git pull --rebase'],
  ['C:\\Program Files\\nodejs\\node.exe', 'node server.js'],
  ['C:\\Users\\{u}\\AppData\\Local\\Programs\\Python\\Python312\\python.exe', 'python -m pytest'],
  ['C:\\Windows\\System32\\curl.exe', 'curl -s https://intranet.fernhill.example/health'],
  ['C:\\Windows\\System32\\cmd.exe', 'cmd.exe /c npm run build'],
  ['C:\\Windows\\System32\\WindowsPowerShell\\v1.0\\powershell.exe', 'powershell -NoProfile -File build.ps1'],
] as const;

/** Everything ordinary of one day, sorted by time. @param day 0 is a Monday */
export function ordinaryDay(make: Maker, midnight: number, day: number, share = 1): Line[] {
  const { company } = make;
  const weekend = day % 7 > 4;
  const out: Line[] = [];
  for (const person of company.people)
    if (make.random() < (weekend ? 0.05 : 0.93)) atWork(make, person, midnight + person.begins * HOUR, share, out);
  for (const host of [...company.workstations, ...company.servers, ...company.controllers])
    machine(make, host, midnight, share, out);
  nightly(make, midnight, out);
  cloud(make, midnight, share, out);
  for (const { day: when, hour, run } of ONE_OFFS) if (when === day) out.push(...run(make, midnight + hour * HOUR));
  return out.sort((a, b) => a.time - b.time);
}

function atWork(make: Maker, person: Person, begin: number, share: number, out: Line[]): void {
  const { random, pick, company } = make;
  const { account: user, host, job } = person;
  logon(make, begin, host, user, host, 2, out);
  const fileServer = company.servers[(user.length * 7) % company.servers.length]!;
  const fill = (text: string) => text.replaceAll('{u}', user).replaceAll('{n}', String(Math.floor(random() * 900)));
  const span = 9 * HOUR;
  for (let i = 0; i < 22 * share; i++) {
    const at = begin + random() * span;
    const program = pick(PROGRAMS);
    out.push(...make.process(at, host, user, program.image, fill(program.command), EXPLORER));
    if (program.site) {
      const site = pick(SITES);
      out.push(
        make.sysmon(at + 500, host, user, 22, { QueryName: site, QueryStatus: '0', Image: program.image }),
        make.sysmon(at + 700, host, user, 3, {
          Image: program.image,
          Protocol: 'tcp',
          Initiated: 'true',
          SourceIp: host.ip,
          SourcePort: 50_000 + Math.floor(random() * 9000),
          DestinationIp: `198.51.100.${1 + SITES.indexOf(site)}`,
          DestinationHostname: site,
          DestinationPort: 443,
        }),
      );
    }
    if (random() < 0.25)
      out.push(
        make.sysmon(at + 900, host, user, 11, {
          Image: program.image,
          TargetFilename: fill('C:\\Users\\{u}\\Documents\\{n}.tmp'),
        }),
      );
    if (random() < 0.3) logon(make, at + 1500, fileServer, user, host, 3, out);
  }
  // A file from the Internet opened: the mark of its origin goes with it.
  if (random() < 0.2)
    out.push(
      make.sysmon(begin + random() * span, host, user, 23, {
        Image: EXPLORER,
        TargetFilename: fill('C:\\Users\\{u}\\Downloads\\{n}.pdf:Zone.Identifier'),
      }),
    );
  // Now and then somebody runs an installer that they have fetched.
  if (random() < 0.006) {
    const at = begin + random() * span;
    const image = `C:\\Users\\${user}\\Downloads\\${pick(['ZoomInstaller', 'vlc-setup', 'PrinterDriver', 'ChromeSetup'])}.exe`;
    out.push(
      ...make.process(at, host, user, image, image, EXPLORER),
      make.sysmon(at + 700, host, user, 3, {
        Image: image,
        Protocol: 'tcp',
        Initiated: 'true',
        SourceIp: host.ip,
        SourcePort: 51_000,
        DestinationIp: `198.51.100.${100 + Math.floor(random() * 20)}`,
        DestinationHostname: '-',
        DestinationPort: 443,
      }),
    );
  }
  if (job === 'developer')
    for (let i = 0; i < 14 * share; i++) {
      const [image, command] = pick(DEVELOPER);
      out.push(...make.process(begin + random() * span, host, user, fill(image), command, `${SYS}\\cmd.exe`));
    }
  if (job === 'helpdesk' || job === 'administrator')
    for (let i = 0; i < 12; i++) {
      const at = begin + random() * span;
      const [program, command] = pick(HELPDESK);
      out.push(
        ...make.process(
          at,
          host,
          user,
          `${SYS}\\${program}`,
          command.replaceAll('{u}', pick(company.people).account),
          `${SYS}\\cmd.exe`,
        ),
      );
      if (i < 3) {
        const to = pick(company.workstations);
        logon(make, at + MINUTE, to, user, host, 10, out);
        out.push(...make.process(at + 2 * MINUTE, to, user, `${SYS}\\whoami.exe`, 'whoami', `${SYS}\\cmd.exe`));
      }
    }
  if (job === 'administrator')
    for (let i = 0; i < 5; i++) {
      // Remote PowerShell to servers, as every day.
      const at = begin + random() * span;
      const to = pick([...company.servers, ...company.controllers]);
      logon(make, at, to, user, host, 3, out);
      out.push(
        ...make.process(
          at + 900,
          to,
          user,
          `${SYS}\\wsmprovhost.exe`,
          'wsmprovhost.exe -Embedding',
          `${SYS}\\svchost.exe`,
        ),
        make.script(
          at + 2000,
          to,
          pick([
            'Get-Service | Where-Object Status -eq Stopped',
            'Get-EventLog -LogName System -Newest 50',
            'Restart-Service Spooler',
            'Get-ADUser -Filter * -Properties LastLogonDate',
          ]),
        ),
      );
      if (i === 0)
        out.push(
          make.system(at + 4000, to, 7045, {
            ServiceName: 'PSEXESVC',
            ImagePath: '%SystemRoot%\\PSEXESVC.exe',
            ServiceType: 'user mode service',
            StartType: 'demand start',
            AccountName: 'LocalSystem',
            ProviderName: 'Service Control Manager',
          }),
        );
    }
}

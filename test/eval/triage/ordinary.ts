import type { Line, Maker } from './maker.js';
import { ONE_OFFS } from './one-offs.js';
import type { Host, Person } from './people.js';

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
const BACKGROUND: { image: string; command: string; parent: string }[] = [
  { image: `${SYS}\\svchost.exe`, command: 'svchost.exe -k netsvcs -p -s Schedule', parent: `${SYS}\\services.exe` },
  {
    image: `${SYS}\\backgroundTaskHost.exe`,
    command: 'backgroundTaskHost.exe -ServerName:App',
    parent: `${SYS}\\svchost.exe`,
  },
  { image: `${SYS}\\taskhostw.exe`, command: 'taskhostw.exe SYSTEM', parent: `${SYS}\\svchost.exe` },
  {
    image: 'C:\\Program Files\\Windows Defender\\MpCmdRun.exe',
    command: 'MpCmdRun.exe -IdleTask -TaskName MpIdle',
    parent: `${SYS}\\svchost.exe`,
  },
  { image: 'C:\\Windows\\CCM\\CcmExec.exe', command: 'CcmExec.exe', parent: `${SYS}\\services.exe` },
  { image: `${SYS}\\wbem\\WmiPrvSE.exe`, command: 'wmiprvse.exe -secured -Embedding', parent: `${SYS}\\svchost.exe` },
  {
    image: 'C:\\Program Files (x86)\\Google\\Update\\GoogleUpdate.exe',
    command: 'GoogleUpdate.exe /ua /installsource scheduler',
    parent: `${SYS}\\svchost.exe`,
  },
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

function logon(make: Maker, at: number, host: Host, user: string, from: Host, type: number, out: Line[]): void {
  const { security, company, random } = make;
  const id = `0x${Math.floor(random() * 2 ** 28).toString(16)}`;
  const who = { TargetUserName: user, TargetDomainName: company.domain.toUpperCase(), TargetLogonId: id };
  const dc = make.pick(company.controllers);
  if (type !== 3 || random() < 0.3)
    out.push(
      security(at - 400, dc, 4768, {
        ...who,
        IpAddress: `::ffff:${from.ip}`,
        Status: '0x0',
        TicketEncryptionType: '0x12',
        PreAuthType: '2',
      }),
      security(at - 300, dc, 4769, {
        ...who,
        ServiceName: `${host.name}$`,
        IpAddress: `::ffff:${from.ip}`,
        Status: '0x0',
        TicketEncryptionType: '0x12',
      }),
    );
  out.push(
    security(at, host, 4624, {
      ...who,
      LogonType: type,
      IpAddress: from.ip,
      WorkstationName: from.name,
      LogonProcessName: 'Kerberos',
      AuthenticationPackageName: 'Kerberos',
      SubjectUserName: '-',
      SubjectLogonId: '0x0',
    }),
    security(at + MINUTE * (1 + random() * 30), host, 4634, { ...who, LogonType: type }),
  );
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

function machine(make: Maker, host: Host, midnight: number, share: number, out: Line[]): void {
  const { random, pick, company } = make;
  const busy = host.role === 'controller' ? 60 : host.role === 'server' ? 36 : 20;
  for (let i = 0; i < busy * share; i++) {
    const at = midnight + random() * 24 * HOUR;
    const { image, command, parent } = pick(BACKGROUND);
    out.push(...make.process(at, host, 'SYSTEM', image, command, parent));
    if (random() < 0.6) logon(make, at + 300, pick(company.controllers), `${host.name}$`, host, 3, out);
    if (random() < 0.2)
      out.push(
        make.sysmon(at + 800, host, 'SYSTEM', 13, {
          EventType: 'SetValue',
          Image: `${SYS}\\svchost.exe`,
          TargetObject: `HKLM\\SOFTWARE\\Microsoft\\Windows NT\\CurrentVersion\\Schedule\\TaskCache\\Tasks\\${Math.floor(random() * 1e6)}\\Actions`,
          Details: 'Binary Data',
        }),
      );
    if (random() < 0.15)
      out.push(
        make.sysmon(at + 900, host, 'SYSTEM', 10, {
          SourceImage: image,
          TargetImage: `${SYS}\\lsass.exe`,
          GrantedAccess: '0x1000',
          SourceUser: 'NT AUTHORITY\\SYSTEM',
          TargetUser: 'NT AUTHORITY\\SYSTEM',
          CallTrace: 'C:\\Windows\\SYSTEM32\\ntdll.dll+9d1e4',
        }),
      );
  }
  // The management agent's inventory, once a day on every machine.
  const at = midnight + (2 + random() * 20) * HOUR;
  out.push(
    ...make.process(
      at,
      host,
      'SYSTEM',
      `${SYS}\\WindowsPowerShell\\v1.0\\powershell.exe`,
      'powershell.exe -NoLogo -Noninteractive -NoProfile -ExecutionPolicy Bypass -File "C:\\Windows\\CCM\\SystemTemp\\inventory.ps1"',
      'C:\\Windows\\CCM\\CcmExec.exe',
    ),
    make.script(at + 1000, host, 'Get-WmiObject Win32_OperatingSystem | Select-Object Caption, Version'),
    make.sysmon(at + 1200, host, 'SYSTEM', 11, {
      Image: `${SYS}\\WindowsPowerShell\\v1.0\\powershell.exe`,
      TargetFilename: `C:\\Windows\\Temp\\__PSScriptPolicyTest_${Math.floor(random() * 1e8)}.ps1`,
    }),
  );
}

/** What runs in the company's cloud account: instances that take their roles, a build that puts files, people who look. */
function cloud(make: Maker, midnight: number, share: number, out: Line[]): void {
  const { random, pick, company } = make;
  const developers = company.people.filter(({ job }) => job === 'developer');
  for (let i = 0; i < 240 * share; i++) {
    const at = midnight + random() * 24 * HOUR;
    const instance = `i-0${(1e14 + Math.floor(random() * 30)).toString(16)}`;
    const person = pick(developers).account;
    const [name, source, identity, agent] = pick([
      ['AssumeRole', 'sts.amazonaws.com', { type: 'AWSService', invokedBy: 'ec2.amazonaws.com' }, 'ec2.amazonaws.com'],
      [
        'GetObject',
        's3.amazonaws.com',
        {
          type: 'AssumedRole',
          principalId: `AROA:${instance}`,
          arn: `arn:aws:sts::123456789123:assumed-role/AppRole/${instance}`,
          accountId: '123456789123',
        },
        'aws-sdk-java/2.20',
      ],
      [
        'PutObject',
        's3.amazonaws.com',
        { type: 'IAMUser', arn: 'arn:aws:iam::123456789123:user/build', accountId: '123456789123', userName: 'build' },
        'aws-cli/2.15',
      ],
      [
        'DescribeInstances',
        'ec2.amazonaws.com',
        {
          type: 'IAMUser',
          arn: `arn:aws:iam::123456789123:user/${person}`,
          accountId: '123456789123',
          userName: person,
        },
        'console.amazonaws.com',
      ],
    ] as const);
    const iso = new Date(at).toISOString();
    out.push({
      time: at,
      line: JSON.stringify({
        '@timestamp': iso,
        eventTime: iso,
        eventVersion: '1.08',
        eventName: name,
        eventSource: source,
        awsRegion: 'us-east-1',
        sourceIPAddress: name === 'AssumeRole' ? 'ec2.amazonaws.com' : '198.51.100.200',
        userAgent: agent,
        userIdentity: identity,
        requestParameters:
          name === 'AssumeRole'
            ? { roleArn: 'arn:aws:iam::123456789123:role/AppRole', roleSessionName: instance }
            : null,
        responseElements: null,
        eventID: `${at}-${i}`,
        eventType: 'AwsApiCall',
        recipientAccountId: '123456789123',
      }),
    });
  }
}

function nightly(make: Maker, midnight: number, out: Line[]): void {
  const { company, random, pick } = make;
  for (const server of company.servers) {
    const at = midnight + 1 * HOUR + random() * 2 * HOUR;
    const backup = company.servers.at(-1)!;
    logon(make, at, server, 'svc-backup', backup, 3, out);
    out.push(
      ...make.process(
        at + 5000,
        server,
        'svc-backup',
        `${SYS}\\vssadmin.exe`,
        'vssadmin list shadows',
        'C:\\Program Files\\Backup\\agent.exe',
      ),
    );
  }
  // Software is rolled out to a few machines a night: services and tasks appear.
  for (let i = 0; i < 12; i++) {
    const at = midnight + 20 * HOUR + random() * 3 * HOUR;
    const host = pick(company.workstations);
    logon(make, at, host, 'svc-deploy', company.servers[0]!, 3, out);
    out.push(
      ...make.process(
        at + 1000,
        host,
        'SYSTEM',
        `${SYS}\\msiexec.exe`,
        'msiexec.exe /i C:\\Windows\\ccmcache\\1a\\setup.msi /qn',
        'C:\\Windows\\CCM\\CcmExec.exe',
      ),
      make.sysmon(at + 3000, host, 'SYSTEM', 11, {
        Image: `${SYS}\\msiexec.exe`,
        TargetFilename: 'C:\\Program Files\\Vendor\\Agent\\agent.exe',
      }),
      make.system(at + 4000, host, 7045, {
        ServiceName: 'VendorAgent',
        ImagePath: '"C:\\Program Files\\Vendor\\Agent\\agent.exe"',
        ServiceType: 'user mode service',
        StartType: 'auto start',
        AccountName: 'LocalSystem',
        ProviderName: 'Service Control Manager',
      }),
      ...make.process(
        at + 5000,
        host,
        'SYSTEM',
        `${SYS}\\schtasks.exe`,
        'schtasks /create /tn "Vendor Update" /tr "C:\\Program Files\\Vendor\\Agent\\update.exe" /sc daily /ru SYSTEM',
        `${SYS}\\msiexec.exe`,
      ),
    );
  }
  // The scanner tries every server, as it does each night.
  const scanner = company.servers.at(-2)!;
  for (const host of [...company.servers, ...company.controllers]) {
    const at = midnight + 4 * HOUR + random() * HOUR;
    for (let i = 0; i < 3; i++)
      out.push(
        make.security(at + i * 1000, host, 4625, {
          TargetUserName: pick(['admin', 'guest', 'svc-scan']),
          TargetDomainName: company.domain.toUpperCase(),
          LogonType: 3,
          IpAddress: scanner.ip,
          WorkstationName: scanner.name,
          Status: '0xc000006d',
          SubStatus: '0xc000006a',
          SubjectUserName: '-',
        }),
      );
  }
}

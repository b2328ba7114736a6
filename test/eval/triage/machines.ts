import { type Line, logon, type Maker } from './maker.js';
import type { Host } from './people.js';

const HOUR = 3_600_000;
const SYS = 'C:\\Windows\\System32';

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
/** What a machine does by itself in a day. */
export function machine(make: Maker, host: Host, midnight: number, share: number, out: Line[]): void {
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
export function cloud(make: Maker, midnight: number, share: number, out: Line[]): void {
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

export function nightly(make: Maker, midnight: number, out: Line[]): void {
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

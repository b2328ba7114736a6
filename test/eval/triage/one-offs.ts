import type { Line, Maker } from './maker.js';

/** Things that look bad, are not, and happen once: what every analyst has closed as benign. Days and hours are fixed; hosts are drawn. */
export interface OneOff {
  /** Of the fortnight, 0 to 13. */
  day: number;
  hour: number;
  run(make: Maker, at: number): Line[];
}

const SYS = 'C:\\Windows\\System32';
const CMD = `${SYS}\\cmd.exe`;
const SHELL = `${SYS}\\WindowsPowerShell\\v1.0\\powershell.exe`;
const server = (make: Maker) => make.pick(make.company.servers);
const admin = (make: Maker) => make.pick(make.company.people.filter(({ job }) => job === 'administrator'));
const developer = (make: Maker) => make.pick(make.company.people.filter(({ job }) => job === 'developer'));
const somebody = (make: Maker) => make.pick(make.company.people.filter(({ job }) => job === 'office'));

export const ONE_OFFS: readonly OneOff[] = [
  // An administrator empties a full log.
  {
    day: 0,
    hour: 11,
    run: (make, at) => {
      const host = server(make);
      const { account } = admin(make);
      return [...make.process(at, host, account, `${SYS}\\wevtutil.exe`, 'wevtutil cl Application', CMD)];
    },
  },
  // A vendor's support dumps their own hanging service.
  {
    day: 1,
    hour: 14,
    run: (make, at) =>
      make.process(
        at,
        server(make),
        admin(make).account,
        'C:\\Tools\\procdump64.exe',
        'procdump64.exe -ma w3wp.exe C:\\Temp\\w3wp.dmp',
        CMD,
      ),
  },
  // A database team excludes its data folder from scanning.
  {
    day: 2,
    hour: 10,
    run: (make, at) => {
      const host = server(make);
      return [
        ...make.process(
          at,
          host,
          admin(make).account,
          SHELL,
          'powershell Add-MpPreference -ExclusionPath D:\\Data',
          CMD,
        ),
        make.script(at + 500, host, 'Add-MpPreference -ExclusionPath D:\\Data'),
      ];
    },
  },
  // Somebody installs a tool for remote help.
  {
    day: 3,
    hour: 9,
    run: (make, at) => {
      const { host, account } = somebody(make);
      return make.process(
        at,
        host,
        account,
        `C:\\Users\\${account}\\Downloads\\AnyDesk.exe`,
        'AnyDesk.exe',
        'C:\\Windows\\explorer.exe',
      );
    },
  },
  // A developer serves a folder to a colleague.
  {
    day: 4,
    hour: 13,
    run: (make, at) => {
      const { host, account } = developer(make);
      return make.process(
        at,
        host,
        account,
        `C:\\Users\\${account}\\AppData\\Local\\Programs\\Python\\Python312\\python.exe`,
        'python -m http.server 8000',
        CMD,
      );
    },
  },
  // The firewall off for a test, and on again.
  {
    day: 7,
    hour: 10,
    run: (make, at) => {
      const host = server(make);
      const { account } = admin(make);
      return [
        ...make.process(at, host, account, `${SYS}\\netsh.exe`, 'netsh advfirewall set allprofiles state off', CMD),
        ...make.process(
          at + 600_000,
          host,
          account,
          `${SYS}\\netsh.exe`,
          'netsh advfirewall set allprofiles state on',
          CMD,
        ),
      ];
    },
  },
  // A script from the supplier's page.
  {
    day: 8,
    hour: 15,
    run: (make, at) => {
      const { host, account } = developer(make);
      return [
        ...make.process(
          at,
          host,
          account,
          SHELL,
          'powershell -Command "iex ((New-Object System.Net.WebClient).DownloadString(\'https://get.example/install.ps1\'))"',
          CMD,
        ),
      ];
    },
  },
  // A new colleague in the administrators of her own machine.
  {
    day: 9,
    hour: 12,
    run: (make, at) => {
      const { host, account } = somebody(make);
      return [
        ...make.process(
          at,
          host,
          admin(make).account,
          `${SYS}\\net.exe`,
          `net localgroup administrators ${account} /add`,
          CMD,
        ),
        make.security(at + 300, host, 4732, {
          SubjectUserName: admin(make).account,
          SubjectDomainName: 'FERNHILL',
          MemberSid: 'S-1-5-21-1-2-3-1501',
          MemberName: '-',
          TargetUserName: 'Administrators',
          TargetSid: 'S-1-5-32-544',
          TargetDomainName: 'Builtin',
        }),
      ];
    },
  },
  // Somebody copies a file with certutil because a page says so.
  {
    day: 10,
    hour: 16,
    run: (make, at) => {
      const { host, account } = developer(make);
      return make.process(at, host, account, `${SYS}\\certutil.exe`, 'certutil -hashfile setup.exe SHA256', CMD);
    },
  },
  // The directory is backed up by hand before a change.
  {
    day: 11,
    hour: 18,
    run: (make, at) =>
      make.process(
        at,
        make.company.controllers[0]!,
        admin(make).account,
        `${SYS}\\wbadmin.exe`,
        'wbadmin start systemstatebackup -backupTarget:E:',
        CMD,
      ),
  },
  // Remote desktop switched on for a colleague at home.
  {
    day: 11,
    hour: 8,
    run: (make, at) => {
      const { host } = somebody(make);
      return make.process(
        at,
        host,
        admin(make).account,
        `${SYS}\\reg.exe`,
        'reg add "HKLM\\SYSTEM\\CurrentControlSet\\Control\\Terminal Server" /v fDenyTSConnections /t REG_DWORD /d 0 /f',
        CMD,
      );
    },
  },
];

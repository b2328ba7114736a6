/** One thing that a person does at a host that nothing of ours reaches. */
export interface Step {
  does: string;
  /** What to type, as it stands. Nothing of what others wrote is ever part of it. */
  type?: string;
}

export const SYSTEMS = ['windows', 'linux', 'macos'] as const;
export type System = (typeof SYSTEMS)[number];

export const SYSTEM_NAMES: Readonly<Record<System, string>> = { windows: 'Windows', linux: 'Linux', macos: 'macOS' };

const LEAVE =
  'Leave it running and in its network unless told otherwise: no restart, no sign-out, no clean-up, no scan.';
const HAND_OVER =
  'Give the archive, and its SHA-256, into this thread: it is kept as evidence and looked into. Event logs may come one by one.';

const WINDOWS: readonly Step[] = [
  { does: LEAVE },
  {
    does: 'Open PowerShell as administrator.',
    type: 'mkdir C:\\mdr; cd C:\\mdr; Get-Date -Format o > time.txt; systeminfo > system.txt',
  },
  {
    does: 'Processes.',
    type: 'Get-CimInstance Win32_Process | select ProcessId,ParentProcessId,CreationDate,ExecutablePath,CommandLine | Export-Csv processes.csv -NoType',
  },
  {
    does: 'Connections and names looked up.',
    type: 'Get-NetTCPConnection | Export-Csv tcp.csv -NoType; Get-NetUDPEndpoint | Export-Csv udp.csv -NoType; ipconfig /displaydns > dns.txt',
  },
  {
    does: 'Who is signed in, and who may.',
    type: 'query user > logons.txt; Get-LocalUser | Export-Csv users.csv -NoType; net localgroup Administrators > admins.txt',
  },
  {
    does: 'What starts by itself.',
    type: 'Get-CimInstance Win32_StartupCommand | Export-Csv startup.csv -NoType; schtasks /query /fo csv /v > tasks.csv',
  },
  {
    does: 'Services.',
    type: 'Get-CimInstance Win32_Service | select Name,State,StartMode,StartName,PathName | Export-Csv services.csv -NoType',
  },
  {
    does: 'Files of the last three days.',
    type: 'gci C:\\Users,C:\\ProgramData,C:\\Windows\\Temp -r -file -ea 0 | ? LastWriteTime -gt (date).AddDays(-3) | select FullName,Length,LastWriteTime | epcsv files.csv -NoType',
  },
  {
    does: 'Event logs of the last three days.',
    type: "'Security','System','Microsoft-Windows-PowerShell/Operational','Microsoft-Windows-Sysmon/Operational' | % { wevtutil epl $_ ($_.Replace('/','-')+'.evtx') }",
  },
  {
    does: 'Pack it.',
    type: 'Compress-Archive C:\\mdr\\* "C:\\mdr-$env:COMPUTERNAME.zip"; Get-FileHash "C:\\mdr-$env:COMPUTERNAME.zip"',
  },
  { does: HAND_OVER },
];

const LINUX: readonly Step[] = [
  { does: LEAVE },
  {
    does: 'Open a shell as root. /dev/shm is memory: nothing on the disk is overwritten.',
    type: 'mkdir -m 700 /dev/shm/mdr && cd /dev/shm/mdr && date -u > time.txt && uname -a >> time.txt',
  },
  {
    does: 'Processes and their programs.',
    type: 'ps -eo pid,ppid,user,lstart,args -ww > processes.txt; ls -l /proc/[0-9]*/exe > programs.txt 2>/dev/null',
  },
  { does: 'Connections.', type: 'ss -tunap > connections.txt; ip addr > addresses.txt; ip neigh >> addresses.txt' },
  {
    does: 'Who was signed in.',
    type: 'who -a > logons.txt; last -F -n 1000 >> logons.txt; lastb -F -n 1000 > failed-logons.txt',
  },
  {
    does: 'What starts by itself.',
    type: 'systemctl list-unit-files --state=enabled > units.txt; systemctl list-timers --all > timers.txt; tar czf cron.tgz /etc/cron* /var/spool/cron /etc/systemd/system',
  },
  {
    does: 'Files of the last three days.',
    type: 'find /tmp /var/tmp /dev/shm /etc /home /root /opt /usr/local -xdev -type f -mtime -3 -ls > files.txt 2>/dev/null',
  },
  {
    does: 'Logs.',
    type: 'journalctl --since -3d -o short-iso > journal.txt; tail -c 5000000 /var/log/auth.log /var/log/secure > auth.txt 2>/dev/null',
  },
  {
    does: 'Pack it.',
    type: 'cd /dev/shm && tar czf "mdr-$(hostname).tar.gz" mdr && sha256sum "mdr-$(hostname).tar.gz"',
  },
  { does: HAND_OVER },
];

const MACOS: readonly Step[] = [
  { does: LEAVE },
  {
    does: 'Open Terminal; give it full disk access (Settings, Privacy & Security).',
    type: 'sudo -s; mkdir -m 700 /tmp/mdr && cd /tmp/mdr && date -u > time.txt && system_profiler SPSoftwareDataType > system.txt',
  },
  { does: 'Processes.', type: 'ps axww -o pid,ppid,user,lstart,command > processes.txt' },
  {
    does: 'Connections.',
    type: 'lsof -i -n -P > connections.txt; netstat -an > netstat.txt; ifconfig > addresses.txt',
  },
  {
    does: 'Who was signed in.',
    type: 'who -a > logons.txt; last -n 1000 >> logons.txt; dscl . list /Users > users.txt',
  },
  {
    does: 'What starts by itself.',
    type: 'launchctl list > launchctl.txt; tar czf launch.tgz /Library/Launch* /Users/*/Library/LaunchAgents; profiles list > profiles.txt; kmutil showloaded > kexts.txt',
  },
  {
    does: 'Files of the last three days.',
    type: 'find /Users /tmp /Applications /Library -xdev -type f -mtime -3 -ls > files.txt 2>/dev/null',
  },
  {
    does: 'Logs of the last day.',
    type: `log show --last 1d --style syslog --predicate 'process == "sshd" OR process == "sudo" OR subsystem == "com.apple.syspolicy"' > log.txt`,
  },
  {
    does: 'Pack it.',
    type: 'cd /tmp && tar czf "mdr-$(hostname -s).tar.gz" mdr && shasum -a 256 "mdr-$(hostname -s).tar.gz"',
  },
  { does: HAND_OVER },
];

export const INSTRUCTIONS: Readonly<Record<System, readonly Step[]>> = { windows: WINDOWS, linux: LINUX, macos: MACOS };

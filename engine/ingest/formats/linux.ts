import { linuxEvent } from './shared/linux-event.js';
import { isSyslog, parseSyslog } from './shared/syslog.js';
import { timeError } from './shared/time.js';
import type { Format } from './types.js';

const linux: Format = {
  name: 'linux',
  summary:
    'Linux syslog lines (RFC 3164, RFC 5424, or with ISO times): sshd, sudo, su, systemd, cron, user management, kernel',
  kind: 'line',
  priority: 40,
  accepts: (record) => typeof record === 'string' && isSyslog(record),
  parse(record, received) {
    const line = parseSyslog(record as string, received);
    const time = line?.time === undefined ? received : line.time;
    if (!line || Number.isNaN(time)) throw timeError('syslog');
    return linuxEvent(time, line.facility, line.host, line.program, line.pid, line.message);
  },
  samples: [
    {
      line: '<86>Mar  4 08:15:02 web-03 sshd[21044]: Accepted publickey for deploy from 198.51.100.24 port 50122 ssh2: ED25519 SHA256:0vXq0m3o0Kf9m1Jp7sYw2hT5cR8bN4eL6uD1aZ3xQ7g',
      logsource: { product: 'linux', service: 'sshd' },
      ecs: {
        'host.name': 'web-03',
        'user.name': 'deploy',
        'source.ip': '198.51.100.24',
        'source.port': 50122,
        'event.outcome': 'success',
        'event.action': 'ssh-login',
        'process.pid': 21044,
      },
    },
    {
      line: 'Mar  4 08:16:40 web-03 sshd[21077]: Failed password for invalid user oracle from 203.0.113.9 port 41822 ssh2',
      logsource: { product: 'linux', service: 'sshd' },
      ecs: { 'user.name': 'oracle', 'source.ip': '203.0.113.9', 'event.outcome': 'failure' },
      fields: { program: 'sshd', hostname: 'web-03' },
    },
    {
      line: '2026-03-04T08:17:11.204417+01:00 db-01 sudo[9911]:    marta : TTY=pts/1 ; PWD=/home/marta ; USER=root ; COMMAND=/usr/bin/tar czf /tmp/etc.tgz /etc',
      logsource: { product: 'linux', service: 'sudo', category: 'process_creation' },
      ecs: {
        '@timestamp': '2026-03-04T07:17:11.204Z',
        'user.name': 'marta',
        'user.target.name': 'root',
        'process.executable': '/usr/bin/tar',
        'process.command_line': '/usr/bin/tar czf /tmp/etc.tgz /etc',
      },
      fields: { USER: 'root', Image: '/usr/bin/tar' },
    },
    {
      line: '<78>1 2026-03-04T03:30:01.003Z build-7 CRON 3120 - - (backup) CMD (/opt/backup/nightly.sh --all)',
      logsource: { product: 'linux', service: 'cron', category: 'process_creation' },
      ecs: {
        '@timestamp': '2026-03-04T03:30:01.003Z',
        'user.name': 'backup',
        'process.executable': '/opt/backup/nightly.sh',
      },
    },
    {
      line: 'Mar  4 09:02:55 db-01 useradd[10233]: new user: name=svc-report, UID=1014, GID=1014, home=/home/svc-report, shell=/bin/bash, from=/dev/pts/1',
      logsource: { product: 'linux', service: 'auth' },
      ecs: { 'user.target.name': 'svc-report', 'event.action': 'user-created', 'event.category': 'iam' },
    },
    {
      line: '<38>Mar  4 09:05:13 db-01 su: FAILED SU (to root) tomas on pts/2',
      logsource: { product: 'linux', service: 'auth' },
      ecs: { 'user.name': 'tomas', 'user.target.name': 'root', 'event.outcome': 'failure' },
    },
    {
      line: 'Mar  4 09:06:20 db-01 sudo:    tomas : user NOT in sudoers ; TTY=pts/2 ; PWD=/home/tomas ; USER=root ; COMMAND=/bin/bash',
      logsource: { product: 'linux', service: 'sudo' },
      ecs: {
        'user.name': 'tomas',
        'user.target.name': 'root',
        'event.action': 'command-refused',
        'event.outcome': 'failure',
      },
      fields: { COMMAND: '/bin/bash' },
    },
    {
      line: 'Mar  4 09:07:41 web-03 sshd[21090]: message repeated 5 times: [ Failed password for root from 203.0.113.9 port 41830 ssh2]',
      logsource: { product: 'linux', service: 'sshd' },
      ecs: { 'user.name': 'root', 'source.ip': '203.0.113.9', 'event.outcome': 'failure', 'event.action': 'ssh-login' },
    },
    {
      line: '<13>Mar  4 09:08:00 fw-01 -- MARK --',
      logsource: { product: 'linux', service: 'syslog' },
      ecs: { 'host.name': 'fw-01', message: '-- MARK --' },
    },
    {
      line: '<30>1 2026-03-04T09:11:00Z web-03 systemd 1 - [timeQuality tzKnown="1" note="a \\"]\\" b"] Stopping firewalld - dynamic firewall daemon...',
      logsource: { product: 'linux', service: 'syslog' },
      ecs: { 'process.name': 'systemd', message: 'Stopping firewalld - dynamic firewall daemon...' },
    },
    {
      line: 'Mar  4 09:12:00 web-03 clamd[811]: /srv/www/x.php: Php.Webshell.Generic-1(0123456789abcdef0123456789abcdef:188) FOUND',
      logsource: { product: 'linux', service: 'clamav', category: 'antivirus' },
      ecs: { 'rule.name': 'Php.Webshell.Generic-1', 'file.path': '/srv/www/x.php', 'event.category': 'malware' },
      fields: { Signature: 'Php.Webshell.Generic-1' },
    },
    {
      line: 'Mar  4 09:12:44 web-03 kernel: [512093.118230] device eth0 entered promiscuous mode',
      logsource: { product: 'linux', service: 'syslog' },
      ecs: { 'process.name': 'kernel', 'host.name': 'web-03' },
    },
    {
      line: 'Mar  4 09:13:00 gw-1 guacd[2201]: Creating new client for protocol "rdp"',
      logsource: { product: 'linux', service: 'guacamole' },
      ecs: { 'process.name': 'guacd' },
    },
    {
      line: 'Mar  4 09:14:00 ftp-1 vsftpd[3301]: CONNECT: Client "203.0.113.9", "Connection refused: too many sessions for this address."',
      logsource: { product: 'linux', service: 'vsftpd' },
      ecs: { 'host.name': 'ftp-1' },
    },
  ],
};
export default linux;

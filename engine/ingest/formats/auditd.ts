import { isAudit, parseAudit } from './shared/audit.js';
import { timeError } from './shared/time.js';
import type { Format } from './types.js';

const auditd: Format = {
  name: 'auditd',
  summary: 'Linux audit daemon: lines of audit.log',
  kind: 'line',
  priority: 50,
  accepts: (record) => typeof record === 'string' && isAudit(record),
  parse(record) {
    const parsed = parseAudit(record as string);
    if (!parsed) throw timeError('audit');
    return parsed;
  },
  samples: [
    {
      line: 'type=EXECVE msg=audit(1772611200.431:7710): argc=3 a0="/usr/bin/curl" a1="-o" a2="/tmp/.x"',
      logsource: { product: 'linux', service: 'auditd', category: 'process_creation' },
      ecs: { '@timestamp': '2026-03-04T08:00:00.431Z', 'process.command_line': '/usr/bin/curl -o /tmp/.x' },
      fields: { type: 'EXECVE', a0: '/usr/bin/curl', Image: '/usr/bin/curl' },
    },
    {
      line: 'node=db-01 type=SYSCALL msg=audit(1772611201.002:7711): arch=c000003e syscall=59 success=yes exit=0 a0=55d0 a1=55e8 a2=5610 a3=8 items=2 ppid=2210 pid=2244 auid=1000 uid=0 gid=0 euid=0 tty=pts1 ses=4 comm="useradd" exe="/usr/sbin/useradd" subj=unconfined key="identity"',
      logsource: { product: 'linux', service: 'auditd', category: 'process_creation' },
      ecs: {
        'host.name': 'db-01',
        'process.executable': '/usr/sbin/useradd',
        'process.pid': 2244,
        'event.outcome': 'success',
      },
      fields: { key: 'identity', a0: '55d0' },
    },
    {
      line: 'type=PATH msg=audit(1772611202.115:7712): item=0 name=2F686F6D652F6D617274612F6D79206E6F746573 inode=131 dev=fd:00 mode=0100600 ouid=0 ogid=0 nametype=NORMAL',
      logsource: { product: 'linux', service: 'auditd' },
      ecs: { 'file.path': '/home/marta/my notes' },
      fields: { nametype: 'NORMAL' },
    },
    {
      line: 'type=USER_AUTH msg=audit(1772611203.870:7713): pid=2301 uid=0 auid=4294967295 ses=4294967295 msg=\'op=PAM:authentication grantors=? acct="root" exe="/usr/sbin/sshd" hostname=203.0.113.9 addr=203.0.113.9 terminal=ssh res=failed\'',
      logsource: { product: 'linux', service: 'auditd' },
      ecs: { 'user.name': 'root', 'source.ip': '203.0.113.9', 'event.outcome': 'failure', 'event.code': 'USER_AUTH' },
      fields: { res: 'failed' },
    },
    {
      line: 'type=SERVICE_STOP msg=audit(1772611204.000:7714): pid=1 uid=0 auid=4294967295 ses=4294967295 msg=\'unit=firewalld comm="systemd" exe="/usr/lib/systemd/systemd" hostname=? addr=? terminal=? res=success\'',
      logsource: { product: 'linux', service: 'auditd' },
      ecs: { 'event.code': 'SERVICE_STOP', 'event.outcome': 'success' },
      fields: { unit: 'firewalld' },
    },
    {
      line: 'type=EXECVE msg=audit(1772611205.000:7715): argc=8 a0="tcpdump" a1="-c" a2="5" a3="-nn" a4="-i" a5="eth0" a6="-w" a7="/tmp/x"',
      logsource: { product: 'linux', service: 'auditd', category: 'process_creation' },
      ecs: { 'process.command_line': 'tcpdump -c 5 -nn -i eth0 -w /tmp/x' },
    },
    {
      line: 'type=SYSCALL msg=audit(1772611206.000:7716): arch=c000003e syscall=319 success=yes exit=3 a0=7f a1=1 a2=0 a3=0 items=0 ppid=1 pid=99 auid=1000 uid=1000 comm="x" exe="/tmp/x" key=(null) ARCH=x86_64 SYSCALL=memfd_create AUID="marta" UID="marta"',
      logsource: { product: 'linux', service: 'auditd' },
      ecs: { 'event.action': 'memfd_create', 'user.name': 'marta' },
    },
  ],
};
export default auditd;

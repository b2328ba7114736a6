import type { Fields, Value } from '../../event.js';
import { linuxEvent } from './shared/linux-event.js';
import { epochTime, timeError } from './shared/time.js';
import { firstText, integer, text } from './shared/values.js';
import type { Format } from './types.js';

/** The journal writes a message that is not UTF-8 as a list of its bytes. */
function messageOf(value: Value): string {
  if (!Array.isArray(value)) return text(value) ?? '';
  const bytes = value.slice(0, 32768).map((byte) => (typeof byte === 'number' ? byte & 255 : 63));
  return Buffer.from(bytes).toString('utf8');
}

const journald: Format = {
  name: 'journald',
  summary: 'systemd journal as JSON: journalctl -o json',
  kind: 'json',
  priority: 60,
  accepts: (record) =>
    typeof record !== 'string' && record.__REALTIME_TIMESTAMP !== undefined && record.MESSAGE !== undefined,
  parse(record) {
    const fields = record as Fields;
    const stamp = fields._SOURCE_REALTIME_TIMESTAMP ?? fields.__REALTIME_TIMESTAMP;
    const time = epochTime(typeof stamp === 'string' || typeof stamp === 'number' ? Number(stamp) : Number.NaN);
    if (Number.isNaN(time)) throw timeError('journal');
    const program = firstText(fields.SYSLOG_IDENTIFIER, fields._COMM) ?? '';
    const facility = integer(fields.SYSLOG_FACILITY) ?? -1;
    const pid = firstText(fields._PID, fields.SYSLOG_PID);
    return linuxEvent(time, facility, text(fields._HOSTNAME), program, pid, messageOf(fields.MESSAGE));
  },
  samples: [
    {
      line: '{"__CURSOR":"s=0f;i=a1","__REALTIME_TIMESTAMP":"1772611260118403","_HOSTNAME":"web-03","PRIORITY":"6","SYSLOG_FACILITY":"4","SYSLOG_IDENTIFIER":"sshd","_PID":"21100","_COMM":"sshd","MESSAGE":"Invalid user admin from 203.0.113.9 port 41900"}',
      logsource: { product: 'linux', service: 'sshd' },
      ecs: {
        '@timestamp': '2026-03-04T08:01:00.118Z',
        'user.name': 'admin',
        'source.ip': '203.0.113.9',
        'host.name': 'web-03',
      },
    },
    {
      line: '{"__REALTIME_TIMESTAMP":"1772611300000000","_HOSTNAME":"db-01","SYSLOG_IDENTIFIER":"sudo","_PID":"9950","MESSAGE":"   marta : TTY=pts/1 ; PWD=/home/marta ; USER=root ; COMMAND=/usr/bin/cat /etc/shadow"}',
      logsource: { product: 'linux', service: 'sudo', category: 'process_creation' },
      ecs: { 'process.command_line': '/usr/bin/cat /etc/shadow', 'user.name': 'marta' },
      fields: { COMMAND: '/usr/bin/cat /etc/shadow' },
    },
    {
      line: '{"__REALTIME_TIMESTAMP":"1772611400250000","_HOSTNAME":"db-01","_TRANSPORT":"kernel","SYSLOG_FACILITY":"0","SYSLOG_IDENTIFIER":"kernel","MESSAGE":"Out of memory: Killed process 8123 (postgres)"}',
      logsource: { product: 'linux', service: 'syslog' },
      ecs: { 'process.name': 'kernel', message: 'Out of memory: Killed process 8123 (postgres)' },
    },
    {
      line: '{"__REALTIME_TIMESTAMP":"1772611500000000","_HOSTNAME":"web-03","SYSLOG_IDENTIFIER":"systemd-logind","_COMM":"systemd-logind","MESSAGE":[78,101,119,32,115,101,115,115,105,111,110,32,52]}',
      logsource: { product: 'linux', service: 'auth' },
      ecs: { message: 'New session 4' },
    },
  ],
};
export default journald;

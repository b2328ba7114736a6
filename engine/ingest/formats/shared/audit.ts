import type { Ecs, Fields, LogSource, Parsed } from '../../../event.js';
import { setCommand } from './commands.js';
import { linuxTaxonomy } from './linux.js';
import { logSource } from './taxonomy.js';
import { epochTime } from './time.js';
import { baseName, integer, ip, port, set, setProcess, startEcs, text } from './values.js';

const PLAIN = logSource('linux', 'auditd');
const COMMAND = logSource('linux', 'auditd', ['process_creation']);
const HEAD =
  /^(?:node=([^\s=]{1,255}) )?type=([A-Z_]{1,40}|UNKNOWN\[\d{1,6}\]) msg=audit\((\d{1,12}\.\d{1,9}):(\d{1,12})\):/;
/** One `name=value`, the value bare, in double or in single quotes; the last holds a message with pairs of its own. */
const PAIR = /(?<![A-Za-z0-9_-])([A-Za-z0-9_-]{1,64})=(?:"([^"]*)"|'([^']*)'|([^\s"']*))/g;
const MAX_PAIRS = 1000;
/** Values that auditd writes in hexadecimal when they hold a blank or a quote. */
const HEX_NAMES = /^(?:a\d{1,4}|proctitle|exe|comm|name|cwd|cmd|acct|data|path|key|dir)$/;
const HEX = /^(?:[0-9A-F]{2}){2,8192}$/;

/** Whether a line is a record of the Linux audit daemon. */
export const isAudit = (line: string): boolean => HEAD.test(line);

function decoded(name: string, value: string, type: string): string {
  // The a0 … of a system call are registers, not texts.
  if (!HEX_NAMES.test(name) || !HEX.test(value) || (type !== 'EXECVE' && /^a\d/.test(name))) return value;
  return Buffer.from(value, 'hex').toString('utf8').replaceAll('\0', ' ');
}

function pairs(text: string, type: string, into: Fields, budget: { left: number }): void {
  for (const [, name, double, single, bare] of text.matchAll(PAIR)) {
    if (budget.left-- <= 0) return;
    if (single !== undefined) pairs(single, type, into, budget);
    else if (name !== '__proto__') into[name!] = double ?? decoded(name!, bare!, type);
  }
}

class AuditEvent implements Parsed {
  constructor(
    readonly time: number,
    readonly logsource: LogSource,
    readonly fields: Fields,
    private readonly host: string | undefined,
  ) {}
  ecs(): Ecs {
    const { fields } = this;
    const ecs = startEcs(this.time, 'linux.auditd');
    set(ecs, 'event.code', text(fields.type));
    const syscall = fields.SYSCALL ?? fields.syscall;
    set(ecs, 'event.action', text(fields.op) ?? text(syscall));
    const result = fields.success ?? fields.res;
    if (result === 'yes' || result === 'success' || result === '1') ecs['event.outcome'] = 'success';
    if (result === 'no' || result === 'failed' || result === '0') ecs['event.outcome'] = 'failure';
    set(ecs, 'host.name', this.host ?? text(fields.node));
    set(ecs, 'user.name', text(fields.acct) ?? text(fields.UID) ?? text(fields.uid));
    set(ecs, 'source.ip', ip(fields.addr));
    set(ecs, 'source.port', port(fields.rport));
    setProcess(ecs, text(fields.exe) ?? text(fields.Image));
    set(ecs, 'process.name', text(fields.comm) ?? baseName(text(fields.exe)));
    set(ecs, 'process.command_line', text(fields.CommandLine) ?? text(fields.proctitle) ?? text(fields.cmd));
    set(ecs, 'process.pid', integer(fields.pid));
    set(ecs, 'file.path', text(fields.name));
    return ecs;
  }
}

/** An `EXECVE` record's arguments as one line. */
function argumentsOf(fields: Fields): string {
  const list: string[] = [];
  for (let i = 0; i < MAX_PAIRS; i++) {
    const part = fields[`a${i}`];
    if (typeof part !== 'string') break;
    list.push(part);
  }
  return list.join(' ');
}

function isExecve(fields: Fields): boolean {
  if (fields.SYSCALL === 'execve' || fields.SYSCALL === 'execveat') return true;
  return linuxTaxonomy.execve[String(fields.arch)]?.includes(Number(fields.syscall)) ?? false;
}

/**
 * A line of `/var/log/audit/audit.log`, also where syslog carries it.
 * @param host machine that syslog named
 * @returns null when the line is none, or its time is out of range
 */
export function parseAudit(line: string, host?: string): Parsed | null {
  const head = HEAD.exec(line);
  if (!head) return null;
  const time = epochTime(Number(head[3]));
  if (Number.isNaN(time)) return null;
  const type = head[2]!;
  const fields: Fields = { type };
  if (head[1] !== undefined) fields.node = head[1];
  pairs(line.slice(head[0].length).replaceAll('\x1d', ' '), type, fields, { left: MAX_PAIRS });
  fields.type = type;
  let logsource = PLAIN;
  if (type === 'EXECVE') {
    setCommand(fields, argumentsOf(fields));
    logsource = COMMAND;
  } else if (type === 'SYSCALL' && isExecve(fields)) {
    fields.Image = fields.exe;
    logsource = COMMAND;
  }
  return new AuditEvent(time, logsource, fields, host);
}

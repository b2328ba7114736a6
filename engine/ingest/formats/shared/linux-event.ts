import type { Ecs, Fields, LogSource, Parsed } from '../../../event.js';
import { parseAudit } from './audit.js';
import { setCommand } from './commands.js';
import { linuxSources } from './linux.js';
import { linuxEcs } from './linux-ecs.js';
import { readSysmonLinux } from './sysmon-linux.js';
import { logSource } from './taxonomy.js';

const FINDING = logSource('linux', 'clamav', ['antivirus']);

class LinuxEvent implements Parsed {
  constructor(
    readonly time: number,
    readonly logsource: LogSource,
    readonly fields: Fields,
  ) {}
  ecs(): Ecs {
    return linuxEcs(this.fields, this.logsource.service, this.time);
  }
}

/** What clamd and clamscan write of a finding: `/srv/www/x.php: Php.Webshell.Generic-1 FOUND`. */
const FOUND = /^(?:\S{1,64} -> )?(.{1,4096}?): (\S{1,256}?)(?:\([\da-f]{32}:\d{1,12}\))? FOUND$/;

const SUDO =
  /^\s{0,8}(\S{1,256}) : (?:([^;=]{1,128}) ; )?(?:HOST=\S{1,255} ; )?TTY=(\S{1,64}) ; PWD=([^;]{1,1024}) ; USER=([^;]{1,256}) ;(?: [A-Z]{1,16}=[^;]{0,256} ;)* COMMAND=(.*)$/;
const CRON = /^\(([^)]{1,256})\) CMD \((.*)\)$/;

/** sudo writes who did what as whom; cron as whom and what. Both spell out a command. @returns whether it ran */
function readCommand(program: string, message: string, fields: Fields): boolean {
  if (program === 'sudo') {
    const sudo = SUDO.exec(message);
    if (!sudo) return false;
    fields.User = sudo[1];
    fields.TTY = sudo[3];
    fields.PWD = sudo[4];
    fields.USER = sudo[5];
    fields.COMMAND = sudo[6];
    // sudo's reason to refuse (`user NOT in sudoers`, `3 incorrect password attempts`): no process was created.
    if (sudo[2] !== undefined) return false;
    fields.CurrentDirectory = sudo[4];
    fields.ParentImage = '/usr/bin/sudo';
    setCommand(fields, sudo[6]!);
    return true;
  }
  const cron = CRON.exec(message);
  if (!cron) return false;
  fields.User = cron[1];
  setCommand(fields, cron[2]!);
  return true;
}

/** What a line of a Linux machine is, wherever it came from: syslog in its forms, or the journal. */
export function linuxEvent(
  time: number,
  facility: number,
  host: string | undefined,
  program: string,
  pid: string | undefined,
  message: string,
): Parsed {
  const { plain, command } = linuxSources(program, facility);
  if (message.startsWith('type=') || message.startsWith('node=')) {
    const audit = parseAudit(message, host || undefined);
    if (audit) return audit;
  }
  const sysmon = readSysmonLinux(message);
  if (sysmon) return sysmon;
  const fields: Fields = { message, program };
  if (host) fields.hostname = host;
  if (pid !== undefined) fields.pid = pid;
  if (plain.service === 'clamav') {
    const found = FOUND.exec(message);
    if (found) {
      [fields.Filename, fields.Signature] = [found[1], found[2]];
      return new LinuxEvent(time, FINDING, fields);
    }
  }
  const spelled = (plain.service === 'sudo' || plain.service === 'cron') && readCommand(program, message, fields);
  return new LinuxEvent(time, spelled ? command : plain, fields);
}

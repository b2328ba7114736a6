import type { Ecs, Fields, LogSource, Parsed } from '../../../event.js';
import { windowsEcs } from '../windows/ecs.js';
import { type Kind, kindOf } from '../windows/kinds.js';
import { evtx } from '../windows/shapes.js';
import { parseEventXml } from './event-xml.js';
import { logSource } from './taxonomy.js';
import { at } from './values.js';

/** What its events are is told where Sysmon's for Windows are: the numbers and the names are the same. */
const AS_ON_WINDOWS = 'Microsoft-Windows-Sysmon/Operational';

class SysmonLinuxEvent implements Parsed {
  readonly logsource: LogSource;
  constructor(
    readonly time: number,
    readonly fields: Fields,
    private readonly kind: Kind,
  ) {
    this.logsource = logSource('linux', 'sysmon', kind.logsource.categories);
  }
  ecs(): Ecs {
    return { ...windowsEcs(this.fields, this.kind, 'sysmon', this.time), 'event.dataset': 'linux.sysmon' };
  }
}

/** Whether a message may be an event as XML. */
export const isEventXml = (message: string): boolean =>
  message.startsWith('<Event') && (message[6] === '>' || message[6] === ' ');

/**
 * An event of Sysmon for Linux, as it writes them into syslog and the journal.
 * @param record the message as `parseEventXml` gives it
 * @returns null when it is another's; its time may be NaN
 */
export function sysmonLinux(record: Fields): Parsed | null {
  const provider = at(record, 'Event', 'System', 'Provider', '#attributes', 'Name');
  if (provider !== 'Linux-Sysmon') return null;
  const fields = evtx.fields(record);
  return new SysmonLinuxEvent(evtx.time(record), fields, kindOf(AS_ON_WINDOWS, fields.EventID));
}

/** The same from a message; null also when it is no event as XML, or its time cannot be read. */
export function readSysmonLinux(message: string): Parsed | null {
  const record = isEventXml(message) ? parseEventXml(message) : null;
  const parsed = record && sysmonLinux(record);
  return parsed && !Number.isNaN(parsed.time) ? parsed : null;
}

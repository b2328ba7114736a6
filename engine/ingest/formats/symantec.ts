import type { Fields } from '../../event.js';
import { lineFormat, openLine } from './shared/lined.js';
import { commaValues } from './shared/pairs.js';
import { isoTime } from './shared/time.js';

/** `Virus found,IP Address: 10.20.4.17,Computer name: ws-14,…`: names are fixed, values may be empty. */
function entries(message: string): Fields {
  const fields: Fields = { message };
  for (const part of commaValues(message)) {
    const entry = /^([A-Z][\w ()/-]{1,40}): ?(.*)$/s.exec(part.trim());
    if (entry && entry[2] !== '') fields[entry[1]!] = entry[2];
  }
  return fields;
}

export default lineFormat({
  name: 'symantec',
  summary: 'Symantec Endpoint Protection Manager syslog: risks found',
  priority: 44,
  accepts: (line) => line.includes(',Risk name: ') && line.includes('Computer name: '),
  read(line, received, kinds) {
    const { time, message } = openLine(line, received);
    const fields = entries(message);
    const begin = typeof fields.Begin === 'string' ? isoTime(fields.Begin) : Number.NaN;
    return { kind: kinds.named('risk'), fields, time: Number.isNaN(begin) ? (time ?? received) : begin };
  },
  samples: [
    {
      line: '<54>Mar  4 08:00:02 SEPM-1 SymantecServer: Virus found,IP Address: 10.20.4.17,Computer name: ws-14,Source: Auto-Protect scan,Risk name: Hacktool.Mimikatz,Occurrences: 1,File path: C:\\Windows\\Temp\\m.exe,Description: ,Actual action: Quarantined,Requested action: Cleaned,Begin: 2026-03-04 08:00:00,End: 2026-03-04 08:00:00,Domain Name: Default,Server Name: SEPM-1,User Name: marta',
      logsource: { product: 'symantec', category: 'antivirus' },
      ecs: {
        '@timestamp': '2026-03-04T08:00:00.000Z',
        'host.name': 'ws-14',
        'host.ip': '10.20.4.17',
        'user.name': 'marta',
        'rule.name': 'Hacktool.Mimikatz',
        'file.path': 'C:\\Windows\\Temp\\m.exe',
        'event.action': 'Quarantined',
      },
      fields: { Signature: 'Hacktool.Mimikatz' },
    },
    {
      line: '<54>Mar  4 08:01:00 SEPM-1 SymantecServer: Virus found,IP Address: 10.20.4.18,Computer name: ws-15,Source: Definition downloader,Risk name: Trojan.Gen.2,Occurrences: 1,"File path: C:\\Users\\anna\\a, b.exe",Actual action: Left alone,User: anna',
      logsource: { product: 'symantec', category: 'antivirus' },
      ecs: { 'file.path': 'C:\\Users\\anna\\a, b.exe', 'user.name': 'anna' },
    },
    {
      line: 'Mar  4 08:02:00 SEPM-1 SymantecServer: Security risk found,Computer name: ws-16,Risk name: PHP.Backdoor.Trojan,File path: C:\\inetpub\\wwwroot\\x.php,Actual action: Cleaned by deletion',
      logsource: { product: 'symantec', category: 'antivirus' },
      ecs: { 'host.name': 'ws-16', '@timestamp': '2026-03-04T08:02:00.000Z' },
    },
    {
      line: 'SymantecServer: Virus found,Computer name: ws-17,Risk name: W32.Cobra,Begin: 2026-03-04 08:03:00',
      logsource: { product: 'symantec', category: 'antivirus' },
      ecs: { '@timestamp': '2026-03-04T08:03:00.000Z', 'rule.name': 'W32.Cobra' },
    },
  ],
});

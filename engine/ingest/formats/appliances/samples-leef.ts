import type { Sample } from '../types.js';

export const samples: readonly Sample[] = [
  {
    line: '<13>Mar  4 08:00:00 fw-2 LEEF:1.0|Acme|NGFW|2.1|traffic-drop|devTime=Mar 04 2026 08:00:00\tsrc=10.20.4.17\tdst=192.0.2.14\tsrcPort=51544\tdstPort=23\tproto=TCP\taction=drop\tusrName=marta\tpolicy=no telnet here',
    logsource: { product: '', category: 'firewall' },
    ecs: {
      '@timestamp': '2026-03-04T08:00:00.000Z',
      'observer.name': 'fw-2',
      'source.ip': '10.20.4.17',
      'destination.port': 23,
      'user.name': 'marta',
      'rule.name': 'no telnet here',
      'event.outcome': 'failure',
    },
    fields: { src_port: '51544', dst_ip: '192.0.2.14', blocked: 'true' },
  },
  {
    line: 'LEEF:2.0|Symantec|ProxySG|7.3|web|^|devTime=04/03/2026 09:00:01 +0100^devTimeFormat=dd/MM/yyyy HH:mm:ss Z^src=10.20.4.31^usrName=anna^url=http://files.hopto.org/a/b.exe?x=1^method=GET^userAgent=Microsoft BITS/7.8^status=200',
    logsource: { product: 'bluecoat', category: 'proxy' },
    ecs: {
      '@timestamp': '2026-03-04T08:00:01.000Z',
      'url.original': 'http://files.hopto.org/a/b.exe?x=1',
      'http.response.status_code': 200,
      'user_agent.original': 'Microsoft BITS/7.8',
    },
    fields: { 'cs-host': 'files.hopto.org', 'c-uri-extension': 'exe', 'cs-method': 'GET' },
  },
  {
    line: '<14>1 2026-03-04T08:00:02Z av-1 ep - - - LEEF:2.0|ESET|Protect|10|Threat_Event|0x7C|cat=malware|sev=8|identHostName=PC-4|fname=C:\\tools\\m.exe|threat=Win64/Riskware.Mimikatz.A|usrName=CORP\\tomas',
    logsource: { product: '', category: 'antivirus' },
    ecs: { '@timestamp': '2026-03-04T08:00:02.000Z', 'host.name': 'PC-4', 'user.name': 'tomas', 'user.domain': 'CORP' },
    fields: { Signature: 'Win64/Riskware.Mimikatz.A', Filename: 'C:\\tools\\m.exe' },
  },
  {
    line: 'LEEF:2.0|Acme|VPN gateway|2|login-failed|devTime=1772611203000\tcat=authentication\tsrc=203.0.113.9\tusrName=root\toutcome=failure',
    logsource: { product: '' },
    ecs: { '@timestamp': '2026-03-04T08:00:03.000Z', 'user.name': 'root', 'event.category': 'authentication' },
  },
  {
    line: 'LEEF:1.0|Snort|Snort|2.9|1:2001219|devTime=Mar 04 2026 08:00:04.000 UTC\tsrc=203.0.113.9\tdst=10.20.0.15\tdstPort=22\tmsg=SSH scan outbound',
    logsource: { product: '', category: 'ids' },
    ecs: { 'event.code': '1:2001219', message: 'SSH scan outbound', 'event.category': 'intrusion_detection' },
  },
];

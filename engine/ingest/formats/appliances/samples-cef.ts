import type { Sample } from '../types.js';

export const samples: readonly Sample[] = [
  {
    line: '<134>Mar  4 08:00:00 fw-1 CEF:0|Palo Alto Networks|PAN-OS|10.2.7|end|TRAFFIC|1|rt=Mar 04 2026 08:00:00 UTC deviceExternalId=0011 src=10.20.4.17 dst=192.0.2.14 spt=51544 dpt=23 proto=tcp app=telnet act=deny cs1Label=Rule cs1=block telnet suser=marta cat=drop',
    logsource: { product: 'paloalto', service: 'traffic', category: 'firewall' },
    ecs: {
      '@timestamp': '2026-03-04T08:00:00.000Z',
      'observer.name': 'fw-1',
      'source.ip': '10.20.4.17',
      'destination.ip': '192.0.2.14',
      'destination.port': 23,
      'user.name': 'marta',
      'event.outcome': 'failure',
    },
    fields: {
      src_ip: '10.20.4.17',
      dst_port: '23',
      action: 'deny',
      blocked: 'true',
      Rule: 'block telnet',
      cs1: 'block telnet',
    },
  },
  {
    line: 'CEF:0|Zscaler|NSSWeblog|5.7|blocked|Policy says no|5|rt=1772611201000 act=Blocked app=HTTP cat=web dhost=files.hopto.org src=10.20.4.31 dst=198.51.100.80 suser=anna@corp.example request=http://files.hopto.org/a/b.exe?x\\=1&y=2 requestMethod=GET requestClientApplication=Microsoft BITS/7.8 cn1=403 cn1Label=status',
    logsource: { product: 'zscaler', category: 'proxy' },
    ecs: {
      '@timestamp': '2026-03-04T08:00:01.000Z',
      'url.original': 'http://files.hopto.org/a/b.exe?x=1&y=2',
      'http.request.method': 'GET',
      'user_agent.original': 'Microsoft BITS/7.8',
      'destination.domain': 'files.hopto.org',
      'http.response.status_code': 403,
      'event.outcome': 'failure',
    },
    fields: {
      'c-useragent': 'Microsoft BITS/7.8',
      'cs-host': 'files.hopto.org',
      'c-uri-extension': 'exe',
      'cs-uri-stem': '/a/b.exe',
    },
  },
  {
    line: '<14>1 2026-03-04T08:00:02.250Z tm-1 dsm - - - CEF:0|Trend Micro|Deep Security Agent|20.0.1|4000000|Eicar_test_file|6|cn1=1 cn1Label=Host ID dvchost=pc-7 filePath=C:\\\\Users\\\\anna\\\\Downloads\\\\eicar.com act=Delete msg=Realtime',
    logsource: { product: 'trendmicro', category: 'antivirus' },
    ecs: {
      '@timestamp': '2026-03-04T08:00:02.250Z',
      'rule.name': 'Eicar_test_file',
      'file.path': 'C:\\Users\\anna\\Downloads\\eicar.com',
      'host.name': 'pc-7',
      'event.action': 'Delete',
    },
    fields: { Signature: 'Eicar_test_file', Filename: 'C:\\Users\\anna\\Downloads\\eicar.com', 'Host ID': '1' },
  },
  {
    line: 'Mar  4 08:00:03 esm CEF:0|KasperskyLab|SecurityCenter|13.2|GNRL_EV_VIRUS_FOUND|Malicious object detected|4|msg=Result: Detected\\nObject: C:\\\\tmp\\\\x.exe rt=1772611203500 cs1=Trojan.Win32.Mimikatz.gen cs1Label=VirusName filePath=C:\\\\tmp\\\\x.exe dhost=PC-9 dst=10.20.4.9',
    logsource: { product: 'kaspersky', category: 'antivirus' },
    ecs: { '@timestamp': '2026-03-04T08:00:03.500Z', 'rule.name': 'Trojan.Win32.Mimikatz.gen', 'host.name': 'PC-9' },
    fields: { Signature: 'Trojan.Win32.Mimikatz.gen', msg: 'Result: Detected\nObject: C:\\tmp\\x.exe' },
  },
  {
    line: 'CEF: 0|Acme \\| Sons|Box=1|1|100|connection allowed|3|src=2001:db8::5 dst=192.0.2.9 spt=4000 dpt=443 act=allow start=Mar 04 2026 08:00:04.120',
    logsource: { product: '', category: 'firewall' },
    ecs: { '@timestamp': '2026-03-04T08:00:04.120Z', 'source.ip': '2001:db8::5', 'event.outcome': 'success' },
    fields: { deviceVendor: 'Acme | Sons', deviceProduct: 'Box=1', blocked: 'false' },
  },
  {
    line: '<189>Mar  4 08:00:05 fg-1 CEF:0|Fortinet|Fortigate|v7.2|0419016384|utm:ips signature dropped|7|deviceExternalId=FG1 cat=utm:ips src=203.0.113.9 dst=10.20.0.15 dpt=8080 act=dropped FTNTFGTattack=Apache.Log4j.Error.Log.Remote.Code.Execution rt=1772611205000',
    logsource: { product: '', category: 'ids' },
    ecs: { 'event.category': 'intrusion_detection', 'source.ip': '203.0.113.9', 'event.outcome': 'failure' },
    fields: { blocked: 'true' },
  },
  {
    line: 'CEF:0|Acme|VPN|3|auth-1|login failed|6|suser=tomas src=203.0.113.9 outcome=failure rt=1772611206000',
    logsource: { product: '' },
    ecs: { 'event.category': 'authentication', 'user.name': 'tomas', 'event.outcome': 'failure' },
  },
];

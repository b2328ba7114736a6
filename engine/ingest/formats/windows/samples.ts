import type { Sample } from '../types.js';

/** One of each shape and of each kind that is completed: written by hand, in the way the shippers write them. */
export const samples: readonly Sample[] = [
  {
    // NXLog: numbers for Keywords, local EventTime, the collector's UTC time beside it.
    line: '{"EventTime":"2026-03-04 09:00:11","Hostname":"FIN-PC07.corp.example","Keywords":-9223372036854775808,"EventType":"INFO","SeverityValue":2,"Severity":"INFO","EventID":1,"SourceName":"Microsoft-Windows-Sysmon","Version":5,"Task":1,"RecordNumber":40121,"Channel":"Microsoft-Windows-Sysmon/Operational","UtcTime":"2026-03-04 08:00:11.218","ProcessGuid":"{6b2f0c11-9d3b-69a7-4101-000000001100}","ProcessId":"6120","Image":"C:\\\\Windows\\\\System32\\\\WindowsPowerShell\\\\v1.0\\\\powershell.exe","OriginalFileName":"PowerShell.EXE","CommandLine":"powershell.exe -nop -w hidden -c iex(gc C:\\\\Users\\\\Public\\\\a.txt -raw)","CurrentDirectory":"C:\\\\Users\\\\tomas\\\\","User":"CORP\\\\tomas","IntegrityLevel":"Medium","Hashes":"SHA1=1F0A,MD5=0A1B2C3D4E5F60718293A4B5C6D7E8F9,SHA256=00112233445566778899AABBCCDDEEFF00112233445566778899AABBCCDDEEFF","ParentImage":"C:\\\\Program Files\\\\Microsoft Office\\\\root\\\\Office16\\\\WINWORD.EXE","ParentCommandLine":"WINWORD.EXE /n invoice.docm","EventReceivedTime":"2026-03-04 09:00:12","SourceModuleType":"im_msvistalog","@timestamp":"2026-03-04T08:00:12.400Z"}',
    logsource: { product: 'windows', service: 'sysmon', category: 'process_creation' },
    ecs: {
      '@timestamp': '2026-03-04T08:00:11.218Z',
      'host.name': 'FIN-PC07.corp.example',
      'user.name': 'tomas',
      'user.domain': 'CORP',
      'process.name': 'powershell.exe',
      'process.pid': 6120,
      'process.parent.name': 'WINWORD.EXE',
      'process.hash.md5': '0a1b2c3d4e5f60718293a4b5c6d7e8f9',
      'event.code': '1',
      'event.action': 'process-created',
    },
    fields: { Provider_Name: 'Microsoft-Windows-Sysmon', Computer: 'FIN-PC07.corp.example' },
  },
  {
    line: '{"EventTime":"2026-03-04 09:01:00","Hostname":"FIN-PC07","EventType":"INFO","EventID":12,"SourceName":"Microsoft-Windows-Sysmon","Channel":"Microsoft-Windows-Sysmon/Operational","Message":"Registry object added or deleted:\\r\\nRuleName: -\\r\\nEventType: DeleteKey\\r\\nUtcTime: 2026-03-04 08:01:00.010","UtcTime":"2026-03-04 08:01:00.010","ProcessId":"800","Image":"C:\\\\Windows\\\\regedit.exe","TargetObject":"HKLM\\\\SOFTWARE\\\\Policies\\\\Test"}',
    logsource: { product: 'windows', service: 'sysmon', category: 'registry_delete' },
    ecs: { 'registry.path': 'HKLM\\SOFTWARE\\Policies\\Test', 'event.category': 'registry' },
    fields: { EventType: 'DeleteKey' },
  },
  {
    line: '{"TimeCreated":"2026-03-04T08:02:30.117Z","Channel":"Security","EventID":4688,"SourceName":"Microsoft-Windows-Security-Auditing","Hostname":"FIN-PC07","Keywords":"0x8020000000000000","Level":"0","SubjectUserSid":"S-1-5-21-7-7-7-1107","SubjectUserName":"tomas","SubjectDomainName":"CORP","SubjectLogonId":"0x4f21a","NewProcessId":"0x1d30","NewProcessName":"C:\\\\Windows\\\\System32\\\\whoami.exe","TokenElevationType":"%%1938","ProcessId":"0x17e8","CommandLine":"whoami /priv","TargetUserName":"-","TargetDomainName":"-","ParentProcessName":"C:\\\\Windows\\\\System32\\\\cmd.exe","MandatoryLabel":"S-1-16-12288"}',
    logsource: { product: 'windows', service: 'security', category: 'process_creation' },
    ecs: {
      'process.executable': 'C:\\Windows\\System32\\whoami.exe',
      'process.parent.name': 'cmd.exe',
      'process.pid': 0x1d30,
      'user.name': 'tomas',
      'event.outcome': 'success',
    },
    fields: {
      Image: 'C:\\Windows\\System32\\whoami.exe',
      ParentImage: 'C:\\Windows\\System32\\cmd.exe',
      User: 'CORP\\tomas',
      IntegrityLevel: 'High',
      NewProcessName: 'C:\\Windows\\System32\\whoami.exe',
    },
  },
  {
    line: '{"TimeCreated":"2026-03-04T08:03:00.001Z","Channel":"Security","EventID":4657,"SourceName":"Microsoft-Windows-Security-Auditing","Hostname":"FIN-PC07","SubjectUserName":"tomas","SubjectDomainName":"CORP","ObjectName":"\\\\REGISTRY\\\\MACHINE\\\\SYSTEM\\\\ControlSet001\\\\Services\\\\EventLog","ObjectValueName":"Start","OperationType":"%%1905","OldValue":"2","NewValue":"4","ProcessName":"C:\\\\Windows\\\\regedit.exe"}',
    logsource: { product: 'windows', service: 'security', category: 'registry_set' },
    ecs: {
      'registry.path': 'HKLM\\System\\CurrentControlSet\\Services\\EventLog\\Start',
      'process.name': 'regedit.exe',
    },
    fields: { Details: '4', Image: 'C:\\Windows\\regedit.exe' },
  },
  {
    line: '{"@timestamp":"2026-03-04T08:04:12.903Z","event":{"code":"4625","provider":"Microsoft-Windows-Security-Auditing","outcome":"failure"},"host":{"name":"dc-01.corp.example"},"log":{"level":"information"},"message":"An account failed to log on.","winlog":{"channel":"Security","event_id":"4625","provider_name":"Microsoft-Windows-Security-Auditing","computer_name":"DC-01.corp.example","record_id":99121,"event_data":{"TargetUserName":"administrator","TargetDomainName":"CORP","LogonType":"3","IpAddress":"::ffff:10.20.4.31","IpPort":"51022","Status":"0xc000006d","SubjectUserName":"-","WorkstationName":"KALI"}}}',
    logsource: { product: 'windows', service: 'security' },
    ecs: {
      'host.name': 'DC-01.corp.example',
      'user.name': 'administrator',
      'user.domain': 'CORP',
      'source.ip': '10.20.4.31',
      'event.outcome': 'failure',
      'event.category': 'authentication',
    },
    fields: { EventID: 4625, LogonType: '3', Level: 4 },
  },
  {
    // Elastic Agent moves Sysmon's data to ECS fields.
    line: '{"@timestamp":"2026-03-04T08:05:00.000Z","event":{"code":"3","module":"windows"},"host":{"name":"fin-pc07"},"process":{"executable":"C:\\\\Users\\\\Public\\\\upd.exe","pid":7012},"user":{"name":"tomas","domain":"CORP"},"source":{"ip":"10.20.4.31","port":50411},"destination":{"ip":"203.0.113.50","port":443},"winlog":{"channel":"Microsoft-Windows-Sysmon/Operational","event_id":"3","provider_name":"Microsoft-Windows-Sysmon","computer_name":"FIN-PC07","event_data":{"Initiated":"true"}}}',
    logsource: { product: 'windows', service: 'sysmon', category: 'network_connection' },
    ecs: { 'destination.ip': '203.0.113.50', 'destination.port': 443, 'process.name': 'upd.exe' },
    fields: {
      Image: 'C:\\Users\\Public\\upd.exe',
      DestinationIp: '203.0.113.50',
      Initiated: 'true',
      User: 'CORP\\tomas',
    },
  },
  {
    line: '{"@timestamp":"2026-03-04T08:05:30.000Z","winlog.channel":"Windows PowerShell","winlog.event_id":400,"winlog.computer_name":"FIN-PC07","winlog.event_data.param1":"Available","winlog.event_data.param2":"None","winlog.event_data.param3":"HostApplication=powershell -enc SQBFAFgA","message":"Engine state is changed from None to Available."}',
    logsource: { product: 'windows', service: 'powershell-classic', category: 'ps_classic_start' },
    ecs: { 'host.name': 'FIN-PC07', 'event.action': 'engine-started' },
    fields: { Data: ['Available', 'None', 'HostApplication=powershell -enc SQBFAFgA'] },
  },
  {
    line: '{"Event":{"#attributes":{"xmlns":"http://schemas.microsoft.com/win/2004/08/events/event"},"System":{"Provider":{"#attributes":{"Name":"Service Control Manager","Guid":"{555908d1-a6d7-4695-8e1e-26931d2012f4}"}},"EventID":{"#attributes":{"Qualifiers":16384},"#text":7045},"Version":0,"Level":4,"Keywords":"0x8080000000000000","TimeCreated":{"#attributes":{"SystemTime":"2026-03-04T08:06:01.551203Z"}},"EventRecordID":5511,"Channel":"System","Computer":"FS-01.corp.example","Security":{"#attributes":{"UserID":"S-1-5-18"}}},"EventData":{"ServiceName":"PSEXESVC","ImagePath":"%SystemRoot%\\\\PSEXESVC.exe","ServiceType":"user mode service","StartType":"demand start","AccountName":"LocalSystem"}}}',
    logsource: { product: 'windows', service: 'system' },
    ecs: {
      '@timestamp': '2026-03-04T08:06:01.551Z',
      'host.name': 'FS-01.corp.example',
      'event.action': 'service-installed',
    },
    fields: { Provider_Name: 'Service Control Manager', EventID: 7045, ServiceName: 'PSEXESVC', UserID: 'S-1-5-18' },
  },
  {
    line: '{"Event":{"System":{"Provider":{"@Name":"Microsoft-Windows-WMI-Activity"},"EventID":"5858","TimeCreated":{"@SystemTime":"2026-03-04T08:07:00.000000000Z"},"Channel":"Microsoft-Windows-WMI-Activity/Operational","Computer":"FIN-PC07"},"UserData":{"Operation_ClientFailure":{"@xmlns":"http://manifests.microsoft.com/win/2006/windows/WMI","ClientMachine":"FIN-PC07","User":"CORP\\\\tomas","Operation":"Start IWbemServices::ExecQuery - root\\\\cimv2 : select * from Win32_Process"}}}}',
    logsource: { product: 'windows', service: 'wmi' },
    ecs: { 'user.name': 'tomas', 'event.code': '5858' },
    fields: { EventID: 5858, ClientMachine: 'FIN-PC07' },
  },
  {
    line: '{"Event":{"System":{"Provider":{"@Name":"Microsoft-Windows-Sysmon"},"EventID":22,"TimeCreated":{"@SystemTime":"2026-03-04T08:08:00Z"},"Channel":"Microsoft-Windows-Sysmon/Operational","Computer":"FIN-PC07"},"EventData":{"Data":[{"@Name":"UtcTime","#text":"2026-03-04 08:08:00.000"},{"@Name":"QueryName","#text":"c2.example"},{"@Name":"Image","#text":"C:\\\\Users\\\\Public\\\\upd.exe"}]}}}',
    logsource: { product: 'windows', service: 'sysmon', category: 'dns_query' },
    ecs: { 'dns.question.name': 'c2.example', 'process.name': 'upd.exe' },
    fields: { QueryName: 'c2.example' },
  },
  {
    line: '{"Event":{"System":{"Provider_attributes":{"Name":"Microsoft-Windows-Windows Defender"},"EventID":1116,"TimeCreated_attributes":{"SystemTime":"2026-03-04T08:09:00.5Z"},"Channel":"Microsoft-Windows-Windows Defender/Operational","Computer":"FIN-PC07"},"EventData":{"Product Name":"Microsoft Defender Antivirus","Threat Name":"Trojan:Win32/Example.A","Severity Name":"Severe","Path":"file:_C:\\\\Users\\\\Public\\\\upd.exe","Source Name":"Real-Time Protection","Detection User":"CORP\\\\tomas"}}}',
    logsource: { product: 'windows', service: 'windefend', category: 'antivirus' },
    ecs: { 'rule.name': 'Trojan:Win32/Example.A', 'event.category': 'malware' },
    fields: {
      ThreatName: 'Trojan:Win32/Example.A',
      Threat_Name: 'Trojan:Win32/Example.A',
      Signature: 'Trojan:Win32/Example.A',
      SourceName: 'Real-Time Protection',
      Provider_Name: 'Microsoft-Windows-Windows Defender',
    },
  },
  {
    line: '{"Event":{"System":{"Provider":{"#attributes":{"Name":"MSSQLSERVER"}},"EventID":{"#text":18456},"TimeCreated":{"#attributes":{"SystemTime":"2026-03-04T08:10:00Z"}},"Channel":"Application","Computer":"SQL-02","Level":0},"EventData":{"Data":{"#text":["sa","Reason: Password did not match that for the login provided."," [CLIENT: 10.20.4.31]"]},"Binary":"1848"}}}',
    logsource: { product: 'windows', service: 'application' },
    ecs: { 'host.name': 'SQL-02', 'event.code': '18456' },
    fields: { Data: ['sa', 'Reason: Password did not match that for the login provided.', ' [CLIENT: 10.20.4.31]'] },
  },
  {
    line: '{"Event":{"System":{"Provider":{"@Name":"RPCFW"},"EventID":3,"TimeCreated":{"@SystemTime":"2026-03-04T08:11:00Z"},"Channel":"RPCFW","Computer":"DC-01"},"EventData":{"Data":["RpcServerCall","640","C:\\\\Windows\\\\system32\\\\lsass.exe","ncacn_ip_tcp","49667","10.20.4.31","e3514235-4b06-11d1-ab04-00c04fc2dcd2","3","CORP\\\\marta","PKT_PRIVACY","NEGOTIATE"]}}}',
    logsource: { product: 'rpc_firewall', service: '', category: 'application' },
    ecs: { 'host.name': 'DC-01', 'event.action': 'rpc-call', 'source.ip': '10.20.4.31' },
    fields: { EventLog: 'RPCFW', InterfaceUuid: 'e3514235-4b06-11d1-ab04-00c04fc2dcd2', OpNum: '3' },
  },
  {
    line: '{"Event":{"System":{"Provider":{"@Name":"Microsoft-Windows-DNSServer"},"EventID":256,"TimeCreated":{"@SystemTime":"2026-03-04T08:12:00Z"},"Channel":"Microsoft-Windows-DNSServer/Analytical","Computer":"DC-01"},"EventData":{"InterfaceIP":"10.20.0.2","Source":"10.20.4.31","QNAME":"a1.duckdns.org.","QTYPE":"16","Port":"53321"}}}',
    logsource: { product: 'windows', service: 'dns-server-analytic', category: 'dns' },
    ecs: { 'event.action': 'query-received', 'host.name': 'DC-01' },
    fields: { query: 'a1.duckdns.org', record_type: 'TXT' },
  },
];

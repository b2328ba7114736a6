import { mappedFormat } from './shared/mapped.js';

export default mappedFormat({
  name: 'antivirus',
  summary: 'malware findings as JSON: ESET, Sophos Central, CrowdStrike, SentinelOne, Defender for Endpoint',
  priority: 52,
  samples: [
    {
      line: '{"event_type":"Threat_Event","ipv4":"10.20.4.31","hostname":"ws-14.corp.example","source_uuid":"e1","occured":"04-Mar-2026 08:00:00","severity":"Warning","threat_type":"Trojan","threat_name":"PHP/Webshell.NED","scanner_id":"Real-time file system protection","object_type":"file","object_uri":"file:///C:/inetpub/wwwroot/x.php","action_taken":"cleaned by deleting","threat_handled":true,"username":"CORP\\\\marta","processname":"C:\\\\Windows\\\\System32\\\\inetsrv\\\\w3wp.exe","hash":"AA"}',
      logsource: { product: 'eset', category: 'antivirus' },
      ecs: {
        '@timestamp': '2026-03-04T08:00:00.000Z',
        'host.name': 'ws-14.corp.example',
        'user.name': 'marta',
        'user.domain': 'CORP',
        'rule.name': 'PHP/Webshell.NED',
        'process.name': 'w3wp.exe',
      },
      fields: { Signature: 'PHP/Webshell.NED', Filename: 'file:///C:/inetpub/wwwroot/x.php' },
    },
    {
      line: '{"id":"s1","customer_id":"c","endpoint_id":"ep","endpoint_type":"computer","type":"Event::Endpoint::Threat::Detected","when":"2026-03-04T08:01:00.250Z","created_at":"2026-03-04T08:01:02Z","severity":"medium","threat":"ATK/Mimikatz-A","location":"ws-15","source":"CORP\\\\tomas","name":"Malware detected: \'ATK/Mimikatz-A\' at \'C:\\\\Users\\\\tomas\\\\m.exe\'","source_info":{"ip":"10.20.4.32"}}',
      logsource: { product: 'sophos', service: 'central', category: 'antivirus' },
      ecs: { 'host.name': 'ws-15', 'user.name': 'tomas', 'source.ip': '10.20.4.32' },
      fields: { Signature: 'ATK/Mimikatz-A' },
    },
    {
      line: '{"metadata":{"customerIDString":"c","offset":7,"eventType":"DetectionSummaryEvent","eventCreationTime":1772611320500},"event":{"ComputerName":"WS-16","UserName":"anna","DetectName":"Credential Theft","DetectDescription":"A process read LSASS","FileName":"procdump.exe","FilePath":"\\\\Device\\\\HarddiskVolume3\\\\Temp","CommandLine":"procdump -ma lsass","SHA256String":"ab","PatternDispositionDescription":"Prevention, process killed.","SeverityName":"High"}}',
      logsource: { product: 'crowdstrike', category: 'antivirus' },
      ecs: { 'host.name': 'WS-16', 'user.name': 'anna', 'process.command_line': 'procdump -ma lsass' },
      fields: { Filename: '\\Device\\HarddiskVolume3\\Temp procdump.exe' },
    },
    {
      line: '{"id":"t1","threatInfo":{"threatName":"Cobalt.exe","filePath":"\\\\Device\\\\HarddiskVolume2\\\\Users\\\\Public\\\\Cobalt.exe","classification":"Trojan","mitigationStatus":"not_mitigated","identifiedAt":"2026-03-04T08:03:00.000000Z","processUser":"CORP\\\\anna","sha256":"cd"},"agentRealtimeInfo":{"agentComputerName":"WS-17"},"agentDetectionInfo":{"agentIpV4":"10.20.4.34"}}',
      logsource: { product: 'sentinelone', category: 'antivirus' },
      ecs: { 'host.name': 'WS-17', 'host.ip': '10.20.4.34', 'event.action': 'not_mitigated' },
    },
    {
      line: '{"Timestamp":"2026-03-04T08:04:00.1Z","DeviceId":"d","DeviceName":"ws-18.corp.example","ActionType":"AntivirusDetection","FileName":"x.aspx","FolderPath":"C:\\\\inetpub\\\\wwwroot\\\\x.aspx","SHA256":"ef","AdditionalFields":{"ThreatName":"Backdoor:ASP/Chopper","WasRemediated":true},"InitiatingProcessAccountName":"system","InitiatingProcessFolderPath":"c:\\\\windows\\\\system32\\\\inetsrv\\\\w3wp.exe"}',
      logsource: { product: 'windows', service: 'windefend', category: 'antivirus' },
      ecs: {
        'host.name': 'ws-18.corp.example',
        'rule.name': 'Backdoor:ASP/Chopper',
        'file.path': 'C:\\inetpub\\wwwroot\\x.aspx',
      },
    },
  ],
});

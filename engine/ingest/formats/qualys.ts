import { mappedFormat } from './shared/mapped.js';

export default mappedFormat({
  name: 'qualys',
  summary: 'Qualys host detections, one finding on one host a record',
  priority: 30,
  samples: [
    {
      line: '{"IP":"10.20.0.15","DNS":"web-03.corp.example","HOST_ID":991,"QID":10693,"TYPE":"Confirmed","SEVERITY":5,"PORT":21,"PROTOCOL":"tcp","STATUS":"Active","TITLE":"FTP Server Allows Anonymous Access","CATEGORY":"General remote services","LAST_FOUND_DATETIME":"2026-03-04T08:00:00Z"}',
      logsource: { product: 'qualys' },
      ecs: {
        '@timestamp': '2026-03-04T08:00:00.000Z',
        'host.name': 'web-03.corp.example',
        'host.ip': '10.20.0.15',
        'destination.port': 21,
        'rule.name': 'FTP Server Allows Anonymous Access',
      },
      fields: { 'host.scan.vuln': 10693 },
    },
    {
      line: '{"ip":"10.20.0.16","dns":"db-01","qid":105500,"title":"Firewall Product Not Detected","category":"Security Policy","last_found_datetime":"2026-03-04T08:01:00Z"}',
      logsource: { product: 'qualys' },
      ecs: { 'host.name': 'db-01', 'event.code': '105500' },
      fields: { 'host.scan.vuln_name': 'Firewall Product Not Detected', 'event.category': 'Security Policy' },
    },
    {
      line: '{"@timestamp":"2026-03-04T08:02:00Z","IP":"10.20.0.17","host":{"scan":{"vuln":11507,"vuln_name":"Telnet"}}}',
      logsource: { product: 'qualys' },
      ecs: { 'host.name': '10.20.0.17', 'rule.name': 'Telnet' },
    },
    {
      line: '{"IP":"10.20.0.18","NETBIOS":"WS-14","QID":"11633","@timestamp":"2026-03-04T08:03:00Z"}',
      logsource: { product: 'qualys' },
      ecs: { 'host.name': 'WS-14' },
      fields: { 'host.scan.vuln': '11633' },
    },
  ],
});

import { mappedFormat } from './shared/mapped.js';

export default mappedFormat({
  name: 'opencanary',
  summary: 'OpenCanary honeypot, JSON lines of its log',
  priority: 54,
  samples: [
    {
      line: '{"dst_host":"10.20.0.50","dst_port":22,"local_time":"2026-03-04 08:00:00.123456","local_time_adjusted":"2026-03-04 09:00:00.123456","logdata":{"LOCALVERSION":"SSH-2.0-OpenSSH_9.6","PASSWORD":"admin","REMOTEVERSION":"SSH-2.0-Go","USERNAME":"root"},"logtype":4002,"node_id":"canary-1","src_host":"10.20.4.31","src_port":41000,"utc_time":"2026-03-04 08:00:00.123400"}',
      logsource: { product: 'opencanary', category: 'application' },
      ecs: {
        '@timestamp': '2026-03-04T08:00:00.123Z',
        'source.ip': '10.20.4.31',
        'destination.port': 22,
        'user.name': 'root',
        'observer.name': 'canary-1',
      },
      fields: { logtype: 4002 },
    },
    {
      line: '{"dst_host":"10.20.0.50","dst_port":80,"logdata":{"HOSTNAME":"10.20.0.50","PATH":"/index.html","SKIN":"nasLogin","USERAGENT":"curl/8.5.0"},"logtype":3000,"node_id":"canary-1","src_host":"10.20.4.31","src_port":50011,"utc_time":"2026-03-04 08:01:00.000000"}',
      logsource: { product: 'opencanary', category: 'application' },
      ecs: { 'url.original': '/index.html', 'user_agent.original': 'curl/8.5.0' },
    },
    {
      line: '{"dst_host":"10.20.0.50","dst_port":445,"logdata":{"AUDITACTION":"open","FILENAME":"passwords.xlsx","USER":"guest"},"logtype":5000,"node_id":"canary-2","src_host":"10.20.4.32","src_port":-1,"local_time":"2026-03-04 08:02:00.5"}',
      logsource: { product: 'opencanary', category: 'application' },
      ecs: { '@timestamp': '2026-03-04T08:02:00.500Z', 'event.code': '5000' },
    },
    {
      line: '{"dst_host":"","dst_port":-1,"logdata":{"msg":"Canary running!!!"},"logtype":1001,"node_id":"canary-1","src_host":"","src_port":-1,"utc_time":"2026-03-04 07:59:00"}',
      logsource: { product: 'opencanary', category: 'application' },
      ecs: { 'observer.name': 'canary-1' },
    },
  ],
});

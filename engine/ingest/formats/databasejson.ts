import { mappedFormat } from './shared/mapped.js';

export default mappedFormat({
  name: 'databasejson',
  summary: 'databases that write JSON: PostgreSQL jsonlog, MySQL Enterprise and Percona audit, MongoDB audit',
  priority: 22,
  samples: [
    {
      line: '{"timestamp":"2026-03-04 08:00:00.123 UTC","user":"web","dbname":"crm","pid":4411,"remote_host":"10.20.0.15","remote_port":50122,"session_id":"s","line_num":1,"ps":"SELECT","error_severity":"ERROR","state_code":"42601","message":"syntax error at or near \\"OR\\"","statement":"select 1 OR","backend_type":"client backend"}',
      logsource: { product: 'sql', service: 'postgresql', category: 'application' },
      ecs: {
        '@timestamp': '2026-03-04T08:00:00.123Z',
        'user.name': 'web',
        'source.ip': '10.20.0.15',
        'event.code': '42601',
      },
    },
    {
      line: '{"timestamp":"2026-03-04 08:00:01.000 GMT","user":"marta","dbname":"crm","pid":4412,"remote_host":"[local]","ps":"idle","error_severity":"LOG","message":"statement: drop table customers","backend_type":"client backend"}',
      logsource: { product: 'sql', service: 'postgresql', category: 'database' },
      ecs: { 'user.name': 'marta', message: 'statement: drop table customers' },
    },
    {
      line: '{"timestamp":"2026-03-04 08:00:02","id":0,"class":"general","event":"status","connection_id":12,"account":{"user":"root","host":"localhost"},"login":{"user":"root","os":"","ip":"203.0.113.9","proxy":""},"general_data":{"command":"Query","sql_command":"drop_table","query":"DROP TABLE x","status":1146}}',
      logsource: { product: 'sql', service: 'mysql', category: 'database' },
      ecs: { 'event.action': 'drop_table', 'event.outcome': 'failure', 'source.ip': '203.0.113.9' },
    },
    {
      line: '{"audit_record":{"name":"Query","record":"6_2026","timestamp":"2026-03-04T08:00:03Z","command_class":"select","connection_id":"5","status":0,"sqltext":"SELECT * FROM cards","user":"root[root] @ localhost [127.0.0.1]","host":"localhost","os_user":"","ip":"127.0.0.1","db":"crm"}}',
      logsource: { product: 'sql', service: 'mysql', category: 'database' },
      ecs: { 'event.action': 'select', message: 'SELECT * FROM cards', 'event.outcome': 'success' },
    },
    {
      line: '{"atype":"dropCollection","ts":{"$date":"2026-03-04T08:00:04.000+00:00"},"local":{"ip":"10.20.0.15","port":27017},"remote":{"ip":"10.20.4.17","port":50123},"users":[{"user":"marta","db":"admin"}],"roles":[],"param":{"ns":"crm.cards"},"result":0}',
      logsource: { product: 'sql', service: 'mongodb', category: 'database' },
      ecs: { 'event.action': 'dropCollection', 'user.name': 'marta', 'source.port': 50123 },
    },
  ],
});

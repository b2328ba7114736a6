import { mappedFormat } from './shared/mapped.js';
import { at } from './shared/values.js';

export default mappedFormat({
  name: 'bitbucket',
  summary: 'Bitbucket audit log (Data Center), JSON lines; Jira and Confluence write the same',
  priority: 57,
  complete(fields) {
    const { affectedObjects } = fields;
    if (!Array.isArray(affectedObjects)) return;
    const user = affectedObjects.slice(0, 20).find((each) => String(at(each, 'type')).toLowerCase() === 'user');
    const name = at(user, 'name');
    if (name !== undefined) fields.targetUser = name;
  },
  samples: [
    {
      line: '{"affectedObjects":[{"id":"7","name":"tomas","type":"User"}],"auditType":{"action":"Global permission granted","actionI18nKey":"bitbucket.service.audit.action.globalpermissiongranted","area":"PERMISSIONS","category":"Permissions","categoryI18nKey":"bitbucket.service.audit.category.permissions","level":"ADVANCED"},"author":{"id":"2","name":"marta","type":"NORMAL","uri":"https://git.corp.example/users/marta"},"changedValues":[{"key":"Permission","to":"SYS_ADMIN"}],"extraAttributes":[],"method":"Browser","node":"n1","source":"203.0.113.77,10.0.0.1","system":"https://git.corp.example","timestamp":{"epochSecond":1772611200,"nano":123000000},"version":"1.0"}',
      logsource: { product: 'bitbucket', service: 'audit' },
      ecs: {
        '@timestamp': '2026-03-04T08:00:00.000Z',
        'user.name': 'marta',
        'user.target.name': 'tomas',
        'source.ip': '203.0.113.77',
        'event.action': 'Global permission granted',
      },
    },
    {
      line: '{"timestamp":"2026-03-04T08:01:00.250Z","author":{"name":"Anonymous","id":"-2"},"auditType":{"category":"Authentication","action":"User login failed","level":"ADVANCED"},"affectedObjects":[],"source":"198.51.100.3","method":"Browser"}',
      logsource: { product: 'bitbucket', service: 'audit' },
      ecs: { '@timestamp': '2026-03-04T08:01:00.250Z', 'source.ip': '198.51.100.3', message: 'Authentication' },
    },
    {
      line: '{"timestamp":{"epochSecond":1772611320},"author":{"id":"2","name":"marta"},"auditType":{"category":"Auditing","action":"Audit log configuration updated"},"source":"2001:db8::9"}',
      logsource: { product: 'bitbucket', service: 'audit' },
      ecs: { 'source.ip': '2001:db8::9' },
    },
    {
      line: '{"timestamp":{"epochSecond":1772611380},"author":{"id":"5"},"auditType":{"category":"Repositories","action":"Secret scanning exempt repository added"},"affectedObjects":[{"name":"corp/api","type":"REPOSITORY"}]}',
      logsource: { product: 'bitbucket', service: 'audit' },
      ecs: { 'user.name': '5' },
    },
  ],
});

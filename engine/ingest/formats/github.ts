import { mappedFormat } from './shared/mapped.js';

export default mappedFormat({
  name: 'github',
  summary: 'GitHub audit log of an organisation or enterprise: streamed or exported',
  priority: 58,
  samples: [
    {
      line: '{"@timestamp":1772611200123,"_document_id":"q1","action":"org.add_member","actor":"marta-n","actor_id":11,"actor_ip":"203.0.113.77","actor_location":{"country_code":"DE"},"business":"corp","created_at":1772611200123,"operation_type":"create","org":"corp-eng","permission":"admin","user":"tomas-b","user_agent":"Mozilla/5.0"}',
      logsource: { product: 'github', service: 'audit' },
      ecs: {
        '@timestamp': '2026-03-04T08:00:00.123Z',
        'user.name': 'marta-n',
        'user.target.name': 'tomas-b',
        'source.ip': '203.0.113.77',
        'event.action': 'org.add_member',
        'cloud.account.id': 'corp-eng',
      },
      fields: { action: 'org.add_member' },
    },
    {
      line: '{"@timestamp":1772611260000,"action":"repo.pages_public","actor":"tomas-b","created_at":1772611260000,"org":"corp-eng","repo":"corp-eng/site","visibility":"private"}',
      logsource: { product: 'github', service: 'audit' },
      ecs: { 'file.path': 'corp-eng/site' },
    },
    {
      line: '{"created_at":"2026-03-04T08:02:00Z","action":"secret_scanning_push_protection.bypass","actor":"anna-l","business":"corp","repo":"corp-eng/api","actor_is_bot":false}',
      logsource: { product: 'github', service: 'audit' },
      ecs: { '@timestamp': '2026-03-04T08:02:00.000Z', 'cloud.account.id': 'corp' },
    },
    {
      line: '{"@timestamp":1772611320000,"_document_id":"q4","action":"git.clone","actor":"deploy-bot","transport_protocol_name":"ssh","repository":"corp-eng/api","org":"corp-eng"}',
      logsource: { product: 'github', service: 'audit' },
      ecs: { 'event.action': 'git.clone', 'user.name': 'deploy-bot' },
    },
  ],
});

import { mappedFormat } from './shared/mapped.js';

export default mappedFormat({
  name: 'onelogin',
  summary: 'OneLogin events: webhooks (one JSON object a line) and the Events API',
  priority: 56,
  samples: [
    {
      line: '{"uuid":"4a","account_id":12345,"event_timestamp":"2026-03-04 08:00:00 UTC","error_description":"","event_type_id":5,"user_id":77,"user_name":"marta@corp.example","ipaddr":"203.0.113.77","app_name":null,"notes":null}',
      logsource: { product: 'onelogin', service: 'onelogin.events' },
      ecs: {
        '@timestamp': '2026-03-04T08:00:00.000Z',
        'user.name': 'marta@corp.example',
        'source.ip': '203.0.113.77',
        'event.code': '5',
      },
      fields: { event_type_id: 5 },
    },
    {
      line: '{"uuid":"4b","account_id":12345,"event_timestamp":"2026-03-04 08:01:00 UTC","event_type_id":3,"actor_user_id":2,"actor_user_name":"tomas@corp.example","user_id":77,"user_name":"marta@corp.example","ipaddr":"198.51.100.3","notes":"Assumed user"}',
      logsource: { product: 'onelogin', service: 'onelogin.events' },
      ecs: { 'user.name': 'tomas@corp.example', 'user.target.name': 'marta@corp.example', message: 'Assumed user' },
    },
    {
      line: '{"id":990011,"created_at":"2026-03-04T08:02:00.000Z","account_id":12345,"event_type_id":532,"user_name":"anna@corp.example","ipaddr":"2001:db8::4"}',
      logsource: { product: 'onelogin', service: 'onelogin.events' },
      ecs: { '@timestamp': '2026-03-04T08:02:00.000Z', 'source.ip': '2001:db8::4' },
    },
    {
      line: '{"account_id":12345,"created_at":"2026-03-04T08:03:00Z","event_type_id":"553","login_name":"svc-report","event_type_name":"USER_LOCKED_VIA_API"}',
      logsource: { product: 'onelogin', service: 'onelogin.events' },
      ecs: { 'user.name': 'svc-report', 'event.action': 'USER_LOCKED_VIA_API' },
    },
  ],
});

import { mappedFormat } from './shared/mapped.js';

export default mappedFormat({
  name: 'duo',
  summary: 'Cisco Duo authentication and administrator logs (Admin API)',
  priority: 55,
  samples: [
    {
      line: '{"access_device":{"browser":"Chrome","ip":"203.0.113.77","os":"Windows"},"alias":"","application":{"key":"DI1","name":"VPN"},"auth_device":{"ip":null,"name":null},"email":"marta@corp.example","event_type":"authentication","factor":"not_available","isotimestamp":"2026-03-04T08:00:00.123456+00:00","reason":"bypass_user","result":"success","timestamp":1772611200,"txid":"t-1","user":{"groups":["staff"],"key":"DU1","name":"marta"}}',
      logsource: { product: 'cisco', service: 'duo' },
      ecs: {
        '@timestamp': '2026-03-04T08:00:00.123Z',
        'user.name': 'marta',
        'source.ip': '203.0.113.77',
        'event.outcome': 'success',
        'event.code': 'bypass_user',
      },
      fields: { event_type: 'authentication', reason: 'bypass_user' },
    },
    {
      line: '{"access_device":{"ip":"198.51.100.3"},"application":{"name":"Mail"},"event_type":"authentication","factor":"duo_push","isotimestamp":"2026-03-04T08:01:00+00:00","reason":"user_marked_fraud","result":"fraud","txid":"t-2","user":{"name":"anna"}}',
      logsource: { product: 'cisco', service: 'duo' },
      ecs: { 'event.outcome': 'failure', 'user.name': 'anna', message: 'Mail' },
    },
    {
      line: '{"action":"bypass_create","description":"{\\"bypass\\": \\"\\", \\"valid_secs\\": 0}","isotimestamp":"2026-03-04T08:02:00+00:00","object":"marta","timestamp":1772611320,"username":"Tomas Berg"}',
      logsource: { product: 'cisco', service: 'duo' },
      ecs: { 'event.action': 'bypass_create', 'user.name': 'Tomas Berg', 'user.target.name': 'marta' },
    },
    {
      line: '{"event_type":"enrollment","timestamp":1772611380,"txid":"t-3","user":{"name":"tomas"},"access_device":{"ip":"2001:db8::1"}}',
      logsource: { product: 'cisco', service: 'duo' },
      ecs: { '@timestamp': '2026-03-04T08:03:00.000Z', 'source.ip': '2001:db8::1' },
    },
  ],
});

import { mappedFormat } from './shared/mapped.js';
import { text } from './shared/values.js';

export default mappedFormat({
  name: 'globalprotect',
  summary: 'Palo Alto GlobalProtect service log of the firewall (gpsvc.log)',
  priority: 24,
  kindOf(record, kinds) {
    const kind = kinds.find(record);
    return kind && /^\d{1,12}-\d{1,12}$/.test(text(record.task) ?? '') ? kind : undefined;
  },
  samples: [
    {
      line: '{"level":"error","task":"1393405-22","time":"2026-03-04T16:00:00.4117+08:00","message":"failed to unmarshal session(/../../../opt/panlogs/tmp/device_telemetry/minute/x) map , EOF"}',
      logsource: { product: 'paloalto', service: 'globalprotect', category: 'appliance' },
      ecs: { '@timestamp': '2026-03-04T08:00:00.411Z', 'event.action': 'error' },
    },
    {
      line: '{"level":"info","task":"1393405-23","time":"2026-03-04T08:00:01Z","message":"client config sent"}',
      logsource: { product: 'paloalto', service: 'globalprotect', category: 'appliance' },
      ecs: { message: 'client config sent' },
    },
    {
      line: '{"level":"warn","task":"9-1","time":"2026-03-04T08:00:02.5Z","message":"no session"}',
      logsource: { product: 'paloalto', service: 'globalprotect', category: 'appliance' },
      ecs: { '@timestamp': '2026-03-04T08:00:02.500Z' },
    },
    {
      line: '{"level":"error","task":"9-2","time":"2026-03-04T08:00:03Z","message":"failed to unmarshal session(%2E%2E%2F%2E%2E%2F) map"}',
      logsource: { product: 'paloalto', service: 'globalprotect', category: 'appliance' },
      ecs: { 'event.action': 'error' },
    },
  ],
});

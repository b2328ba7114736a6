import type { Fields } from '../../event.js';
import { mappedFormat } from './shared/mapped.js';
import { isFields } from './shared/values.js';

export default mappedFormat({
  name: 'gcp',
  summary: 'Google Cloud audit logs: Cloud Logging entries, from Pub/Sub or a sink',
  keys: ['protoPayload', 'protoPayload.serviceName', 'data'],
  priority: 65,
  open: (record) => (record.protoPayload === undefined && isFields(record.data) ? record.data : record),
  complete(fields: Fields) {
    // The log's own name is the last part, after the project's or organisation's.
    const name = fields.logName;
    if (typeof name === 'string') fields.logOfName = name.slice(name.lastIndexOf('/logs/') + 6, name.length);
  },
  samples: [
    {
      line: '{"protoPayload":{"@type":"type.googleapis.com/google.cloud.audit.AuditLog","status":{},"authenticationInfo":{"principalEmail":"deploy@proj-1.iam.gserviceaccount.example"},"requestMetadata":{"callerIp":"203.0.113.77","callerSuppliedUserAgent":"google-cloud-sdk gcloud/460"},"serviceName":"storage.googleapis.com","methodName":"storage.buckets.delete","authorizationInfo":[{"resource":"projects/_/buckets/logs","permission":"storage.buckets.delete","granted":true}],"resourceName":"projects/_/buckets/logs"},"insertId":"k1","resource":{"type":"gcs_bucket","labels":{"project_id":"proj-1","bucket_name":"logs","location":"eu"}},"timestamp":"2026-03-04T08:00:00.123456789Z","severity":"NOTICE","logName":"projects/proj-1/logs/cloudaudit.googleapis.com%2Factivity","receiveTimestamp":"2026-03-04T08:00:01Z"}',
      logsource: { product: 'gcp', service: 'gcp.audit' },
      ecs: {
        '@timestamp': '2026-03-04T08:00:00.123Z',
        'event.action': 'storage.buckets.delete',
        'event.outcome': 'success',
        'user.name': 'deploy@proj-1.iam.gserviceaccount.example',
        'source.ip': '203.0.113.77',
        'cloud.account.id': 'proj-1',
        'cloud.region': 'eu',
      },
      fields: {
        'gcp.audit.method_name': 'storage.buckets.delete',
        'data.protoPayload.authorizationInfo.granted': [true],
        'data.protoPayload.resource.type': 'gcs_bucket',
        'data.protoPayload.logName': 'cloudaudit.googleapis.com%2Factivity',
      },
    },
    {
      line: '{"data":{"protoPayload":{"authenticationInfo":{"principalEmail":"tomas@corp.example"},"requestMetadata":{"callerIp":"198.51.100.7"},"serviceName":"k8s.io","methodName":"io.k8s.core.v1.secrets.patch","status":{"code":7,"message":"forbidden"}},"resource":{"type":"k8s_cluster","labels":{"project_id":"proj-1","location":"europe-west3"}},"timestamp":"2026-03-04T08:01:00Z","logName":"projects/proj-1/logs/cloudaudit.googleapis.com%2Factivity"}}',
      logsource: { product: 'gcp', service: 'gcp.audit' },
      ecs: { 'event.outcome': 'failure', 'event.code': '7', message: 'forbidden', 'user.name': 'tomas@corp.example' },
      fields: { 'gcp.audit.method_name': 'io.k8s.core.v1.secrets.patch' },
    },
    {
      line: '{"protoPayload":{"authenticationInfo":{"principalSubject":"serviceAccount:job@proj-2"},"requestMetadata":{"callerIp":"private"},"serviceName":"iam.googleapis.com","methodName":"google.iam.admin.v1.serviceAccounts.disable"},"resource":{"type":"service_account","labels":{"project_id":"proj-2"}},"timestamp":"2026-03-04T08:02:00Z","logName":"projects/proj-2/logs/cloudaudit.googleapis.com%2Factivity"}',
      logsource: { product: 'gcp', service: 'gcp.audit' },
      ecs: { 'user.name': 'serviceAccount:job@proj-2', 'event.outcome': 'success' },
    },
    {
      line: '{"protoPayload":{"authenticationInfo":{"principalEmail":"anna@corp.example"},"requestMetadata":{"callerIp":"2001:db8::1"},"serviceName":"compute.googleapis.com","methodName":"v1.compute.firewalls.insert","authorizationInfo":[{"permission":"compute.firewalls.create","granted":true},{"permission":"compute.networks.updatePolicy","granted":true}]},"resource":{"type":"gce_firewall_rule","labels":{"project_id":"proj-1"}},"timestamp":"2026-03-04T08:03:00Z","logName":"projects/proj-1/logs/cloudaudit.googleapis.com%2Factivity"}',
      logsource: { product: 'gcp', service: 'gcp.audit' },
      ecs: { 'source.ip': '2001:db8::1', 'event.action': 'v1.compute.firewalls.insert' },
      fields: {
        'data.protoPayload.authorizationInfo.permission': ['compute.firewalls.create', 'compute.networks.updatePolicy'],
      },
    },
  ],
});

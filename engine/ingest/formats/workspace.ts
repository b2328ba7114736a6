import type { Fields } from '../../event.js';
import { mappedFormat } from './shared/mapped.js';
import type { Kind, Kinds } from './shared/mapping/index.js';
import { at, isFields } from './shared/values.js';

const DOMAIN = '.googleapis.com';
/** Services of Cloud Logging whose audit is Workspace's, not a project's. */
const WORKSPACE = new Set(['admin', 'login', 'cloudidentity', 'oauth2', 'groups']);

/** The application that a record is about: `admin`, `login` … */
function applicationOf(record: Fields): string | undefined {
  const id = at(record, 'id', 'applicationName');
  if (typeof id === 'string' && Array.isArray(record.events)) return id;
  const service = at(record, 'protoPayload', 'serviceName');
  if (typeof service !== 'string' || !service.endsWith(DOMAIN)) return undefined;
  const name = service.slice(0, -DOMAIN.length);
  return WORKSPACE.has(name) && isFields(at(record, 'protoPayload', 'metadata')) ? name : undefined;
}

function kindOf(record: Fields, kinds: Kinds): Kind | undefined {
  const name = applicationOf(record);
  if (name === undefined) return undefined;
  return kinds.list.find((kind) => kind.name === name) ?? kinds.named('other');
}

export default mappedFormat({
  name: 'workspace',
  summary: 'Google Workspace audit: Reports API activities, Cloud Logging',
  keys: ['events', 'protoPayload'],
  priority: 66,
  kindOf,
  complete(fields) {
    const application = at(fields, 'id', 'applicationName');
    if (typeof application === 'string') fields.serviceOfApplication = `${application.slice(0, 64)}${DOMAIN}`;
  },
  samples: [
    {
      line: '{"kind":"admin#reports#activity","id":{"time":"2026-03-04T08:00:00.123Z","uniqueQualifier":"-71","applicationName":"admin","customerId":"C01x"},"actor":{"callerType":"USER","email":"tomas@corp.example","profileId":"104"},"ipAddress":"203.0.113.77","events":[{"type":"SECURITY_SETTINGS","name":"ENFORCE_STRONG_AUTHENTICATION","parameters":[{"name":"NEW_VALUE","value":"false"},{"name":"ORG_UNIT_NAME","value":"corp"}]}]}',
      logsource: { product: 'gcp', service: 'google_workspace.admin' },
      ecs: {
        '@timestamp': '2026-03-04T08:00:00.123Z',
        'user.name': 'tomas@corp.example',
        'source.ip': '203.0.113.77',
        'event.action': 'ENFORCE_STRONG_AUTHENTICATION',
        'cloud.account.id': 'C01x',
      },
      fields: {
        eventService: 'admin.googleapis.com',
        eventName: ['ENFORCE_STRONG_AUTHENTICATION'],
        new_value: 'false',
      },
    },
    {
      line: '{"kind":"admin#reports#activity","id":{"time":"2026-03-04T08:01:00Z","uniqueQualifier":"72","applicationName":"login","customerId":"C01x"},"actor":{"email":"anna@corp.example","profileId":"105"},"ipAddress":"2001:db8::77","events":[{"type":"login","name":"login_failure","parameters":[{"name":"login_type","value":"google_password"},{"name":"is_suspicious","boolValue":true}]}]}',
      logsource: { product: 'gcp', service: 'google_workspace.login' },
      ecs: { 'event.outcome': 'failure', 'user.name': 'anna@corp.example', 'event.category': 'authentication' },
      fields: { 'protoPayload.metadata.event.eventName': ['login_failure'], is_suspicious: true },
    },
    {
      line: '{"protoPayload":{"@type":"type.googleapis.com/google.cloud.audit.AuditLog","authenticationInfo":{"principalEmail":"anna@corp.example"},"requestMetadata":{"callerIp":"198.51.100.4"},"serviceName":"login.googleapis.com","methodName":"google.login.LoginService.govAttackWarning","resourceName":"organizations/123","metadata":{"event":[{"eventName":"gov_attack_warning","eventType":"attack_warning","parameter":[{"name":"affected_email_address","value":"anna@corp.example"}]}]}},"insertId":"x1","resource":{"type":"audited_resource","labels":{"service":"login.googleapis.com"}},"timestamp":"2026-03-04T08:02:00Z","severity":"NOTICE","logName":"organizations/123/logs/cloudaudit.googleapis.com%2Fdata_access"}',
      logsource: { product: 'gcp', service: 'google_workspace.login' },
      ecs: {
        'user.name': 'anna@corp.example',
        'user.target.name': 'anna@corp.example',
        'event.action': 'gov_attack_warning',
        'source.ip': '198.51.100.4',
      },
      fields: { 'protoPayload.Servicename': 'login.googleapis.com', eventName: ['gov_attack_warning'] },
    },
    {
      line: '{"kind":"admin#reports#activity","id":{"time":"2026-03-04T08:03:00Z","applicationName":"drive","customerId":"C01x"},"actor":{"email":"marta@corp.example"},"ipAddress":"198.51.100.9","events":[{"type":"access","name":"download","parameters":[{"name":"doc_title","value":"Salaries"},{"name":"visibility","value":"people_with_link"}]}]}',
      logsource: { product: 'gcp', service: 'google_workspace.drive' },
      ecs: { 'file.path': 'Salaries', 'event.action': 'download' },
    },
    {
      line: '{"kind":"admin#reports#activity","id":{"time":"2026-03-04T08:04:00Z","applicationName":"jamboard","customerId":"C01x"},"actor":{"email":"marta@corp.example"},"events":[{"type":"device","name":"device_enrolled"}]}',
      logsource: { product: 'gcp', service: 'google_workspace' },
      ecs: { 'user.name': 'marta@corp.example' },
    },
    {
      line: '{"kind":"admin#reports#activity","id":{"time":"2026-03-04T08:05:00Z","applicationName":"admin","customerId":"C01x"},"actor":{"email":"tomas@corp.example"},"ipAddress":"203.0.113.77","events":[{"type":"APPLICATION_SETTINGS","name":"CHANGE_APPLICATION_SETTING","parameters":[{"name":"APPLICATION_NAME","value":"Security"},{"name":"SETTING_NAME","value":"ContextAwareAccess Enablement"}]}]}',
      logsource: { product: 'gcp', service: 'google_workspace.admin' },
      ecs: { 'event.action': 'CHANGE_APPLICATION_SETTING' },
      fields: { setting_name: 'ContextAwareAccess Enablement' },
    },
  ],
});

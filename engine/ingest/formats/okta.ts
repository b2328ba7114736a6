import type { Fields } from '../../event.js';
import { mappedFormat } from './shared/mapped.js';
import { at, isFields } from './shared/values.js';

/** The user among an event's targets, which are applications, groups and factors too. */
function targetUser(fields: Fields) {
  const { target } = fields;
  if (!Array.isArray(target)) return undefined;
  const user = target.slice(0, 50).find((each) => at(each, 'type') === 'User');
  return at(user, 'alternateId') ?? at(user, 'displayName');
}

export default mappedFormat({
  name: 'okta',
  summary: 'Okta System Log: API, event hooks, log streaming to EventBridge',
  keys: ['eventType', 'detail'],
  priority: 64,
  open: (record) => (isFields(record.detail) && record.detail.eventType !== undefined ? record.detail : record),
  complete(fields) {
    const user = targetUser(fields);
    if (user !== undefined) fields.targetUser = user;
  },
  samples: [
    {
      line: '{"actor":{"id":"00u1","type":"User","alternateId":"marta@corp.example","displayName":"Marta Nowak"},"client":{"userAgent":{"rawUserAgent":"Mozilla/5.0","os":"Linux"},"zone":"null","ipAddress":"203.0.113.8","geographicalContext":{"country":"Germany"}},"displayMessage":"User login to Okta","eventType":"user.session.start","outcome":{"result":"SUCCESS","reason":null},"published":"2026-03-04T08:00:01.000Z","securityContext":{"asNumber":64500,"isProxy":true},"severity":"INFO","debugContext":{"debugData":{"requestUri":"/api/v1/authn","behaviors":"{New Device=POSITIVE}"}},"legacyEventType":"core.user_auth.login_success","transaction":{"id":"t1"},"uuid":"8a","version":"0","request":{"ipChain":[]},"target":null}',
      logsource: { product: 'okta', service: 'okta' },
      ecs: {
        '@timestamp': '2026-03-04T08:00:01.000Z',
        'event.action': 'user.session.start',
        'event.outcome': 'success',
        'user.name': 'marta@corp.example',
        'source.ip': '203.0.113.8',
        'user_agent.original': 'Mozilla/5.0',
      },
    },
    {
      line: '{"actor":{"id":"00u2","type":"User","alternateId":"tomas@corp.example","displayName":"Tomas Berg"},"client":{"ipAddress":"2001:db8::8"},"displayMessage":"Grant user privilege","eventType":"user.account.privilege.grant","outcome":{"result":"FAILURE","reason":"not allowed"},"published":"2026-03-04T08:02:01.500Z","uuid":"8b","target":[{"id":"g","type":"Role","displayName":"Super Administrator"},{"id":"00u3","type":"User","alternateId":"anna@corp.example","displayName":"Anna Lind"}]}',
      logsource: { product: 'okta', service: 'okta' },
      ecs: { 'user.target.name': 'anna@corp.example', 'event.outcome': 'failure', 'event.code': 'not allowed' },
    },
    {
      line: '{"version":"0","id":"e1","detail-type":"SystemLog","source":"aws.partner/okta.com/corp/log","account":"210987654321","time":"2026-03-04T08:03:00Z","region":"eu-central-1","detail":{"uuid":"8c","published":"2026-03-04T08:02:59Z","eventType":"policy.evaluate_sign_on","displayMessage":"Evaluation of sign-on policy","actor":{"alternateId":"anna@corp.example"},"client":{"ipAddress":"198.51.100.3"},"outcome":{"result":"CHALLENGE"},"target":[{"type":"AppInstance","displayName":"Okta Admin Console"}],"debugContext":{"debugData":{"logOnlySecurityData":{"risk":{"level":"HIGH"},"behaviors":{"New IP":"POSITIVE"}}}}}}',
      logsource: { product: 'okta', service: 'okta' },
      ecs: { '@timestamp': '2026-03-04T08:02:59.000Z', 'user.name': 'anna@corp.example' },
      fields: {
        'debugContext.debugData.logOnlySecurityData': '{"risk":{"level":"HIGH"},"behaviors":{"New IP":"POSITIVE"}}',
      },
    },
    {
      line: '{"actor":{"id":"0oa1","type":"PublicClientApp","alternateId":"unknown","displayName":"Okta Browser Plugin"},"client":{"ipAddress":null},"displayMessage":"Max sign in attempts exceeded","eventType":"user.account.lock","outcome":{"result":"SUCCESS"},"published":"2026-03-04T08:05:00Z","uuid":"8d"}',
      logsource: { product: 'okta', service: 'okta' },
      ecs: { message: 'Max sign in attempts exceeded', 'event.action': 'user.account.lock' },
    },
  ],
});

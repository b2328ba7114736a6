import type { Fields, Value } from '../../event.js';
import { mappedFormat } from './shared/mapped.js';
import type { Kind, Kinds } from './shared/mapping/index.js';
import { at, firstText, isFields } from './shared/values.js';

/** Categories of diagnostic settings and tables of Log Analytics, in lower case, and what they are. */
const CATEGORIES: Record<string, string> = {
  signinlogs: 'signinlogs',
  noninteractiveusersigninlogs: 'signinlogs',
  serviceprincipalsigninlogs: 'signinlogs',
  managedidentitysigninlogs: 'signinlogs',
  adfssigninlogs: 'signinlogs',
  aadnoninteractiveusersigninlogs: 'signinlogs',
  aadserviceprincipalsigninlogs: 'signinlogs',
  aadmanagedidentitysigninlogs: 'signinlogs',
  auditlogs: 'auditlogs',
  userriskevents: 'riskdetection',
  aaduserriskevents: 'riskdetection',
  riskyusers: 'riskdetection',
  aadriskyusers: 'riskdetection',
  serviceprincipalriskevents: 'riskdetection',
  aadserviceprincipalriskevents: 'riskdetection',
  riskyserviceprincipals: 'riskdetection',
  azureactivity: 'activitylogs',
  administrative: 'activitylogs',
  policy: 'activitylogs',
  security: 'activitylogs',
  servicehealth: 'activitylogs',
  resourcehealth: 'activitylogs',
  alert: 'activitylogs',
  recommendation: 'activitylogs',
  autoscale: 'activitylogs',
  action: 'activitylogs',
  write: 'activitylogs',
  delete: 'activitylogs',
};
const PIM_ALERT = /Alert(?:Incident|Configuration)$/;

const nameOf = (value: Value): string | undefined =>
  typeof value === 'string' && value.length <= 64 && Object.hasOwn(CATEGORIES, value.toLowerCase())
    ? CATEGORIES[value.toLowerCase()]
    : undefined;

/** What Graph's `@odata.type` names: `#microsoft.graph.noMfaOnRoleActivationAlertIncident`. */
function graphType(record: Fields): string | undefined {
  const type = record['@odata.type'];
  return typeof type === 'string' && type.length < 256 ? type.slice(type.lastIndexOf('.') + 1) : undefined;
}

/** Diagnostic settings and the activity log's API. */
function diagnostic(record: Fields): string | undefined {
  if (record.operationName === undefined || record.category === undefined) return undefined;
  const { category } = record;
  if (typeof category === 'string' && (record.resourceId !== undefined || isFields(record.properties)))
    return nameOf(category) ?? 'other';
  return isFields(category) && record.eventTimestamp !== undefined ? 'activitylogs' : undefined;
}

/** Microsoft Graph's objects, which say their kind by what they have. */
function graph(record: Fields): string | undefined {
  if (record.riskEventType !== undefined && record.detectedDateTime !== undefined) return 'riskdetection';
  if (record.createdDateTime !== undefined && record.userPrincipalName !== undefined && record.status !== undefined)
    return 'signinlogs';
  if (record.activityDisplayName !== undefined && record.loggedByService !== undefined) return 'auditlogs';
  return PIM_ALERT.test(graphType(record) ?? '') ? 'pim' : undefined;
}

function kindOf(record: Fields, kinds: Kinds): Kind | undefined {
  const name = diagnostic(record) ?? (record.TimeGenerated === undefined ? graph(record) : nameOf(record.Type));
  return name === undefined ? undefined : kinds.named(name);
}

function complete(fields: Fields, { name }: Kind): void {
  if (name === 'pim') fields.alertType = graphType(fields);
  if (name !== 'signinlogs') return;
  const code = firstText(
    fields.resultType,
    fields.ResultType,
    at(fields, 'properties', 'status', 'errorCode'),
    at(fields, 'status', 'errorCode'),
  );
  if (code !== undefined) fields.statusWord = code === '0' ? 'Success' : 'Failure';
}

const TENANT = '"tenantId":"7b1f2c1e-0000-4000-8000-5a7c3d2e1f00"';
const ENTRA = `"resourceId":"/tenants/7b1f2c1e-0000-4000-8000-5a7c3d2e1f00/providers/Microsoft.aadiam",${TENANT}`;

export default mappedFormat({
  name: 'azure',
  summary:
    'Azure and Entra: sign-ins, audit, activity log, risk detections, PIM alerts (diagnostic settings, Sentinel, Graph)',
  keys: ['category', 'TimeGenerated', 'riskEventType', 'createdDateTime', 'activityDisplayName', '@odata.type'],
  priority: 68,
  kindOf,
  complete,
  samples: [
    {
      line: `{"time":"2026-03-04T08:00:00.1234567Z",${ENTRA},"operationName":"Sign-in activity","operationVersion":"1.0","category":"SignInLogs","resultType":"0","resultSignature":"SUCCESS","durationMs":0,"callerIpAddress":"203.0.113.77","correlationId":"4f2c","identity":"Marta Nowak","Level":4,"location":"DE","properties":{"id":"9d1e","createdDateTime":"2026-03-04T07:58:41.0000000Z","userDisplayName":"Marta Nowak","userPrincipalName":"marta@corp.example","userId":"11aa","appId":"04b0","appDisplayName":"Azure CLI","ipAddress":"203.0.113.77","status":{"errorCode":0,"additionalDetails":null},"clientAppUsed":"Mobile Apps and Desktop clients","userAgent":"azurehound/2.1","deviceDetail":{"deviceId":"","operatingSystem":"Linux","browser":"","isCompliant":false,"isManaged":false,"trustType":""},"conditionalAccessStatus":"notApplied","authenticationRequirement":"singleFactorAuthentication","authenticationProtocol":"deviceCode","resourceDisplayName":"Microsoft Graph","riskState":"none","networkLocationDetails":[]}}`,
      logsource: { product: 'azure', service: 'signinlogs' },
      ecs: {
        '@timestamp': '2026-03-04T08:00:00.123Z',
        'user.name': 'marta@corp.example',
        'source.ip': '203.0.113.77',
        'event.outcome': 'success',
        'event.category': 'authentication',
        'user_agent.original': 'azurehound/2.1',
        'cloud.provider': 'azure',
      },
      fields: {
        ResultType: '0',
        Status: 'Success',
        NetworkLocationDetails: '[]',
        'DeviceDetail.deviceId': '',
        'properties.message': ['deviceCode', 'Device Code'],
        AuthenticationRequirement: 'singleFactorAuthentication',
      },
    },
    {
      line: '{"id":"c3d1","createdDateTime":"2026-03-04T08:05:00Z","userDisplayName":"Anna Lind","userPrincipalName":"anna@corp.example","appDisplayName":"Office 365 Exchange Online","ipAddress":"2001:db8::9","clientAppUsed":"IMAP4","conditionalAccessStatus":"failure","riskState":"atRisk","status":{"errorCode":50126,"failureReason":"Error validating credentials due to invalid username or password.","additionalDetails":"MFA denied; user declined the authentication"},"deviceDetail":{"trustType":null},"location":{"city":"Lund","countryOrRegion":"SE"}}',
      logsource: { product: 'azure', service: 'signinlogs' },
      ecs: {
        'user.name': 'anna@corp.example',
        'source.ip': '2001:db8::9',
        'event.outcome': 'failure',
        'event.code': '50126',
      },
      fields: {
        ResultType: 50126,
        ResultDescription: 'Error validating credentials due to invalid username or password.',
        Status: ['Failure', 'MFA denied; user declined the authentication'],
        ClientApp: 'IMAP4',
      },
    },
    {
      line: `{"time":"2026-03-04T08:10:00Z",${ENTRA},"operationName":"Add member to role","category":"AuditLogs","resultSignature":"None","durationMs":0,"callerIpAddress":"198.51.100.3","correlationId":"77","Level":4,"properties":{"id":"Directory_77","category":"RoleManagement","result":"success","resultReason":"","activityDisplayName":"Add member to role","activityDateTime":"2026-03-04T08:10:00Z","loggedByService":"Core Directory","operationType":"Assign","initiatedBy":{"user":{"id":"9","userPrincipalName":"tomas@corp.example","ipAddress":"198.51.100.3"}},"targetResources":[{"id":"22bb","displayName":"Anna Lind","type":"User","userPrincipalName":"anna@corp.example","modifiedProperties":[{"displayName":"Role.DisplayName","oldValue":null,"newValue":"\\"Global Administrator\\""}]},{"id":"62e90394-69f5-4237-9190-012177145e10","type":"Role","displayName":"Global Administrator"}],"additionalDetails":[{"key":"AdditionalInfo","value":"Role assigned outside PIM"}]}}`,
      logsource: { product: 'azure', service: 'auditlogs' },
      ecs: {
        'event.action': 'Add member to role',
        'user.name': 'tomas@corp.example',
        'user.target.name': 'anna@corp.example',
        'source.ip': '198.51.100.3',
        'event.outcome': 'success',
        'event.category': 'iam',
      },
      fields: {
        'properties.message': 'Add member to role',
        category: ['AuditLogs', 'RoleManagement'],
        'additionalDetails.additionalInfo': 'Role assigned outside PIM',
        'Role.DisplayName': 'Global Administrator',
        'TargetResources.ModifiedProperties.DisplayName': ['Role.DisplayName'],
        'targetResources.type': ['User', 'Role'],
        LoggedByService: 'Core Directory',
      },
    },
    {
      line: '{"TimeGenerated":"2026-03-04T08:12:00Z","Type":"AuditLogs","OperationName":"Consent to application","Category":"ApplicationManagement","Result":"success","ResultReason":"","ActivityDisplayName":"Consent to application","LoggedByService":"Core Directory","AADTenantId":"7b1f","InitiatedBy":{"user":{"userPrincipalName":"anna@corp.example","ipAddress":"203.0.113.4"}},"TargetResources":[{"displayName":"Mail Helper","type":"ServicePrincipal","modifiedProperties":[{"displayName":"ConsentContext.IsAdminConsent","oldValue":null,"newValue":"\\"False\\""}]}]}',
      logsource: { product: 'azure', service: 'auditlogs' },
      ecs: { 'event.action': 'Consent to application', 'user.name': 'anna@corp.example', 'cloud.account.id': '7b1f' },
      fields: {
        'ConsentContext.IsAdminConsent': 'False',
        'targetResources.type': ['ServicePrincipal', 'Service Principal'],
        operationName: 'Consent to application',
      },
    },
    {
      line: `{"time":"2026-03-04T08:20:00Z","resourceId":"/SUBSCRIPTIONS/33CC/RESOURCEGROUPS/NET/PROVIDERS/MICROSOFT.NETWORK/NETWORKSECURITYGROUPS/WEB","operationName":"MICROSOFT.NETWORK/NETWORKSECURITYGROUPS/SECURITYRULES/WRITE","category":"Administrative","resultType":"Success","resultSignature":"Succeeded.Created","durationMs":120,"callerIpAddress":"203.0.113.77","correlationId":"5","identity":{"authorization":{"scope":"/subscriptions/33cc","action":"Microsoft.Network/networkSecurityGroups/securityRules/write"},"claims":{"http://schemas.xmlsoap.org/ws/2005/05/identity/claims/upn":"tomas@corp.example"}},"level":"Information","location":"westeurope","properties":{"statusCode":"Created"},${TENANT}}`,
      logsource: { product: 'azure', service: 'activitylogs' },
      ecs: {
        'event.action': 'MICROSOFT.NETWORK/NETWORKSECURITYGROUPS/SECURITYRULES/WRITE',
        'user.name': 'tomas@corp.example',
        'event.outcome': 'success',
        'cloud.region': 'westeurope',
      },
      fields: { CategoryValue: 'Administrative' },
    },
    {
      line: '{"eventTimestamp":"2026-03-04T08:22:00.5Z","operationName":{"value":"Microsoft.Authorization/elevateAccess/action","localizedValue":"Assigns the caller to User Access Administrator role"},"category":{"value":"Administrative","localizedValue":"Administrative"},"resourceProviderName":{"value":"Microsoft.Authorization"},"status":{"value":"Failed"},"caller":"marta@corp.example","subscriptionId":"33cc","resourceId":"/providers/Microsoft.Authorization"}',
      logsource: { product: 'azure', service: 'activitylogs' },
      ecs: {
        'event.action': 'Microsoft.Authorization/elevateAccess/action',
        'event.outcome': 'failure',
        'user.name': 'marta@corp.example',
        'cloud.account.id': '33cc',
      },
      fields: {
        OperationNameValue: 'Microsoft.Authorization/elevateAccess/action',
        CategoryValue: 'Administrative',
        ResourceProviderValue: 'Microsoft.Authorization',
      },
    },
    {
      line: `{"time":"2026-03-04T08:30:00Z",${ENTRA},"operationName":"User Risk Detection","category":"UserRiskEvents","callerIpAddress":"203.0.113.200","properties":{"riskEventType":"unfamiliarFeatures","riskLevel":"high","riskState":"atRisk","userPrincipalName":"anna@corp.example","ipAddress":"203.0.113.200","activityDateTime":"2026-03-04T08:28:00Z"}}`,
      logsource: { product: 'azure', service: 'riskdetection' },
      ecs: { 'user.name': 'anna@corp.example', 'event.action': 'unfamiliarFeatures', 'event.code': 'high' },
      fields: { riskEventType: 'unfamiliarFeatures' },
    },
    {
      line: '{"@odata.type":"#microsoft.graph.noMfaOnRoleActivationAlertIncident","id":"1a","roleDisplayName":"Privileged Role Administrator","roleDefinitionId":"e8","assigneeDisplayName":"Tomas Berg","assigneeUserPrincipalName":"tomas@corp.example","createdDateTime":"2026-03-04T08:40:00Z"}',
      logsource: { product: 'azure', service: 'pim' },
      ecs: { 'user.name': 'tomas@corp.example', 'event.action': 'noMfaOnRoleActivationAlertIncident' },
      fields: { riskEventType: 'noMfaOnRoleActivationAlertIncident' },
    },
    {
      line: '{"time":"2026-03-04T08:45:00Z","category":"AuditEvent","operationName":"SecretGet","resultType":"Success","callerIpAddress":"203.0.113.9","identity":{"claim":{"upn":"marta@corp.example"}},"properties":{"id":"https://kv.vault.example/secrets/db"},"resourceId":"/SUBSCRIPTIONS/33CC/RESOURCEGROUPS/KV/PROVIDERS/MICROSOFT.KEYVAULT/VAULTS/KV"}',
      logsource: { product: 'azure', service: '' },
      ecs: { 'event.action': 'SecretGet', 'source.ip': '203.0.113.9' },
    },
  ],
});

import { mappedFormat } from './shared/mapped.js';

export default mappedFormat({
  name: 'm365',
  summary: 'Microsoft 365 unified audit log: Management Activity API, Search-UnifiedAuditLog',
  priority: 67,
  samples: [
    {
      line: '{"CreationTime":"2026-03-04T08:00:00","Id":"a1","Operation":"New-InboxRule","OrganizationId":"7b1f","RecordType":1,"ResultStatus":"True","UserKey":"10032001","UserType":2,"Version":1,"Workload":"Exchange","ClientIP":"203.0.113.77:50122","ObjectId":"EURP.PROD/anna/hide","UserId":"anna@corp.example","Parameters":[{"Name":"ForwardTo","Value":"drop@mail.example"},{"Name":"DeleteMessage","Value":"True"}]}',
      logsource: { product: 'm365', service: 'audit' },
      ecs: {
        '@timestamp': '2026-03-04T08:00:00.000Z',
        'user.name': 'anna@corp.example',
        'source.ip': '203.0.113.77',
        'event.action': 'New-InboxRule',
        'event.outcome': 'success',
        'event.category': 'email',
      },
      fields: {
        eventSource: 'Exchange',
        status: ['True', 'success'],
        Parameters: '[{"Name":"ForwardTo","Value":"drop@mail.example"},{"Name":"DeleteMessage","Value":"True"}]',
      },
    },
    {
      line: '{"CreationTime":"2026-03-04T08:02:00","Id":"a2","Operation":"UserLoggedIn","OrganizationId":"7b1f","RecordType":15,"ResultStatus":"Success","UserKey":"9","UserType":0,"Version":1,"Workload":"AzureActiveDirectory","ClientIP":"198.51.100.20","ObjectId":"00000002-0000-0000-c000-000000000000","UserId":"marta@corp.example","ApplicationId":"9ba1a5c7-f17a-4de9-a1f1-6178c8d51223","ExtendedProperties":[{"Name":"UserAgent","Value":"Mozilla/5.0"},{"Name":"RequestType","Value":"Cmsi:Cmsi"}]}',
      logsource: { product: 'm365', service: 'audit' },
      ecs: { 'user.name': 'marta@corp.example', 'user_agent.original': 'Mozilla/5.0', 'event.category': 'iam' },
      fields: { RequestType: 'Cmsi:Cmsi', eventName: 'UserLoggedIn' },
    },
    {
      line: '{"CreationTime":"2026-03-04T08:04:00","Id":"a3","Operation":"AlertTriggered","OrganizationId":"7b1f","RecordType":40,"UserKey":"SecurityComplianceAlerts","UserType":4,"Version":1,"Workload":"SecurityComplianceCenter","ObjectId":"al-1","UserId":"SecurityComplianceAlerts","AlertId":"al-1","AlertType":"System","Name":"Impossible travel activity","Category":"ThreatManagement","Severity":"Medium","Source":"Cloud App Security","Status":"Active","Comments":"New alert","Data":"{\\"f3u\\":\\"anna@corp.example\\"}"}',
      logsource: { product: 'm365', service: 'audit' },
      ecs: { 'rule.name': 'Impossible travel activity', 'event.category': 'threat', message: 'New alert' },
      fields: { eventSource: 'SecurityComplianceCenter', eventName: 'Impossible travel activity', status: 'success' },
    },
    {
      line: '{"CreationTime":"2026-03-04T08:06:00","Id":"a4","Operation":"New-ComplianceSearchAction","OrganizationId":"7b1f","RecordType":18,"ResultStatus":"Success","UserKey":"tomas","UserType":2,"Version":1,"Workload":"SecurityComplianceCenter","UserId":"tomas@corp.example","Parameters":"-SearchName \\"all\\" -Export -Format \\"FxStream\\" -ExchangeArchiveFormat \\"SinglePst\\"","NonPIIParameters":"-Export"}',
      logsource: { product: 'm365', service: 'audit' },
      ecs: { 'event.action': 'New-ComplianceSearchAction', 'user.name': 'tomas@corp.example' },
      fields: { eventSource: 'SecurityComplianceCenter' },
    },
    {
      line: '{"CreationTime":"2026-03-04T08:08:00","Id":"a5","Operation":"FileDownloaded","OrganizationId":"7b1f","RecordType":6,"UserKey":"i:0h.f|m|1","UserType":0,"Version":1,"Workload":"OneDrive","ClientIP":"2001:db8::4","ObjectId":"https://corp.example/personal/anna/plan.xlsx","UserId":"anna@corp.example","SourceFileName":"plan.xlsx","UserAgent":"OneDriveMpc/1.0"}',
      logsource: { product: 'm365', service: 'audit' },
      ecs: { 'file.path': 'plan.xlsx', 'source.ip': '2001:db8::4', 'event.category': 'api' },
    },
    {
      line: '{"CreationTime":"2026-03-04T08:10:00","Id":"a6","Operation":"TIMailData","OrganizationId":"7b1f","RecordType":28,"UserKey":"ThreatIntel","UserType":4,"Version":1,"Workload":"ThreatIntelligence","UserId":"ThreatIntel","Directionality":"Inbound","DeliveryAction":"Delivered","P2Sender":"x@mail.example","SenderIp":"203.0.113.25","Recipients":["anna@corp.example"]}',
      logsource: { product: 'm365', service: 'audit' },
      ecs: { 'source.ip': '203.0.113.25', 'event.action': 'TIMailData' },
    },
    {
      line: '{"CreationTime":"2026-03-04T08:12:00","Id":"a7","Operation":"UpdateInboxRules","OrganizationId":"7b1f","RecordType":2,"ResultStatus":"Succeeded","UserKey":"9","UserType":0,"Version":1,"Workload":"Exchange","ClientIPAddress":"203.0.113.77","UserId":"anna@corp.example","MailboxOwnerUPN":"anna@corp.example","OperationProperties":[{"Name":"RuleActions","Value":"[{\\"ActionType\\":\\"Forward\\",\\"Recipients\\":[\\"drop@mail.example\\"]}]"}]}',
      logsource: { product: 'm365', service: 'audit' },
      ecs: { 'source.ip': '203.0.113.77', 'user.target.name': 'anna@corp.example' },
    },
  ],
});

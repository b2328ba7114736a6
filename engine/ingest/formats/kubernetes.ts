import { mappedFormat } from './shared/mapped.js';

export default mappedFormat({
  name: 'kubernetes',
  summary: 'Kubernetes API server audit events (audit.k8s.io), one a line',
  priority: 63,
  samples: [
    {
      line: '{"kind":"Event","apiVersion":"audit.k8s.io/v1","level":"RequestResponse","auditID":"a1","stage":"ResponseComplete","requestURI":"/api/v1/namespaces/kube-system/pods","verb":"create","user":{"username":"tomas@corp.example","groups":["dev","system:authenticated"]},"sourceIPs":["203.0.113.77","10.0.0.1"],"userAgent":"kubectl/v1.31.0","objectRef":{"resource":"pods","namespace":"kube-system","name":"debug","apiVersion":"v1"},"responseStatus":{"metadata":{},"code":201},"requestObject":{"spec":{"containers":[{"name":"c","securityContext":{"capabilities":{"add":["SYS_ADMIN"]}}}],"volumes":[{"name":"v","hostPath":{"path":"/etc"}}]}},"requestReceivedTimestamp":"2026-03-04T08:00:00.000001Z","stageTimestamp":"2026-03-04T08:00:00.012000Z","annotations":{"authorization.k8s.io/decision":"allow"}}',
      logsource: { product: 'kubernetes', service: 'audit', category: 'application' },
      ecs: {
        '@timestamp': '2026-03-04T08:00:00.012Z',
        'user.name': 'tomas@corp.example',
        'source.ip': '203.0.113.77',
        'event.action': 'create',
        'event.outcome': 'success',
        'http.response.status_code': 201,
      },
      fields: { hostPath: ['/etc'], capabilities: ['SYS_ADMIN'], 'responseStatus.code': [201, 'allow'] },
    },
    {
      line: '{"kind":"Event","apiVersion":"audit.k8s.io/v1","level":"Metadata","auditID":"a2","stage":"ResponseComplete","requestURI":"/api/v1/secrets","verb":"list","user":{"username":"system:serviceaccount:web:default"},"sourceIPs":["10.1.2.3"],"userAgent":"python-requests/2.31","objectRef":{"resource":"secrets","apiVersion":"v1"},"responseStatus":{"status":"Failure","reason":"Forbidden","code":403,"message":"secrets is forbidden"},"requestReceivedTimestamp":"2026-03-04T08:01:00Z","stageTimestamp":"2026-03-04T08:01:00Z","annotations":{"authorization.k8s.io/decision":"forbid"}}',
      logsource: { product: 'kubernetes', service: 'audit', category: 'application' },
      ecs: { 'event.outcome': 'failure', message: 'secrets is forbidden', 'url.original': '/api/v1/secrets' },
    },
    {
      line: '{"kind":"Event","apiVersion":"audit.k8s.io/v1","level":"Metadata","auditID":"a3","stage":"ResponseStarted","requestURI":"/api/v1/namespaces/web/pods/api-0/exec?command=%2Fbin%2Fsh","verb":"create","user":{"username":"marta@corp.example"},"impersonatedUser":{"username":"admin"},"sourceIPs":["2001:db8::5"],"objectRef":{"resource":"pods","namespace":"web","name":"api-0","subresource":"exec","apiVersion":"v1"},"responseStatus":{"code":101},"stageTimestamp":"2026-03-04T08:02:00Z"}',
      logsource: { product: 'kubernetes', service: 'audit', category: 'application' },
      ecs: { 'user.target.name': 'admin', 'source.ip': '2001:db8::5' },
    },
    {
      line: '{"kind":"Event","apiVersion":"audit.k8s.io/v1","level":"Request","auditID":"a4","stage":"ResponseComplete","requestURI":"/apis/rbac.authorization.k8s.io/v1/clusterrolebindings","verb":"patch","user":{"username":"anna@corp.example"},"sourceIPs":["10.1.2.9"],"objectRef":{"resource":"clusterrolebindings","name":"all","apiGroup":"rbac.authorization.k8s.io","apiVersion":"v1"},"responseStatus":{"code":200},"stageTimestamp":"2026-03-04T08:03:00Z"}',
      logsource: { product: 'kubernetes', service: 'audit', category: 'application' },
      ecs: { 'user.name': 'anna@corp.example' },
      fields: { apiGroup: 'rbac.authorization.k8s.io' },
    },
  ],
});

import { mappedFormat } from './shared/mapped.js';
import { text } from './shared/values.js';

export default mappedFormat({
  name: 'webjson',
  summary: 'access logs as JSON: nginx, IIS (W3C names), Caddy, Traefik, Cloudflare, AWS WAF, Google load balancers',
  priority: 26,
  complete(fields, { name }) {
    // nginx may log the request's first line only.
    const request = name === 'nginx' ? text(fields.request) : undefined;
    const parts = request === undefined ? null : /^([A-Za-z-]{1,32}) (\S{1,16384})/.exec(request);
    if (parts) [fields.requestMethod, fields.requestTarget] = [parts[1], parts[2]];
    if (name === 'traefik' && typeof fields.ClientAddr === 'string' && fields.ClientHost === undefined)
      fields.ClientHost = fields.ClientAddr.replace(/:\d{1,5}$/, '');
  },
  samples: [
    {
      line: '{"time_iso8601":"2026-03-04T09:00:00+01:00","remote_addr":"203.0.113.9","remote_user":"","request":"GET /search.php?q=1 HTTP/1.1","status":"200","body_bytes_sent":"2326","http_referer":"","http_user_agent":"sqlmap/1.8","http_host":"www.example"}',
      logsource: { product: '', category: 'webserver' },
      ecs: {
        '@timestamp': '2026-03-04T08:00:00.000Z',
        'source.ip': '203.0.113.9',
        'http.request.method': 'GET',
        'http.response.status_code': 200,
        'destination.domain': 'www.example',
        'user_agent.original': 'sqlmap/1.8',
      },
      fields: { 'cs-uri-stem': '/search.php', 'cs-uri-query': ['q=1', '/search.php?q=1'] },
    },
    {
      line: '{"EventTime":"2026-03-04T08:00:01Z","SourceName":"IIS","s-ip":"10.20.0.15","s-computername":"WEB-03","cs-method":"POST","cs-uri-stem":"/ecp/x.aspx","cs-uri-query":"a=b","cs-username":"CORP\\\\anna","c-ip":"198.51.100.3","cs(User-Agent)":"python-requests/2.31","sc-status":302}',
      logsource: { product: '', category: 'webserver' },
      ecs: { 'host.name': 'WEB-03', 'user.name': 'anna', 'user_agent.original': 'python-requests/2.31' },
      fields: { 'cs-uri-query': ['a=b', '/ecp/x.aspx?a=b'] },
    },
    {
      line: '{"level":"info","ts":1772611202.25,"logger":"http.log.access","msg":"handled request","request":{"remote_ip":"203.0.113.9","remote_port":"41822","client_ip":"203.0.113.9","proto":"HTTP/2.0","method":"GET","host":"www.example","uri":"/.env","headers":{"User-Agent":["curl/8.5.0"]}},"user_id":"","duration":0.01,"size":0,"status":404}',
      logsource: { product: '', service: 'caddy', category: 'webserver' },
      ecs: {
        '@timestamp': '2026-03-04T08:00:02.250Z',
        'user_agent.original': 'curl/8.5.0',
        'event.outcome': 'failure',
      },
    },
    {
      line: '{"ClientAddr":"203.0.113.9:41822","ClientHost":"203.0.113.9","DownstreamStatus":200,"DownstreamContentSize":12,"RequestHost":"www.example","RequestMethod":"GET","RequestPath":"/cgi-bin/x.sh?id","StartUTC":"2026-03-04T08:00:03.123456789Z","request_User-Agent":"() { :; }; /bin/id","level":"info"}',
      logsource: { product: '', service: 'traefik', category: 'webserver' },
      ecs: { 'url.original': '/cgi-bin/x.sh?id' },
      fields: { 'cs-user-agent': '() { :; }; /bin/id' },
    },
    {
      line: '{"ClientIP":"203.0.113.9","ClientRequestHost":"www.example","ClientRequestMethod":"POST","ClientRequestURI":"/wp-login.php","ClientRequestUserAgent":"Go-http-client/1.1","EdgeResponseStatus":403,"EdgeResponseBytes":900,"EdgeStartTimestamp":"2026-03-04T08:00:04Z","SecurityAction":"block"}',
      logsource: { product: 'cloudflare', category: 'webserver' },
      ecs: { 'event.action': 'block', 'http.response.status_code': 403 },
    },
    {
      line: '{"timestamp":1772611205123,"formatVersion":1,"webaclId":"arn:aws:wafv2:eu-central-1:210987654321:regional/webacl/a/1","terminatingRuleId":"sqli","action":"BLOCK","httpRequest":{"clientIp":"203.0.113.9","country":"SE","headers":[{"name":"Host","value":"www.example"},{"name":"User-Agent","value":"sqlmap/1.8"}],"uri":"/p","args":"id=1%27","httpVersion":"HTTP/1.1","httpMethod":"GET"}}',
      logsource: { product: 'aws', service: 'waf', category: 'webserver' },
      ecs: { 'event.outcome': 'failure', 'destination.domain': 'www.example', 'rule.name': 'sqli' },
      fields: { 'cs-uri-query': ['id=1%27', '/p?id=1%27'], 'cs-user-agent': 'sqlmap/1.8' },
    },
    {
      line: '{"httpRequest":{"requestMethod":"GET","requestUrl":"https://www.example/a?b=1","status":200,"userAgent":"curl/8.5.0","remoteIp":"2001:db8::9","responseSize":"321"},"insertId":"i","resource":{"type":"http_load_balancer","labels":{"project_id":"proj-1"}},"timestamp":"2026-03-04T08:00:06Z"}',
      logsource: { product: 'gcp', category: 'webserver' },
      ecs: { 'cloud.account.id': 'proj-1', 'destination.domain': 'www.example' },
    },
  ],
});

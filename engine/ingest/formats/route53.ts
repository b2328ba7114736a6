import { mappedFormat } from './shared/mapped.js';

export default mappedFormat({
  name: 'route53',
  summary: 'Amazon Route 53 Resolver query logs, JSON',
  priority: 53,
  complete(fields) {
    // Names are written with the root's dot; rules write them without.
    const name = fields.query_name;
    if (typeof name === 'string') fields.queryName = name.endsWith('.') ? name.slice(0, -1) : name;
  },
  samples: [
    {
      line: '{"version":"1.100000","account_id":"210987654321","region":"eu-central-1","vpc_id":"vpc-1","query_timestamp":"2026-03-04T08:00:00Z","query_name":"a1b2.duckdns.org.","query_type":"A","query_class":"IN","rcode":"NOERROR","answers":[{"Rdata":"203.0.113.9","Type":"A","Class":"IN"}],"srcaddr":"10.1.2.3","srcport":"53321","transport":"UDP","srcids":{"instance":"i-1"}}',
      logsource: { product: 'aws', service: 'route53', category: 'dns' },
      ecs: {
        '@timestamp': '2026-03-04T08:00:00.000Z',
        'dns.question.name': 'a1b2.duckdns.org',
        'source.ip': '10.1.2.3',
        'source.port': 53321,
        'cloud.account.id': '210987654321',
      },
      fields: { query: 'a1b2.duckdns.org', record_type: 'A', answer: ['203.0.113.9'] },
    },
    {
      line: '{"version":"1.100000","account_id":"210987654321","region":"us-east-1","vpc_id":"vpc-2","query_timestamp":"2026-03-04T08:01:00Z","query_name":"t.example.","query_type":"TXT","query_class":"IN","rcode":"NOERROR","answers":[{"Rdata":"\\"IEX x\\"","Type":"TXT","Class":"IN"},{"Rdata":"\\"b\\"","Type":"TXT","Class":"IN"}],"srcaddr":"10.1.2.4","srcport":"53322","transport":"TCP"}',
      logsource: { product: 'aws', service: 'route53', category: 'dns' },
      ecs: { 'network.protocol': 'TCP', 'cloud.region': 'us-east-1' },
      fields: { answer: ['"IEX x"', '"b"'] },
    },
    {
      line: '{"version":"1.100000","query_timestamp":"2026-03-04T08:02:00Z","query_name":"bad.example.","query_type":"A","rcode":"NXDOMAIN","answers":[],"srcaddr":"2001:db8::3","srcport":"1","firewall_rule_action":"BLOCK"}',
      logsource: { product: 'aws', service: 'route53', category: 'dns' },
      ecs: { 'event.action': 'BLOCK', 'event.code': 'NXDOMAIN' },
    },
    {
      line: '{"query_timestamp":"2026-03-04T08:03:00Z","query_name":".","query_type":"NS","srcaddr":"10.1.2.5"}',
      logsource: { product: 'aws', service: 'route53', category: 'dns' },
      ecs: { 'source.ip': '10.1.2.5' },
    },
  ],
});

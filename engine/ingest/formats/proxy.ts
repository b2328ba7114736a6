import type { Fields } from '../../event.js';
import { mappedFormat } from './shared/mapped.js';
import { isFields, text } from './shared/values.js';

export default mappedFormat({
  name: 'proxy',
  summary: 'secure web gateways as JSON: Zscaler (NSS), Netskope, Cloudflare Gateway',
  keys: ['url', 'HTTPHost', 'event'],
  priority: 51,
  // NSS wraps the record for Splunk.
  open: (record) => (record.sourcetype !== undefined && isFields(record.event) ? record.event : record),
  complete(fields: Fields, { name }) {
    const url = name === 'cloudflareGateway' ? undefined : text(fields.url);
    if (url !== undefined) fields.urlWithScheme = /^[a-z]{2,10}:\/\//i.test(url) ? url : `http://${url}`;
  },
  samples: [
    {
      line: '{"sourcetype":"zscalernss-web","event":{"datetime":"2026-03-04 08:00:00","reason":"Allowed","event_id":"1","protocol":"HTTP","action":"Allowed","transactionsize":"900","responsesize":"700","requestsize":"200","urlcategory":"Miscellaneous","serverip":"198.51.100.80","requestmethod":"GET","refererURL":"None","useragent":"Microsoft BITS/7.8","location":"HQ","ClientIP":"10.20.4.17","status":"200","user":"marta@corp.example","url":"files.hopto.org/a/b.exe?x=1","vendor":"Zscaler","hostname":"files.hopto.org","threatname":"None"}}',
      logsource: { product: 'zscaler', category: 'proxy' },
      ecs: {
        '@timestamp': '2026-03-04T08:00:00.000Z',
        'user.name': 'marta@corp.example',
        'source.ip': '10.20.4.17',
        'destination.ip': '198.51.100.80',
        'destination.domain': 'files.hopto.org',
        'event.outcome': 'success',
      },
      fields: { 'c-uri-extension': 'exe', 'c-useragent': 'Microsoft BITS/7.8', 'sc-status': '200' },
    },
    {
      line: '{"datetime":"Wed Mar 04 08:00:01 2026","action":"Blocked","requestmethod":"POST","useragent":"Mozilla/5.0","user":"tomas@corp.example","url":"api.telegram.org/bot1/sendDocument","hostname":"api.telegram.org","clientip":"10.20.4.18","status":"403"}',
      logsource: { product: 'zscaler', category: 'proxy' },
      ecs: { '@timestamp': '2026-03-04T08:00:01.000Z', 'event.outcome': 'failure' },
    },
    {
      line: '{"_id":"n1","type":"page","timestamp":1772611202,"access_method":"Client","url":"paste.example/raw/1","domain":"paste.example","srcip":"203.0.113.40","dstip":"198.51.100.81","user":"anna@corp.example","useragent":"curl/8.5.0","action":"allow"}',
      logsource: { product: 'netskope', category: 'proxy' },
      ecs: { 'user.name': 'anna@corp.example', 'url.original': 'http://paste.example/raw/1' },
      fields: { 'cs-host': 'paste.example' },
    },
    {
      line: '{"Action":"block","Datetime":"2026-03-04T08:00:03Z","DestinationIP":"198.51.100.82","Email":"anna@corp.example","HTTPHost":"bad.example","HTTPMethod":"GET","HTTPStatusCode":0,"SourceIP":"10.20.4.19","URL":"https://bad.example/x","UserAgent":"Mozilla/5.0"}',
      logsource: { product: 'cloudflare', service: 'gateway_http', category: 'proxy' },
      ecs: { 'event.action': 'block', 'event.outcome': 'failure' },
    },
  ],
});

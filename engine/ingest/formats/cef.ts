import type { Fields } from '../../event.js';
import { applianceRecord, deviceTime, markAt, openAppliance } from './appliances/appliance.js';
import { cefExtension, headerFields } from './appliances/extension.js';
import { samples } from './appliances/samples-cef.js';
import { lineFormat } from './shared/lined.js';

const MARK = /(?:^|[\s>])CEF: ?[01]\|/;
const HEADER = ['deviceVendor', 'deviceProduct', 'deviceVersion', 'deviceEventClassId', 'name', 'severity'] as const;
const TIMES = ['rt', 'deviceReceiptTime', 'end', 'endTime', 'start', 'startTime'];

export default lineFormat({
  name: 'cef',
  summary:
    'ArcSight Common Event Format (CEF:0, CEF:1) of firewalls, proxies, antivirus and others, also behind a syslog header',
  priority: 59,
  taxonomy: 'appliances',
  accepts: (line) => line.includes('CEF:') && markAt(line, MARK) >= 0,
  read(line, received) {
    const { opened, record } = openAppliance(line, markAt(line, MARK), received);
    const header = headerFields(record, HEADER.length + 1);
    if (!header) return null;
    const fields: Fields = {};
    HEADER.forEach((name, i) => {
      fields[name] = header.fields[i + 1];
    });
    cefExtension(header.rest, fields);
    const times = TIMES.flatMap((name) => (fields[name] ? [deviceTime(String(fields[name]), received)] : []));
    return applianceRecord(fields, opened, times, received);
  },
  samples,
});

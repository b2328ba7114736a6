import type { Fields } from '../../event.js';
import { applianceRecord, deviceTime, markAt, openAppliance } from './appliances/appliance.js';
import { headerFields, leefAttributes } from './appliances/extension.js';
import { timeByPattern } from './appliances/pattern.js';
import { samples } from './appliances/samples-leef.js';
import { lineFormat } from './shared/lined.js';

const MARK = /(?:^|[\s>])LEEF: ?[12](?:\.\d)?\|/;
const HEADER = ['deviceVendor', 'deviceProduct', 'deviceVersion', 'deviceEventClassId'] as const;

/** The separator as the header of LEEF 2.0 tells it: a character, or its code as `x5E` or `0x5E`; null: it is none. */
function separatorOf(field: string): string | null {
  if (field === '') return '\t';
  const code = /^0?x([0-9a-fA-F]{1,4})$/.exec(field)?.[1];
  const separator = code ? String.fromCharCode(Number.parseInt(code, 16)) : field;
  return [...separator].length === 1 && separator !== '=' && separator !== '\\' ? separator : null;
}

function attributes(version: string, rest: string, fields: Fields): void {
  const second = version.startsWith('2') ? headerFields(rest, 1) : null;
  const separator = second ? separatorOf(second.fields[0]!.replace(/^\\(?=.)/, '')) : null;
  // Many devices call it 2.0 and leave the separator out.
  if (second && separator !== null) leefAttributes(second.rest, separator, fields);
  else leefAttributes(rest, rest.includes('\t') || !rest.includes('^') ? '\t' : '^', fields);
}

function timeOf(fields: Fields, received: number): number[] {
  const { devTime, devTimeFormat } = fields;
  if (typeof devTime !== 'string' || devTime === '') return [];
  const told = typeof devTimeFormat === 'string' ? timeByPattern(devTime, devTimeFormat) : Number.NaN;
  return [Number.isNaN(told) ? deviceTime(devTime, received) : told];
}

export default lineFormat({
  name: 'leef',
  summary: 'IBM Log Event Extended Format (LEEF 1.0 and 2.0, any separator), also behind a syslog header',
  priority: 61,
  taxonomy: 'appliances',
  accepts: (line) => line.includes('LEEF:') && markAt(line, MARK) >= 0,
  read(line, received) {
    const { opened, record } = openAppliance(line, markAt(line, MARK), received);
    const header = headerFields(record, HEADER.length + 1);
    if (!header) return null;
    const fields: Fields = {};
    HEADER.forEach((name, i) => {
      fields[name] = header.fields[i + 1];
    });
    attributes(header.fields[0]!.replace(/^LEEF: ?/, ''), header.rest, fields);
    fields.name ??= fields.deviceEventClassId;
    return applianceRecord(fields, opened, timeOf(fields, received), received);
  },
  samples,
});

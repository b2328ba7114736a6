import { isoTime, utc } from './time.js';

/** A syslog line taken apart. */
export interface SyslogLine {
  /** Epoch ms; NaN: the time cannot be read; undefined: the line has none. */
  time: number | undefined;
  /** -1 when the line names no priority. */
  facility: number;
  host: string;
  program: string;
  pid: string | undefined;
  message: string;
}

const MONTHS = ['Jan', 'Feb', 'Mar', 'Apr', 'May', 'Jun', 'Jul', 'Aug', 'Sep', 'Oct', 'Nov', 'Dec'];
const DAY = 86_400_000;
const TAG = String.raw`([^\s:[\]]{1,128})(?:\[([^\]\s]{1,32})\])?:(?: |$)`;
const BSD = new RegExp(
  String.raw`^([A-Z][a-z]{2}) {1,2}(\d{1,2}) (\d\d):(\d\d):(\d\d)(?:\.\d{1,9})? (?:(\S{1,255}) )??${TAG}`,
);
/** RFC 3164 leaves the tag out at will (`-- MARK --`, many appliances): the text is the message then. */
const BSD_UNTAGGED = /^([A-Z][a-z]{2}) {1,2}(\d{1,2}) (\d\d):(\d\d):(\d\d)(?:\.\d{1,9})? (\S{1,255}) (?=\S)/;
const ISO = new RegExp(String.raw`^(\d{4}-\d\d-\d\d[T ]\d\d:\d\d:\d\d\S{0,20}) (\S{1,255}) ${TAG}`);
const RFC5424 = /^1 (\S{1,48}) (\S{1,255}) (\S{1,128}) (\S{1,128}) (\S{1,64}) /;
const PRIORITY = /^<(\d{1,3})>/;

/**
 * RFC 3164 times have no year: the last such day that is at most a day ahead of `received`, for a machine whose clock or zone differs.
 * @returns epoch ms, the time taken as UTC; NaN when there is no such day
 */
export function bsdTime(month: string, day: number, msOfDay: number, received: number): number {
  const index = MONTHS.indexOf(month) + 1;
  const latest = new Date(received + DAY).getUTCFullYear();
  // Nine years reach over a leap day that a century's end leaves out.
  for (let year = latest; year > latest - 9; year--) {
    const time = utc(year, index, day, msOfDay);
    if (time <= received + DAY) return time;
  }
  return Number.NaN;
}

const nil = (value: string): string => (value === '-' ? '' : value);

/** What follows RFC 5424's structured data: `-`, or elements in brackets in which `"` quotes and `\` escapes. */
function afterStructuredData(line: string, from: number): number {
  if (line[from] === '-') return from + 1;
  let i = from;
  while (line[i] === '[') {
    let quoted = false;
    for (i++; i < line.length && (quoted || line[i] !== ']'); i++) {
      if (line[i] === '\\') i++;
      else if (line[i] === '"') quoted = !quoted;
    }
    i++;
  }
  return i;
}

/** Whether `parseSyslog` can take the line apart, for less. */
export function isSyslog(line: string): boolean {
  const priority = PRIORITY.exec(line);
  const rest = priority ? line.slice(priority[0].length) : line;
  return BSD.test(rest) || BSD_UNTAGGED.test(rest) || ISO.test(rest) || (priority !== null && RFC5424.test(rest));
}

/** @returns null when the line is not syslog in one of its three common forms */
export function parseSyslog(line: string, received: number): SyslogLine | null {
  const priority = PRIORITY.exec(line);
  const facility = priority ? Number(priority[1]) >> 3 : -1;
  const rest = priority ? line.slice(priority[0].length) : line;
  const modern = priority ? RFC5424.exec(rest) : null;
  if (modern) {
    const message = rest.slice(afterStructuredData(rest, modern[0].length)).replace(/^ ?\uFEFF?/, '');
    const time = modern[1] === '-' ? undefined : isoTime(modern[1]!);
    return {
      time,
      facility,
      host: nil(modern[2]!),
      program: nil(modern[3]!),
      pid: nil(modern[4]!) || undefined,
      message,
    };
  }
  const iso = ISO.exec(rest);
  if (iso) {
    const message = rest.slice(iso[0].length);
    return { time: isoTime(iso[1]!), facility, host: iso[2]!, program: iso[3]!, pid: iso[4], message };
  }
  const bsd = BSD.exec(rest) ?? BSD_UNTAGGED.exec(rest);
  if (!bsd) return null;
  const [hour, minute, second] = [Number(bsd[3]), Number(bsd[4]), Number(bsd[5])];
  const valid = hour < 24 && minute < 60 && second <= 60;
  const time = valid
    ? bsdTime(bsd[1]!, Number(bsd[2]), (hour * 3600 + minute * 60 + second) * 1000, received)
    : Number.NaN;
  return { time, facility, host: bsd[6] ?? '', program: bsd[7] ?? '', pid: bsd[8], message: rest.slice(bsd[0].length) };
}

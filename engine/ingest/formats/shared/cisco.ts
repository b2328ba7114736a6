import type { Fields } from '../../../event.js';
import { bsdTime } from './syslog.js';
import { isoTime, utc } from './time.js';

/** `%FACILITY-6-MNEMONIC:`, the mark of every Cisco device; the facility may have parts. */
const MARK = /%([A-Z][A-Z0-9_]{0,31}(?:-[A-Z0-9_]{1,32}){0,3})-([0-7])-([A-Z0-9_]{1,64}): ?/;
const HEADER_BYTES = 300;
const DATE = /([A-Z][a-z]{2}) {1,2}(\d{1,2})(?: (\d{4}))? (\d\d):(\d\d):(\d\d)(?:\.\d{1,9})?/g;
const ISO = /\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d\S{0,12}/;
const MONTHS = 'JanFebMarAprMayJunJulAugSepOctNovDec';
/** What stands in a header beside the name of the device: numbers, zones, marks of a clock out of order. */
const NO_HOST = /^(?:\d+|UTC|GMT|[A-Z]{2,5}T|[*.:]+|:)$/;

export interface CiscoLine {
  facility: string;
  mnemonic: string;
  /** `message` from the mark on, `facility`, `severity`, `mnemonic`, `hostname` */
  fields: Fields;
  text: string;
  time: number;
}

export const isCisco = (line: string): boolean => {
  const at = line.indexOf('%');
  return at >= 0 && at < HEADER_BYTES && MARK.test(line.slice(at, at + 160));
};

/** The last time of the header is the device's own; those before it are of the machines that passed it on. */
function timeOf(header: string, received: number): number {
  const iso = ISO.exec(header);
  let time = iso ? isoTime(iso[0].replace(/[:,]$/, '')) : received;
  for (const [, month, day, year, hour, minute, second] of header.matchAll(DATE)) {
    const ms = (Number(hour) * 3600 + Number(minute) * 60 + Number(second)) * 1000;
    const index = MONTHS.indexOf(month!);
    if (index < 0 || index % 3 !== 0 || ms >= 86_400_000) return Number.NaN;
    time = year ? utc(Number(year), index / 3 + 1, Number(day), ms) : bsdTime(month!, Number(day), ms, received);
  }
  return time;
}

function hostOf(header: string): string | undefined {
  const words = header
    .replace(/^<\d{1,3}>\d{0,8}:?/, '')
    .replace(DATE, ' ')
    .replace(ISO, ' ')
    .split(/\s+/)
    .map((word) => word.replace(/^[*.]+|:$/g, ''))
    .filter((word) => word !== '' && word.length <= 255 && !NO_HOST.test(word));
  return words[0];
}

/** A line of a Cisco device in any of their header forms. @returns null when it has no mark */
export function ciscoLine(line: string, received: number): CiscoLine | null {
  const at = line.indexOf('%');
  const mark = at < 0 || at >= HEADER_BYTES ? null : MARK.exec(line.slice(at, at + 160));
  if (!mark) return null;
  const start = at + mark.index;
  const header = line.slice(0, start);
  const [whole, facility, severity, mnemonic] = mark;
  const fields: Fields = { message: line.slice(start), facility, severity: Number(severity), mnemonic };
  const host = hostOf(header);
  if (host !== undefined) fields.hostname = host;
  return {
    facility: facility!,
    mnemonic: mnemonic!,
    fields,
    text: line.slice(start + whole.length),
    time: timeOf(header, received),
  };
}

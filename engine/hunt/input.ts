import type { Fields, Parsed, Value } from '../event.js';
import type { Further, HuntFields, Seen } from './models/types.js';

/** Where logs have what the event core does not: flat names, or paths through nested records. First found counts. */
const NUMBERS: readonly (readonly [keyof Further, readonly string[]])[] = [
  ['source.bytes', ['source.bytes', 'orig_bytes', 'bytes_out', 'sentbyte', 'flow.bytes_toserver', 'request_body_len']],
  ['destination.bytes', ['destination.bytes', 'resp_bytes', 'bytes_in', 'rcvdbyte', 'flow.bytes_toclient']],
  ['event.duration', ['event.duration']],
  ['source.as.number', ['source.as.number', 'securityContext.asNumber', 'autonomousSystemNumber']],
];
const TEXTS: readonly (readonly [keyof Further, readonly string[]])[] = [
  [
    'source.geo.country_iso_code',
    ['source.geo.country_iso_code', 'client.geographicalContext.country', 'location.countryOrRegion'],
  ],
  ['device.id', ['device.id', 'deviceDetail.deviceId', 'client.device']],
  ['dns.question.type', ['dns.question.type', 'qtype_name']],
  ['dns.response_code', ['dns.response_code', 'rcode_name']],
  ['tls.client.ja3', ['tls.client.ja3', 'ja3', 'tls.ja3.hash']],
  ['process.code_signature.subject_name', ['process.code_signature.subject_name', 'Signature']],
  ['service.name', ['service.name', 'ServiceName']],
  ['process.granted_access', ['GrantedAccess']],
  ['file.pipe', ['PipeName']],
  ['task.name', ['TaskName']],
  ['task.runs', ['TaskContent', 'Destination']],
  ['group.member', ['MemberName', 'MemberSid']],
  ['user.group.name', ['user.group.name', 'department']],
];
const PLACES: readonly (readonly [lat: string, lon: string])[] = [
  ['source.geo.location.lat', 'source.geo.location.lon'],
  ['client.geographicalContext.geolocation.lat', 'client.geographicalContext.geolocation.lon'],
  ['location.geoCoordinates.latitude', 'location.geoCoordinates.longitude'],
];
const MAX_TEXT = 512;
/** A task is XML: what it runs stands far behind. */
const MAX_TASK = 4096;

/** An event for the models: the core view, and what else the record has for them. */
export function seenOf(parsed: Parsed, id: string): Seen {
  const ecs: Record<string, unknown> = { ...parsed.ecs() };
  const { fields } = parsed;
  for (const [name, paths] of NUMBERS) {
    const value = first(fields, paths);
    const number = typeof value === 'string' ? Number(value) : value;
    if (typeof number === 'number' && Number.isFinite(number) && number >= 0) ecs[name] = number;
  }
  // Zeek and Suricata tell durations in seconds.
  const seconds = first(fields, ['duration', 'flow.age']);
  if (ecs['event.duration'] === undefined && typeof seconds === 'number' && seconds >= 0)
    ecs['event.duration'] = seconds * 1e9;
  for (const [name, paths] of TEXTS) {
    const value = first(fields, paths);
    if (typeof value === 'string' && value !== '')
      ecs[name] = value.slice(0, name === 'task.runs' ? MAX_TASK : MAX_TEXT);
  }
  for (const [lat, lon] of PLACES) {
    const place = [Number(at(fields, lat) ?? Number.NaN), Number(at(fields, lon) ?? Number.NaN)] as const;
    if (Math.abs(place[0]) <= 90 && Math.abs(place[1]) <= 180) {
      ecs['source.geo.location'] = { lat: place[0], lon: place[1] };
      break;
    }
  }
  return { id, time: parsed.time, ecs: ecs as HuntFields };
}

function first(fields: Fields, paths: readonly string[]): Value {
  for (const path of paths) {
    const value = at(fields, path);
    if (value !== undefined && value !== null) return value;
  }
  return undefined;
}

function at(fields: Fields, path: string): Value {
  if (Object.hasOwn(fields, path)) return fields[path];
  let value: Value = fields;
  for (const part of path.split('.')) {
    if (typeof value !== 'object' || value === null || Array.isArray(value) || !Object.hasOwn(value, part))
      return undefined;
    value = value[part];
  }
  return value;
}

import type { Ecs } from '../event.js';
import type { Observable } from '../store/alerts.js';
import { domainName, hostName, isNobody } from './links.js';

const MAX_VALUE = 512;
const FIELDS: [Observable['kind'], (keyof Ecs)[]][] = [
  ['host', ['host.name']],
  ['user', ['user.name', 'user.target.name']],
  ['ip', ['source.ip', 'destination.ip', 'host.ip']],
  ['domain', ['destination.domain', 'dns.question.name']],
  ['hash', ['process.hash.sha256', 'process.hash.md5']],
  ['file', ['file.path']],
  ['process', ['process.executable']],
];

/** Values of an event worth remembering, each once. */
export function observablesOf(ecs: Ecs): Observable[] {
  const seen = new Set<string>();
  const found: Observable[] = [];
  for (const [kind, fields] of FIELDS)
    for (const field of fields) {
      const raw = ecs[field];
      if (typeof raw !== 'string') continue;
      const value = kind === 'domain' ? domainName(raw) : raw.trim().slice(0, MAX_VALUE);
      const key = `${kind}:${value.toLowerCase()}`;
      if (isNobody(value) || seen.has(key)) continue;
      seen.add(key);
      found.push({ kind, value });
    }
  return found;
}

/**
 * The entity whose detections belong together: the host where it happened; without one the user, then the source
 * address, then the cloud account. Host names are compared by their first label, in lower case.
 */
export function entityOf(ecs: Ecs, source: string): Observable {
  const known = (value: string | undefined) => (value && !isNobody(value) ? value.trim().slice(0, MAX_VALUE) : '');
  const host = hostName(ecs['host.name']);
  if (host) return { kind: 'host', value: host };
  const user = known(ecs['user.name']);
  if (user) return { kind: 'user', value: user.toLowerCase() };
  const ip = known(ecs['source.ip']);
  if (ip) return { kind: 'ip', value: ip };
  return { kind: 'host', value: known(ecs['cloud.account.id']) || source };
}

import type { Ecs } from '../event.js';
import type { Observable } from '../store/alerts.js';

const MAX_VALUE = 512;
/** Values that name nobody: they would join what does not belong together. */
const NOBODY = new Set(
  [
    ['', '-', 'n/a', 'null', 'localhost', '127.0.0.1', '::1', '0.0.0.0', '::'],
    // What cloud services, proxies and web servers write for somebody whom they do not know.
    ['unknown', '<unknown>', 'none', 'anonymous', '(null)', 'not available', 'not applicable', 'private'],
  ].flat(),
);

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
      const value = raw.trim().slice(0, MAX_VALUE);
      const key = `${kind}:${value.toLowerCase()}`;
      if (NOBODY.has(value.toLowerCase()) || seen.has(key)) continue;
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
  const known = (value: string | undefined) =>
    value && !NOBODY.has(value.trim().toLowerCase()) ? value.trim().slice(0, MAX_VALUE) : '';
  const host = known(ecs['host.name']).toLowerCase();
  if (host) return { kind: 'host', value: /^[\d.]+$|:/.test(host) ? host : host.split('.')[0] || host };
  const user = known(ecs['user.name']);
  if (user) return { kind: 'user', value: user.toLowerCase() };
  const ip = known(ecs['source.ip']);
  if (ip) return { kind: 'ip', value: ip };
  return { kind: 'host', value: known(ecs['cloud.account.id']) || source };
}

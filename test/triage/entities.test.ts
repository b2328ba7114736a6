import { expect, it } from 'vitest';
import { loadFormats } from '../../engine/ingest/formats/index.js';
import { NOTHING_COMMON } from '../../engine/triage/commonness.js';
import { contentOf } from '../../engine/triage/compose.js';
import { entityOf, observablesOf } from '../../engine/triage/observables.js';

const formats = await loadFormats();
const { read } = formats.recogniser();
const entities = (name: string) =>
  formats
    .byName(name)
    .samples.map(({ line }) => entityOf(read(line, null, Date.UTC(2026, 2, 5)).parsed.ecs(), 'source-1'));

it('groups what happens in cloud services by who did it', () => {
  for (const name of ['azure', 'm365', 'workspace', 'okta', 'github', 'kubernetes', 'gcp', 'onelogin', 'duo']) {
    const found = entities(name);
    expect(found.filter(({ kind }) => kind === 'user').length, name).toBeGreaterThanOrEqual(found.length - 1);
    // Where nobody is known it is the source; a device of the user's is not where it happened.
    for (const { kind, value } of found) if (kind === 'host') expect(value, name).toBe('source-1');
  }
  expect(entities('azure')[0]).toEqual({ kind: 'user', value: 'marta@corp.example' });
});

it('groups what firewalls, proxies and name servers see by who spoke, not by the device', () => {
  for (const name of ['pfsense', 'squid', 'netflow', 'route53'])
    for (const { kind, value } of entities(name)) {
      expect(['user', 'ip'], name).toContain(kind);
      expect(value).not.toMatch(/^(?:pf|proxy|fw)-/);
    }
});

it('takes nobody for nobody', () => {
  const ecs = { '@timestamp': '2026-03-04T08:00:00.000Z', 'user.name': 'Unknown', 'source.ip': '203.0.113.9' };
  expect(entityOf(ecs, 's')).toEqual({ kind: 'ip', value: '203.0.113.9' });
  expect(observablesOf(ecs)).toEqual([{ kind: 'ip', value: '203.0.113.9' }]);
});

it('takes no address for a domain, and no port for a part of one', () => {
  const of = (domain: string) => observablesOf({ '@timestamp': '', 'destination.domain': domain });
  expect(of('203.0.113.47:8080')).toEqual([]);
  expect(of('Cdn.Example.net:443')).toEqual([{ kind: 'domain', value: 'cdn.example.net' }]);
});

it('has a host once, whichever of its names it was seen by and in whichever order', () => {
  const names = ['TW-WS-014.corp.example', 'tw-ws-014', 'TW-WS-014', 'tw-ws-014.corp.example'];
  const of = (list: readonly string[]) =>
    contentOf(
      [],
      [{ observables: list.map((value) => ({ kind: 'host', value })), recent: [], simulated: false }],
      [],
      NOTHING_COMMON,
      () => false,
    ).observables;
  expect(of(names)).toEqual([{ kind: 'host', value: 'TW-WS-014' }]);
  expect(of([...names].reverse())).toEqual(of(names));
});

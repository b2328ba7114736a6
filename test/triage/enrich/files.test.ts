import { mkdtempSync, readFileSync, rmSync, utimesSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { gunzipSync } from 'node:zlib';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import alert from '../../../commands/alert.js';
import { ruleOf } from '../../../engine/detect/found.js';
import { infoOf } from '../../../engine/detect/sigma/compile.js';
import { investigated } from '../../../engine/investigate/work.js';
import { log } from '../../../engine/log.js';
import { cvesIn, cvesOf } from '../../../engine/triage/cves.js';
import country from '../../../engine/triage/enrich/country.js';
import { loadEnriching, type Subject } from '../../../engine/triage/enrich/index.js';
import kev from '../../../engine/triage/enrich/kev.js';
import networks, { saidOf } from '../../../engine/triage/enrich/networks.js';
import type { Enricher } from '../../../engine/triage/enrich/types.js';
import { checkFiles } from '../../../engine/triage/files.js';
import { readCatalogue } from '../../../engine/triage/kev.js';
import { countryIn, countryText, isAmong, openCountries, openMmdb } from '../../../engine/triage/mmdb.js';
import { triage } from '../../../engine/triage/stage.js';
import { detection, T0 } from '../../support/detections.js';
import { writeMmdb } from '../../support/mmdb.js';
import { testQueues } from '../../support/services.js';
import { sharedData } from '../../support/shared.js';
import { DAY_MS, signIn, world } from './world.js';

const folder = mkdtempSync(join(tmpdir(), 'mdr-files-'));
afterAll(() => rmSync(folder, { recursive: true, force: true }));
const never = new AbortController().signal;
const of = (kind: Subject['kind'], ...values: string[]): Subject[] => values.map((value) => ({ kind, value }));
let all: Awaited<ReturnType<typeof world>>;
beforeAll(async () => {
  all = await world({ regions: ['US', 'Ireland'] });
});
const tell = async (enricher: Enricher, subjects: Subject[], tenant = 'acme', more = {}) =>
  (await enricher.enrich(subjects, await all.context(tenant, more), never)).map(({ observable, text }) => [
    observable.value,
    text,
  ]);
const kevFile = (name: string, vulnerabilities: unknown[], catalogVersion = '2026.11.01') => {
  const path = join(folder, name);
  writeFileSync(path, JSON.stringify({ catalogVersion, vulnerabilities }));
  return path;
};
const LOG4J = {
  ...{ cveID: 'CVE-2021-44228', vulnerabilityName: 'Apache Log4j2 Remote Code Execution Vulnerability' },
  ...{ dateAdded: '2021-12-10', dueDate: '2021-12-24', knownRansomwareCampaignUse: 'Known' },
};

describe('countries', () => {
  it('are told of addresses that somebody announces, with whether the organisation is there', async () => {
    expect(await tell(country, of('ip', '8.8.8.8', '10.0.0.1', '203.0.113.9', 'nonsense', '::ffff:10.0.0.1'))).toEqual([
      ['8.8.8.8', "in United States (US), one of this organisation's regions"],
    ]);
    expect(await tell(country, of('ip', '2a00:1450::1'), 'other')).toEqual([['2a00:1450::1', 'in United States (US)']]);
    const far = (await tell(country, of('ip', '185.220.101.1')))[0]![1];
    expect(far).toMatch(/none of this organisation's regions \(US, Ireland\)$/);
  });

  it('say from where people signed in before, and whether anybody did from there', async () => {
    const countries = await openCountries();
    const abroad = '185.220.101.1';
    const code = countryIn(countries, abroad)!;
    const at = T0 - 3 * DAY_MS;
    const from = (ip: string, n: number) => {
      const [time, line] = signIn(at + n * 60_000, 'ann', 'srv1');
      return [time, { ...line, IpAddress: ip }] as [number, Record<string, unknown>];
    };
    await all.write('acme', [from('8.8.8.8', 1), from('8.8.4.4', 2), from('10.0.0.9', 3)]);
    const told = new Map(
      (await tell(country, [...of('ip', '8.8.8.8', abroad), ...of('user', 'CORP\\ann', 'system', 'bob')])) as [
        string,
        string,
      ][],
    );
    expect(told.get('8.8.8.8')).toContain('from where 2 of 2 sign-ins over the Internet came in the 30 days before');
    expect(told.get(abroad)).toBe(
      `in ${countryText(code)}, none of this organisation's regions (US, Ireland), from where nobody signed in during the 30 days before`,
    );
    expect(told.get('CORP\\ann')).toBe('signed in from United States (US) 2 times in the 30 days before');
    expect([told.has('system'), told.has('bob')]).toEqual([false, false]);
    expect(await tell(country, of('ip', abroad), 'other')).toEqual([[abroad, `in ${countryText(code)}`]]);
  });

  it('say so where more addresses signed in than were looked at', async () => {
    const asked = async (most: number) => {
      const rows = Array.from({ length: most }, (_, n) => ({ user: 'ann', ip: `8.8.${n >> 8}.${n & 255}`, count: 1 }));
      const lake = { query: async () => ({ rows }) } as never;
      const told = await tell(country, [...of('ip', '185.220.101.1'), ...of('user', 'CORP\\ann')], 'other', { lake });
      return told.map(([, text]) => text);
    };
    for (const text of await asked(5000)) expect(text).toMatch(/before, among the 5,000 busiest addresses$/);
    for (const text of await asked(4999)) expect(text).toMatch(/before$/);
    expect(await asked(5000)).toHaveLength(2);
  });

  it('are told when the lake does not answer', async () => {
    const lake = { query: () => Promise.reject(new Error('down')) } as never;
    expect(await tell(country, of('ip', '8.8.8.8'), 'other', { lake })).toEqual([['8.8.8.8', 'in United States (US)']]);
  });

  it.each([
    ['DE', ['de'], true],
    ['DE', ['EU'], true],
    ['GB', ['UK'], true],
    ['US', ['US-CA'], true],
    ['IE', ['Ireland'], true],
    ['CH', ['EU', 'EEA'], false],
    ['US', ['USELESS', '', 'toString', '__proto__'], false],
  ])('%s is among %j: %s', (code, regions, is) => {
    expect(isAmong(code, regions)).toBe(is);
  });
});

describe('databases of the operator', () => {
  const files = (...mmdb: string[]) => ({ files: { mmdb, kev: null } });

  it('tell networks, places and kinds, each as its maker calls it; without any, nothing is told', async () => {
    const [asn, city] = [join(folder, 'asn.mmdb'), join(folder, 'city.mmdb')];
    writeMmdb(asn, {
      '198.51.100.0/24': { autonomous_system_number: 64500, autonomous_system_organization: 'Example Hosting' },
    });
    writeMmdb(city, {
      '198.51.100.7': {
        city: { names: { en: 'Lisbon' } },
        country: { names: { en: 'Portugal' } },
        is_tor_exit_node: true,
      },
    });
    const ips = of('ip', '198.51.100.7', '198.51.100.8', '198.51.101.1', '2001:db8::1', 'x');
    expect(await tell(networks, ips, 'acme', files(asn, city))).toEqual([
      ['198.51.100.7', 'AS64500 Example Hosting; Lisbon, Portugal; a Tor exit'],
      ['198.51.100.8', 'AS64500 Example Hosting'],
    ]);
    expect(await tell(networks, ips)).toEqual([]);
  });

  it('that are none fail this enricher alone, and are tried again', async () => {
    const path = join(folder, 'later.mmdb');
    await expect(tell(networks, of('ip', '198.51.100.7'), 'acme', files(path))).rejects.toThrow('ENOENT');
    writeFileSync(path, 'hello');
    await expect(openMmdb(path)).rejects.toThrow();
    writeMmdb(path, { '198.51.100.0/24': { isp: 'Later Net' } });
    expect(await tell(networks, of('ip', '198.51.100.7'), 'acme', files(path))).toEqual([
      ['198.51.100.7', 'Later Net'],
    ]);
  });

  it('may hold anything', () => {
    for (const odd of [null, 7, 'x', [], { autonomous_system_number: 'x', city: 5, is_tor_exit_node: 'yes' }])
      expect(saidOf(odd)).toEqual([]);
  });
});

it('files that facts come from are looked at by the doctor, each on its own', async () => {
  const asn = join(folder, 'doctor.mmdb');
  writeMmdb(asn, { '198.51.100.0/24': { isp: 'x' } });
  const catalogue = kevFile('doctor.json', [LOG4J, null]);
  const found = await checkFiles({ mmdb: [asn, join(folder, 'none.mmdb')], kev: catalogue });
  expect(found.map(({ ok }) => ok)).toEqual([true, true, false, true]);
  expect(found[0]!.seen).toMatch(/^countries: of \d{4}-\d\d-\d\d$/);
  expect(found[2]).toMatchObject({
    seen: expect.stringContaining('ENOENT'),
    todo: expect.stringContaining('MDR_MMDB'),
  });
  expect(found[3]!.seen).toBe(`${catalogue}: 1 vulnerabilities, version 2026.11.01, 1 could not be read`);
  expect(await checkFiles({ mmdb: [], kev: null })).toHaveLength(1);
});

describe('known exploited vulnerabilities', () => {
  it('are told with their days and whether ransomware uses them, from the file as it is now', async () => {
    const path = kevFile('kev.json', [LOG4J, { cveID: 'no' }, null]);
    const files = { files: { mmdb: [], kev: path } };
    const asked = of('vulnerability', 'cve-2021-44228', 'CVE-2020-0001');
    expect(await tell(kev, asked, 'acme', files)).toEqual([
      [
        'cve-2021-44228',
        `is exploited in the world: ${LOG4J.vulnerabilityName}; in the catalogue since 2021-12-10; to be mended by 2021-12-24; ransomware uses it`,
      ],
    ]);
    kevFile('kev.json', [{ ...LOG4J, cveID: 'CVE-2020-0001', knownRansomwareCampaignUse: 'Unknown' }]);
    utimesSync(path, new Date(), new Date(Date.now() + 5000));
    expect(
      (await tell(kev, asked, 'acme', files)).map(([value, text]) => [
        value,
        text!.endsWith('no use by ransomware is known'),
      ]),
    ).toEqual([['CVE-2020-0001', true]]);
    expect(await tell(kev, asked)).toEqual([]);
    writeFileSync(path, '{"vulnerabilities": 5}');
    utimesSync(path, new Date(), new Date(Date.now() + 9000));
    await expect(tell(kev, asked, 'acme', files)).rejects.toThrow();
  });

  it('are named by tags and titles of rules, and by events, of which only a few count', () => {
    const info = infoOf({
      ...{ id: 'r', title: 'Log4Shell', level: 'high', file: '', description: '' },
      tags: ['attack.initial-access', 'cve.2021-44228', 'CVE.2021.45046', 'cve.x'],
      falsepositives: [],
    } as unknown as Parameters<typeof infoOf>[0]);
    expect(info.cves).toEqual(['CVE-2021-44228', 'CVE-2021-45046']);
    const one = detection(0);
    one.rule = { ...ruleOf(info), title: 'Try of cve-2014-6271' };
    one.event.original = Array.from({ length: 500 }, (_, i) => `CVE-2030-${1000 + i}`).join(' ');
    const found = cvesIn([one]);
    expect(found.slice(0, 4)).toEqual(['CVE-2021-44228', 'CVE-2021-45046', 'CVE-2014-6271', 'CVE-2030-1000']);
    expect(found).toHaveLength(13);
    expect(cvesIn([detection(1)])).toEqual([]);
  });

  it('stand on the investigation of the alert whose rule names them', async () => {
    const { queues } = await testQueues();
    const scope = await all.store.forTenant('acme');
    const seen = detection(0, { level: 'high' });
    seen.rule.cves = ['CVE-2021-44228'];
    await scope.detections.insertNew([seen]);
    const clock = () => T0;
    await triage({ store: all.store, queues, clock }, 'acme', [seen._id]);
    expect(await cvesOf(scope, [1])).toEqual(['CVE-2021-44228']);
    const files = { mmdb: [], kev: kevFile('stands.json', [LOG4J]) };
    const parts = { store: all.store, queues, lake: all.lake, clock, log, files };
    const record = await investigated(
      { ...parts, enriching: await loadEnriching(parts) },
      { tenant: 'acme', number: 1, by: null },
    );
    const facts = record!.investigation.facts ?? [];
    expect(facts[0]).toMatchObject({
      observable: { kind: 'vulnerability', value: 'CVE-2021-44228' },
      source: 'CISA KEV 2026.11.01',
    });
    // The alert's own card names it too, for the provider alone.
    const shown = async (internal: boolean) =>
      JSON.stringify(
        await alert.run(
          { ...{ tenant: scope, internal, role: 'viewer', alert: null, clock, people: async () => [] } } as never,
          ['1'],
        ),
      );
    await scope.alerts.update({ number: 1 }, { $set: { published: { at: T0, by: { id: 'x', name: 'X' } } } });
    expect(await shown(true)).toContain('is exploited in the world');
    expect(await shown(false)).not.toContain('is exploited in the world');
  });

  const real = sharedData('intel/cisa-kev.json.gz');
  it.skipIf(!real)('of the published catalogue are all read (skipped without the shared data)', () => {
    const { byCve, refused } = readCatalogue(gunzipSync(readFileSync(real!)).toString('utf8'));
    expect([byCve.size, refused]).toEqual([1404, 0]);
    expect(byCve.get('CVE-2021-44228')).toMatchObject({ added: '2021-12-10', ransomware: true });
  });
});

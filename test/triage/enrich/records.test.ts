import { beforeEach, describe, expect, it } from 'vitest';
import { idOf } from '../../../engine/ids.js';
import { attack as attackNames } from '../../../engine/investigate/attack.js';
import type { Alert } from '../../../engine/store/alerts.js';
import { upsertIndicators } from '../../../engine/store/indicators.js';
import asset from '../../../engine/triage/enrich/asset.js';
import attack from '../../../engine/triage/enrich/attack.js';
import earlier from '../../../engine/triage/enrich/earlier.js';
import indicators from '../../../engine/triage/enrich/indicators.js';
import type { Enricher, Subject } from '../../../engine/triage/enrich/types.js';
import { T0 } from '../../support/detections.js';
import { DAY_MS, world } from './world.js';

let all: Awaited<ReturnType<typeof world>>;
beforeEach(async () => {
  all = await world({
    crownJewels: [
      { name: 'DC01.corp.example', why: 'all accounts' },
      { name: 'CORP\\svc-pay', why: '' },
    ],
  });
});
const never = new AbortController().signal;
const tell = async (enricher: Enricher, subjects: Subject[], tenant = 'acme', more = {}) =>
  (await enricher.enrich(subjects, await all.context(tenant, more), never)).map(({ observable, text, source }) => [
    observable.value,
    text,
    source,
  ]);
const of = (kind: Subject['kind'], ...values: string[]): Subject[] => values.map((value) => ({ kind, value }));

describe('the profile', () => {
  it('names crown jewels in whatever spelling, and accounts that may do everything', async () => {
    expect(await tell(asset, [...of('host', 'dc01', 'DC01.other.example', 'dc011'), ...of('ip', 'dc01.')])).toEqual([
      ['dc01', 'is a crown jewel: all accounts', 'profile'],
      ['DC01.other.example', 'is a crown jewel: all accounts', 'profile'],
    ]);
    expect(await tell(asset, of('user', 'svc-pay', 'CORP\\Administrator', 'ann', '__proto__'))).toEqual([
      ['svc-pay', 'is a crown jewel', 'profile'],
      ['CORP\\Administrator', 'is an account that may do everything', 'weights'],
    ]);
  });

  it('of another tenant says nothing', async () => {
    expect(await tell(asset, of('host', 'dc01'), 'other')).toEqual([]);
  });
});

describe('ATT&CK', () => {
  it('names techniques that it has, and none that it has not', async () => {
    const told = await tell(attack, of('technique', 't1003.001', 'T9999', 'constructor', '__proto__'));
    expect(told).toHaveLength(1);
    expect(told[0]![1]).toMatch(/^LSASS Memory; against it: M\d{4} /);
    expect(told[0]![2]).toBe(attackNames().source);
  });
});

describe('other alerts', () => {
  const alert = (number: number, more: Partial<Alert> = {}, tenant = 'acme') => ({
    ...{ _id: `${tenant}-${number}`, number, title: 't', entity: { kind: 'host' as const, value: 'ws01' } },
    ...{ state: 'new' as const, level: 'high' as const, score: 60, reasons: [], rules: [], detections: 1, recent: [] },
    observables: [{ kind: 'ip' as const, value: '203.0.113.9' }],
    ...{ first: T0, last: T0, created: T0 - DAY_MS, updated: T0, log: [], simulated: false, revision: 1, ...more },
  });
  const closed = (reason: Alert['reason']): Partial<Alert> => ({ state: 'closed', ...(reason && { reason }) });

  it('are counted with their verdicts, those asked about, merged and old ones aside', async () => {
    const { store } = await all.context();
    for (const each of [
      alert(12, closed('false_positive')),
      alert(19, { ...closed('false_positive'), observables: [], keys: ['ip:203.0.113.9'] }),
      alert(31),
      alert(32),
      alert(33, { mergedInto: 12 }),
      alert(2, { created: T0 - 91 * DAY_MS }),
    ])
      await store.alerts.insert(each);
    const { store: others } = await all.context('other');
    await others.alerts.insert(alert(77, {}, 'other'));
    expect(await tell(earlier, of('ip', '203.0.113.9', '203.0.113.8'), 'acme', { alerts: [32] })).toEqual([
      ['203.0.113.9', 'in 3 other alerts of the last 90 days: 2 false positive, 1 open (12, 19, 31)', 'alerts'],
    ]);
    expect(await tell(earlier, of('ip', '203.0.113.9'), 'other')).toEqual([
      ['203.0.113.9', 'in 1 other alert of the last 90 days: 1 open (77)', 'alerts'],
    ]);
  });

  it('are found by host and account however they are spelled, and not by another kind of the same value', async () => {
    const { store } = await all.context();
    await store.alerts.insert(alert(1, { observables: [], keys: ['host:ws01', 'user:ann'] }));
    const subjects = [...of('host', 'WS01.corp.example'), ...of('user', 'CORP\\Ann'), ...of('domain', 'ws01')];
    expect((await tell(earlier, subjects)).map(([value]) => value)).toEqual(['WS01.corp.example', 'CORP\\Ann']);
  });

  it('are many: the newest are named', async () => {
    const { store } = await all.context();
    for (let n = 1; n <= 12; n++) await store.alerts.insert(alert(n));
    expect((await tell(earlier, of('ip', '203.0.113.9')))[0]![1]).toBe(
      'in 12 other alerts of the last 90 days: 12 open (2 before, 3, 4, 5, 6, 7, 8, 9, 10, 11, 12)',
    );
  });

  it('are not found by a value that is a query', async () => {
    const { store } = await all.context();
    await store.alerts.insert(alert(1));
    expect(await tell(earlier, of('ip', '{"$gt":""}', '$where', '.*', ''))).toEqual([]);
  });
});

describe('indicators', () => {
  const add = (tenant: string, type: string, value: string, more = {}) =>
    upsertIndicators(all.store.indicators, [
      {
        ...{ _id: idOf(tenant, type, value), tenant, type, value, source: 'feed', confidence: 80, expires: null },
        ...{ exact: false, threat: null, added: T0 - DAY_MS, updated: T0, ...more },
      },
    ]);

  it('of the tenant and the provider tell by whom, how surely and until when', async () => {
    await add('*', 'ip', '198.51.100.0/24', { source: 'nets', confidence: 40, expires: T0 + DAY_MS });
    await add('acme', 'ip', '198.51.100.7', { threat: { name: 'IcedID', techniques: [] } });
    await add('other', 'ip', '198.51.100.7', { source: 'secret' });
    expect(await tell(indicators, of('ip', '198.51.100.7'))).toEqual([
      [
        '198.51.100.7',
        'is a known indicator of IcedID, confidence 80 of 100, known here since 2026-11-23, without expiry',
        'own feed',
      ],
      [
        '198.51.100.7',
        'is a known indicator, by 198.51.100.0/24, confidence 40 of 100, known here since 2026-11-23, valid until 2026-11-25',
        'nets',
      ],
    ]);
  });

  it('name domains with those under them unless they are meant alone, hashes and mail addresses', async () => {
    await add('*', 'domain', 'bad.example');
    await add('*', 'domain', 'alone.example', { exact: true });
    await add('*', 'md5', '0123456789abcdef0123456789abcdef');
    await add('*', 'email', 'eve@bad.example');
    const subjects = [
      ...of('domain', 'A.B.bad.example.', 'notbad.example', 'x.alone.example', 'alone.example', 'example'),
      ...of('hash', '0123456789ABCDEF0123456789ABCDEF'),
      ...of('user', 'Eve@bad.example', 'bad.example'),
    ];
    expect(new Set((await tell(indicators, subjects)).map(([value]) => value))).toEqual(
      new Set(['A.B.bad.example.', 'alone.example', '0123456789ABCDEF0123456789ABCDEF', 'Eve@bad.example']),
    );
  });

  it('that had expired before it happened, and private addresses, say nothing', async () => {
    await add('*', 'ip', '198.51.100.7', { expires: T0 - 1 });
    await add('*', 'ip', '10.0.0.0/8');
    expect(await tell(indicators, of('ip', '198.51.100.7', '10.1.2.3', '::1', 'x'.repeat(5000)))).toEqual([]);
  });

  it('in IPv6 ranges are found', async () => {
    await add('*', 'ip', '2a00:1450::/32');
    expect(await tell(indicators, of('ip', '2A00:1450:0:0::5', '2a00:1451::5'))).toHaveLength(1);
  });
});

import { describe, expect, it } from 'vitest';
import type { Fields, Parsed } from '../../engine/event.js';
import { Addresses, addressTold, lookUpAddresses } from '../../engine/triage/addresses.js';
import { Counted } from '../../engine/triage/commonness.js';
import { redisHabits } from '../../engine/triage/habits.js';
import { cluster, type Strand, tiesOf } from '../../engine/triage/strands.js';
import { T0 } from '../support/detections.js';
import { testQueues } from '../support/services.js';

const DAY = 86_400_000;
const event = (fields: Fields, time = T0): Parsed => ({
  time,
  fields,
  logsource: { product: 'windows', service: '', categories: [] },
  ecs: () => ({ '@timestamp': new Date(time).toISOString() }),
});
const connection = (Computer: string, Initiated: string | boolean, SourceIp: string, DestinationIp: string) => ({
  ...{ EventID: 3, Computer, Initiated, SourceIp, DestinationIp },
});
const own = (Computer: string, ip: string) => connection(Computer, 'true', ip, '10.9.9.9');
const strand = (host: string, links: [kind: 'ip' | 'user', value: string][], minute = 0): Strand => ({
  ...{ id: `rule on ${host}`, title: '', level: 'high', techniques: [], tactics: [], count: 1, example: host },
  ...{ first: T0 + minute * 60_000, last: T0 + minute * 60_000 },
  links: [{ kind: 'host' as const, value: host }, ...links.map(([kind, value]) => ({ kind, value }))],
});

describe("a host's own address", () => {
  it.each<[by: string, fields: Fields, ip: string, host: string]>([
    ['its own connection', connection('WS-7.corp.example', 'true', '10.0.0.7', '10.0.0.8'), '10.0.0.7', 'ws-7'],
    ['one from elsewhere', connection('WS-8', false, '10.0.0.7', '::ffff:10.0.0.8'), '10.0.0.8', 'ws-8'],
    [
      'what the firewall lets out',
      { EventID: '5156', Computer: 'ws-7', Direction: '%%14593', SourceAddress: '10.0.0.7', DestAddress: '8.8.8.8' },
      '10.0.0.7',
      'ws-7',
    ],
    [
      'what the firewall lets in',
      { EventID: 5156, Computer: 'ws-7', Direction: '%%14592', SourceAddress: '10.1.1.1', DestAddress: '10.0.0.7' },
      '10.0.0.7',
      'ws-7',
    ],
    [
      'a machine that signs in',
      { EventID: 4624, Computer: 'dc-1', TargetUserName: 'WS-7$', IpAddress: '10.0.0.7' },
      '10.0.0.7',
      'ws-7',
    ],
  ])('is told by %s', (_, fields, ip, host) => {
    expect(addressTold(event(fields))).toEqual({ ip, host });
  });

  it.each([
    ['a person who signs in', { EventID: 4624, Computer: 'dc-1', TargetUserName: 'ann', IpAddress: '10.0.0.7' }],
    ['an address outside', own('ws-7', '203.0.113.7')],
    ['an address that leads nowhere', own('ws-7', '127.0.0.1')],
    ['a link-local address', own('ws-7', 'fe80::1')],
    ['no host', { EventID: 3, Initiated: 'true', SourceIp: '10.0.0.7' }],
    ['what is no text', { EventID: 3, Computer: { a: 1 }, Initiated: 'true', SourceIp: ['10.0.0.7'] }],
    ['another event', { EventID: 1, Computer: 'ws-7', SourceIp: '10.0.0.7' }],
  ])('is not told by %s', (_, fields) => {
    expect(addressTold(event(fields as unknown as Fields))).toBeNull();
  });

  it('is kept for a tenant, in any order and parts; believed for three days; of several hosts on one day, nobody’s', async () => {
    const { queues } = await testQueues();
    const tell = async (tenant: string, ...events: Parsed[]) => {
      const addresses = new Addresses();
      for (const each of events) addresses.note(each);
      await addresses.keep(queues.redis, queues.prefix, tenant);
    };
    const later = event(own('ws-9', '10.0.0.7'), T0 + 2 * DAY);
    const shared = [event(own('a', '10.0.0.1')), event(own('b', '10.0.0.1')), event(own('a', '10.0.0.1'))];
    await tell('one', later, event(own('ws-7', '10.0.0.7')), ...shared);
    for (const each of [...shared.reverse(), event(own('ws-7', '10.0.0.7')), later]) await tell('parts', each);
    for (const tenant of ['one', 'parts', 'other']) {
      const asked = [0, 1, 2, 5, 6].map((days) => ({ ip: '10.0.0.7', time: T0 + days * DAY }));
      const hostOf = await lookUpAddresses(queues.redis, queues.prefix, tenant, [
        ...asked,
        { ip: '10.0.0.1', time: T0 },
      ]);
      expect(asked.map(({ ip, time }) => hostOf(ip, time))).toEqual(
        tenant === 'other' ? asked.map(() => undefined) : ['ws-7', 'ws-7', 'ws-9', 'ws-9', undefined],
      );
      expect(hostOf('10.0.0.1', T0)).toBeUndefined();
    }
  });

  it('joins what one host did to another with what that one saw, saying so', async () => {
    const { queues } = await testQueues();
    const addresses = new Addresses();
    addresses.note(event(own('ws-7', '10.0.0.7')));
    await addresses.keep(queues.redis, queues.prefix, 'acme');
    const strands = [strand('ws-7', []), strand('srv-1', [['ip', '10.0.0.7']], 2), strand('srv-2', [], 3)];
    const common = await redisHabits(queues.redis, queues.prefix).look('acme', strands, T0);
    const clusters = cluster(strands, common);
    expect(clusters.map((each) => each.strands.map(({ example }) => example))).toEqual([['ws-7', 'srv-1'], ['srv-2']]);
    expect(clusters[0]!.ties).toEqual(['the same host ws-7, whose address 10.0.0.7 is']);
    const stranger = await redisHabits(queues.redis, queues.prefix).look('other', strands, T0);
    expect(cluster(strands, stranger)).toHaveLength(3);
  });

  it('of a server that many use joins only with the same account', () => {
    const common = new Counted();
    common.noteAddress(event(own('jump', '10.0.0.5')));
    for (let i = 0; i < 9; i++)
      common.note([
        { kind: 'host', value: 'jump' },
        { kind: 'user', value: `user-${i}` },
      ]);
    const keys = (links: [kind: 'ip' | 'user', value: string][]) =>
      tiesOf(strand('srv-1', links), common).map(({ key }) => key);
    expect(keys([['ip', '10.0.0.5']])).toEqual(['host:srv-1', 'ip:10.0.0.5']);
    expect(
      keys([
        ['ip', '10.0.0.5'],
        ['user', 'ann'],
      ]),
    ).toContain('host:jump user:ann');
  });
});

import { describe, expect, it } from 'vitest';
import { profileSchema } from '../../engine/store/tenants.js';
import { arrange, type Group, judge } from '../../engine/triage/arrange.js';
import { campaignTie, paceOf } from '../../engine/triage/campaigns.js';
import { type Commonness, Counted, NOTHING_COMMON, rarityOf } from '../../engine/triage/commonness.js';
import { keyOf, linksOf } from '../../engine/triage/links.js';
import { type Cluster, cluster, type Strand, strandOf, weave } from '../../engine/triage/strands.js';
import { WEIGHTS } from '../../engine/triage/weights.js';
import { detection, T0 } from '../support/detections.js';
import { random } from '../support/random.js';

const profile = profileSchema.parse({});
const strand = (at: number, host: string | null, more: Parameters<typeof detection>[1] = {}): Strand =>
  strandOf(
    detection(at, { ...more, ecs: { ...(host === null ? { 'host.name': '' } : { 'host.name': host }), ...more.ecs } }),
  );
const by = (user: string, rest = {}) => ({ ecs: { 'user.name': user, ...rest } });
const hostsOf = (found: readonly Cluster[]) =>
  found.map(({ strands }) => [...new Set(strands.map(({ links }) => links[0]!.value))].sort().join('+')).sort();
/** A tenant in which these are met by many, by key. */
const common = (many: Record<string, number>): Commonness => ({
  ...NOTHING_COMMON,
  hosts: 400,
  spread: (link) => many[keyOf(link)] ?? 1,
});

describe('what belongs together', () => {
  it('joins what shares a host, an account, an address or a program within the window, and says by what', () => {
    const [found] = cluster(
      weave([
        strand(0, 'ws1', by('ann')),
        strand(20, 'ws2', by('ann', { 'destination.ip': '203.0.113.9' })),
        strand(50, 'ws3', { ecs: { 'source.ip': '203.0.113.9' } }),
      ]),
      common({}),
    );
    expect(found!.strands).toHaveLength(3);
    expect(found!.ties).toEqual([
      'the same account ann, on 1 of 400 hosts',
      'the same address 203.0.113.9, on 1 of 400 hosts',
    ]);
  });

  it('joins nothing by what many share, but by the same account on it', () => {
    const many = common({ 'host:dc01': 300, 'ip:10.0.0.53': 400, 'user:svc-scan': 200 });
    const found = cluster(
      weave([
        strand(0, 'dc01', by('ann')),
        strand(1, 'dc01', by('bob')),
        strand(2, 'dc01', by('ann', { 'source.ip': '192.0.2.7' })),
        strand(3, 'ws8', { ecs: { 'destination.ip': '10.0.0.53', 'user.name': 'svc-scan' } }),
        strand(4, 'ws9', { ecs: { 'destination.ip': '10.0.0.53', 'user.name': 'svc-scan' } }),
      ]),
      many,
    );
    expect(hostsOf(found)).toEqual(['dc01', 'dc01', 'ws8', 'ws9']);
  });

  it('takes no account for a person that every machine has, and a machine account for its machine', () => {
    expect(
      hostsOf(
        cluster(weave([strand(0, 'ws1', by('SYSTEM')), strand(1, 'ws2', by('NT AUTHORITY\\SYSTEM'))]), common({})),
      ),
    ).toEqual(['ws1', 'ws2']);
    expect(
      hostsOf(cluster(weave([strand(0, 'ws1'), strand(1, 'dc01', by('WS1$'))]), common({ 'host:dc01': 300 }))),
    ).toEqual(['dc01+ws1']);
  });

  it('knows a host and an account by all their names', () => {
    const links = (host: string, user: string) =>
      linksOf({ '@timestamp': '', 'host.name': host, 'user.name': user }).map(keyOf);
    expect(links('WS1.corp.example', 'CORP\\Ann')).toEqual(links('ws1', 'ann@corp.example'));
    expect(links('10.1.2.3', 'x')[0]).toBe('host:10.1.2.3');
  });

  it('does without any entity: the same rule of the same source is one, another source another', () => {
    const bare = (at: number, source: string) => {
      const made = detection(at, { ecs: { 'host.name': '' } });
      return strandOf({ ...made, event: { ...made.event, source } });
    };
    expect(cluster(weave([bare(0, 'proxy'), bare(5, 'proxy'), bare(6, 'mail')]), common({}))).toHaveLength(2);
  });

  it('is cut where the gap is longer than the window, in event time', () => {
    expect(cluster(weave([strand(0, 'ws1'), strand(60, 'ws1'), strand(121, 'ws1')]), common({}))).toHaveLength(2);
  });

  it('makes few strands of very many detections', () => {
    const many = Array.from({ length: 100_000 }, (_, i) => strand(i / 50, 'ws1', { rule: `r${i % 3}` }));
    const began = performance.now();
    const woven = weave(many);
    expect(woven.map(({ count }) => count)).toEqual([33_334, 33_333, 33_333]);
    expect(cluster(woven, common({}))).toHaveLength(1);
    expect(performance.now() - began).toBeLessThan(10_000);
  });
});

describe('order', () => {
  /** A set of detections that hang together in many ways. */
  const drawn = (seed: number): Strand[] => {
    const { int, pick } = random(seed);
    return Array.from({ length: 80 }, () =>
      strand(int(900), pick(['ws1', 'ws2', 'ws3', 'dc01', 'srv1']), {
        rule: `r${int(6)}`,
        level: pick(['low', 'medium', 'high'] as const),
        ecs: {
          'user.name': pick(['ann', 'bob', 'cat', 'SYSTEM', '']),
          'source.ip': pick(['192.0.2.1', '192.0.2.2', '', '']),
        },
      }),
    );
  };
  const many = common({ 'host:dc01': 90 });
  const shown = (clusters: readonly Pick<Cluster, 'strands'>[]) =>
    clusters
      .map(({ strands }) => ({ strands, ...judge(strands, [], many, { profile }) }))
      .sort((a, b) => (JSON.stringify(a.strands) < JSON.stringify(b.strands) ? -1 : 1));
  const once = (strands: readonly Strand[]) => [...new Map(strands.map((each) => [each.example, each])).values()];

  it.each([1, 2, 3, 4, 5, 6, 7, 8])(
    'any order and any split into batches give the same groups, scores and reasons (%i)',
    (seed) => {
      const all = once(drawn(seed));
      const expected = shown(cluster(weave(all), many));
      expect(expected.length).toBeGreaterThan(2);
      const { int } = random(seed * 100);
      const shuffled = [...all]
        .map((each) => ({ each, at: int(1e6) }))
        .sort((a, b) => a.at - b.at)
        .map(({ each }) => each);
      let groups: Group[] = [];
      for (let from = 0; from < shuffled.length; ) {
        const size = 1 + int(12);
        groups = arrange(shuffled.slice(from, from + size), groups, many).map((arranged, i) => ({
          ...{ id: arranged.keeps ?? `g${from}-${i}`, rank: from + i, isTouched: false },
          strands: arranged.strands,
        }));
        from += size;
      }
      expect(shown(groups.map(({ strands }) => ({ strands: [...strands] })))).toEqual(expected);
    },
  );
});

describe('what exists already', () => {
  const group = (id: string, rank: number, strands: Strand[], isTouched = false): Group => ({
    id,
    rank,
    strands: weave(strands),
    isTouched,
  });
  const a = strand(0, 'ws1', by('ann'));
  const b = strand(5, 'ws2', by('bob'));
  const bridge = strand(8, 'ws1', { rule: 'r9', ...by('bob') });

  it('grows by what joins it, and the first of two that are joined takes the other in', () => {
    expect(
      arrange([strand(9, 'ws1', { rule: 'r2' })], [group('A', 1, [a]), group('B', 2, [b])], common({})),
    ).toMatchObject([
      { keeps: 'A', takes: [], strands: [{ id: 'r1' }, { id: 'r2' }] },
      { keeps: 'B', takes: [] },
    ]);
    expect(arrange([bridge], [group('B', 2, [b]), group('A', 1, [a])], common({}))).toMatchObject([
      {
        keeps: 'A',
        takes: ['B'],
        leaves: null,
        ties: ['the same host ws1, 1 accounts', 'the same account bob, on 1 of 400 hosts'],
      },
    ]);
  });

  it('is not taken in when people work on it: it takes in, and two of them stay two', () => {
    expect(arrange([bridge], [group('A', 1, [a]), group('B', 2, [b], true)], common({}))).toMatchObject([
      { keeps: 'B', takes: ['A'] },
    ]);
    const both = arrange([bridge], [group('A', 1, [a], true), group('B', 2, [b], true)], common({}));
    expect(both).toHaveLength(1);
    expect(both[0]).toMatchObject({ keeps: 'A', takes: [] });
    expect(both[0]!.strands.map(({ example }) => example).sort()).toEqual([a.example, bridge.example].sort());
  });

  it('falls apart when what joined it turns out to be everybody’s, unless people work on it', () => {
    const joined = [strand(0, 'srv1', by('ann')), strand(5, 'srv1', { rule: 'r2', ...by('bob') })];
    const later = strand(9, 'srv1', { rule: 'r3', ...by('cat') });
    const shared = common({ 'host:srv1': 50 });
    const apart = arrange([later], [group('A', 1, joined)], shared);
    expect(apart.map(({ keeps, leaves, strands }) => [keeps, leaves, strands.map(({ id }) => id)])).toEqual([
      ['A', null, ['r1']],
      [null, 'A', ['r2']],
      [null, null, ['r3']],
    ]);
    expect(arrange([later], [group('A', 1, joined, true)], shared).map(({ keeps }) => keeps)).toEqual(['A', null]);
  });
});

describe('campaigns', () => {
  const alert = (...strands: Strand[]) => ({
    entity: { kind: 'host' as const, value: strands[0]!.links[0]!.value },
    strands,
    simulated: false,
    first: Math.min(...strands.map(({ first }) => first)),
    last: Math.max(...strands.map(({ last }) => last)),
  });
  const DAY = 24 * 60;

  it('links what shares something rare within a week: clocks that are hours apart, and days between steps', () => {
    expect(campaignTie(alert(strand(0, 'ws1')), alert(strand(4 * 60, 'ws1')), common({}))).toContain('ws1');
    expect(campaignTie(alert(strand(0, 'ws1', by('ann'))), alert(strand(6 * DAY, 'ws2', by('ann'))), common({}))).toBe(
      'the same account ann, on 1 of 400 hosts',
    );
    expect(
      campaignTie(alert(strand(0, 'ws1', by('ann'))), alert(strand(8 * DAY, 'ws2', by('ann'))), common({})),
    ).toBeNull();
  });

  it('does not link by what many share', () => {
    const many = common({ 'host:dc01': 300, 'user:svc': 200 });
    expect(campaignTie(alert(strand(0, 'dc01', by('svc'))), alert(strand(3 * DAY, 'dc01', by('svc'))), many)).toContain(
      'on dc01',
    );
    expect(
      campaignTie(alert(strand(0, 'dc01', by('ann'))), alert(strand(3 * DAY, 'dc01', by('bob'))), many),
    ).toBeNull();
    expect(campaignTie(alert(strand(0, 'dc01', by('ann'))), alert(strand(60, 'dc01', by('bob'))), many)).toBe(
      'dc01 is in both, within a day',
    );
  });

  it('links what hardly fell together by chance, where it is known how often alerts come', () => {
    const known = { ...common({}), history: 10 };
    const [a, b] = [alert(strand(0, 'ws1')), alert(strand(1 / 6, 'ws2'))];
    const seldom = paceOf(40, known);
    expect(campaignTie(a, b, known, seldom)).toBe(
      'at the same time, while an alert comes here about every 2 hours: by chance once in 360',
    );
    expect(campaignTie(b, a, known, seldom)).toBe(campaignTie(a, b, known, seldom));
    expect(campaignTie(a, alert(strand(2, 'ws2')), known, seldom)).toBeNull();
    expect(campaignTie(a, b, known, paceOf(4000, known))).toBeNull();
    for (const [one, other] of [
      [{ ...a, simulated: true }, b],
      [a, { ...b, simulated: true }],
      [
        { ...a, simulated: true },
        { ...b, simulated: true },
      ],
    ] as const)
      expect(campaignTie(one, other, known, seldom)).toBeNull();
    const early = { ...common({}), history: 2 };
    expect(campaignTie(a, b, early, paceOf(40, early))).toBeNull();
    const long = alert(strand(-60, 'ws3'), strand(60, 'ws3'));
    expect(campaignTie(a, long, known, seldom)).toBeNull();
  });
});

describe('rarity', () => {
  const DAY = 86_400_000;
  const firing = (counted: Counted, host: string, day: number) => {
    const links = linksOf({ '@timestamp': '', 'host.name': host });
    counted.note([...links, { kind: 'user', value: `u-${host}` }]);
    counted.fire('r1', links, Math.floor(T0 / DAY) + day);
  };
  const rarity = (counted: Counted, host = 'h0', level: 'low' | 'high' | 'critical' = 'low', day = 0) =>
    rarityOf(
      { id: 'r1', level, first: T0 + day * DAY, links: linksOf({ '@timestamp': '', 'host.name': host }) },
      counted,
      WEIGHTS,
    );

  it('is whole for what fires on few, and falls to nothing for what fires everywhere; a small tenant has no crowd', () => {
    const counted = new Counted();
    counted.at(T0);
    for (let i = 0; i < 19; i++) firing(counted, `h${i}`, 0);
    expect(rarity(counted)).toEqual({ share: 1, why: '' });
    firing(counted, 'h19', 0);
    expect(rarity(counted)).toEqual({ share: 0, why: 'fires on 20 of 20 hosts' });
    const few = new Counted();
    few.at(T0);
    for (let i = 0; i < 100; i++)
      few.note([...linksOf({ '@timestamp': '', 'host.name': `h${i}` }), { kind: 'user', value: 'x' }]);
    firing(few, 'h1', 0);
    firing(few, 'h2', 0);
    expect(rarity(few).share).toBe(1);
    for (let i = 3; i < 12; i++) firing(few, `h${i}`, 0);
    expect(rarity(few).share).toBeGreaterThan(0.2);
    expect(rarity(few).share).toBeLessThan(0.9);
  });

  it('halves with each other day on which it fired here, never under the least of its level', () => {
    const counted = new Counted();
    for (const day of [-3, -2, -1, 0]) firing(counted, 'h0', day);
    counted.at(T0);
    expect(rarity(counted).share).toBeCloseTo(WEIGHTS.rarity.regular ** 3 / 4);
    expect(rarity(counted).why).toBe('fired on 3 other days, and on 3 of them here');
    expect(rarity(counted, 'h1').share).toBeCloseTo(WEIGHTS.rarity.regular ** 3);
    expect(rarity(counted, 'h0', 'critical').share).toBe(WEIGHTS.rarity.least.critical);
  });

  it('takes a serious rule that fires everywhere for the first time for an outbreak, and a minor one for a habit', () => {
    const counted = new Counted();
    counted.at(T0);
    for (let i = 0; i < 50; i++) firing(counted, `h${i}`, 0);
    expect(rarity(counted, 'h0', 'high').share).toBe(1);
    expect(rarity(counted, 'h0', 'low').share).toBe(0);
    firing(counted, 'h7', -1);
    expect(rarity(counted, 'h0', 'high').share).toBe(WEIGHTS.rarity.least.high);
  });

  it('does not take a clock that is ahead for another day', () => {
    const counted = new Counted();
    counted.at(T0);
    firing(counted, 'h0', 0);
    firing(counted, 'h0', 1);
    expect(rarity(counted).share).toBe(1);
  });
});

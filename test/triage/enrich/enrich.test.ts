import { beforeEach, describe, expect, it } from 'vitest';
import { investigationCard } from '../../../commands/cards/investigation.js';
import { idOf } from '../../../engine/ids.js';
import { investigationOf } from '../../../engine/investigate/report/keep.js';
import { investigated } from '../../../engine/investigate/work.js';
import { log } from '../../../engine/log.js';
import { upsertIndicators } from '../../../engine/store/indicators.js';
import { type Enricher, enriching, loadEnriching, type Subject } from '../../../engine/triage/enrich/index.js';
import { FactCache } from '../../../engine/triage/known.js';
import { triage } from '../../../engine/triage/stage.js';
import { detection, T0 } from '../../support/detections.js';
import { testQueues } from '../../support/services.js';
import { DAY_MS, world } from './world.js';

let all: Awaited<ReturnType<typeof world>>;
beforeEach(async () => {
  all = await world({ crownJewels: [{ name: 'ws01', why: 'the till' }] });
});
const host = (value: string): Subject => ({ kind: 'host', value });
let now = T0;
const clock = () => now;
const parts = { clock, log };
const piece = (name: string, more: Partial<Enricher> = {}): Enricher => ({
  ...{ name, what: `what ${name} knows`, kinds: ['host'], rank: 1, timeoutMs: 2000, ttlMs: 0 },
  enrich: async (subjects) => subjects.map((observable) => ({ observable, text: `${name} knows it`, source: name })),
  ...more,
});

describe('enrichers', () => {
  it('are all found, each with its own name and rank', async () => {
    const { enrichers } = await loadEnriching(parts);
    expect(enrichers.map(({ name }) => name)).toEqual([
      ...['asset', 'attack', 'country', 'earlier', 'habits', 'harmless', 'indicators', 'kev', 'networks', 'prevalence'],
    ]);
    expect(new Set(enrichers.map(({ rank }) => rank)).size).toBe(enrichers.length);
  });

  it('that throw, hang or are deaf to their signal keep nobody else from telling, and are counted', async () => {
    let aborted = false;
    const pieces = [
      piece('bad', { enrich: () => Promise.reject(new Error('no')) }),
      piece('worse', {
        enrich: () => {
          throw new Error('at once');
        },
      }),
      piece('deaf', { timeoutMs: 50, enrich: () => new Promise(() => {}) }),
      piece('slow', {
        timeoutMs: 50,
        enrich: (_s, _c, signal) =>
          new Promise((_, reject) =>
            signal.addEventListener('abort', () => {
              aborted = true;
              reject(signal.reason);
            }),
          ),
      }),
      piece('odd', { enrich: async () => null as never }),
      piece('good', { rank: 9 }),
    ];
    const asked = enriching(pieces, parts);
    const began = performance.now();
    const { facts, failed } = await asked.enrich([host('a')], await all.context());
    expect(performance.now() - began).toBeLessThan(1500);
    expect(facts.map(({ text }) => text)).toEqual(['good knows it']);
    expect(failed.sort()).toEqual(['bad', 'deaf', 'odd', 'slow', 'worse'].map((name) => `what ${name} knows`));
    expect(aborted).toBe(true);
    await asked.enrich([host('a')], await all.context());
    expect(Object.fromEntries(asked.failures)).toEqual({ bad: 2, worse: 2, deaf: 2, slow: 2, odd: 2 });
  });

  it('have one deadline together; who was not asked for want of time is named', async () => {
    const hangs = (name: string) => piece(name, { timeoutMs: 60_000, enrich: () => new Promise(() => {}) });
    const asked = enriching([hangs('a'), hangs('b'), hangs('c'), piece('late', { rank: 5 })], {
      ...parts,
      deadlineMs: 80,
    });
    const began = performance.now();
    expect((await asked.enrich([host('a')], await all.context())).failed).toHaveLength(4);
    expect(performance.now() - began).toBeLessThan(1500);
  });

  it('work three at a time', async () => {
    let working = 0;
    let most = 0;
    const pieces = Array.from({ length: 9 }, (_, i) =>
      piece(`p${i}`, {
        enrich: async () => {
          most = Math.max(most, ++working);
          await new Promise((done) => setTimeout(done, 10));
          working--;
          return [];
        },
      }),
    );
    await enriching(pieces, parts).enrich([host('a')], await all.context());
    expect(most).toBe(3);
  });

  it('tell in the order of their ranks, no more than fits, of what was asked alone, on one line', async () => {
    const many = Array.from({ length: 400 }, (_, i) => host(`h${i}`));
    const chatty = piece('chatty', {
      rank: 2,
      enrich: async (subjects) => [
        { observable: host('somebody else'), text: 'x', source: 'x' },
        ...subjects.map((observable) => ({
          observable,
          text: `a\n\u202eb\u0000${'c'.repeat(900)}`,
          source: 's'.repeat(900),
        })),
      ],
    });
    const pieces = [chatty, ...[3, 4, 5, 6].map((rank) => piece(`p${rank}`, { rank })), piece('first', { rank: 1 })];
    const { facts } = await enriching(pieces, parts).enrich(many, await all.context());
    expect(facts).toHaveLength(100);
    expect(facts.slice(0, 30).every(({ source }) => source === 'first')).toBe(true);
    expect(facts[30]).toMatchObject({
      observable: host('h0'),
      text: `a b ${'c'.repeat(396)}`,
      source: 's'.repeat(100),
    });
  });
});

describe('what was told', () => {
  const counting = (ttlMs: number) => {
    const asked: string[] = [];
    const enricher = piece('counting', {
      ttlMs,
      enrich: async (subjects, { store }) => {
        asked.push(...subjects.map(({ value }) => `${store.id} ${value}`));
        return subjects.flatMap((observable) =>
          observable.value === 'unknown' ? [] : [{ observable, text: `of ${store.id}`, source: 's' }],
        );
      },
    });
    return { asked, each: enriching([enricher], parts) };
  };

  it('is not asked for again until it is old, also when nothing was known', async () => {
    now = T0;
    const { asked, each } = counting(60_000);
    const context = await all.context();
    await each.enrich([host('a'), host('unknown')], context);
    const again = await each.enrich([host('A'), host('unknown'), host('b')], context);
    expect(again.facts.map(({ text }) => text)).toEqual(['of acme', 'of acme']);
    expect(asked).toEqual(['acme a', 'acme unknown', 'acme b']);
    await each.enrich([host('a')], { ...context, first: T0 - DAY_MS });
    now = T0 + 60_000;
    await each.enrich([host('a')], context);
    expect(asked.slice(3)).toEqual(['acme a', 'acme a']);
    now = T0;
  });

  it('to one tenant is never told to another', async () => {
    const { asked, each } = counting(60_000);
    await each.enrich([host('a')], await all.context());
    const { facts } = await each.enrich([host('a')], await all.context('other'));
    expect(facts.map(({ text }) => text)).toEqual(['of other']);
    expect(asked).toEqual(['acme a', 'other a']);
  });

  it('is asked for each time when it does not hold, and when it failed', async () => {
    const { asked, each } = counting(0);
    for (let i = 0; i < 2; i++) await each.enrich([host('a')], await all.context());
    expect(asked).toHaveLength(2);
    let fails = true;
    const flaky = piece('flaky', {
      ttlMs: 60_000,
      enrich: async ([observable]) => {
        if (fails) throw new Error('no');
        return [{ observable: observable!, text: 'now', source: 's' }];
      },
    });
    const asking = enriching([flaky], parts);
    expect((await asking.enrich([host('a')], await all.context())).facts).toEqual([]);
    fails = false;
    expect((await asking.enrich([host('a')], await all.context())).facts).toHaveLength(1);
  });

  it('is forgotten when there is too much of it, what was asked for longest ago first', () => {
    const cache = new FactCache(2);
    const set = (value: string) => cache.set('acme', 'e', host(value), T0, T0 + 1, []);
    const get = (value: string) => cache.get('acme', 'e', host(value), T0, T0);
    set('a');
    set('b');
    get('a');
    set('c');
    expect([get('a'), get('b'), get('c'), cache.size]).toEqual([[], undefined, [], 2]);
  });
});

describe('an investigation', () => {
  it('keeps what is known, shows it, and has a new version when an indicator is news and not otherwise', async () => {
    now = T0;
    const { queues } = await testQueues();
    const scope = await all.store.forTenant('acme');
    const seen = detection(0, {
      level: 'high',
      ecs: { 'destination.ip': '198.51.100.7', 'user.name': '<!channel> *x*' },
    });
    await scope.detections.insertNew([seen]);
    await triage({ store: all.store, queues, clock }, 'acme', [seen._id]);
    const run = async () =>
      investigated(
        { store: all.store, queues, lake: all.lake, clock, log, enriching: await loadEnriching(parts) },
        { tenant: 'acme', number: 1, by: null },
      );
    const first = await run();
    expect(first!.investigation.facts).toContainEqual({
      observable: { kind: 'host', value: 'ws01' },
      ...{ text: 'is a crown jewel: the till', source: 'profile' },
    });
    expect((await run())!.version).toBe(1);
    await upsertIndicators(all.store.indicators, [
      {
        ...{ _id: idOf('x'), tenant: '*', type: 'ip', value: '198.51.100.7', source: 'feed', confidence: 80 },
        ...{ expires: null, exact: false, threat: null, added: T0, updated: T0 },
      },
    ]);
    now += 60_000;
    const second = await run();
    expect(second!.version).toBe(2);
    expect(second!.investigation.facts![0]).toMatchObject({
      observable: { kind: 'ip', value: '198.51.100.7' },
      isNews: true,
    });
    expect((await run())!.version).toBe(2);
    const card = investigationCard(investigationOf(second!), 'acme', 'mdr');
    const at = card.blocks.findIndex((block) => JSON.stringify(block).includes('What is known of it'));
    expect(JSON.stringify(card.blocks[at + 1])).toContain('is a known indicator');
    // Values of logs stand as code, where nothing is rendered.
    expect(JSON.stringify(card.blocks[at + 1])).toContain('{"code":"<!channel> *x*"}');
  });

  it('is kept when every enricher fails, and says what is missing', async () => {
    const { queues } = await testQueues();
    const scope = await all.store.forTenant('acme');
    const seen = detection(0, { level: 'high' });
    await scope.detections.insertNew([seen]);
    await triage({ store: all.store, queues, clock }, 'acme', [seen._id]);
    const failing = enriching([piece('bad', { enrich: () => Promise.reject(new Error('no')) })], parts);
    const record = await investigated(
      { store: all.store, queues, lake: all.lake, clock, log, enriching: failing },
      { tenant: 'acme', number: 1, by: null },
    );
    expect(record).toMatchObject({ version: 1, investigation: { facts: [] } });
    expect(record!.investigation.spent.cut).toContain('what bad knows could not be found out');
  });
});

import { beforeAll, describe, expect, it } from 'vitest';
import type { Queues } from '../../../engine/queues.js';
import enrich from '../../../engine/respond/actions/carriers/enrich.js';
import { propose } from '../../../engine/respond/actions/requests.js';
import { actionOf } from '../../../engine/respond/actions/save.js';
import { caseOf } from '../../../engine/respond/case/join.js';
import { openCase } from '../../../engine/respond/case/open.js';
import type { Store } from '../../../engine/store/index.js';
import { testQueues, testStore } from '../../support/services.js';
import { by, type World, world } from './world.js';

let store: Store;
let queues: Queues;
beforeAll(async () => {
  ({ store } = await testStore());
  ({ queues } = await testQueues());
});

async function known(w: World, observable: string, number: number | null = null) {
  const asking = { action: 'enrich-observable', args: { observable }, reason: '', case: number };
  const { record } = await propose(w.parts, by(w.people.ana), `e${observable}`, asking);
  await w.work(record.number);
  const done = await actionOf(w.acme, record.number);
  expect(done, JSON.stringify(done.error)).toMatchObject({ state: 'done' });
  return done.gives;
}

describe('what our own records know of a value', () => {
  it('is bad, good or unknown, with why; another tenant’s indicators say nothing', async () => {
    const w = await world(store, queues, [enrich]);
    const other = await world(store, queues, [enrich]);
    const common = { source: 'feed', sourceName: 'feed', confidence: 90, techniques: [], exact: false, expires: null };
    const times = { added: w.now, updated: w.now };
    for (const [type, value] of [
      ['domain', 'evil.example'],
      ['url', 'cdn.lure.example/x'],
    ])
      await w.acme.indicators.insert({
        _id: `${w.acme.id}${value}`,
        type,
        value,
        threat: { name: 'KitOne' },
        ...common,
        ...times,
      } as never);
    expect(await known(w, 'www.evil[.]example')).toMatchObject({
      verdict: 'bad',
      summary: expect.stringContaining('KitOne'),
    });
    expect(await known(w, 'https://cdn.lure.example/x')).toMatchObject({ verdict: 'bad' });
    expect(await known(w, 'https://login.evil.example/a')).toMatchObject({ verdict: 'bad' });
    expect(await known(w, '8.8.8.8')).toMatchObject({ verdict: 'good' });
    expect(await known(w, 'a'.repeat(64))).toMatchObject({ verdict: 'unknown' });
    expect(await known(other, 'www.evil.example')).toMatchObject({ verdict: 'unknown' });
    const asking = { action: 'enrich-observable', args: { observable: 'hello' }, reason: '', case: null };
    await expect(propose(w.parts, by(w.people.ana), 'x', asking)).rejects.toMatchObject({ code: 'MDR_ACTION_BAD' });
  });

  it('becomes an observable of its case', async () => {
    const w = await world(store, queues, [enrich]);
    const opening = { title: 'x', type: 'other', severity: 'low', priority: 'P3', lead: null, reason: '' } as const;
    const { record } = await openCase(w.acme, { by: by(w.people.ana), clock: () => w.now, request: 'o' }, opening);
    expect(await known(w, 'beacon.example', record.number)).toMatchObject({ verdict: 'unknown' });
    expect((await caseOf(w.acme, record.number)).observables).toMatchObject([
      { kind: 'domain', value: 'beacon.example' },
    ]);
  });
});

import { beforeAll, describe, expect, it } from 'vitest';
import type { Queues } from '../../../engine/queues.js';
import { approve, propose } from '../../../engine/respond/actions/requests.js';
import { runSchedule } from '../../../engine/respond/actions/schedule.js';
import { openCase } from '../../../engine/respond/case/open.js';
import { changeCase } from '../../../engine/respond/case/save.js';
import type { Store } from '../../../engine/store/index.js';
import { testQueues, testStore } from '../../support/services.js';
import { by, isolate, log, Machine, world } from './world.js';

const MIN = 60_000;
let store: Store;
let queues: Queues;
beforeAll(async () => {
  ({ store } = await testStore());
  ({ queues } = await testQueues());
});

describe('a request that waits', () => {
  it('reminds those of its case who may agree, a few times and each once, however many look', async () => {
    const w = await world(store, queues, [new Machine().carrier]);
    const { ana, bo, vic, cus } = w.people;
    const asking = (request: string) => ({ by: by(ana), clock: () => w.now, request });
    const { record } = await openCase(w.acme, asking('open'), {
      ...{ title: 'A case', type: 'other', severity: 'high', priority: 'P2', reason: '', lead: by(ana) },
    });
    for (const person of [bo, vic, cus])
      await changeCase(w.acme, record.number, asking(person._id), {
        ...{ kind: 'person', role: 'legal', person: by(person), reason: '' },
      });
    const asked = (await propose(w.parts, by(ana), 'r', isolate('ws01', { case: record.number }))).record;
    const look = () => runSchedule({ store, queues, clock: () => w.now, log });
    const reminders = async () =>
      (await w.acme.cases.findOne({ number: record.number }))!.log.filter(({ text }) => text.includes('still waits'));
    w.now += 14 * MIN;
    await look();
    expect(await reminders()).toEqual([]);
    w.now += MIN;
    await Promise.all([look(), look(), look()]);
    // Not whoever asked, not who may not agree, and not the customer, who has no say in it.
    expect(await reminders()).toMatchObject([{ calls: [{ name: 'bo', identities: bo.identities }] }]);
    expect((await reminders())[0]!.text).toContain('lapses in 465 min');
    w.now += 50 * MIN;
    await look();
    await look();
    expect(await reminders()).toHaveLength(2);
    await approve(w.parts, bo, 'a', asked.number, asked.digest);
    w.now += 300 * MIN;
    await look();
    expect(await reminders()).toHaveLength(2);
  });
});

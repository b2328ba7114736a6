import { beforeAll, describe, expect, it } from 'vitest';
import type { Queues } from '../../../engine/queues.js';
import { startActions } from '../../../engine/respond/actions/index.js';
import { approve, propose } from '../../../engine/respond/actions/requests.js';
import { actionOf } from '../../../engine/respond/actions/save.js';
import type { Store } from '../../../engine/store/index.js';
import { testQueues, testStore } from '../../support/services.js';
import { by, isolate, log, Machine, world } from './world.js';

let store: Store;
let queues: Queues;
beforeAll(async () => {
  ({ store } = await testStore());
  ({ queues } = await testQueues());
});

describe('workers', () => {
  it('carry out what was approved once, however many there are, and take it back after a restart', async () => {
    const machine = new Machine();
    const w = await world(store, queues, [machine.carrier]);
    const parts = {
      store,
      queues,
      secrets: w.parts.secrets,
      allowed: [],
      carriers: [machine.carrier],
      clock: () => w.now,
      log,
    };
    const workers = await Promise.all([startActions(parts), startActions(parts), startActions(parts)]);
    const asking = isolate('ws01', { args: { host: 'ws01', expires: '1h' } });
    const { number, digest } = (await propose(w.parts, by(w.people.ana), 'p', asking)).record;
    await Promise.all(['a', 'b', 'b', 'c'].map((request) => approve(w.parts, w.people.bo, request, number, digest)));
    const state = async () => (await actionOf(w.acme, number)).state;
    await expect.poll(state).toBe('done');
    // A job that is delivered again.
    await queues.add('actions', { tenant: w.acme.id, number });
    await Promise.all(workers.map((worker) => worker.stop()));
    expect(machine.runs).toHaveLength(1);
    w.now += 2 * 3_600_000;
    const later = await startActions(parts);
    await expect.poll(state).toBe('undone');
    await later.stop();
    expect(machine.undos).toEqual(['ws01']);
    expect([...machine.isolated]).toEqual([]);
  });
});

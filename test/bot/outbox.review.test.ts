import { afterAll, beforeAll, expect, it, vi } from 'vitest';
import { type Outbox, startOutbox } from '../../bot/outbox.js';
import type { MessageRef } from '../../bot/surfaces/types.js';
import { systemClock } from '../../engine/clock.js';
import { log } from '../../engine/log.js';
import type { Queues } from '../../engine/queues.js';
import { openCase } from '../../engine/respond/case/open.js';
import { compare } from '../../engine/respond/learn/compare.js';
import { postIncident } from '../../engine/respond/learn/report.js';
import type { Store, TenantStore } from '../../engine/store/index.js';
import { addTenant } from '../commands/world.js';
import { testQueues, testStore } from '../support/services.js';
import { FakeSurface } from './fakesurface.js';

class Uploads extends FakeSurface {
  readonly files: { channel: string; thread: string | null; name: string; data: Uint8Array }[] = [];
  async upload(
    channel: string,
    { name, data }: { name: string; data: Uint8Array },
    _key: string,
    thread: string | null,
  ): Promise<MessageRef> {
    this.files.push({ channel, thread, name, data });
    return { channel, message: `f${this.files.length}` };
  }
}

let store: Store;
let queues: Queues;
let tenant: TenantStore;
let outbox: Outbox;
let number: number;
const slack = new Uploads('slack');
const by = { id: 'ana', name: 'Ana Silva' };

beforeAll(async () => {
  ({ store } = await testStore());
  ({ queues } = await testQueues());
  tenant = await addTenant(store, 'acme', 'Acme', [
    { surface: 'slack', channel: 'C1', lane: 'provider' },
    { surface: 'slack', channel: 'C2', lane: 'customer' },
  ]);
  outbox = startOutbox({
    store,
    queues,
    surfaces: [slack],
    clock: systemClock,
    log: log.child({}, { level: 'silent' }),
    debounceMs: 20,
  });
  const asking = { by, clock: systemClock, request: 'r1' };
  const opening = {
    title: 'Stolen account',
    type: 'intrusion',
    severity: 'high',
    priority: 'P2',
    lead: by,
    reason: '',
  } as const;
  ({ number } = (await openCase(tenant, asking, opening)).record);
  await queues.add('changes', { tenant: 'acme', kind: 'case', number });
  await vi.waitFor(
    () =>
      expect(slack.messages.some(({ channel, key }) => channel === 'C1' && key.endsWith(`case:${number}:root`))).toBe(
        true,
      ),
    30_000,
  );
});
afterAll(() => outbox.stop());

/** Sent to a channel, and what became of it. */
async function send(id: string, channel: string, internal: boolean): Promise<string> {
  const record = (await tenant.cases.findOne({ number }))!;
  const now = Date.now();
  const document = postIncident(record, [], compare(record, [], null, now), { tenant: 'Acme', now });
  await tenant.dispatches.insert({
    ...{ _id: id, to: { kind: 'channel', surface: 'slack', channel } },
    content: { kind: 'review', review: { case: number, document, format: 'html', internal } },
    ...{ state: 'due', attempts: 0, due: now, created: now, ended: null, error: '' },
  });
  await queues.add('dispatches', { tenant: 'acme', id });
  return vi.waitFor(async () => {
    const { state } = (await tenant.dispatches.findOne({ _id: id }))!;
    expect(state).not.toBe('due');
    return state;
  }, 30_000);
}

it('a post-incident report goes into the thread of its case, as a file', async () => {
  expect(await send('d1', 'C1', true)).toBe('sent');
  const root = slack.messages.find(({ key }) => key.endsWith(`case:${number}:root`))!;
  expect(slack.files).toMatchObject([{ channel: 'C1', thread: root.id, name: `post-incident-${number}.html` }]);
  expect(Buffer.from(slack.files[0]!.data).toString()).toContain('What happened');
});

it('goes to no channel that it is not for, whatever was asked for before', async () => {
  expect(await send('d2', 'C2', true)).toBe('dropped');
  expect(await send('d3', 'C2', false)).toBe('dropped');
  await tenant.cases.update({ number }, { $set: { published: { at: Date.now(), by } } });
  expect(await send('d4', 'C2', false)).toBe('sent');
  expect(slack.files.map(({ channel }) => channel)).toEqual(['C1', 'C2']);
});

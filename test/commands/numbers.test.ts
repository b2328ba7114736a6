import { beforeAll, describe, expect, it } from 'vitest';
import { postDispatch } from '../../bot/outbox/dispatch.js';
import type { UploadFile } from '../../bot/surfaces/types.js';
import { type Card, plain } from '../../commands/cards/card.js';
import numbers from '../../commands/numbers.js';
import type { Context } from '../../commands/types.js';
import { log } from '../../engine/log.js';
import type { Queues } from '../../engine/queues.js';
import type { TenantStore } from '../../engine/store/index.js';
import { FakeSurface } from '../bot/fakesurface.js';
import { testQueues, testStore } from '../support/services.js';
import { addPerson, addTenant, alertRecord, NOW } from './world.js';

let acme: TenantStore;
let queues: Queues;
let base: Context;
let now = NOW + 60_000;

beforeAll(async () => {
  const { store } = await testStore();
  ({ queues } = await testQueues());
  acme = await addTenant(store, 'acme', 'Acme');
  const person = await addPerson(store, 'ana', 'Ana', [{ tenant: 'acme', role: 'analyst' }]);
  const published = { at: NOW, by: { id: 'ana', name: 'Ana' } };
  await acme.alerts.insert(alertRecord(1));
  await acme.alerts.insert(alertRecord(2, { published }));
  const place = { surface: 'slack', channel: 'C0SOC', direct: false, identity: 'slack:Uana' };
  base = {
    ...{ tenant: acme, person, role: 'analyst', queues, clock: () => now, alert: null, internal: true, place },
    ...{ commands: [], people: async () => [person] },
  };
});
const run = (line: string, more: Partial<Context> = {}): Promise<Card> =>
  numbers.run({ ...base, ...more }, line.split(' ').filter(Boolean));
const buttons = (card: Card) => card.blocks.flatMap((block) => (block.kind === 'actions' ? block.actions : []));

describe('numbers', () => {
  it('answer with tables, and a button that posts the same period with its chart', async () => {
    const card = await run('last 7d');
    expect(plain(card.title)).toBe('Numbers of Acme (acme): 2 alerts in, 0 closed, 2 open');
    const [post] = buttons(card);
    expect(post).toMatchObject({
      command: 'numbers',
      record: 'post',
      choice: '2026-11-18..2026-11-24',
      tenant: 'acme',
    });
    expect(buttons(await run('', { place: { ...base.place!, surface: 'terminal' } }))).toEqual([]);
  });

  it('show the customer what was published, and nothing to post', async () => {
    const card = await run('', { internal: false, role: 'viewer' });
    expect(plain(card.title)).toContain('1 alert in');
    expect(buttons(card)).toEqual([]);
  });

  it('are posted once by those who may, in the provider’s lane, with the chart below', async () => {
    for (const more of [
      { role: 'viewer' as const },
      { internal: false },
      { place: { ...base.place!, surface: 'terminal' } },
    ])
      await expect(run('post', more)).rejects.toMatchObject({ code: 'MDR_FORBIDDEN' });
    await run('post last 30d');
    now += 1000;
    await run('post last 30d');
    const [dispatch, ...more] = await acme.dispatches.find();
    expect(more).toEqual([]);
    expect(await queues.queue('dispatches').getJobCountByTypes('waiting')).toBe(2);
    const files: UploadFile[] = [];
    class WithFiles extends FakeSurface {
      async upload(channel: string, file: UploadFile, key: string, thread: string | null) {
        files.push(file);
        return this.post(channel, { title: file.name, tone: 'neutral', blocks: [] }, key, thread);
      }
    }
    const surface = new WithFiles('slack');
    const thread = { tenant: 'acme', surface: 'slack', channel: 'C0SOC', number: 0 };
    const hold = { check: async () => {}, set: async (): Promise<never> => Promise.reject(new Error('no limit')) };
    const delivery = {
      store: acme,
      surface,
      thread,
      hold,
      held: async () => true,
      clock: () => now,
      log,
      debounceMs: 0,
    };
    await postDispatch(delivery, dispatch!._id);
    await postDispatch(delivery, dispatch!._id);
    expect(surface.messages.map(({ card, thread: of }) => [plain(card.title), of])).toEqual([
      ['Numbers of Acme (acme): 2 alerts in, 0 closed, 2 open', null],
      ['numbers-2026-10-26-2026-11-24.png', 'm1'],
    ]);
    expect(Buffer.from(files[0]!.data).subarray(1, 4).toString()).toBe('PNG');
  });
});

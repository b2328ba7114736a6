import { describe, expect, it } from 'vitest';
import { postDispatch } from '../../../bot/outbox/dispatch.js';
import type { Context } from '../../../commands/types.js';
import { shownRun } from '../../../engine/hunt/search/post.js';
import { log } from '../../../engine/log.js';
import { FakeSurface } from '../../bot/fakesurface.js';
import { clock, huntWorld } from './hunt.world.js';
import { NOW } from './world.js';

const { store, acme, run, latest } = await huntWorld();
/** Nothing is held back, and nobody limits us. */
const hold = { check: async () => {}, set: async (): Promise<never> => Promise.reject(new Error('no limit')) };

describe('a hunt that has ended', () => {
  it('puts all rows and a picture into the channel, each once', async () => {
    // From a terminal: a run that takes longer than an answer waits, here or before, is posted into its channel by itself.
    await run('ask failed logons last 24h by user', { place: { surface: 'terminal' } as Context['place'] });
    const { number, _id } = await latest();
    await run(`${number} files`);
    await run(`${number} files`);
    const due = (await acme.dispatches.find({ state: 'due' })).filter(
      ({ content }) => content.kind === 'hunt' && content.id === _id,
    );
    expect(due).toHaveLength(1);
    const surface = new FakeSurface('slack');
    const files: { name: string; data: Uint8Array }[] = [];
    Object.assign(surface, {
      upload: async (channel: string, file: { name: string; data: Uint8Array }, _key: string, thread: string) => {
        files.push(file);
        return { channel, message: `${thread}-${files.length}` };
      },
    });
    const thread = { tenant: 'acme', surface: 'slack', channel: 'C0SOC', number: 0 };
    const parts = { store: acme, surface, thread, hold, held: async () => true, clock, log, debounceMs: 0 };
    await postDispatch(parts, due[0]!._id);
    await postDispatch(parts, due[0]!._id);
    expect(files.map(({ name }) => name)).toEqual([`hunt-${number}.png`, `hunt-${number}.csv`]);
    expect(Buffer.from(files[0]!.data).subarray(1, 4).toString()).toBe('PNG');
    const csv = Buffer.from(files[1]!.data).toString('utf8');
    expect(csv.split('\r\n')[0]).toBe('\uFEFFuser,events,first,last');
    // What a spreadsheet would run, it reads.
    expect(csv).toContain("'=cmd|calc,1,2026-");
  });

  it('leaves a channel alone that the customer reads by now', async () => {
    const shared = await store.forTenant('acme');
    await run('ask failed logons last 24h by host');
    const { number } = await latest();
    await run(`${number} files`, {
      place: { surface: 'slack', channel: 'CSHARED', direct: false, identity: 'slack:Uana' },
    });
    await store.tenants.updateOne(
      { _id: 'acme' },
      { $push: { channels: { surface: 'slack', channel: 'CSHARED', lane: 'customer' } } },
    );
    const bound = await store.forTenant('acme');
    const [dispatch] = (await shared.dispatches.find({ state: 'due' })).filter(
      ({ to }) => to.kind === 'channel' && to.channel === 'CSHARED',
    );
    const surface = new FakeSurface('slack');
    const thread = { tenant: 'acme', surface: 'slack', channel: 'CSHARED', number: 0 };
    await postDispatch(
      { store: bound, surface, thread, hold, held: async () => true, clock, log, debounceMs: 0 },
      dispatch!._id,
    );
    expect((await bound.dispatches.findOne({ _id: dispatch!._id }))!.state).toBe('dropped');
    await store.tenants.updateOne({ _id: 'acme' }, { $pull: { channels: { channel: 'CSHARED' } } });
  });

  describe('what a schedule found goes', () => {
    let count = 0;
    /** Deliver into a channel. @returns what became of it, and where it was taken instead */
    async function delivered(channel: string, alone?: string) {
      const scope = await store.forTenant('acme');
      const [run] = await scope.huntRuns.find({ state: 'done' }, { limit: 1 });
      const id = `scheduled-${++count}`;
      const shown = { ...shownRun(run!), scheduled: true };
      await scope.dispatches.insert({
        ...{ _id: id, to: { kind: 'channel', surface: 'slack', channel } },
        content: { kind: 'hunt', id: run!._id, run: shown, files: [], ...(alone && { alone }) },
        ...{ state: 'due', attempts: 0, due: NOW, created: NOW, ended: null, error: '' },
      });
      const before = new Set((await scope.dispatches.find()).map(({ _id }) => _id));
      const surface = new FakeSurface('slack');
      const thread = { tenant: 'acme', surface: 'slack', channel, number: 0 };
      await postDispatch(
        { store: scope, surface, thread, hold, held: async () => true, clock, log, debounceMs: 0 },
        id,
      );
      const moved = (await scope.dispatches.find()).filter(({ _id }) => !before.has(_id));
      await scope.dispatches.deleteMany({ _id: { $in: moved.map(({ _id }) => _id) } });
      const { state } = (await scope.dispatches.findOne({ _id: id }))!;
      expect(surface.messages).toHaveLength(state === 'sent' ? 1 : 0);
      return [state, moved.map(({ to }) => (to.kind === 'channel' ? `${to.surface}:${to.channel}` : '')).sort()];
    }
    const INSTEAD = ['console:acme/alerts', 'slack:C0SOC'];
    const bind = (tenant: string, channel: string, lane: string) =>
      store.tenants.updateOne({ _id: tenant }, { $push: { channels: { surface: 'slack', channel, lane } } });

    it('into a channel of this tenant’s provider lane', async () => {
      expect(await delivered('C0SOC')).toEqual(['sent', []]);
    });
    it('into none that is unbound, another tenant’s, or bound to two', async () => {
      expect(await delivered('CGONE')).toEqual(['dropped', INSTEAD]);
      await bind('other', 'CTHEIRS', 'provider');
      expect(await delivered('CTHEIRS')).toEqual(['dropped', INSTEAD]);
      await bind('acme', 'CTHEIRS', 'provider');
      expect(await delivered('CTHEIRS')).toEqual(['dropped', ['console:acme/alerts', 'slack:C0SOC', 'slack:CTHEIRS']]);
      await store.tenants.updateMany({}, { $pull: { channels: { channel: 'CTHEIRS' } } });
    });
    it('to a person alone who is still an analyst of the provider', async () => {
      const { addPerson } = await import('../../commands/world.js');
      await addPerson(store, 'dan', 'Dan', [{ tenant: 'acme', role: 'analyst' }]);
      expect(await delivered('DDAN', 'dan')).toEqual(['sent', []]);
      await store.people.updateOne({ _id: 'dan' }, { $set: { grants: [{ tenant: 'acme', role: 'viewer' }] } });
      expect(await delivered('DDAN', 'dan')).toEqual(['dropped', INSTEAD]);
      await store.people.updateOne(
        { _id: 'dan' },
        { $set: { side: 'customer', grants: [{ tenant: 'acme', role: 'admin' }] } },
      );
      expect(await delivered('DDAN', 'dan')).toEqual(['dropped', INSTEAD]);
      expect(await delivered('DDAN', 'nobody')).toEqual(['dropped', INSTEAD]);
    });
  });
});

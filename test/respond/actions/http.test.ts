import { describe, expect, it } from 'vitest';
import { ACTIONS } from '../../../engine/respond/actions/catalog.js';
import { loadDeclarations } from '../../../engine/respond/actions/http/declaration.js';
import { approve, askUndo, checkAction, propose } from '../../../engine/respond/actions/requests.js';
import { actionOf } from '../../../engine/respond/actions/save.js';
import { conforms, type Subject } from './conformance.js';
import { defender, falcon, google, graph, okta } from './http.products.js';
import { httpWorlds, type Product, token } from './http.world.js';
import { by, type World } from './world.js';

const { carriers, on, carrier } = await httpWorlds();

describe('declared products', () => {
  it('name actions of the catalogue, their documents, and arguments that there are', () => {
    for (const { product, documents, actions } of loadDeclarations()) {
      expect(documents.length, product).toBeGreaterThan(0);
      for (const [id, { needs }] of Object.entries(actions))
        for (const name of needs) expect(Object.keys(ACTIONS[id]!.args), `${product} ${id}`).toContain(name);
    }
    for (const { works, name } of carriers)
      for (const id of Object.keys(works)) expect(ACTIONS[id], `${name} ${id}`).toBeDefined();
  });

  const subject =
    <T extends { answer: Product['answer'] }>(
      product: string,
      action: string,
      args: Record<string, string>,
      make: () => T,
      state: (made: T) => unknown,
      before?: (made: T) => void,
    ) =>
    async (): Promise<Subject> => {
      const made = make();
      before?.(made);
      const { w } = await on(product, made.answer);
      return { w, carrier: carrier(product), action, args, state: async () => JSON.parse(JSON.stringify(state(made))) };
    };
  const isolated = (made: ReturnType<typeof defender>) => made.did.at(-1)?.type === 'Isolate';
  conforms(
    'Defender isolate-host',
    subject('microsoft-defender', 'isolate-host', { host: 'ws01' }, defender, isolated),
  );
  conforms(
    'Entra disable-user',
    subject('microsoft-entra', 'disable-user', { user: 'jane@acme.com' }, graph, ({ user }) => user),
  );
  conforms(
    'CrowdStrike isolate-host',
    subject('crowdstrike', 'isolate-host', { host: 'ws01' }, falcon, ({ device }) => device.status),
  );
  conforms(
    'Okta disable-user',
    subject('okta', 'disable-user', { user: 'jane' }, okta, ({ user }) => user.status),
  );
  conforms(
    'Okta force-password-change',
    subject('okta', 'force-password-change', { user: 'jane' }, okta, ({ user }) => user.status),
  );
  conforms(
    'Google disable-user',
    subject('google-workspace', 'disable-user', { user: 'jane@acme.com' }, google, ({ user }) => user),
  );
  conforms(
    'Google force-password-change',
    subject('google-workspace', 'force-password-change', { user: 'jane@acme.com' }, google, ({ user }) => user),
  );

  it.each([
    ['microsoft-entra', graph, 'jane@acme.com'],
    ['okta', okta, 'jane'],
    ['google-workspace', google, 'jane@acme.com'],
  ])('%s revokes sessions, which nobody has to agree to and nobody can look at', async (product, make, user) => {
    const { w, server } = await on(product, make().answer);
    const asking = { action: 'revoke-sessions', args: { user }, reason: 'stolen token', case: null };
    const { number, state } = (await propose(w.parts, by(w.people.ana), 'x', asking)).record;
    expect(state).toBe('approved');
    await w.work(number);
    expect(await actionOf(w.acme, number)).toMatchObject({ state: 'done' });
    expect(server.asks.filter(({ path }) => /sessions|signOut|revokeSignIn/i.test(path))).toHaveLength(1);
  });

  describe('devices', () => {
    const asking = { action: 'isolate-host', args: { host: 'ws01' }, reason: 'beacons', case: null };
    async function isolated(w: World) {
      const { number, digest } = (await propose(w.parts, by(w.people.ana), 'x', asking)).record;
      await approve(w.parts, w.people.bo, 'b', number, digest);
      await w.work(number);
      return number;
    }

    it('of which several have the name are none of them isolated', async () => {
      const falcons = falcon();
      falcons.mood.devices = ['dev0', 'dev1'];
      const defenders = defender();
      defenders.mood.machines = ['m0', 'm1'];
      for (const [product, { answer }] of [
        ['crowdstrike', falcons],
        ['microsoft-defender', defenders],
      ] as const) {
        const { w } = await on(product, answer);
        await expect(checkAction(w.parts, asking)).rejects.toThrow(/several of this name/);
        const number = await isolated(w);
        expect(await actionOf(w.acme, number)).toMatchObject({ state: 'failed', effect: 'absent' });
      }
      expect([falcons.device.status, defenders.did]).toEqual(['normal', []]);
    });

    it('are those that were found before it began, also when the name means another by now', async () => {
      const made = falcon();
      const { w, server } = await on('crowdstrike', made.answer);
      const number = await isolated(w);
      expect(await actionOf(w.acme, number)).toMatchObject({ state: 'done', memory: { found: { device: 'dev1' } } });
      made.mood.devices = ['dev9'];
      const back = await askUndo(w.parts, by(w.people.ana), 'u', number, 'clean');
      await approve(w.parts, w.people.bo, 'ub', number, back.record.undo!.digest);
      server.asks.length = 0;
      await w.work(number);
      expect(await actionOf(w.acme, number)).toMatchObject({ state: 'undone', effect: 'absent' });
      expect(made.device.status).toBe('normal');
      expect(server.asks.filter(({ path }) => path.includes('queries'))).toEqual([]);
    });

    it('that are only about to be cut off, or let back in, are looked at again until they are', async () => {
      for (const then of ['contained', 'normal']) {
        const made = falcon();
        made.mood.isSlow = true;
        const { w } = await on('crowdstrike', made.answer);
        const number = await isolated(w);
        expect(await actionOf(w.acme, number)).toMatchObject({ state: 'done', effect: 'unknown' });
        w.now += 61_000;
        await w.work(number);
        expect(await actionOf(w.acme, number)).toMatchObject({ state: 'done', effect: 'unknown' });
        made.device.status = then;
        w.now += 200_000;
        await w.work(number);
        const is = then === 'contained' ? { state: 'done', effect: 'holds' } : { state: 'failed', effect: 'absent' };
        expect(await actionOf(w.acme, number)).toMatchObject({ ...is, recheck: null });
        if (then === 'normal') continue;
        const back = await askUndo(w.parts, by(w.people.ana), 'u', number, 'clean');
        await approve(w.parts, w.people.bo, 'ub', number, back.record.undo!.digest);
        await w.work(number);
        expect(await actionOf(w.acme, number)).toMatchObject({ state: 'undone', effect: 'unknown' });
        made.device.status = 'contained';
        w.now += 61_000;
        await w.work(number);
        expect(await actionOf(w.acme, number)).toMatchObject({ state: 'done', effect: 'holds', undo: null });
      }
    });
  });

  it('a message goes out of a mailbox and back', async () => {
    const folders: Record<string, string> = { a1: 'inbox' };
    const { w } = await on('microsoft-entra', (ask) => {
      if (ask.path.endsWith('/token')) return token;
      const path = decodeURIComponent(ask.path);
      const list = (folder: string) => ({
        status: 200,
        json: {
          value: Object.keys(folders)
            .filter((id) => folders[id] === folder)
            .map((id) => ({ id })),
        },
      });
      const asked = ask.query.get('$filter') === "internetMessageId eq '<1@evil.example>'";
      if (path === '/v1.0/users/jane@acme.com/messages' && asked) return list('inbox');
      if (path === '/v1.0/users/jane@acme.com/mailFolders/recoverableitemsdeletions/messages' && asked)
        return list('recoverableitemsdeletions');
      const id = /^\/v1.0\/users\/jane@acme.com\/messages\/(\w+)\/move$/.exec(path)?.[1];
      if (!id || !folders[id]) return { status: 404 };
      delete folders[id];
      const moved = `${id}x`;
      folders[moved] = JSON.parse(ask.body).destinationId;
      return { status: 201, json: { id: moved } };
    });
    const args: Record<string, string> = { message: '<1@evil.example>' };
    const asking = { action: 'quarantine-message', args, reason: 'phish', case: null };
    await expect(propose(w.parts, by(w.people.ana), 'x', asking)).rejects.toThrow(/needs mailbox/);
    args.mailbox = 'jane@acme.com';
    const { number, digest } = (await propose(w.parts, by(w.people.ana), 'x', asking)).record;
    await approve(w.parts, w.people.bo, 'b', number, digest);
    await w.work(number);
    expect(folders).toEqual({ a1x: 'recoverableitemsdeletions' });
    const back = await askUndo(w.parts, by(w.people.ana), 'u', number, 'it was ours');
    await approve(w.parts, w.people.bo, 'ub', number, back.record.undo!.digest);
    await w.work(number);
    expect(folders).toEqual({ a1xx: 'inbox' });
    expect((await actionOf(w.acme, number)).state).toBe('undone');
  });
});
